-- What happened, as two macros over a run of days.  Each number of an event is drawn from seed, day, event number and
-- purpose by explicit 32-bit arithmetic, so that a day's rows depend on nothing else and no engine's hash().
-- The words in braces are whole numbers and lists of weights, filled in when a world is opened.
CREATE OR REPLACE MACRO shift_xor(x, bits) AS xor(x, x >> bits);
CREATE OR REPLACE MACRO times32(x, factor) AS (x * factor::UBIGINT) & 4294967295::UBIGINT;
CREATE OR REPLACE MACRO mix32(x) AS
    shift_xor(times32(shift_xor(times32(shift_xor(x::UBIGINT, 16), 2246822507), 13), 3266489909), 16);
CREATE OR REPLACE MACRO draw(h, purpose) AS
    mix32(xor(h, (purpose::UBIGINT * 2654435769::UBIGINT) & 4294967295::UBIGINT));
CREATE OR REPLACE MACRO part(x, first_bit, below) AS (x >> first_bit) % below::UBIGINT;
-- Days with a key each, and how many events are tried: the week and the year have their seasons.
CREATE OR REPLACE MACRO keyed_days(first_day, last_day) AS TABLE
WITH days AS (
    SELECT CAST(moment AS DATE) AS day
    FROM range(first_day::TIMESTAMP, last_day::TIMESTAMP + INTERVAL 1 DAY, INTERVAL 1 DAY) AS made(moment)
), keyed AS (
    SELECT day, mix32(xor(mix32({seed}::UBIGINT), (day - DATE '2000-01-01')::UBIGINT)) AS day_key FROM days
)
SELECT day, day_key, ([960, 950, 980, 1000, 1060, 1130, 1090][isodow(day)]
    * [1040, 1020, 1000, 980, 960, 930, 900, 870, 980, 1020, 1050, 1100][month(day)]
    * {events}::BIGINT // 1000000 + (day_key % ({events} // 16 + 1))::BIGINT)::UINTEGER AS size
FROM keyed;
CREATE OR REPLACE MACRO made_events(first_day, last_day) AS TABLE
WITH numbered AS (
    SELECT d.day, t.n, mix32((d.day_key + t.n::UBIGINT * 2654435769::UBIGINT) & 4294967295::UBIGINT) AS h
    FROM ticks AS t JOIN keyed_days(first_day, last_day) AS d ON t.n < d.size
), drawn AS (
    SELECT day, n, (day - DATE '{launches_from}')::BIGINT * {launches} // {launch_days} AS latest,
        draw(h, 1) >> 11 AS d_video, draw(h, 2) AS d_place, draw(h, 3) AS d_time, draw(h, 4) AS d_who,
        draw(h, 5) AS d_list, draw(h, 6) AS d_kind, draw(h, 7) AS d_views, draw(h, 8) AS d_seconds,
        draw(h, 9) AS d_money, draw(h, 10) AS d_ad, draw(h, 11) AS d_quality, draw(h, 12) AS d_seen,
        draw(h, 13) AS d_viewer, draw(h, 14) AS d_late, draw(h, 15) AS d_more
    FROM numbered
), placed AS (
    SELECT *,
        CASE WHEN part(d_list, 16, 100) < 12 AND latest > 8
            THEN ({videos} + least(latest, {launches}) - 1 - part(d_list, 23, 8)::BIGINT)::UBIGINT
            ELSE (((d_video * d_video * d_video) >> 31) * {videos}::UBIGINT) >> 32 END AS slot,
        {site} AS site_no, (d_place >> 23) & 511::UBIGINT AS d_page
    FROM drawn
), picked AS (
    SELECT e.*, v.video_no, v.owner_no, v.own AS is_content, v.is_live, v.seconds AS length,
        CASE WHEN e.site_no < 2 THEN 0::UBIGINT ELSE e.site_no // 2 END AS publisher_no,
        part(e.d_kind, 0, 100) < CASE WHEN v.own THEN 2 ELSE 60 END AS is_claim
    FROM placed AS e JOIN picks AS v ON v.slot = e.slot AND v.created <= e.day AND v.deleted > e.day
), paid AS (
    SELECT *, publisher_no BETWEEN 1 AND 6 AS is_embed,
        CASE WHEN part(d_kind, 8, 10) < 3 THEN 0 WHEN is_claim THEN 1
            WHEN publisher_no BETWEEN 1 AND 6 AND part(d_kind, 8, 10) < 6 THEN 3
            WHEN is_content THEN 2 WHEN publisher_no BETWEEN 1 AND 6 THEN 3 ELSE 0 END AS monetization_no,
        CASE WHEN part(d_views, 16, 100) = 0 THEN 0
            ELSE least(400, 65536 // (part(d_views, 0, 65536) + 1)) END::BIGINT AS views
    FROM picked
), met AS (
    SELECT *,
        CASE WHEN views = 0 THEN 0 WHEN monetization_no = 0 THEN part(d_ad, 0, 5) // 2 % 2
            ELSE {outcome} END AS outcome_no,
        CASE WHEN is_content THEN owner_no WHEN is_embed THEN publisher_no
            WHEN is_claim THEN 1 + part(d_kind, 16, 6) ELSE owner_no END AS credited_no,
        CASE WHEN views = 0 THEN 1 + part(d_seconds, 0, 120)::BIGINT
            WHEN length = 0 THEN views * (4 + part(d_seconds, 0, 900)::BIGINT)
            ELSE views * (1 + part(d_seconds, 0, least(length, 240))::BIGINT) END AS seconds
    FROM paid
), counted AS (
    SELECT *, {resolution} AS resolution_no,
        CASE WHEN outcome_no = 0 THEN 0 ELSE views * (1 + part(d_ad, 27, 2)::BIGINT) END AS inventory,
        CASE WHEN outcome_no = 2 AND monetization_no > 0
            THEN views * part(d_money, 0, 3500)::BIGINT + part(d_money, 16, 900)::BIGINT ELSE 0 END AS eur_micros
    FROM met
)
SELECT day, n::UINTEGER AS n, ({hour})::UTINYINT AS hour, part(d_time, 10, 60)::UTINYINT AS minute,
    video_no::UINTEGER AS video_no,
    ([{first_players}][publisher_no::BIGINT + 1] + part(d_time, 20, 64)::BIGINT % [{players}][publisher_no::BIGINT + 1])::UTINYINT
        AS player_no,
    publisher_no::UTINYINT AS publisher_no, ({playlist})::UTINYINT AS playlist_no,
    (CASE WHEN ({playlist}) = 0 THEN 0 ELSE 1 + part(d_list, 10, 12) END)::UTINYINT AS position,
    (site_no * {pages} + (CASE WHEN site_no = 0 THEN 0 ELSE (d_page * d_page * d_page * {pages}) >> 27 END))::USMALLINT
        AS place_no,
    ({country})::UTINYINT AS country_no, ({device})::UTINYINT AS device_no, ({action})::UTINYINT AS action_no,
    ({size})::UTINYINT AS size_no, monetization_no::UTINYINT AS monetization_no, credited_no::UTINYINT AS credited_no,
    is_content, is_embed, is_claim, is_live, outcome_no::UTINYINT AS outcome_no,
    (CASE WHEN outcome_no = 0 THEN 0 ELSE 1 + {ad_position} END)::UTINYINT AS ad_position_no,
    (CASE WHEN outcome_no = 2 THEN 1 + {format} ELSE 0 END)::UTINYINT AS format_no,
    (CASE WHEN outcome_no = 4 THEN 1 + {ad_error} ELSE 0 END)::UTINYINT AS error_no,
    (CASE WHEN outcome_no <> 1 THEN 0 WHEN monetization_no = 0 THEN 1 ELSE 1 + {no_ad_reason} END)::UTINYINT
        AS reason_no,
    (CASE WHEN outcome_no = 2 THEN 1 + {buyer} ELSE 0 END)::UTINYINT AS buyer_no,
    ({consent})::UTINYINT AS consent_no, part(d_quality, 10, 64) < 3 AS is_invalid,
    part(d_quality, 16, 64) < 2 AS is_unsafe, resolution_no::UTINYINT AS resolution_no,
    part(d_quality, 28, 4)::UTINYINT AS fps_no, (d_viewer % {viewers}::UBIGINT)::UINTEGER AS viewer,
    {settles}::UTINYINT AS settles, {leaves}::UTINYINT AS leaves, {pays}::UTINYINT AS pays,
    views::INTEGER AS views, seconds::INTEGER AS seconds, (views * length)::BIGINT AS possible,
    eur_micros::BIGINT AS eur_micros,
    (CASE WHEN eur_micros = 0 THEN 0
        ELSE eur_micros * (1040 + part(d_money, 0, 110)::BIGINT) // 1000 + part(d_money, 6, 3)::BIGINT END)::BIGINT
        AS usd_micros,
    inventory::INTEGER AS inventory,
    (CASE WHEN outcome_no = 2 THEN inventory * part(d_seen, 0, 1024)::BIGINT // 1024 ELSE 0 END)::INTEGER AS viewable,
    (CASE WHEN outcome_no = 2 THEN inventory * part(d_seen, 10, 1024)::BIGINT // 1024 ELSE 0 END)::INTEGER AS completed,
    (seconds * [{kbps}][resolution_no::BIGINT + 1] * 125)::BIGINT AS bytes
FROM counted;
-- Live programmes of the partner's own: seconds sent on a day, from an hour on.
CREATE OR REPLACE MACRO made_broadcasts(first_day, last_day) AS TABLE
WITH lots AS (
    SELECT d.day, v.video_no, mix32(xor(d.day_key, (v.video_no::UBIGINT * 2246822519::UBIGINT) & 4294967295::UBIGINT)) AS h
    FROM picks AS v JOIN keyed_days(first_day, last_day) AS d ON v.created <= d.day AND v.deleted > d.day
    WHERE v.is_live AND v.own AND v.slot < {videos}
)
SELECT day, (h >> 8) % 24 AS hour, video_no, (1800 + (h >> 13) % 7200)::BIGINT AS seconds FROM lots WHERE h % 100 < 12;

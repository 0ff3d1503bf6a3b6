-- The events of the days $first to $last.  Each number of an event is drawn from seed, day, event number and
-- purpose by explicit 32-bit arithmetic, so that a day's rows depend on nothing else and no engine's hash().
INSERT INTO events
WITH days AS (
    SELECT CAST(moment AS DATE) AS day FROM range($first::TIMESTAMP, $last::TIMESTAMP + INTERVAL 1 DAY, INTERVAL 1 DAY) AS made(moment)
), keyed AS (
    SELECT day, mix32(xor(mix32($seed::UBIGINT), (day - DATE '2000-01-01')::UBIGINT)) AS day_key FROM days
), sized AS (
    SELECT day, day_key, ([960, 950, 980, 1000, 1060, 1130, 1090][isodow(day)]
        * [1040, 1020, 1000, 980, 960, 930, 900, 870, 980, 1020, 1050, 1100][month(day)]
        * 22) // 10000 + (day_key % 140)::BIGINT AS size
    FROM keyed
), numbered AS (
    SELECT day, n::INTEGER AS n, mix32((day_key + n::UBIGINT * 2654435769) & 4294967295) AS h
    FROM (SELECT day, day_key, unnest(range(size)) AS n FROM sized)
), chosen AS (
    SELECT e.day, e.n, e.h, vs.no AS video_no, ps.no AS place_no, hs.no AS hour, cs.no AS country_no,
        ds.no AS device_no, acts.no AS action_no, pls.no AS playlist_no
    FROM numbered AS e
    JOIN video_slots AS vs ON vs.slot = draw(e.h, 1) % 65536
    JOIN place_slots AS ps ON ps.slot = draw(e.h, 2) % 16384
    JOIN hour_slots AS hs ON hs.slot = draw(e.h, 3) % 1024
    JOIN country_slots AS cs ON cs.slot = draw(e.h, 4) % 1024
    JOIN device_slots AS ds ON ds.slot = draw(e.h, 5) % 1024
    JOIN action_slots AS acts ON acts.slot = draw(e.h, 6) % 1024
    JOIN playlist_slots AS pls ON pls.slot = draw(e.h, 7) % 1024
), flagged AS (
    SELECT c.*, o.own AS is_content, b.own AS is_embed,
        draw(c.h, 8) % 100 < CASE WHEN o.own THEN 2 ELSE 60 END AS is_claim,
        v.owner_no, b.channel_no, b.publisher_no, b.first_player + (draw(c.h, 9) % b.players) AS player_no,
        CASE WHEN c.playlist_no = 0 THEN 0 ELSE 1 + draw(c.h, 10) % 12 END AS position,
        draw(c.h, 11) AS d_views, draw(c.h, 12) AS d_seconds, draw(c.h, 13) AS d_money, draw(c.h, 14) AS d_kind
    FROM chosen AS c
    JOIN videos AS v ON v.video_no = c.video_no AND v.created <= c.day
    JOIN channels AS o ON o.channel_no = v.owner_no
    JOIN places AS p ON p.place_no = c.place_no
    JOIN publishers AS b ON b.publisher_no = p.publisher_no
), paid AS (
    SELECT *,
        CASE WHEN d_kind % 10 < 3 THEN 0 WHEN is_claim THEN 1 WHEN is_embed AND d_kind % 10 < 6 THEN 3
            WHEN is_content THEN 2 WHEN is_embed THEN 3 ELSE 0 END AS monetization_no,
        CASE WHEN is_content THEN owner_no WHEN is_embed THEN channel_no WHEN is_claim THEN 1 + d_kind % 6
            ELSE owner_no END AS credited_no,
        CASE WHEN d_views // 65536 % 100 = 0 THEN 0 ELSE least(400, 65536 // (d_views % 65536 + 1)) END AS views
    FROM flagged
), earned AS (
    SELECT *,
        CASE WHEN views = 0 THEN 1 + d_seconds % 120
            ELSE views * (4 + d_seconds % 236) + d_seconds // 1024 % 7 END AS seconds,
        CASE WHEN monetization_no = 0 THEN 0 ELSE views * (d_money % 3500) + d_money // 65536 % 900 END AS eur
    FROM paid
)
SELECT day, n, hour, video_no, player_no, publisher_no, playlist_no, position, place_no, country_no, device_no,
    action_no, monetization_no, credited_no, is_content, is_embed, is_claim, views, seconds, eur,
    CASE WHEN monetization_no = 0 THEN 0 ELSE eur * (1040 + d_money % 110) // 1000 + d_money // 64 % 3 END
FROM earned
ORDER BY day, n

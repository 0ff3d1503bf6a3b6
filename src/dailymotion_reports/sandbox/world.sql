-- The tables of the invented world.  Nothing is ever null: what is missing is the empty text or number 0.
-- The tags of a video stand both in one text, separated by bars, and one by one, the empty tag for none.
CREATE TABLE world (seed BIGINT, revision INTEGER, scale VARCHAR, restating BOOLEAN, retitled BOOLEAN);
CREATE TABLE made_days (day DATE PRIMARY KEY);
CREATE TABLE accounts (account_no UTINYINT, account_id VARCHAR, username VARCHAR, parent_no UTINYINT);
CREATE TABLE channels (channel_no UTINYINT, slug VARCHAR, own BOOLEAN, account_no UTINYINT, content_type VARCHAR);
CREATE TABLE videos (video_no UINTEGER, video_id VARCHAR, title VARCHAR, owner_no UTINYINT, media_type VARCHAR,
    created DATE, hour UTINYINT, deleted DATE, seconds INTEGER, visibility VARCHAR, fps_no UTINYINT,
    renditions UTINYINT, tags VARCHAR, retitled BOOLEAN);
CREATE TABLE video_tags (video_no UINTEGER, tag VARCHAR);
CREATE TABLE publishers (publisher_no UTINYINT, publisher_id VARCHAR, channel_no UTINYINT, own BOOLEAN,
    first_player UTINYINT, players UTINYINT);
CREATE TABLE players (player_no UTINYINT, player_id VARCHAR, title VARCHAR, player_type VARCHAR);
CREATE TABLE playlists (playlist_no UTINYINT, playlist_id VARCHAR, title VARCHAR, playlist_type VARCHAR);
CREATE TABLE places (place_no USMALLINT, publisher_no UTINYINT, domain_group VARCHAR, subdomain VARCHAR,
    page_url VARCHAR, ads_txt VARCHAR);
CREATE TABLE countries (country_no UTINYINT, country VARCHAR);
CREATE TABLE devices (device_no UTINYINT, device VARCHAR);
CREATE TABLE actions (action_no UTINYINT, action VARCHAR);
CREATE TABLE monetizations (monetization_no UTINYINT, monetization VARCHAR, product VARCHAR);
CREATE TABLE sizes (size_no UTINYINT, size VARCHAR, bucket VARCHAR);
CREATE TABLE ad_positions (ad_position_no UTINYINT, ad_position VARCHAR);
CREATE TABLE outcomes (outcome_no UTINYINT, outcome VARCHAR);
CREATE TABLE formats (format_no UTINYINT, format VARCHAR);
CREATE TABLE ad_errors (error_no UTINYINT, code VARCHAR, readable VARCHAR);
CREATE TABLE no_ad_reasons (reason_no UTINYINT, reason VARCHAR);
CREATE TABLE buyers (buyer_no UTINYINT, buyer VARCHAR, buyer_type VARCHAR);
CREATE TABLE resolutions (resolution_no UTINYINT, resolution VARCHAR, kbps INTEGER);
CREATE TABLE frame_rates (fps_no UTINYINT, fps VARCHAR);
-- What a file of a video takes: one row for each rendition of each video on demand of the partner's own.
CREATE TABLE renditions (video_no UINTEGER, resolution_no UTINYINT, fps_no UTINYINT, seconds BIGINT, bytes BIGINT);
-- How an event finds its video: by popularity, and behind those by the order in which videos came out.
CREATE TABLE picks (slot UBIGINT, video_no UINTEGER, owner_no UTINYINT, own BOOLEAN, created DATE, deleted DATE,
    seconds INTEGER, is_live BOOLEAN);
-- Numbers from 0 up to the most events that a day can have.
CREATE TABLE ticks (n UINTEGER);

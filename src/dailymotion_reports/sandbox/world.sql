-- The tables of the invented world.  Nothing is ever null: what is missing is the empty text or number 0.
-- The tags of a video stand both in one text, separated by bars, and one by one, the empty tag for none.
CREATE TABLE world (seed BIGINT, revision INTEGER);
CREATE TABLE made_days (day DATE PRIMARY KEY);
CREATE TABLE channels (channel_no UTINYINT, slug VARCHAR, own BOOLEAN);
CREATE TABLE videos (video_no USMALLINT, video_id VARCHAR, title VARCHAR, owner_no UTINYINT, media_type VARCHAR,
    created DATE, tags VARCHAR);
CREATE TABLE video_tags (video_no USMALLINT, tag VARCHAR);
CREATE TABLE publishers (publisher_no UTINYINT, publisher_id VARCHAR, channel_no UTINYINT, own BOOLEAN,
    first_player UTINYINT, players UTINYINT);
CREATE TABLE players (player_no UTINYINT, player_id VARCHAR, title VARCHAR);
CREATE TABLE playlists (playlist_no UTINYINT, playlist_id VARCHAR, title VARCHAR);
CREATE TABLE places (place_no USMALLINT, publisher_no UTINYINT, domain_group VARCHAR, subdomain VARCHAR,
    page_url VARCHAR);
CREATE TABLE countries (country_no UTINYINT, country VARCHAR);
CREATE TABLE devices (device_no UTINYINT, device VARCHAR);
CREATE TABLE actions (action_no UTINYINT, action VARCHAR);
CREATE TABLE monetizations (monetization_no UTINYINT, monetization VARCHAR);
CREATE TABLE events (day DATE, n USMALLINT, hour UTINYINT, video_no USMALLINT, player_no UTINYINT,
    publisher_no UTINYINT, playlist_no UTINYINT, position UTINYINT, place_no USMALLINT, country_no UTINYINT,
    device_no UTINYINT, action_no UTINYINT, monetization_no UTINYINT, credited_no UTINYINT, is_content BOOLEAN,
    is_embed BOOLEAN, is_claim BOOLEAN, views INTEGER, seconds INTEGER, eur_micros BIGINT, usd_micros BIGINT);

PRAGMA foreign_keys = OFF;
BEGIN TRANSACTION;
CREATE TABLE durations (
    episode_id TEXT PRIMARY KEY NOT NULL,
    duration_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "durations" VALUES('A 2',88250000);
CREATE TABLE episodes (
    id TEXT PRIMARY KEY NOT NULL,
    series_id TEXT NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    season INTEGER NOT NULL,
    number INTEGER,
    number_end INTEGER,
    title TEXT,
    synopsis TEXT,
    path BLOB NOT NULL,
    picture BLOB,
    duration_ms INTEGER,
    UNIQUE (series_id, place)
) STRICT;
INSERT INTO "episodes" VALUES('A 1','series A',0,1,1,NULL,'First',NULL,X'2F66696C6D732F312E6D7034',NULL,90000);
INSERT INTO "episodes" VALUES('A 2','series A',1,1,2,3,NULL,'About 2',X'2F66696C6D732F322E6D7034',NULL,NULL);
CREATE TABLE favourites (
    series_id TEXT PRIMARY KEY NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "favourites" VALUES('series A',1767225604000);
CREATE TABLE progress (
    episode_id TEXT PRIMARY KEY NOT NULL,
    series_id TEXT NOT NULL,
    position_us INTEGER NOT NULL,
    watched INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    touch INTEGER
) STRICT;
INSERT INTO "progress" VALUES('A 1','series A',0,1,1,1767225602000,1);
INSERT INTO "progress" VALUES('A 2','series A',31500000,0,0,1767225603000,2);
CREATE TABLE series (
    id TEXT PRIMARY KEY NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    year INTEGER,
    genres TEXT NOT NULL,
    synopsis TEXT,
    poster BLOB
) STRICT;
INSERT INTO "series" VALUES('series A','source','A',2025,'["Revenge"]','About A',X'2F66696C6D732F412E6A7067');
CREATE TABLE settings (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    json TEXT NOT NULL
) STRICT;
INSERT INTO "settings" VALUES(1,'{"volume":0.5}');
CREATE TABLE sidecars (
    episode_id TEXT NOT NULL REFERENCES episodes (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    path BLOB NOT NULL,
    language TEXT,
    title TEXT,
    forced INTEGER NOT NULL,
    preferred INTEGER NOT NULL,
    hearing_impaired INTEGER NOT NULL,
    PRIMARY KEY (episode_id, place)
) STRICT, WITHOUT ROWID;
INSERT INTO "sidecars" VALUES('A 2',0,X'2F66696C6D732F322E737274','en','Signs',1,0,0);
CREATE TABLE sources (
    id TEXT PRIMARY KEY NOT NULL,
    path BLOB NOT NULL UNIQUE,
    added_ms INTEGER NOT NULL,
    scanned_ms INTEGER,
    error TEXT
, request TEXT) STRICT;
INSERT INTO "sources" VALUES('source',X'2F66696C6D73',1767225600000,1767225601000,'{"code":"not_found","message":"films is gone","detail":null}','{"referer":"https://example.org/"}');
CREATE INDEX series_by_source ON series (source_id);
CREATE INDEX progress_by_series ON progress (series_id);
CREATE INDEX progress_by_touch ON progress (touch);
CREATE TABLE habits (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    json TEXT NOT NULL
) STRICT;
INSERT INTO "habits" VALUES(1,'{}');
CREATE TABLE downloads (
    episode_id TEXT PRIMARY KEY NOT NULL,
    series_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    stage INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    error TEXT,
    added_ms INTEGER NOT NULL
) STRICT;
INSERT INTO "downloads" VALUES('A 2','series A',1,3,0,NULL,1767225603000);
CREATE TABLE keep_next (
    series_id TEXT PRIMARY KEY NOT NULL,
    episodes INTEGER NOT NULL
) STRICT;
INSERT INTO "keep_next" VALUES('series A',3);
CREATE TABLE streams (
    episode_id TEXT PRIMARY KEY NOT NULL,
    json TEXT NOT NULL
) STRICT;
INSERT INTO "streams" VALUES('A 2','{"bandwidth":800000,"parts":[{"key":"https://example.org/2/0.ts"}]}');
COMMIT;
PRAGMA application_id = 1131178342;
PRAGMA user_version = 4;

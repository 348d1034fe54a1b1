-- Which tracks are one recording: another encoding, another level, a part of it.
BEGIN IMMEDIATE;

CREATE TABLE fingerprint (
    track_id INTEGER PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    edition  TEXT NOT NULL,                   -- of the way it was made
    codes    BLOB NOT NULL                    -- uint32, little-endian
);

-- Tracks that stand alone have no row.
CREATE TABLE recording (
    track_id  INTEGER PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    longest   INTEGER NOT NULL                -- the longest track of the same recording
);
CREATE TRIGGER recording_rev_insert AFTER INSERT ON recording BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev')
    WHERE track_id = new.track_id;
END;
CREATE TRIGGER recording_rev_delete AFTER DELETE ON recording BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev')
    WHERE track_id = old.track_id;
END;

PRAGMA user_version = 7;
COMMIT;

-- What a network whose words may hold together said of a track; no row for one that names one.
BEGIN IMMEDIATE;

CREATE TABLE result_words (
    track_id  INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    bundle_id INTEGER NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    words     TEXT NOT NULL,                  -- JSON list of all that hold, the first one first
    PRIMARY KEY (track_id, bundle_id)
) WITHOUT ROWID;

PRAGMA user_version = 6;
COMMIT;

-- The catalogue. A file is a place on a disk with its own tags; a track is a sound, known by the
-- hash of its decoded audio; a result is what one bundle said about a track.
BEGIN IMMEDIATE;

CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES ('id', lower(hex(randomblob(16)))), ('rev', 0), ('bundle', 0);

CREATE TABLE root (
    id        INTEGER PRIMARY KEY,
    path      BLOB NOT NULL UNIQUE,           -- os.fsencode of the absolute path
    added_at  REAL NOT NULL,
    watched   INTEGER NOT NULL DEFAULT 1,
    offline   INTEGER NOT NULL DEFAULT 0,     -- its drive was not there when last looked for
    scanned_at REAL
);

CREATE TABLE track (
    id         INTEGER PRIMARY KEY,
    audio_hash BLOB NOT NULL UNIQUE,
    seconds    REAL NOT NULL
);

CREATE TABLE cover (
    id   INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,                -- of the picture it was made from
    data BLOB NOT NULL                        -- a small JPEG
);

CREATE TABLE file (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    root_id      INTEGER NOT NULL REFERENCES root (id),
    path         BLOB NOT NULL UNIQUE,        -- os.fsencode of the absolute path
    path_text    TEXT NOT NULL,               -- the same for people and for the filter
    size         INTEGER NOT NULL,
    mtime_ns     INTEGER NOT NULL,
    dev          INTEGER NOT NULL,
    inode        INTEGER NOT NULL,
    track_id     INTEGER REFERENCES track (id),
    state        TEXT NOT NULL DEFAULT 'found'
                 CHECK (state IN ('found', 'analysed', 'failed')),
    away         TEXT NOT NULL DEFAULT '' CHECK (away IN ('', 'missing', 'offline')),
    note         TEXT NOT NULL DEFAULT '',    -- why it failed, as a sentence
    added_at     REAL NOT NULL,
    title        TEXT NOT NULL DEFAULT '',
    artist       TEXT NOT NULL DEFAULT '',
    album        TEXT NOT NULL DEFAULT '',
    album_artist TEXT NOT NULL DEFAULT '',
    track_no     INTEGER NOT NULL DEFAULT 0,
    disc_no      INTEGER NOT NULL DEFAULT 0,
    year         INTEGER NOT NULL DEFAULT 0,
    tag_genre    TEXT NOT NULL DEFAULT '[]',  -- JSON list of text
    cover_id     INTEGER REFERENCES cover (id),
    rev          INTEGER NOT NULL DEFAULT 0   -- grows with every change; see the triggers
);
CREATE INDEX file_root ON file (root_id);
CREATE INDEX file_track ON file (track_id) WHERE track_id IS NOT NULL;
CREATE INDEX file_rev ON file (rev);
CREATE INDEX file_inode ON file (inode, dev);
CREATE INDEX file_away ON file (size) WHERE away = 'missing';
CREATE INDEX file_waiting ON file (id) WHERE state = 'found' AND away = '';

CREATE TABLE gone (file_id INTEGER PRIMARY KEY, rev INTEGER NOT NULL);
CREATE INDEX gone_rev ON gone (rev);

CREATE TABLE bundle (
    id          INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    labels      TEXT NOT NULL                 -- JSON list, in the order of timelines
);

CREATE TABLE result (
    track_id       INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    bundle_id      INTEGER NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    state          TEXT NOT NULL CHECK (state IN ('named', 'unsure', 'silence')),
    label          TEXT,                      -- the best guess, also when unsure
    score          REAL NOT NULL,
    runner_up      TEXT,
    runner_score   REAL NOT NULL,
    majority_label TEXT,
    majority_share REAL NOT NULL,
    analysed_at    REAL NOT NULL,
    PRIMARY KEY (track_id, bundle_id)
) WITHOUT ROWID;

-- Kept apart so that reading every result does not read every timeline.
CREATE TABLE result_detail (
    track_id  INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
    bundle_id INTEGER NOT NULL REFERENCES bundle (id) ON DELETE CASCADE,
    hop_s     REAL NOT NULL,
    window_s  REAL NOT NULL,
    timeline  BLOB NOT NULL,                  -- uint8 (windows, labels), 255 = 1; silence: all 0
    embedding BLOB NOT NULL,                  -- float16 (d,)
    UNIQUE (track_id, bundle_id)
);

CREATE TABLE correction (
    track_id INTEGER PRIMARY KEY REFERENCES track (id) ON DELETE CASCADE,
    labels   TEXT NOT NULL,                   -- JSON list; locked: analysis never touches it
    at       REAL NOT NULL
);

CREATE TABLE threshold (label TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE mapping (heard TEXT PRIMARY KEY, words TEXT NOT NULL) WITHOUT ROWID;  -- JSON list
CREATE TABLE branch (word TEXT PRIMARY KEY, parent TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE saved_filter (
    name       TEXT PRIMARY KEY,
    text       TEXT NOT NULL,
    sort       TEXT NOT NULL DEFAULT 'artist',
    descending INTEGER NOT NULL DEFAULT 0,
    grouping   TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- ------------------------------------------------------------------ free text

CREATE VIRTUAL TABLE file_text USING fts5 (
    title, artist, album, album_artist, path_text,
    content = 'file', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3', detail = 'none',
    columnsize = 0
);
CREATE TRIGGER file_text_insert AFTER INSERT ON file BEGIN
    INSERT INTO file_text (rowid, title, artist, album, album_artist, path_text)
    VALUES (new.id, new.title, new.artist, new.album, new.album_artist, new.path_text);
END;
CREATE TRIGGER file_text_delete AFTER DELETE ON file BEGIN
    INSERT INTO file_text (file_text, rowid, title, artist, album, album_artist, path_text)
    VALUES ('delete', old.id, old.title, old.artist, old.album, old.album_artist, old.path_text);
END;
CREATE TRIGGER file_text_update
AFTER UPDATE OF title, artist, album, album_artist, path_text ON file
WHEN (old.title, old.artist, old.album, old.album_artist, old.path_text)
    IS NOT (new.title, new.artist, new.album, new.album_artist, new.path_text)
BEGIN
    INSERT INTO file_text (file_text, rowid, title, artist, album, album_artist, path_text)
    VALUES ('delete', old.id, old.title, old.artist, old.album, old.album_artist, old.path_text);
    INSERT INTO file_text (rowid, title, artist, album, album_artist, path_text)
    VALUES (new.id, new.title, new.artist, new.album, new.album_artist, new.path_text);
END;

-- ------------------------------------------------------------------ what changed

-- Whatever changes the row a person sees gives the file a new rev; an index in memory, of this
-- process or another, asks for the rows with a rev it does not know yet.
CREATE TRIGGER file_rev_insert AFTER INSERT ON file BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev') WHERE id = new.id;
END;
CREATE TRIGGER file_rev_update
AFTER UPDATE OF root_id, path, size, mtime_ns, track_id, state, away, note, title, artist, album,
    album_artist, track_no, disc_no, year, tag_genre, cover_id ON file
BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev') WHERE id = new.id;
END;
CREATE TRIGGER file_rev_delete AFTER DELETE ON file BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    INSERT OR REPLACE INTO gone VALUES (old.id, (SELECT value FROM meta WHERE key = 'rev'));
END;
CREATE TRIGGER result_rev_insert AFTER INSERT ON result BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev')
    WHERE track_id = new.track_id;
END;
CREATE TRIGGER result_rev_update AFTER UPDATE ON result BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev')
    WHERE track_id = new.track_id;
END;
CREATE TRIGGER correction_rev_insert AFTER INSERT ON correction BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev')
    WHERE track_id = new.track_id;
END;
CREATE TRIGGER correction_rev_update AFTER UPDATE ON correction BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev')
    WHERE track_id = new.track_id;
END;
CREATE TRIGGER correction_rev_delete AFTER DELETE ON correction BEGIN
    UPDATE meta SET value = value + 1 WHERE key = 'rev';
    UPDATE file SET rev = (SELECT value FROM meta WHERE key = 'rev')
    WHERE track_id = old.track_id;
END;

PRAGMA user_version = 1;
COMMIT;

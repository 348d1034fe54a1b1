-- The journal of everything done to files: each step is here, on the disk, before it happens.
BEGIN IMMEDIATE;

CREATE TABLE plan (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    action     TEXT NOT NULL,
    title      TEXT NOT NULL,
    created_at REAL NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('applying', 'applied', 'undoing', 'undone')),
    root_id    INTEGER                        -- the folder that came into the library with it
);

CREATE TABLE step (
    plan_id     INTEGER NOT NULL REFERENCES plan (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,             -- in the order they run; folders come first
    kind        TEXT NOT NULL CHECK (kind IN ('folder', 'tag', 'move', 'copy', 'write')),
    file_id     INTEGER NOT NULL DEFAULT 0,
    source      BLOB NOT NULL,                -- os.fsencode of the absolute path
    target      BLOB NOT NULL,
    genres      TEXT NOT NULL DEFAULT '',     -- what a tag step writes: JSON list
    fingerprint BLOB NOT NULL,                -- of the source before
    result      BLOB NOT NULL DEFAULT x'',    -- of the target as we left it
    digest      BLOB NOT NULL DEFAULT x'',    -- SHA-256: tag: of the file before; else of the target
    state       TEXT NOT NULL CHECK (state IN
                ('pending', 'doing', 'done', 'skipped', 'undoing', 'undone', 'left')),
    note        TEXT NOT NULL DEFAULT '',     -- why it was skipped or left, as a sentence
    PRIMARY KEY (plan_id, n)
) WITHOUT ROWID;

-- What brings a file's bytes back after its tags were written; apart, because steps are read often.
CREATE TABLE original (
    plan_id INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    patch   BLOB NOT NULL,
    UNIQUE (plan_id, n)
);

PRAGMA user_version = 2;
COMMIT;

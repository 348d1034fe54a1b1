-- What is to be done by itself to new music: a filter, an action and its options.
BEGIN IMMEDIATE;

CREATE TABLE rule (
    name    TEXT PRIMARY KEY,
    filter  TEXT NOT NULL,
    action  TEXT NOT NULL,
    options TEXT NOT NULL,                    -- JSON object
    enabled INTEGER NOT NULL DEFAULT 1
) WITHOUT ROWID;

PRAGMA user_version = 5;
COMMIT;

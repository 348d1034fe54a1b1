-- Scores of the words that are near enough to hold, so that they can be judged anew; a word may
-- stand under several broader ones; only some words are written where a person lists them.
BEGIN IMMEDIATE;

-- JSON object, the likeliest first; empty: heard before scores were kept.
ALTER TABLE result_words ADD COLUMN near TEXT NOT NULL DEFAULT '';

CREATE TABLE branches (word TEXT NOT NULL, parent TEXT NOT NULL, PRIMARY KEY (word, parent))
WITHOUT ROWID;
INSERT INTO branches SELECT word, parent FROM branch;
DROP TABLE branch;
ALTER TABLE branches RENAME TO branch;

CREATE TABLE listed (word TEXT PRIMARY KEY) WITHOUT ROWID;

PRAGMA user_version = 8;
COMMIT;

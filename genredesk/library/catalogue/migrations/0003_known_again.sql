-- How files and folders are known again beside their names, and where a plan's files go.
BEGIN IMMEDIATE;

-- When anything about the file was last changed, which no program can set back; 0: not known (or
-- the system keeps no such time), -1: something was, and its tags are to be read again.
ALTER TABLE file ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0;

-- The folder itself when it was last walked: an empty folder that is another one is a mount point
-- without its drive; an empty one that is the same has lost its music.
ALTER TABLE root ADD COLUMN dev INTEGER NOT NULL DEFAULT 0;
ALTER TABLE root ADD COLUMN inode INTEGER NOT NULL DEFAULT 0;

-- The folder a plan moves files into becomes part of the library, also after a kill.
ALTER TABLE plan ADD COLUMN place BLOB NOT NULL DEFAULT x'';

-- A new file may be one that is missing, or one of a folder that is not there any more.
DROP INDEX file_away;
CREATE INDEX file_away ON file (size) WHERE away <> '';
CREATE INDEX file_reread ON file (id) WHERE ctime_ns = -1;

PRAGMA user_version = 3;
COMMIT;

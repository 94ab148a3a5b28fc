-- Files. Their bytes lie beside the database, each under its key in hexadecimal digits.

-- Those of messages, and those that were uploaded and not sent: these have no message and no room.
CREATE TABLE files (
  id INTEGER PRIMARY KEY,
  added_at INTEGER NOT NULL,
  owner INTEGER NOT NULL REFERENCES members,
  message INTEGER REFERENCES messages,
  room INTEGER,
  place INTEGER NOT NULL DEFAULT 0, -- among those of the message
  key BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  type TEXT NOT NULL, -- as it is served
  size INTEGER NOT NULL,
  width INTEGER, -- with the height, in pixels; NULL: it is not shown in place
  height INTEGER,
  alt TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  preview BLOB UNIQUE, -- the key of a small picture of it
  gone INTEGER NOT NULL DEFAULT 0 -- 1: its bytes were let go of
) STRICT;
CREATE INDEX files_by_message ON files (message, place) WHERE message IS NOT NULL;
CREATE INDEX files_by_room ON files (room, id) WHERE room IS NOT NULL;

-- Keys whose bytes are still to be removed from the disk.
CREATE TABLE dropped_files (
  key BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TRIGGER file_dropped AFTER DELETE ON files WHEN NOT old.gone BEGIN
  INSERT INTO dropped_files (key) VALUES (old.key);
  INSERT INTO dropped_files (key) SELECT old.preview WHERE old.preview IS NOT NULL;
END;

-- The first form of the file. Times are milliseconds since 1970-01-01 00:00 UTC.
-- All ids are numbers of one row: 1, 2, 3 ... in the order in which things happened.

CREATE TABLE members (
  id INTEGER PRIMARY KEY,
  registered_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  password TEXT NOT NULL -- an argon2id hash
) STRICT;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  opened_at INTEGER NOT NULL,
  member INTEGER NOT NULL REFERENCES members,
  token_sha256 BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE password_resets (
  id INTEGER PRIMARY KEY,
  offered_at INTEGER NOT NULL,
  member INTEGER NOT NULL UNIQUE REFERENCES members,
  token_sha256 BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  posted_at INTEGER NOT NULL,
  author INTEGER NOT NULL REFERENCES members,
  text TEXT NOT NULL,
  nonce TEXT -- the word by which a repeated request is known
) STRICT;

-- The newest number that was given: what had it may be gone, but it is never given again.
CREATE TABLE numbering (newest INTEGER NOT NULL) STRICT;
INSERT INTO numbering VALUES (0);

-- For people: what was said, when (UTC) and by whom.
CREATE VIEW transcript AS
  SELECT messages.id AS id, datetime(posted_at / 1000, 'unixepoch') AS at, name, text
  FROM messages JOIN members ON members.id = author ORDER BY messages.id;

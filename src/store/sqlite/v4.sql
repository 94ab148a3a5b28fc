-- Who is mentioned, languages, invitations to rooms, browsers that are known or were signed out, and the chat's own id.

-- Drawn once: what this chat's cookies are named after, so that chats on one host do not share them.
ALTER TABLE numbering ADD COLUMN chat_id TEXT NOT NULL DEFAULT '';
-- When a chat that was there before was given it; NULL where it had one from the beginning.
ALTER TABLE numbering ADD COLUMN chat_id_since INTEGER;
UPDATE numbering SET chat_id = lower(hex(randomblob(6))),
  chat_id_since = CASE WHEN newest > 0 THEN unixepoch() * 1000 END;

-- In which they read, as a tag of BCP 47; NULL: in their browser's.
ALTER TABLE members ADD COLUMN language TEXT;

-- Where each message mentions whom: bytes of its text, from the @ on.
CREATE TABLE mentions (
  message INTEGER NOT NULL REFERENCES messages,
  at INTEGER NOT NULL,
  length INTEGER NOT NULL,
  member INTEGER NOT NULL REFERENCES members,
  room INTEGER NOT NULL,
  PRIMARY KEY (message, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX mentions_by_member ON mentions (member, room, message);

-- Whether a repeated request made a message already.
CREATE INDEX messages_by_nonce ON messages (author, nonce) WHERE nonce IS NOT NULL;

-- Who left which room: they come back by their own decision alone.
CREATE TABLE departures (
  room INTEGER NOT NULL REFERENCES rooms,
  member INTEGER NOT NULL REFERENCES members,
  PRIMARY KEY (room, member)
) STRICT, WITHOUT ROWID;

-- Who opened a room; NULL where it is older than this column.
ALTER TABLE rooms ADD COLUMN opened_by INTEGER REFERENCES members;

-- Who began a conversation; NULL where it is older than this column.
ALTER TABLE pairs ADD COLUMN begun_by INTEGER REFERENCES members;

-- The owner who made the offer, which holds as long as they are one; NULL: who runs the chat.
ALTER TABLE password_resets ADD COLUMN offered_by INTEGER REFERENCES members;

-- Invitations to come back to a room, until they are accepted or declined.
CREATE TABLE invitations (
  id INTEGER PRIMARY KEY,
  invited_at INTEGER NOT NULL,
  room INTEGER NOT NULL REFERENCES rooms,
  member INTEGER NOT NULL REFERENCES members,
  invited_by INTEGER NOT NULL REFERENCES members,
  UNIQUE (room, member)
) STRICT;

-- Browsers in which a member signed in: strangers' wrong passwords do not hold them up.
CREATE TABLE known_devices (
  id INTEGER PRIMARY KEY,
  seen_at INTEGER NOT NULL,
  member INTEGER NOT NULL REFERENCES members,
  token_sha256 BLOB NOT NULL UNIQUE
) STRICT;

-- Sessions that their member's removal ended: who bears one is told so for 30 days.
CREATE TABLE revoked_sessions (
  id INTEGER PRIMARY KEY,
  revoked_at INTEGER NOT NULL,
  member INTEGER NOT NULL REFERENCES members,
  token_sha256 BLOB NOT NULL UNIQUE
) STRICT;

-- Of which messages the terms in the index begin with the same number: those of a room from this one to before the
-- next. Written by snug alone, as the words are.
CREATE TABLE word_blocks (
  room INTEGER NOT NULL,
  first INTEGER NOT NULL,
  PRIMARY KEY (room, first)
) STRICT, WITHOUT ROWID;

-- Search by author looks only into rooms of whoever searches.
DROP INDEX messages_by_author;
CREATE INDEX messages_by_author_and_room ON messages (author, room, id);

-- Up to which number changes of a room's messages may be gone from changes, which has the newest change of each of
-- 1,000 messages. It had the newest 1,001 changes, of all rooms: one more than it told of.
CREATE TABLE changes_forgotten (
  room INTEGER PRIMARY KEY,
  up_to INTEGER NOT NULL
) STRICT;
INSERT INTO changes_forgotten (room, up_to)
  SELECT id, (SELECT min(id) FROM changes)
  FROM (SELECT 0 AS id UNION ALL SELECT id FROM rooms UNION ALL SELECT id FROM pairs)
  WHERE (SELECT count(*) FROM changes) > 1000;
DELETE FROM changes WHERE id <= (SELECT min(up_to) FROM changes_forgotten)
  OR id NOT IN (SELECT max(id) FROM changes GROUP BY message);

-- Rooms and private conversations. Room 0 is the shared one; it has no row, and everybody is in it.

CREATE TABLE rooms (
  id INTEGER PRIMARY KEY,
  opened_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  topic TEXT NOT NULL,
  open INTEGER NOT NULL -- 1: everybody may join; 0: only whom its members add
) STRICT;

CREATE TABLE room_members (
  id INTEGER PRIMARY KEY,
  joined_at INTEGER NOT NULL,
  room INTEGER NOT NULL REFERENCES rooms,
  member INTEGER NOT NULL REFERENCES members,
  UNIQUE (room, member)
) STRICT;

-- Conversations of two members, or of one with themselves. A conversation is a room, too.
CREATE TABLE pairs (
  id INTEGER PRIMARY KEY,
  opened_at INTEGER NOT NULL,
  one INTEGER NOT NULL REFERENCES members,
  other INTEGER NOT NULL REFERENCES members,
  UNIQUE (one, other)
) STRICT;

-- Up to which message each member has seen each room.
CREATE TABLE read_marks (
  member INTEGER NOT NULL REFERENCES members,
  room INTEGER NOT NULL,
  up_to INTEGER NOT NULL,
  PRIMARY KEY (member, room)
) STRICT, WITHOUT ROWID;

ALTER TABLE messages ADD COLUMN room INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_by_room ON messages (room, id);

DROP VIEW transcript;
CREATE VIEW transcript AS
  SELECT messages.id AS id, datetime(posted_at / 1000, 'unixepoch') AS at, room, name, text
  FROM messages JOIN members ON members.id = author ORDER BY messages.id;

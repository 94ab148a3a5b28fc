-- Replies, reactions, pinned messages, words that mention many, and what members want to be told of.

-- The message that one answers, its author, and what the reply quotes of it (NULL: that was removed).
ALTER TABLE messages ADD COLUMN answers INTEGER;
ALTER TABLE messages ADD COLUMN answered_author INTEGER REFERENCES members;
ALTER TABLE messages ADD COLUMN excerpt TEXT;
CREATE INDEX messages_by_answered ON messages (answers) WHERE answers IS NOT NULL;

-- A word that mentions many: bytes of the text, from the @ on, and the members who were told, with spaces between.
ALTER TABLE messages ADD COLUMN group_at INTEGER;
ALTER TABLE messages ADD COLUMN group_length INTEGER;
ALTER TABLE messages ADD COLUMN group_members TEXT;

-- Who pinned it, and the number of that record.
ALTER TABLE messages ADD COLUMN pin INTEGER;
ALTER TABLE messages ADD COLUMN pinned_by INTEGER REFERENCES members;
ALTER TABLE messages ADD COLUMN pinned_at INTEGER;
CREATE INDEX messages_pinned ON messages (pin) WHERE pin IS NOT NULL;

CREATE TABLE reactions (
  id INTEGER PRIMARY KEY,
  reacted_at INTEGER NOT NULL,
  message INTEGER NOT NULL REFERENCES messages,
  room INTEGER NOT NULL,
  author INTEGER NOT NULL REFERENCES members, -- of the message
  member INTEGER NOT NULL REFERENCES members,
  emoji TEXT NOT NULL,
  UNIQUE (message, member, emoji)
) STRICT;
CREATE INDEX reactions_by_author ON reactions (author, id);
CREATE INDEX reactions_by_room ON reactions (room);

-- Who is told of which messages: whom they mention, alone or as one of many, and whose messages they answer.
CREATE TABLE notified (
  member INTEGER NOT NULL REFERENCES members,
  room INTEGER NOT NULL,
  message INTEGER NOT NULL REFERENCES messages,
  PRIMARY KEY (member, room, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX notified_by_message ON notified (message);
INSERT INTO notified (member, room, message)
  SELECT DISTINCT mentions.member, mentions.room, messages.id
  FROM mentions JOIN messages ON messages.id = mentions.message
  WHERE mentions.member <> messages.author;
DROP INDEX mentions_by_member;

-- How much of a room a member is told of, where that is not the default: everything, mentions or nothing.
CREATE TABLE notification_levels (
  member INTEGER NOT NULL REFERENCES members,
  room INTEGER NOT NULL,
  level TEXT NOT NULL,
  PRIMARY KEY (member, room)
) STRICT, WITHOUT ROWID;

-- When they are not told of anything, as 22:00-07:00 in their zone; and up to where they have seen reactions.
ALTER TABLE members ADD COLUMN quiet_hours TEXT;
ALTER TABLE members ADD COLUMN reactions_seen INTEGER NOT NULL DEFAULT 0;

-- In which way a message changed: reacted, pinned, edited or removed.
ALTER TABLE changes ADD COLUMN kind TEXT NOT NULL DEFAULT 'edited';
UPDATE changes SET kind = 'removed' WHERE message NOT IN (SELECT id FROM messages);

-- Each membership has a read marker of its own, which may be moved back: no other is derived.
INSERT INTO read_marks (member, room, up_to) SELECT id, 0, id FROM members WHERE removed_at IS NULL
  ON CONFLICT DO UPDATE SET up_to = max(up_to, excluded.up_to);
INSERT INTO read_marks (member, room, up_to)
  SELECT member, room, id FROM room_members WHERE member IN (SELECT id FROM members WHERE removed_at IS NULL)
  ON CONFLICT DO UPDATE SET up_to = max(up_to, excluded.up_to);
INSERT INTO read_marks (member, room, up_to)
  SELECT * FROM (SELECT one AS member, id AS room, id FROM pairs UNION SELECT other, id, id FROM pairs)
  WHERE member IN (SELECT id FROM members WHERE removed_at IS NULL)
  ON CONFLICT DO UPDATE SET up_to = max(up_to, excluded.up_to);
UPDATE read_marks SET up_to = max(up_to, coalesce(
  (SELECT max(id) FROM messages WHERE author = read_marks.member AND messages.room = read_marks.room), 0));

-- In whose share of all files the bytes count until they are removed; 0: no one noted it.
ALTER TABLE dropped_files ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER file_dropped;
CREATE TRIGGER file_dropped AFTER DELETE ON files WHEN NOT old.gone BEGIN
  INSERT INTO dropped_files (key, owner) VALUES (old.key, old.owner);
  INSERT INTO dropped_files (key, owner) SELECT old.preview, old.owner WHERE old.preview IS NOT NULL;
END;

-- The first form of a chat's tables: those of an SQLite file (../sqlite/v*.sql), in PostgreSQL's types. Times are
-- milliseconds since 1970-01-01 00:00 UTC. All ids are numbers of one row, in the order in which things happened.
--
-- What every message writes refers to members and messages without a constraint: checking it would lock and write the
-- rows that are referred to, each time. (An SQLite file checks the same statements.)

CREATE TABLE members (
  id BIGINT PRIMARY KEY,
  registered_at BIGINT NOT NULL,
  name TEXT NOT NULL,
  password TEXT NOT NULL, -- an argon2id hash
  zone TEXT, -- in which they read times; null: in the chat's
  language TEXT, -- in which they read, as a tag of BCP 47; null: in their browser's
  quiet_hours TEXT, -- when they are not told of anything, as 22:00-07:00 in their zone
  reactions_seen BIGINT NOT NULL DEFAULT 0, -- up to where they have seen reactions to their messages
  owner BOOLEAN NOT NULL DEFAULT FALSE,
  removed_at BIGINT, -- null: a member still
  name_freed BOOLEAN NOT NULL DEFAULT FALSE
);

CREATE TABLE sessions (
  id BIGINT PRIMARY KEY,
  opened_at BIGINT NOT NULL,
  member BIGINT NOT NULL REFERENCES members,
  token_sha256 BYTEA NOT NULL UNIQUE,
  device TEXT NOT NULL DEFAULT ''
);

-- Sessions that their member's removal ended: who bears one is told so for 30 days.
CREATE TABLE revoked_sessions (
  id BIGINT PRIMARY KEY,
  revoked_at BIGINT NOT NULL,
  member BIGINT NOT NULL REFERENCES members,
  token_sha256 BYTEA NOT NULL UNIQUE
);

-- Browsers in which a member signed in: strangers' wrong passwords do not hold them up.
CREATE TABLE known_devices (
  id BIGINT PRIMARY KEY,
  seen_at BIGINT NOT NULL,
  member BIGINT NOT NULL REFERENCES members,
  token_sha256 BYTEA NOT NULL UNIQUE
);

CREATE TABLE password_resets (
  id BIGINT PRIMARY KEY,
  offered_at BIGINT NOT NULL,
  member BIGINT NOT NULL UNIQUE REFERENCES members,
  token_sha256 BYTEA NOT NULL UNIQUE,
  offered_by BIGINT REFERENCES members -- the owner who made it; null: who runs the chat
);

-- What the owners decided, in one row at most; null: as snug was started.
CREATE TABLE configuration (
  id BIGINT PRIMARY KEY,
  decided_at BIGINT NOT NULL,
  title TEXT,
  registration TEXT, -- open, invited or closed
  invite_code TEXT
);

-- Rooms, without the shared one: that is room 0, has no row, and everybody is in it.
CREATE TABLE rooms (
  id BIGINT PRIMARY KEY,
  opened_at BIGINT NOT NULL,
  name TEXT NOT NULL,
  topic TEXT NOT NULL,
  open BOOLEAN NOT NULL, -- true: everybody may join; false: only whom its members add
  opened_by BIGINT REFERENCES members
);

-- Conversations of two members, or of one with themselves. A conversation is a room, too.
CREATE TABLE pairs (
  id BIGINT PRIMARY KEY,
  opened_at BIGINT NOT NULL,
  one BIGINT NOT NULL REFERENCES members,
  other BIGINT NOT NULL REFERENCES members,
  begun_by BIGINT REFERENCES members,
  UNIQUE (one, other)
);

CREATE TABLE room_members (
  id BIGINT PRIMARY KEY,
  joined_at BIGINT NOT NULL,
  room BIGINT NOT NULL REFERENCES rooms,
  member BIGINT NOT NULL REFERENCES members,
  UNIQUE (room, member)
);

-- Who left which room: they come back by their own decision alone.
CREATE TABLE departures (
  room BIGINT NOT NULL REFERENCES rooms,
  member BIGINT NOT NULL REFERENCES members,
  PRIMARY KEY (room, member)
);

-- Invitations to come back to a room, until they are accepted or declined.
CREATE TABLE invitations (
  id BIGINT PRIMARY KEY,
  invited_at BIGINT NOT NULL,
  room BIGINT NOT NULL REFERENCES rooms,
  member BIGINT NOT NULL REFERENCES members,
  invited_by BIGINT NOT NULL REFERENCES members,
  UNIQUE (room, member)
);

-- How much of a room a member is told of, where that is not the default: everything, mentions or nothing.
CREATE TABLE notification_levels (
  member BIGINT NOT NULL REFERENCES members,
  room BIGINT NOT NULL,
  level TEXT NOT NULL,
  PRIMARY KEY (member, room)
);

-- Up to which message each member has seen each room. Changed all the time: pages have room for that.
CREATE TABLE read_marks (
  member BIGINT NOT NULL,
  room BIGINT NOT NULL,
  up_to BIGINT NOT NULL,
  PRIMARY KEY (member, room)
) WITH (fillfactor = 50);

CREATE TABLE messages (
  id BIGINT PRIMARY KEY,
  posted_at BIGINT NOT NULL,
  author BIGINT NOT NULL,
  room BIGINT NOT NULL,
  text TEXT NOT NULL,
  nonce TEXT, -- the word by which a repeated request is known
  edited_at BIGINT, -- when it got this text; null: it never had another
  -- The message that it answers, its author, and what it quotes of it (null: that was removed).
  answers BIGINT,
  answered_author BIGINT,
  excerpt TEXT,
  -- A word that mentions many: bytes of the text, from the @ on, and the members who were told, with spaces between.
  group_at BIGINT,
  group_length BIGINT,
  group_members TEXT,
  -- Who pinned it, and the number of that record.
  pin BIGINT,
  pinned_by BIGINT,
  pinned_at BIGINT
);
CREATE INDEX messages_by_room ON messages (room, id);
CREATE INDEX messages_by_author_and_room ON messages (author, room, id);
CREATE INDEX messages_by_answered ON messages (answers) WHERE answers IS NOT NULL;
CREATE INDEX messages_pinned ON messages (pin) WHERE pin IS NOT NULL;
-- A request that is repeated at another node makes no second message.
CREATE UNIQUE INDEX messages_by_nonce ON messages (author, nonce) WHERE nonce IS NOT NULL;

-- Where each message mentions whom: bytes of its text, from the @ on.
CREATE TABLE mentions (
  message BIGINT NOT NULL,
  at BIGINT NOT NULL,
  length BIGINT NOT NULL,
  member BIGINT NOT NULL,
  room BIGINT NOT NULL,
  PRIMARY KEY (message, at)
);

-- Who is told of which messages: whom they mention, alone or as one of many, and whose messages they answer.
CREATE TABLE notified (
  member BIGINT NOT NULL,
  room BIGINT NOT NULL,
  message BIGINT NOT NULL,
  PRIMARY KEY (member, room, message)
);
CREATE INDEX notified_by_message ON notified (message);

CREATE TABLE reactions (
  id BIGINT PRIMARY KEY,
  reacted_at BIGINT NOT NULL,
  message BIGINT NOT NULL,
  room BIGINT NOT NULL,
  author BIGINT NOT NULL, -- of the message
  member BIGINT NOT NULL,
  emoji TEXT NOT NULL,
  UNIQUE (message, member, emoji)
);
CREATE INDEX reactions_by_author ON reactions (author, id);
CREATE INDEX reactions_by_room ON reactions (room);

-- The newest changes of messages, for those who come back. What was there before is nowhere.
CREATE TABLE changes (
  id BIGINT PRIMARY KEY,
  changed_at BIGINT NOT NULL,
  message BIGINT NOT NULL,
  room BIGINT NOT NULL,
  kind TEXT NOT NULL, -- reacted, pinned, edited or removed
  author BIGINT, -- of one that was removed, and had a nonce
  nonce TEXT
);
CREATE INDEX changes_by_message ON changes (message);

-- Up to which number changes of a room's messages may be gone from changes.
CREATE TABLE changes_forgotten (
  room BIGINT PRIMARY KEY,
  up_to BIGINT NOT NULL
);

-- Files of messages, and those that were uploaded and not sent: these have no message and no room.
CREATE TABLE files (
  id BIGINT PRIMARY KEY,
  added_at BIGINT NOT NULL,
  owner BIGINT NOT NULL,
  message BIGINT,
  room BIGINT,
  place BIGINT NOT NULL DEFAULT 0, -- among those of the message
  key BYTEA NOT NULL UNIQUE,
  name TEXT NOT NULL,
  type TEXT NOT NULL, -- as it is served
  size BIGINT NOT NULL,
  width BIGINT, -- with the height, in pixels; null: it is not shown in place
  height BIGINT,
  alt TEXT NOT NULL,
  sha256 BYTEA NOT NULL,
  preview BYTEA UNIQUE, -- the key of a small picture of it
  gone BOOLEAN NOT NULL DEFAULT FALSE -- true: its bytes were let go of
);
CREATE INDEX files_by_message ON files (message, place) WHERE message IS NOT NULL;
CREATE INDEX files_by_room ON files (room, id) WHERE room IS NOT NULL;
CREATE INDEX files_unsent ON files (id) WHERE message IS NULL;

-- Keys whose bytes are still to be removed, and in whose share of all files they count until then. (Not at once: that
-- may take longer than others, who wait for the head, are to wait.)
CREATE TABLE dropped_files (
  key BYTEA PRIMARY KEY,
  owner BIGINT NOT NULL
);

CREATE FUNCTION drop_file() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO dropped_files (key, owner) VALUES (OLD.key, OLD.owner);
  INSERT INTO dropped_files (key, owner) SELECT OLD.preview, OLD.owner WHERE OLD.preview IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER file_dropped AFTER DELETE ON files FOR EACH ROW WHEN (NOT OLD.gone) EXECUTE FUNCTION drop_file();

-- What search asks: the words of each message and of its files' names, as snug compares them. Written by snug alone, as
-- only it knows what a word is. Each begins with the room and a part of its messages (search.rs).
CREATE TABLE words (
  message BIGINT PRIMARY KEY,
  form BIGINT NOT NULL, -- which the words have; a snug that has another writes them anew
  terms TSVECTOR NOT NULL
);
CREATE INDEX words_by_term ON words USING gin (terms) WITH (gin_pending_list_limit = 256);
CREATE INDEX words_by_form ON words (form);

-- For people: what was said, when (UTC) and by whom.
CREATE VIEW transcript AS
  SELECT messages.id AS id, to_timestamp(posted_at / 1000) AT TIME ZONE 'UTC' AS at, room, name, text
  FROM messages JOIN members ON members.id = author ORDER BY messages.id;

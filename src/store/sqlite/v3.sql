-- Owners, people's own settings, messages that change, and search.

ALTER TABLE members ADD COLUMN zone TEXT; -- in which they read times; null: in the chat's
ALTER TABLE members ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN removed_at INTEGER; -- null: a member still
ALTER TABLE members ADD COLUMN name_freed INTEGER NOT NULL DEFAULT 0;
UPDATE members SET owner = 1 WHERE id = (SELECT min(id) FROM members);

ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';

-- What the owners decided, in one row at most; null: as snug was started.
CREATE TABLE configuration (
  id INTEGER PRIMARY KEY,
  decided_at INTEGER NOT NULL,
  title TEXT,
  registration TEXT, -- open, invited or closed
  invite_code TEXT
) STRICT;

ALTER TABLE messages ADD COLUMN edited_at INTEGER; -- when it got this text; null: it never had another

-- The newest changes of messages, for those who come back. What was there before is nowhere.
CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  changed_at INTEGER NOT NULL,
  message INTEGER NOT NULL,
  room INTEGER NOT NULL,
  author INTEGER, -- of one that was removed, and had a nonce
  nonce TEXT
) STRICT;

-- What search asks: the words of each message, as snug compares them, and not in their order. Written by
-- snug alone, as only it knows what a word is; what is removed is erased here, too.
CREATE VIRTUAL TABLE words USING fts5(terms, content='', detail='none', columnsize=0, tokenize='ascii');
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
-- Which form the words have; where it is not that of the snug that opens the file, it writes them anew.
ALTER TABLE numbering ADD COLUMN words_form INTEGER NOT NULL DEFAULT 0;

CREATE INDEX messages_by_author ON messages (author, id);

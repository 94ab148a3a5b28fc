-- What several nodes share beside the tables of a chat (v1.sql). Times are the database's own.

-- The head: one row, whose lock orders all who write.
CREATE TABLE numbering (
  -- True: there is one row.
  single BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (single),
  -- Of the schema.
  version BIGINT NOT NULL,
  -- The newest number that was given. Numbers may be left out; none is given twice.
  newest BIGINT NOT NULL DEFAULT 0,
  -- The newest number that is not talk.
  newest_other BIGINT NOT NULL DEFAULT 0,
  -- The feed has every record after this one.
  feed_from BIGINT NOT NULL DEFAULT 0,
  chat_id TEXT NOT NULL,
  chat_id_since BIGINT,
  -- By which the first member becomes the owner.
  first_code TEXT
);

-- The newest records, for nodes that follow: a minute of them. Each as bytes (wire.rs).
CREATE TABLE feed (
  seq BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  -- Drawn for each transaction.
  batch BYTEA NOT NULL,
  event BYTEA NOT NULL,
  stamp TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE nodes (
  id BYTEA PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  -- The newest record that it has applied.
  applied BIGINT NOT NULL,
  seen_at TIMESTAMPTZ NOT NULL
);

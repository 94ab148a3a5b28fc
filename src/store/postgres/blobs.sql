-- The bytes of files, each under its key, and of uploads in pieces. A row of files, or of half_uploads, tells of them; what
-- a crash left without is removed after a day.
CREATE TABLE blobs (
  key BYTEA PRIMARY KEY,
  owner BIGINT NOT NULL,
  length BIGINT NOT NULL,
  size BIGINT NOT NULL, -- what it takes of the room for all files: whole blocks
  kept_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE blob_parts (
  key BYTEA NOT NULL REFERENCES blobs ON DELETE CASCADE,
  at BIGINT NOT NULL, -- of its first byte
  bytes BYTEA NOT NULL,
  PRIMARY KEY (key, at)
);
-- Photos and films would not become smaller.
ALTER TABLE blob_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- How much of the room all files take (owner 0), and those of each member. Who changes any row changes that of all first;
-- its version counts what came and went.
CREATE TABLE blob_usage (
  owner BIGINT PRIMARY KEY,
  bytes BIGINT NOT NULL,
  version BIGINT NOT NULL DEFAULT 0
);
INSERT INTO blob_usage (owner, bytes) VALUES (0, 0);
CREATE FUNCTION count_blob() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  whose BIGINT := coalesce(NEW.owner, OLD.owner);
  change BIGINT := coalesce(NEW.size, 0) - coalesce(OLD.size, 0);
BEGIN
  UPDATE blob_usage SET bytes = bytes + change, version = version + 1 WHERE owner = 0;
  INSERT INTO blob_usage (owner, bytes) VALUES (whose, change)
    ON CONFLICT (owner) DO UPDATE SET bytes = blob_usage.bytes + change;
  RETURN NULL;
END $$;
-- After the parts are gone, which may take a while: triggers go in the order of their names, and those of references begin
-- with a capital.
CREATE TRIGGER count_blob AFTER INSERT OR DELETE ON blobs FOR EACH ROW EXECUTE FUNCTION count_blob();

-- Uploads in pieces that are under way, and what became of uploads, by the nonces of requests that may be repeated.
CREATE TABLE half_uploads (
  member BIGINT NOT NULL,
  nonce TEXT NOT NULL,
  key BYTEA NOT NULL UNIQUE REFERENCES blobs ON DELETE CASCADE,
  length BIGINT NOT NULL,
  done BIGINT NOT NULL,
  touched_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (member, nonce)
);
CREATE TABLE uploaded (
  member BIGINT NOT NULL,
  nonce TEXT NOT NULL,
  file BIGINT NOT NULL,
  cleaned BOOLEAN NOT NULL,
  uploaded_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY (member, nonce)
);

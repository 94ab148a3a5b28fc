-- In whose share of all files the bytes count until they are removed; 0: no one noted it.
ALTER TABLE dropped_files ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER file_dropped;
CREATE TRIGGER file_dropped AFTER DELETE ON files WHEN NOT old.gone BEGIN
  INSERT INTO dropped_files (key, owner) VALUES (old.key, old.owner);
  INSERT INTO dropped_files (key, owner) SELECT old.preview, old.owner WHERE old.preview IS NOT NULL;
END;

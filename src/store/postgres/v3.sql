-- The server's timeline when it was written to last: each promotion of a standby begins another.
ALTER TABLE numbering ADD COLUMN timeline BIGINT;

-- The server's timeline when a node found the newest (log.rs): each promotion of a standby begins another. NULL: none has yet.
ALTER TABLE numbering ADD COLUMN timeline BIGINT;

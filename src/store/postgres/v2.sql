-- When something was erased last, and up to when all of that is out of the tables' pages and the indexes, too (erasing.rs).
ALTER TABLE numbering ADD COLUMN erased_at TIMESTAMPTZ;
ALTER TABLE numbering ADD COLUMN swept_to TIMESTAMPTZ NOT NULL DEFAULT now();

-- What is said is in no statistics: they would keep some of it, and nothing is planned by them.
ALTER TABLE messages ALTER COLUMN text SET STATISTICS 0;
ALTER TABLE messages ALTER COLUMN excerpt SET STATISTICS 0;
ALTER TABLE words ALTER COLUMN terms SET STATISTICS 0;
ALTER TABLE feed ALTER COLUMN event SET STATISTICS 0;
ALTER TABLE files ALTER COLUMN name SET STATISTICS 0;
ALTER TABLE files ALTER COLUMN alt SET STATISTICS 0;
ALTER TABLE rooms ALTER COLUMN name SET STATISTICS 0;
ALTER TABLE rooms ALTER COLUMN topic SET STATISTICS 0;

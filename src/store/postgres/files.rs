//! The bytes of files in the database, for all nodes: see [`BlobStore`].

use std::sync::{Arc, Mutex};

use super::blobs;
use super::connection::Connection;
use super::engine::Engine;
use crate::chat::{
    Blob, BlobStore, BlobUsage, FileKey, HalfBlob, MemberId, NextPart, StorageError, UploadKey, Uploaded,
};
use crate::fair::Semaphore;
use crate::lock::lock;
use crate::store::sql::Error;

/// Connections at once: each moves one part of a file, or waits for the database.
const CONNECTIONS: usize = 4;
/// Questions that wait for one: as many as there are downloads, and pieces of work on files.
const WAITING_MAX: usize = 256;

pub(crate) struct PostgresBlobs {
    engine: Arc<Engine>,
    turns: Semaphore,
    /// Those that nobody uses. Nothing is asked under it.
    idle: Mutex<Vec<Connection>>,
}

impl PostgresBlobs {
    /// Opens connections when they are needed.
    pub(crate) fn new(engine: &Arc<Engine>) -> Self {
        Self {
            engine: Arc::clone(engine),
            turns: Semaphore::new(CONNECTIONS, WAITING_MAX),
            idle: Mutex::default(),
        }
    }

    fn ask<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, StorageError> {
        let turn = self.turns.acquire();
        let _turn = turn.map_err(|_| StorageError("too much is asked about files at once".into()))?;
        let idle = lock(&self.idle).pop();
        let connection = idle.unwrap_or_else(|| Connection::new(&self.engine));
        let answer = ask(&connection);
        lock(&self.idle).push(connection);
        Ok(answer?)
    }

    fn change<T>(&self, change: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, StorageError> {
        self.ask(|connection| connection.transaction("BEGIN", change))
    }
}

impl BlobStore for PostgresBlobs {
    fn usage(&self, owner: MemberId) -> Result<BlobUsage, StorageError> {
        self.ask(|sql| blobs::usage(sql, owner))
    }

    fn reserve(&self, blob: &Blob, seen: &BlobUsage) -> Result<bool, StorageError> {
        self.ask(|sql| blobs::reserve(sql, blob, seen))
    }

    fn write(&self, key: FileKey, next: NextPart<'_>) -> Result<(), StorageError> {
        self.change(|sql| blobs::fill(sql, key, 0, next)).map(drop)
    }

    fn open(&self, key: FileKey) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
        self.ask(|sql| blobs::open(sql, key))
    }

    fn read(&self, key: FileKey, at: u64) -> Result<Option<Vec<u8>>, StorageError> {
        self.ask(|sql| blobs::read(sql, key, at))
    }

    fn remove(&self, key: FileKey) -> Result<(), StorageError> {
        self.ask(|sql| blobs::remove(sql, key)).map(drop)
    }

    fn ownerless(&self, keys: &[FileKey]) -> Result<Vec<FileKey>, StorageError> {
        self.ask(|sql| blobs::ownerless(sql, keys))
    }

    fn remove_strays(&self) -> Result<u64, StorageError> {
        self.ask(|sql| {
            blobs::remove_late_uploads(sql)?;
            blobs::remove_strays(sql)
        })
    }

    fn begin_upload(&self, upload: &UploadKey, blob: &Blob, most: usize) -> Result<(), StorageError> {
        self.ask(|sql| {
            blobs::remove_late_uploads(sql)?;
            blobs::begin_upload(sql, upload, blob, most)
        })
    }

    fn upload(&self, upload: &UploadKey) -> Result<Option<HalfBlob>, StorageError> {
        self.ask(|sql| blobs::upload(sql, upload))
    }

    fn append(
        &self,
        upload: &UploadKey,
        half: &HalfBlob,
        length: u64,
        next: NextPart<'_>,
    ) -> Result<bool, StorageError> {
        self.change(|sql| {
            let is_there = blobs::advance(sql, upload, half, length)?;
            if is_there {
                blobs::fill(sql, half.key, half.done, next)?;
            }
            Ok(is_there)
        })
    }

    fn end_upload(&self, _: &UploadKey, half: &HalfBlob) -> Result<bool, StorageError> {
        self.ask(|sql| blobs::remove(sql, half.key))
    }

    fn remember(&self, upload: &UploadKey, uploaded: Uploaded) -> Result<(), StorageError> {
        self.ask(|sql| blobs::remember(sql, upload, uploaded))
    }

    fn remembered(&self, upload: &UploadKey) -> Result<Option<Uploaded>, StorageError> {
        self.ask(|sql| blobs::remembered(sql, upload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Seq;
    use crate::chat::blob_store::contract::{Subject, check_blob_store};
    use crate::store::postgres::tests::{TestDatabase, database};
    use crate::store::postgres::url::DatabaseUrl;
    use crate::store::sql::{Sql, values};

    /// The tables of files, and a connection to them.
    fn open(database: &TestDatabase) -> Connection {
        let engine = Engine::open(DatabaseUrl::parse(&database.url).unwrap()).unwrap();
        let sql = Connection::new(&engine);
        sql.batch(&format!(
            "CREATE SCHEMA {}; CREATE TABLE files (key BYTEA PRIMARY KEY, preview BYTEA UNIQUE,
                gone BOOLEAN NOT NULL DEFAULT FALSE);",
            database.schema
        ))
        .unwrap();
        sql.batch(include_str!("blobs.sql")).unwrap();
        sql
    }

    fn own(sql: &Connection, key: FileKey) {
        sql.run("INSERT INTO files (key) VALUES (?1)", values![&key.0]).unwrap();
    }

    /// Takes the room for a file.
    fn reserve(store: &PostgresBlobs, n: u8, length: u64) -> FileKey {
        let (key, owner) = (FileKey([n; 16]), MemberId(Seq(1)));
        let blob = Blob { key, owner, length, size: length };
        while !store.reserve(&blob, &store.usage(owner).unwrap()).unwrap() {}
        key
    }

    #[test]
    fn the_database_does_what_every_store_does() {
        let Some(database) = database() else { return };
        let sql = open(&database);
        check_blob_store(&Subject {
            store: &PostgresBlobs::new(sql.engine()),
            own: &|key| own(&sql, key),
            disown: &|key| sql.run("DELETE FROM files WHERE key = ?1", values![&key.0]).unwrap(),
        });
        let left =
            sql.one("SELECT count(*) AS count FROM blob_parts", values![], |row| row.get::<i64>("count"));
        assert_eq!(left.unwrap(), Some(0));
    }

    #[test]
    fn no_statement_removes_more_of_a_file_than_is_answered_in_time() {
        let Some(database) = database() else { return };
        let sql = open(&database);
        // More than two parts at once are refused here.
        sql.batch(
            "CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF (SELECT count(*) FROM gone) > 2 THEN RAISE 'too many at once'; END IF; RETURN NULL; END $$;
             CREATE TRIGGER few AFTER DELETE ON blob_parts REFERENCING OLD TABLE AS gone
                FOR EACH STATEMENT EXECUTE FUNCTION few()",
        )
        .unwrap();
        let store = &PostgresBlobs::new(sql.engine());
        let part = crate::chat::PART;
        let write = |n| {
            let key = reserve(store, n, 7 * part as u64);
            let mut parts = [(); 7].map(|()| vec![n; part]).into_iter();
            store.write(key, &mut || Ok(parts.next().unwrap_or_default())).unwrap();
            key
        };
        store.remove(write(1)).unwrap();
        let late = write(2);
        sql.run("UPDATE blobs SET kept_at = now() - interval '2 days'", values![]).unwrap();
        assert_eq!(store.remove_strays().unwrap(), 1);
        assert_eq!(store.read(late, 0).unwrap(), None);
        let left =
            sql.one("SELECT count(*) AS count FROM blob_parts", values![], |row| row.get::<i64>("count"));
        assert_eq!((left.unwrap(), store.usage(MemberId(Seq(1))).unwrap().all), (Some(0), 0));
    }
}

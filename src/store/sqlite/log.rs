//! The log in the file.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::database_file::DatabaseFile;
use super::reader::DatabaseReader;
use super::{
    BUSY_TIME, Durability, connect, damaged, failure_in_words, in_words, leave_wal_alone, schema,
    search_index,
};
use crate::chat::{
    Appended, FileKey, Identity, Log, OpenArchive, OwnedKey, Record, Seq, Snapshot, StorageError,
};
use crate::store::sql::{Error, Sql, Value, values};
use crate::store::{files, import, journal, snapshot};

/// A chat's file, claimed by this process, and kept up to date.
pub struct Store {
    connection: Connection,
    /// Dropped after the connection is.
    file: DatabaseFile,
    blocks: search_index::Blocks,
    /// When to take what was erased out of the WAL, if anything was.
    erase_due: Option<Instant>,
}

/// Pause before another try where other readers kept the WAL from being emptied.
const ERASE_PAUSE: Duration = Duration::from_secs(5);
/// Size to which a WAL that was larger is cut, in bytes.
const WAL_KEPT: i64 = 4 * 1024 * 1024;

impl Store {
    /// Opens the file, makes it where there is none, and brings one of an older version up to date. The
    /// error is one line for the operator; the file is as it was then.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, String> {
        let (mut file, content) = DatabaseFile::claim(path)?;
        let path = file.path.clone();
        let in_words_of = |error: rusqlite::Error| in_words(&path, &error);
        let mut connection = connect(&path).map_err(in_words_of)?;
        schema::bring_up_to_date(&mut connection, &path, content)?;
        search_index::bring_up_to_date(&mut connection).map_err(|error| failure_in_words(&path, &error))?;
        configure(&connection, durability).map_err(in_words_of)?;
        file.make_private();
        file.remember().map_err(|error| format!("{}: {error}", path.display()))?;
        // What was erased before a crash may still be in the WAL.
        let blocks = search_index::Blocks::default();
        Ok(Self { connection, file, blocks, erase_due: Some(Instant::now()) })
    }

    /// Appends records to what is kept, whatever that is.
    #[cfg(test)]
    pub(super) fn keep(&mut self, records: &[Record]) -> Result<(), StorageError> {
        let newest = snapshot::newest(&self.connection)?;
        self.append(newest, records).map(drop)
    }

    #[cfg(test)]
    pub(super) fn erase_now(&mut self) {
        self.erase_due = Some(Instant::now());
    }

    /// The canonical path of the file.
    pub fn path(&self) -> PathBuf {
        self.file.path.clone()
    }

    /// Keeps all records that `next` gives, and then the newest number, in a file that has none yet: all
    /// or nothing. The error is one line for the operator.
    pub fn import(
        &mut self,
        mut next: impl FnMut() -> Result<Result<Record, Seq>, String>,
    ) -> Result<(), String> {
        let words = |error| failure_in_words(&self.file.path, &error);
        let change = self.connection.transaction().map_err(|error| words(error.into()))?;
        if snapshot::newest(&*change).map_err(words)? != Seq(0) {
            return Err(format!("{} has a chat already", self.file.path.display()));
        }
        let newest = import::write_all(&*change, &mut self.blocks, &mut next, words)?;
        change.run("UPDATE numbering SET newest = ?1", values![newest]).map_err(words)?;
        change.commit().map_err(|error| words(error.into()))
    }

    /// Returns whether `expected` is the newest number; nothing is kept where it is not.
    fn commit(&mut self, expected: Seq, records: &[Record]) -> Result<bool, Error> {
        let newest = records.last().map_or(expected, |record| record.seq);
        let change = self.connection.transaction()?;
        // It is the first statement, so that it takes the lock by which nobody else writes until the end.
        let raise = "UPDATE numbering SET newest = ?2 WHERE newest = ?1";
        if change.prepare_cached(raise)?.execute([Value::from(expected), newest.into()])? == 0 {
            return Ok(false);
        }
        for record in records {
            journal::write(&*change, &mut self.blocks, record)?;
        }
        change.commit()?;
        Ok(true)
    }

    /// After something was erased, takes it out of the WAL as well. Others who read may be in the way;
    /// then it is done later. Nobody waits for them.
    fn erase(&mut self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(Duration::ZERO)?;
        let done = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        self.erase_due = (done.unwrap_or(1) != 0).then(|| Instant::now() + ERASE_PAUSE);
        self.connection.busy_timeout(BUSY_TIME)
    }
}

fn configure(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Only macOS needs to be told that "synced" means the disk and not its cache.
    connection.pragma_update(None, "fullfsync", durability == Durability::Full)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", WAL_KEPT)?;
    // The query that finds out runs now, and not under the first message.
    connection.query_row("SELECT newest FROM numbering", [], |_| Ok(()))
}

impl Log for Store {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        self.file.is_still_there()?;
        let kept = self.commit(expected, records).map_err(|error| {
            self.blocks.forget();
            StorageError(failure_in_words(&self.file.path, &error))
        })?;
        if !kept {
            return Err(StorageError("another program has written to this chat; start snug again".into()));
        }
        if records.iter().any(|record| record.event.erases()) {
            self.erase_due.get_or_insert_with(Instant::now);
        }
        self.tidy();
        Ok(Appended::after(expected))
    }

    fn tidy(&mut self) {
        if self.erase_due.is_some_and(|due| Instant::now() >= due) {
            // What was changed is kept whatever becomes of this.
            let _ = self.erase();
        }
    }

    fn restore(&self, messages: usize) -> Result<Snapshot, StorageError> {
        let snapshot = snapshot::restore(&self.connection, messages)?;
        // Now it is clear that the file is sound.
        leave_wal_alone(&self.connection, false)?;
        Ok(snapshot)
    }

    fn identity(&self) -> Result<Option<Identity>, StorageError> {
        let identity = snapshot::identity(&self.connection)?;
        identity.map(Some).ok_or_else(|| StorageError(damaged(&self.file.path, "its id is none")))
    }

    fn dropped_files(&self) -> Result<Vec<OwnedKey>, StorageError> {
        Ok(files::dropped(&self.connection)?)
    }

    fn forget_dropped_files(&mut self, keys: &[FileKey]) -> Result<(), StorageError> {
        if keys.is_empty() {
            return Ok(());
        }
        let change = self.connection.transaction()?;
        files::forget_dropped(&*change, keys)?;
        Ok(change.commit()?)
    }

    fn archive(&self) -> Option<OpenArchive> {
        let path = self.file.path.clone();
        Some(Box::new(move || Ok(Box::new(DatabaseReader::open(&path).map_err(StorageError)?))))
    }
}

//! Reading the file while the server may write.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rusqlite::{Connection, ErrorCode, Transaction};

use super::database_file::check_kind;
use super::new_file::NewFile;
use super::schema::{FileContent, look};
use super::{connect, copies, in_words, leave_wal_alone, schema};
use crate::chat::{Message, Search, SearchResults, StorageError};
use crate::lock::lock;
use crate::store::reader::{Moment, ReadConnection};
use crate::store::search::SearchRun;
use crate::store::snapshot;
use crate::store::sql::Error;

/// A chat's file, to read.
pub struct DatabaseReader {
    pub(super) connection: Connection,
    path: PathBuf,
    /// When to give up what is being read, if ever.
    deadline: Arc<Mutex<Option<Instant>>>,
}

/// Steps of SQLite's (some microseconds, all together) after which it asks whether it is time to give up.
const STEPS: i32 = 1_000;

impl DatabaseReader {
    /// Opens a file that a chat has made. The error is one line for the operator.
    pub fn open(path: &Path) -> Result<Self, String> {
        let words = |error: rusqlite::Error| in_words(path, &error);
        // Looked at through a descriptor of its own only where nobody in this process has the file
        // open: closing it would drop SQLite's locks.
        let mut connection = connect(path).map_err(words)?;
        connection.pragma_update(None, "query_only", true).map_err(words)?;
        let deadline = Arc::<Mutex<Option<Instant>>>::default();
        let until = Arc::clone(&deadline);
        let is_late = move || lock(&until).is_some_and(|deadline| Instant::now() >= deadline);
        connection.progress_handler(STEPS, Some(is_late)).map_err(words)?;
        Ok(Self { connection, path: path.into(), deadline })
    }

    /// Opens a file that this process has not opened yet and that may be anything.
    pub fn of_any(path: &Path) -> Result<Self, String> {
        check_kind(path)?;
        let cannot = |error: std::io::Error| format!("{} cannot be opened: {error}", path.display());
        let content = look(&File::open(path).map_err(cannot)?, path)?;
        if content == FileContent::Nothing {
            return Err(format!("{} is empty", path.display()));
        }
        let reader = Self::open(path)?;
        schema::check_newest(&reader.connection, path)?;
        leave_wal_alone(&reader.connection, false).map_err(|error| in_words(path, &error))?;
        Ok(reader)
    }

    /// A consistent copy as one file, while others write, to be published. `progress` is told pages done and in all.
    pub(crate) fn copy(&self, to: &Path, progress: impl Fn(u64, u64)) -> Result<NewFile, String> {
        copies::copy(&self.connection, &self.path, to, progress)
    }

    /// Returns one line for each damage that SQLite finds in the file. Cost: reads all of it.
    pub fn faults(&self) -> Result<Vec<String>, StorageError> {
        // A connection of its own: one that has looked at the index before takes what a server wrote since for
        // damage (SQLite's check of FTS5 goes by what it remembers of the index's structure).
        let fresh = connect(&self.path)?;
        let mut check = fresh.prepare("PRAGMA integrity_check")?;
        let found = check.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        // The first row may have a heading, and lines of its own.
        let lines = found.iter().flat_map(|row| row.lines());
        Ok(lines.filter(|line| *line != "ok" && !line.starts_with("*** ")).map(str::to_owned).collect())
    }
}

impl ReadConnection for DatabaseReader {
    type Sql = Connection;

    fn sql(&self) -> &Connection {
        &self.connection
    }

    fn search(
        &self,
        search: &Search,
        limit: usize,
        deadline: Instant,
    ) -> Result<SearchResults<Message>, Error> {
        let mut found = SearchResults::nothing(search.before);
        // An edit may put messages into another block.
        let _moment = self.at_one_moment()?;
        *lock(&self.deadline) = Some(deadline);
        let searched = SearchRun::new(&self.connection, search).run(limit, deadline, &mut found);
        *lock(&self.deadline) = None;
        match searched {
            Err(Error::Sqlite(error))
                if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) =>
            {
                found.ended_early = true;
            }
            searched => searched?,
        }
        Ok(found)
    }

    fn at_one_moment(&self) -> Result<Box<dyn Moment + '_>, Error> {
        let moment = self.connection.unchecked_transaction()?;
        snapshot::newest(&self.connection)?;
        Ok(Box::new(moment))
    }
}

impl Moment for Transaction<'_> {}

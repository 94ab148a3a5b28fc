//! The chat in one file: a log on SQLite.
//!
//! Each event becomes a row or changes one, in tables that a person understands in the
//! `sqlite3` shell (`v1.sql`). One transaction keeps what was decided together, and it is synced
//! before anybody is told of it. The file is in WAL mode, so that others (older pages, a
//! backup, an export) read while the server writes.

mod copies;
mod database_file;
mod former_mentions;
mod log;
mod new_file;
mod new_folder;
mod paths;
mod reader;
mod schema;
mod search_index;
#[cfg(test)]
pub(super) mod search_tests;
#[cfg(test)]
pub(crate) mod tests;

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::sql::Error;
use crate::chat::StorageError;
pub(crate) use copies::cannot_write;
pub use log::Store;
pub(crate) use new_file::NewFile;
pub(crate) use new_folder::NewFolder;
pub(crate) use paths::{companion_path, files_folder, sync_tree};
pub use reader::DatabaseReader;

/// Wait for somebody else who reads or copies the file.
const BUSY_TIME: Duration = Duration::from_secs(5);
/// Pages of the file that one connection keeps in memory, in KiB.
const CACHE: i64 = 512;

/// The failures that an acknowledged message survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Also a power cut: every commit is synced to the disk.
    #[default]
    Full,
    /// A crash of snug, not of the machine: kinder to SD cards.
    Normal,
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Until it is clear what the file is, what its WAL has is not taken in, also by the last one who
    // closes it. (A WAL that only SQLite has made just now may go.)
    leave_wal_alone(&connection, paths::has_wal(path))?;
    connection.busy_timeout(BUSY_TIME)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    Ok(connection)
}

/// Sets whether the last one who closes the file leaves its WAL beside it, instead of taking it in.
fn leave_wal_alone(connection: &Connection, alone: bool) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, alone).map(drop)
}

/// One line for the operator.
fn in_words(path: &Path, error: &rusqlite::Error) -> String {
    let shown = path.display();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => damaged(path, "its pages do not fit"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => format!("{shown} cannot be written to"),
        Some(ErrorCode::CannotOpen) => {
            format!("{shown} cannot be opened; snug needs to write to it and to its folder")
        }
        Some(ErrorCode::ConstraintViolation) => {
            format!("another program has written to {shown}; start snug again ({error})")
        }
        Some(ErrorCode::DiskFull) => format!("there is no space left for {shown}"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            format!("{shown} is held by another program")
        }
        _ => format!("{shown}: {error}"),
    }
}

/// One line for the operator.
fn failure_in_words(path: &Path, error: &Error) -> String {
    if let Error::Sqlite(error) = error {
        in_words(path, error)
    } else {
        format!("{}: {error}", path.display())
    }
}

fn damaged(path: &Path, how: &str) -> String {
    format!(
        "{} is damaged ({how}); snug check tells more; if nothing else helps, go back to a backup",
        path.display()
    )
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        Error::from(error).into()
    }
}

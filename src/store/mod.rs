//! The chat in a database: a log on SQLite, in one file, or on PostgreSQL, which several nodes share.
//!
//! Each event becomes a row or changes one (`journal.rs`), in the same tables and by the same statements in both
//! (`sql.rs`).

mod files;
mod import;
mod journal;
mod mentions;
mod message_row;
mod messages;
mod notified;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod reactions;
mod reader;
mod rows;
mod search;
#[cfg(test)]
mod search_tests;
mod snapshot;
mod sql;
mod sqlite;
mod talk;

#[cfg(feature = "postgres")]
pub use postgres::{DatabaseUrl, PostgresLog};
pub(crate) use reader::Reader;
#[cfg(test)]
pub(crate) use sqlite::tests;
pub use sqlite::{DatabaseReader, Durability, Store};
pub(crate) use sqlite::{NewFile, NewFolder, cannot_write, companion_path, files_folder, sync_tree};

//! Filling a chat that has nothing yet, with the bytes of its files: all in one transaction, or nothing.

use std::io::{self, Write};
use std::mem;

use super::connection::Connection;
use super::engine::Engine;
use super::search::Words;
use super::url::DatabaseUrl;
use super::{blobs, schema};
use crate::chat::{Blob, FileKey, PART, Record, Seq, StorageError};
use crate::store::import::write_all;
use crate::store::sql::{Error, Sql, values};

/// Keeps all records that `next` gives, and then the newest number. Nodes that serve the chat already restore it, as the
/// feed does not have what came.
///
/// Errors: one line for the operator.
pub(crate) fn import(
    url: &DatabaseUrl,
    mut next: impl FnMut(&mut NewBlobs<'_>) -> Result<Result<Record, Seq>, String>,
) -> Result<(), String> {
    let connection = Connection::new(&Engine::open(url.clone())?);
    schema::bring_up_to_date(&connection)?;
    let words = |error: Error| format!("{url}: {error}");
    let mut refused = None;
    let kept = connection.transaction("BEGIN", |sql| {
        let taken = take_all(sql, url, &mut next, words);
        let newest = taken.map_err(|why| {
            refused = Some(why);
            Error::Other(String::new())
        })?;
        sql.run("UPDATE numbering SET newest = ?1, newest_other = ?1, feed_from = ?1", values![newest])
    });
    kept.map_err(|error| refused.unwrap_or_else(|| words(error)))
}

/// Gives the newest number.
fn take_all(
    sql: &Connection,
    url: &DatabaseUrl,
    next: &mut impl FnMut(&mut NewBlobs<'_>) -> Result<Result<Record, Seq>, String>,
    words: impl Fn(Error) -> String + Copy,
) -> Result<Seq, String> {
    // Whoever else writes waits for the end of this, and then decides again.
    let newest =
        sql.one("SELECT newest FROM numbering FOR UPDATE", values![], |row| row.get::<i64>("newest"));
    if newest.map_err(words)? != Some(0) {
        return Err(format!("{url} has a chat already"));
    }
    write_all(sql, &mut Words, &mut || next(&mut NewBlobs(sql)), words)
}

/// Takes the bytes of files into the transaction.
pub(crate) struct NewBlobs<'a>(&'a Connection);

impl NewBlobs<'_> {
    /// Takes the room for a file.
    pub(crate) fn begin(&self, blob: &Blob) -> Result<BlobWriter<'_>, StorageError> {
        blobs::add(self.0, blob)?;
        Ok(BlobWriter { sql: self.0, key: blob.key, at: 0, part: Vec::new() })
    }
}

/// Writes the bytes of a file, which are whole once it is flushed.
pub(crate) struct BlobWriter<'a> {
    sql: &'a Connection,
    key: FileKey,
    at: u64,
    part: Vec<u8>,
}

impl Write for BlobWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PART - self.part.len());
        self.part.extend_from_slice(&bytes[..count]);
        if self.part.len() == PART {
            self.flush()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut part = mem::take(&mut self.part);
        let filled = blobs::fill(self.sql, self.key, self.at, &mut || Ok(mem::take(&mut part)));
        self.at += filled.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(())
    }
}

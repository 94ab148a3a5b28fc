//! Reading the bytes of files beside the rows of a chat, at the same moment.

use std::io::{self, ErrorKind, Read};

use super::archive::DatabaseReader;
use super::connection::Connection;
use super::engine::Engine;
use super::url::DatabaseUrl;
use super::{blobs, schema};
use crate::chat::FileKey;
use crate::store::reader::ReadConnection as _;
use crate::store::sql::Error;

impl DatabaseReader {
    /// Opens a chat that is there. The error is one line for the operator.
    pub(crate) fn open(url: &DatabaseUrl) -> Result<Self, String> {
        let reader = Self::new(&Engine::open(url.clone())?);
        schema::check_newest(reader.sql())?;
        Ok(reader)
    }

    /// The length of a file's bytes, and the bytes. Errors: `NotConnected`.
    pub(crate) fn open_blob(&self, key: FileKey) -> io::Result<Option<(u64, BlobReader<'_>)>> {
        let length = blobs::length(self.sql(), key).map_err(|error| unreadable(&error))?;
        Ok(length
            .map(|length| (length, BlobReader { sql: self.sql(), key, at: 0, part: Vec::new(), used: 0 })))
    }
}

fn unreadable(error: &Error) -> io::Error {
    io::Error::new(ErrorKind::NotConnected, error.to_string())
}

/// Reads the bytes of a file, one part after the other.
pub(crate) struct BlobReader<'a> {
    sql: &'a Connection,
    key: FileKey,
    /// Where the next part begins.
    at: u64,
    part: Vec<u8>,
    /// Bytes of the part that were read.
    used: usize,
}

impl Read for BlobReader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.used == self.part.len() {
            let part = blobs::read(self.sql, self.key, self.at).map_err(|error| unreadable(&error))?;
            self.part = part.unwrap_or_default();
            self.at += self.part.len() as u64;
            self.used = 0;
        }
        let count = bytes.len().min(self.part.len() - self.used);
        bytes[..count].copy_from_slice(&self.part[self.used..self.used + count]);
        self.used += count;
        Ok(count)
    }
}

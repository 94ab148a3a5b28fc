//! The bytes of files, from one place to another.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::chat::{FileId, FileRecord, Seq};
use crate::media::{Show, sniff};

/// Files that are named, of those with which something is wrong.
const NAMED_MAX: usize = 20;
const PIECE: usize = 64 * 1024;
/// Largest preview, in bytes.
const PREVIEW_MAX: u64 = 64 * 1024;

/// Whether bytes are those that a record tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Whole,
    Missing,
    /// They are others, or cannot be read.
    Altered,
}

/// How a file is called to who runs the chat.
pub(super) fn file_in_words(id: FileId, message: Option<Seq>) -> String {
    match message {
        Some(message) => format!("file {} of message {message}", id.0),
        None => format!("file {}, which nobody has sent yet,", id.0),
    }
}

/// One line for each, up to a bound.
pub(super) fn bounded_lines(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > NAMED_MAX {
        let more = lines.len() - NAMED_MAX;
        lines.truncate(NAMED_MAX);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// Copies a file's bytes and compares them with its record. What was written is no more than the record's size.
///
/// Errors: of writing.
pub(super) fn copy_whole(from: &Path, file: &FileRecord, to: &mut dyn Write) -> io::Result<Found> {
    let opened = match open(from) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Found::Missing),
        Err(_) => return Ok(Found::Altered),
    };
    if opened.metadata().map_or(0, |data| data.len()) != file.size {
        return Ok(Found::Altered);
    }
    let mut from = opened.take(file.size);
    let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                hash.update(&piece[..count]);
                to.write_all(&piece[..count])?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Ok(Found::Altered),
        }
    }
    let is_whole = <[u8; 32]>::from(hash.finalize()) == file.sha256;
    Ok(if is_whole { Found::Whole } else { Found::Altered })
}

/// Copies a preview, of which nothing is known but that it is a small picture.
///
/// Errors: of writing.
pub(super) fn copy_preview(from: &Path, to: &mut dyn Write) -> io::Result<Found> {
    let mut bytes = Vec::new();
    let read = open(from).and_then(|file| file.take(PREVIEW_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Missing),
        Ok(count) if count as u64 <= PREVIEW_MAX && sniff(&bytes).show() == Show::Picture => {
            to.write_all(&bytes).map(|()| Found::Whole)
        }
        _ => Ok(Found::Altered),
    }
}

/// Opening a pipe would wait for its other end.
fn open(path: &Path) -> io::Result<File> {
    let is_file = std::fs::metadata(path)?.is_file();
    if is_file { File::open(path) } else { Err(ErrorKind::InvalidInput.into()) }
}

/// A new file for its owner's eyes only.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

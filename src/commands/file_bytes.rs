//! The bytes of files, from one place to another.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::file_source::OpenedFile;
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

/// What became of opening a file.
pub(super) type Opened<'a> = io::Result<Option<OpenedFile<'a>>>;

/// Copies a file's bytes and compares them with its record. What was written is no more than the record's size.
///
/// Errors: of writing; `NotConnected` where nothing at all can be read.
pub(super) fn copy_whole(from: Opened<'_>, file: &FileRecord, to: &mut dyn Write) -> io::Result<Found> {
    let opened = match from {
        Ok(Some(opened)) if opened.length == file.size => opened,
        Ok(None) => return Ok(Found::Missing),
        Ok(Some(_)) => return Ok(Found::Altered),
        Err(error) => return unreadable(error),
    };
    let mut from = opened.bytes.take(file.size);
    let (mut hash, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        match from.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => {
                hash.update(&piece[..count]);
                to.write_all(&piece[..count])?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return unreadable(error),
        }
    }
    let is_whole = <[u8; 32]>::from(hash.finalize()) == file.sha256;
    Ok(if is_whole { Found::Whole } else { Found::Altered })
}

/// Whether it is this file that cannot be read, or anything.
fn unreadable(error: io::Error) -> io::Result<Found> {
    if error.kind() == ErrorKind::NotConnected { Err(error) } else { Ok(Found::Altered) }
}

/// Copies a preview, of which nothing is known but that it is a small picture.
///
/// Errors: as above.
pub(super) fn copy_preview(from: Opened<'_>, to: &mut dyn Write) -> io::Result<Found> {
    let mut bytes = Vec::new();
    let read = match from {
        Ok(Some(opened)) => opened.bytes.take(PREVIEW_MAX + 1).read_to_end(&mut bytes),
        Ok(None) => return Ok(Found::Missing),
        Err(error) => Err(error),
    };
    match read {
        Ok(count) if count as u64 <= PREVIEW_MAX && sniff(&bytes).show() == Show::Picture => {
            to.write_all(&bytes).map(|()| Found::Whole)
        }
        Ok(_) => Ok(Found::Altered),
        Err(error) => unreadable(error),
    }
}

/// A new file for its owner's eyes only.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

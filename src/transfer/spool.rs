//! Where bodies wait.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::content::{Content, OpenFile, PIECE};
use crate::secrets::draw_nonce;

pub(super) enum SpoolPlace {
    Folder(PathBuf),
    Memory,
}

impl SpoolPlace {
    /// A private folder, emptied of what a crash left behind, and made when it is needed; without one, memory.
    pub(super) fn open(folder: Option<&Path>) -> io::Result<Self> {
        let Some(folder) = folder else { return Ok(Self::Memory) };
        match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            entries => {
                for left in entries? {
                    fs::remove_file(left?.path())?;
                }
            }
        }
        Ok(Self::Folder(folder.to_owned()))
    }

    pub(super) fn create(&self) -> io::Result<SpoolWriter> {
        let Self::Folder(folder) = self else {
            return Ok(SpoolWriter::Memory(Vec::new()));
        };
        let path = folder.join(draw_nonce());
        let open = || OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path);
        let file = open().or_else(|error| match error.kind() {
            ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
                open()
            }
            _ => Err(error),
        })?;
        Ok(SpoolWriter::File(OpenFile { file, length: 0, temporary: Some(path) }))
    }
}

/// A file while it is written, unbuffered. Dropped, nothing of it is left.
pub(crate) enum SpoolWriter {
    File(OpenFile),
    /// Pieces of [`PIECE`] bytes each, but for the last.
    Memory(Vec<Vec<u8>>),
}

impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(open) => {
                let count = open.file.write(bytes)?;
                open.length += count as u64;
                Ok(count)
            }
            Self::Memory(pieces) => {
                if pieces.last().is_none_or(|last| last.len() == PIECE) {
                    pieces.push(Vec::with_capacity(PIECE.min(bytes.len().max(PIECE / 16))));
                }
                let Some(last) = pieces.last_mut() else { return Ok(0) };
                let count = bytes.len().min(PIECE - last.len());
                last.extend_from_slice(&bytes[..count]);
                Ok(count)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl SpoolWriter {
    pub(crate) fn finish(self) -> Content {
        match self {
            Self::File(open) => Content::File(open),
            Self::Memory(pieces) => {
                let length = pieces.iter().map(|piece| piece.len() as u64).sum();
                Content::Memory { pieces, length }
            }
        }
    }
}

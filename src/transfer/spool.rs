//! Where bodies wait.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::content::{Content, OpenFile, PIECE};
use crate::secrets::draw_nonce;

#[derive(Debug)]
pub(crate) enum SpoolPlace {
    /// A private folder, which is made when it is needed, and from which files can be moved to where they are kept.
    Folder(PathBuf),
    /// A folder of others as well. What lies there has no name, so that a crash leaves nothing.
    Unnamed(PathBuf),
    Memory,
}

impl SpoolPlace {
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) | Self::Unnamed(folder) => Some(folder),
            Self::Memory => None,
        }
    }

    /// Makes it ready: what a crash left in a private folder is removed. Errors: nothing can be made there.
    pub(super) fn prepare(&self) -> io::Result<()> {
        match self {
            Self::Folder(folder) => match fs::read_dir(folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                entries => entries?.try_for_each(|left| fs::remove_file(left?.path())),
            },
            Self::Unnamed(_) => self.create().map(drop),
            Self::Memory => Ok(()),
        }
    }

    pub(super) fn create(&self) -> io::Result<SpoolWriter> {
        let folder = match self {
            Self::Folder(folder) => folder,
            Self::Unnamed(folder) => return create_unnamed(folder),
            Self::Memory => return Ok(SpoolWriter::Memory(Vec::new())),
        };
        let path = folder.join(draw_nonce());
        let open = || create_private(&path);
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

fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)
}

fn create_unnamed(folder: &Path) -> io::Result<SpoolWriter> {
    let path = folder.join(format!("snug-{}", draw_nonce()));
    let file = create_private(&path)?;
    fs::remove_file(&path)?;
    Ok(SpoolWriter::File(OpenFile { file, length: 0, temporary: None }))
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

//! Bytes of a file, on the disk, in memory, or fetched when they are read.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// Bytes that are moved at once.
pub(crate) const PIECE: usize = 64 * 1024;

/// Bytes that do not change any more, which any number of readers may read at once.
pub(crate) enum Content {
    File(OpenFile),
    /// Pieces of [`PIECE`] bytes each, but for the last.
    Memory {
        pieces: Vec<Vec<u8>>,
        length: u64,
    },
    Parts(PartedFile),
}

/// Fetches parts of one file.
pub(crate) trait FetchPart: Send + Sync {
    /// The part with this number, from 0 on. May wait for the network.
    fn fetch(&self, number: u64) -> io::Result<Arc<[u8]>>;
}

/// A file that is elsewhere.
pub(crate) struct PartedFile {
    length: u64,
    /// Bytes of each part, but for the last.
    part: u64,
    source: Box<dyn FetchPart>,
    /// The part that was read last, so that one who reads slowly fetches it once.
    last: Mutex<Option<(u64, Arc<[u8]>)>>,
}

/// An open file. Dropped, it is closed and, where it is a temporary one, removed.
pub(crate) struct OpenFile {
    pub(super) file: File,
    pub(super) length: u64,
    /// Where a temporary one lies.
    pub(super) temporary: Option<PathBuf>,
}

impl Content {
    /// A copy of these bytes.
    pub(super) fn in_memory_of(bytes: &[u8]) -> Self {
        Self::Memory { pieces: bytes.chunks(PIECE).map(<[u8]>::to_vec).collect(), length: bytes.len() as u64 }
    }

    /// A file that stays where it is.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self::File(OpenFile { file, length, temporary: None }))
    }

    /// A file of so many bytes, whose parts of `part` bytes are fetched from `source`.
    pub(crate) fn in_parts(length: u64, part: u64, source: Box<dyn FetchPart>) -> Self {
        Self::Parts(PartedFile { length, part, source, last: Mutex::default() })
    }

    /// Makes the bytes of a temporary file durable, and moves it to this path on the same disk. Its new name is the
    /// caller's to sync.
    ///
    /// Errors: of the disk, and for what is no temporary file; then nothing is left of it.
    pub(crate) fn settle(self, path: &Path) -> io::Result<()> {
        let Self::File(mut open) = self else { return Err(ErrorKind::Unsupported.into()) };
        let from = open.temporary.as_deref().ok_or(ErrorKind::Unsupported)?;
        open.file.sync_data()?;
        fs::rename(from, path)?;
        open.temporary = None;
        Ok(())
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::File(open) => open.length,
            Self::Memory { length, .. } => *length,
            Self::Parts(parted) => parted.length,
        }
    }

    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<&File> {
        match self {
            Self::File(open) => Some(&open.file),
            Self::Memory { .. } | Self::Parts(_) => None,
        }
    }

    /// Reads exactly these bytes. Errors: `UnexpectedEof` beyond the end.
    pub(crate) fn read_at(&self, bytes: &mut [u8], from: u64) -> io::Result<()> {
        let end = from.checked_add(bytes.len() as u64).filter(|end| *end <= self.len());
        end.ok_or(ErrorKind::UnexpectedEof)?;
        match self {
            Self::File(open) => open.file.read_exact_at(bytes, from),
            Self::Memory { .. } => {
                let mut done = 0;
                while done < bytes.len() {
                    let part = self.in_memory(from + done as u64).unwrap_or_default();
                    let count = part.len().min(bytes.len() - done);
                    bytes[done..done + count].copy_from_slice(&part[..count]);
                    done += count;
                }
                Ok(())
            }
            Self::Parts(parted) => parted.read_at(bytes, from),
        }
    }

    /// Some bytes from there on, none at the end, where they are in memory.
    pub(crate) fn in_memory(&self, from: u64) -> Option<&[u8]> {
        let Self::Memory { pieces, .. } = self else { return None };
        let from = usize::try_from(from).ok()?;
        pieces.get(from / PIECE).and_then(|piece| piece.get(from % PIECE..)).or(Some(&[]))
    }

    /// Reads from the beginning.
    pub(crate) fn reader(&self) -> ContentReader<'_> {
        self.section(0..self.len())
    }

    /// Reads this part of it as if it were all.
    pub(crate) fn section(&self, part: Range<u64>) -> ContentReader<'_> {
        ContentReader { content: self, at: 0, part }
    }
}

impl PartedFile {
    /// Reads these bytes, which are there.
    fn read_at(&self, bytes: &mut [u8], from: u64) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            let at = from + done as u64;
            let part = self.part(at / self.part)?;
            let left = usize::try_from(at % self.part).ok().and_then(|skipped| part.get(skipped..));
            let left = left.filter(|left| !left.is_empty()).ok_or(ErrorKind::UnexpectedEof)?;
            let count = left.len().min(bytes.len() - done);
            bytes[done..done + count].copy_from_slice(&left[..count]);
            done += count;
        }
        Ok(())
    }

    fn part(&self, number: u64) -> io::Result<Arc<[u8]>> {
        if let Some((_, part)) = lock(&self.last).as_ref().filter(|(last, _)| *last == number) {
            return Ok(Arc::clone(part));
        }
        let part = self.source.fetch(number)?;
        *lock(&self.last) = Some((number, Arc::clone(&part)));
        Ok(part)
    }
}

/// See [`Content::section`].
pub(crate) struct ContentReader<'a> {
    content: &'a Content,
    part: Range<u64>,
    /// From the part's beginning.
    at: u64,
}

impl ContentReader<'_> {
    pub(crate) fn len(&self) -> u64 {
        self.part.end - self.part.start
    }
}

impl Read for ContentReader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.len().saturating_sub(self.at);
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.content.read_at(&mut bytes[..count], self.part.start + self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for ContentReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
        };
        self.at = at.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        if let Some(path) = &self.temporary {
            // One that is left behind is removed at the next start.
            let _ = fs::remove_file(path);
        }
    }
}

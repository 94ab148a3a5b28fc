//! How to write a file without its metadata: pieces of it, zeros, and a few bytes of our own.

use std::io::{self, SeekFrom, Write};
use std::ops::Range;

use super::{MediaError, Result, Source};

/// A film with an hour of a camera's positions, one piece of them a second, has 7,200; each takes 32 bytes.
pub(super) const PIECES_MAX: usize = 8_192;
/// In bytes, for copying.
const BUFFER: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    /// Bytes of the original.
    Keep(Range<u64>),
    Zeros(u64),
    Insert(Box<[u8]>),
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Self::Keep(range) => range.end - range.start,
            Self::Zeros(length) => *length,
            Self::Insert(bytes) => bytes.len() as u64,
        }
    }
}

/// Pieces in the order in which they are written; those that are kept are within the original.
#[derive(Debug)]
pub(crate) struct Plan {
    pieces: Vec<Piece>,
    /// Of the original, in bytes.
    original: u64,
}

impl Plan {
    /// Nothing so far, of an original of this length.
    pub(super) fn new(original: u64) -> Self {
        Self { pieces: Vec::new(), original }
    }

    pub(super) fn whole(original: u64) -> Self {
        Self { pieces: vec![Piece::Keep(0..original)], original }
    }

    /// Whether what would be written is the original.
    #[cfg(test)]
    pub(super) fn keeps_everything(&self) -> bool {
        match &*self.pieces {
            [] => self.original == 0,
            [Piece::Keep(range)] => *range == (0..self.original),
            _ => false,
        }
    }

    /// Of what is written, in bytes: at most 64 more than of the original.
    pub(crate) fn length(&self) -> u64 {
        self.pieces.iter().map(Piece::length).sum()
    }

    /// Errors: of reading and writing; `UnexpectedEof` if the source became shorter.
    pub(crate) fn write(&self, source: &mut dyn Source, out: &mut dyn Write) -> io::Result<()> {
        let mut buffer = vec![0; BUFFER];
        for piece in &self.pieces {
            match piece {
                Piece::Insert(bytes) => out.write_all(bytes)?,
                Piece::Zeros(length) => {
                    buffer.fill(0);
                    copy(*length, &mut buffer, out, |_| Ok(()))?;
                }
                Piece::Keep(range) => {
                    source.seek(SeekFrom::Start(range.start))?;
                    copy(piece.length(), &mut buffer, out, |part| source.read_exact(part))?;
                }
            }
        }
        out.flush()
    }

    pub(super) fn keep(&mut self, range: Range<u64>) -> Result<()> {
        if range.is_empty() {
            return Ok(());
        }
        debug_assert!(range.end <= self.original, "only what is there is kept");
        match self.pieces.last_mut() {
            Some(Piece::Keep(last)) if last.end == range.start => last.end = range.end,
            _ => self.push(Piece::Keep(range))?,
        }
        Ok(())
    }

    pub(super) fn zeros(&mut self, length: u64) -> Result<()> {
        match self.pieces.last_mut() {
            _ if length == 0 => {}
            Some(Piece::Zeros(last)) => *last += length,
            _ => self.push(Piece::Zeros(length))?,
        }
        Ok(())
    }

    pub(super) fn insert(&mut self, bytes: &[u8]) -> Result<()> {
        self.push(Piece::Insert(bytes.into()))
    }

    /// Keeps or replaces what has this length.
    pub(super) fn keep_or_insert(&mut self, range: Range<u64>, original: &[u8], wanted: &[u8]) -> Result<()> {
        if original == wanted { self.keep(range) } else { self.insert(wanted) }
    }

    /// Puts the beginning of the file, as it was or as it is wanted, before what there is.
    pub(super) fn head(&mut self, original: &[u8], wanted: &[u8]) {
        let end = original.len() as u64;
        let head = if original == wanted { Piece::Keep(0..end) } else { Piece::Insert(wanted.into()) };
        match (&head, self.pieces.first_mut()) {
            (Piece::Keep(_), Some(Piece::Keep(first))) if first.start == end => first.start = 0,
            _ => self.pieces.insert(0, head),
        }
    }

    fn push(&mut self, piece: Piece) -> Result<()> {
        if self.pieces.len() == PIECES_MAX {
            return Err(MediaError::Unsupported("it has too many parts"));
        }
        self.pieces.push(piece);
        Ok(())
    }
}

/// Writes so many bytes, each part after `fill`.
fn copy(
    length: u64,
    buffer: &mut [u8],
    out: &mut dyn Write,
    mut fill: impl FnMut(&mut [u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut left = length;
    while left > 0 {
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let part = &mut buffer[..size];
        fill(part)?;
        out.write_all(part)?;
        left -= size as u64;
    }
    Ok(())
}

/// Changes of bytes in their place, of a file whose length stays. They come in any order and may overlap.
#[derive(Default)]
pub(super) struct Patches {
    patches: Vec<(Range<u64>, Option<[u8; 4]>)>,
}

impl Patches {
    pub(super) fn zero(&mut self, range: Range<u64>) -> Result<()> {
        self.push(range, None)
    }

    /// Writes the type of a box.
    pub(super) fn name(&mut self, position: u64, name: [u8; 4]) -> Result<()> {
        self.push(position..position + 4, Some(name))
    }

    /// What is left of the file up to `end`. Where patches overlap, those that begin first hold, and zeros go on.
    pub(super) fn plan(mut self, original: u64, end: u64) -> Result<Plan> {
        self.patches.sort_unstable_by_key(|(range, _)| range.start);
        let (mut plan, mut position) = (Plan::new(original), 0);
        for (range, name) in self.patches {
            let (start, stop) = (range.start.max(position), range.end.min(end));
            if start >= stop {
                continue;
            }
            plan.keep(position..start)?;
            match name {
                Some(name) if start == range.start && stop == range.end => plan.insert(&name)?,
                _ => plan.zeros(stop - start)?,
            }
            position = stop;
        }
        plan.keep(position..end)?;
        Ok(plan)
    }

    fn push(&mut self, range: Range<u64>, name: Option<[u8; 4]>) -> Result<()> {
        if self.patches.len() == PIECES_MAX / 2 {
            return Err(MediaError::Unsupported("it has too many parts"));
        }
        if !range.is_empty() {
            self.patches.push((range, name));
        }
        Ok(())
    }
}

/// The whole of what would be written.
#[cfg(test)]
pub(super) fn written(plan: &Plan, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    plan.write(&mut io::Cursor::new(bytes), &mut out).expect("memory reads and writes");
    assert_eq!(out.len() as u64, plan.length());
    out
}

//! Where the samples of a track lie (ISO 14496-12, 8.7): chunks begin at offsets, have a number of samples each, and these
//! have sizes.

use super::boxes::BoxAt;
use super::plan::{PIECES_MAX, Patches};
use super::scanner::Scanner;
use super::{MediaError, Result};

/// The tables, each by the place behind its own header.
#[derive(Default)]
struct Tables {
    offsets: Option<Table>,
    runs: Option<Table>,
    sizes: Option<(Sizes, Table)>,
}

#[derive(Clone, Copy)]
struct Table {
    start: u64,
    count: u32,
}

#[derive(Clone, Copy)]
enum Sizes {
    /// All samples have this size.
    Same(u32),
    /// In bits: 4, 8, 16 or 32.
    Each(u8),
}

/// Zeros all samples of a track.
pub(super) fn zero(scanner: &mut Scanner, track: &BoxAt, patches: &mut Patches) -> Result<()> {
    let mut tables = Tables::default();
    let mut wide = false;
    track.children(scanner, 0, |scanner, child| match &child.name {
        b"mdia" => child.children(scanner, 0, |scanner, child| match &child.name {
            b"minf" => child.children(scanner, 0, |scanner, child| match &child.name {
                b"stbl" => child.children(scanner, 0, |scanner, child| {
                    wide |= child.name == *b"co64";
                    tables.read(scanner, child)
                }),
                _ => Ok(()),
            }),
            _ => Ok(()),
        }),
        _ => Ok(()),
    })?;
    match tables {
        Tables { offsets: Some(offsets), runs: Some(runs), sizes: Some((sizes, table)) } => {
            Samples { scanner, patches, sizes, table, sample: 0 }.zero(offsets, wide, runs)
        }
        Tables { offsets: None | Some(Table { count: 0, .. }), .. } => Ok(()),
        _ => Err(MediaError::Malformed("a track without tables")),
    }
}

impl Tables {
    fn read(&mut self, scanner: &mut Scanner, table: &BoxAt) -> Result<()> {
        let mut sizes = None;
        let bits = match &table.name {
            b"stco" => 32,
            b"co64" => 64,
            b"stsc" => 96,
            b"stsz" | b"stz2" => {
                scanner.skip(4)?;
                sizes = Some(match (&table.name, scanner.u32()?) {
                    (b"stsz", 0) => Sizes::Each(32),
                    (b"stsz", size) => Sizes::Same(size),
                    (_, bits @ (4 | 8 | 16)) => Sizes::Each(bits.to_le_bytes()[0]),
                    _ => return Err(MediaError::Malformed("sizes of samples in an unknown form")),
                });
                scanner.go_to(table.body + 4)?;
                match sizes {
                    Some(Sizes::Each(bits)) => u64::from(bits),
                    _ => 0,
                }
            }
            _ => return Ok(()),
        };
        scanner.skip(4)?;
        let count = scanner.u32()?;
        let found = Table { start: scanner.position(), count };
        if (u64::from(count) * bits).div_ceil(8) > table.end.saturating_sub(found.start) {
            return Err(MediaError::Malformed("a table is cut off"));
        }
        match (&table.name, sizes) {
            (_, Some(sizes)) => self.sizes = Some((sizes, found)),
            (b"stsc", _) => self.runs = Some(found),
            _ => self.offsets = Some(found),
        }
        Ok(())
    }
}

struct Samples<'a, 'b> {
    scanner: &'a mut Scanner<'b>,
    patches: &'a mut Patches,
    sizes: Sizes,
    table: Table,
    /// Index of the next sample.
    sample: u32,
}

impl Samples<'_, '_> {
    fn zero(&mut self, offsets: Table, wide: bool, runs: Table) -> Result<()> {
        if offsets.count as usize > PIECES_MAX {
            return Err(MediaError::Unsupported("it has too many parts"));
        }
        let width = if wide { 8 } else { 4 };
        let (mut run, mut samples) = (0, 0);
        for chunk in 0..offsets.count {
            // 8.7.4: a run is its first chunk, counted from 1, the samples in each of its chunks, and an index.
            while run < runs.count {
                self.scanner.go_to(runs.start + 12 * u64::from(run))?;
                let (first, count) = (self.scanner.u32()?, self.scanner.u32()?);
                if first > chunk + 1 {
                    break;
                }
                (run, samples) = (run + 1, count);
            }
            self.scanner.go_to(offsets.start + u64::from(width) * u64::from(chunk))?;
            let offset = self.scanner.number(width)?;
            let length = self.length_of(samples)?;
            self.patches.zero(offset..offset.saturating_add(length))?;
        }
        Ok(())
    }

    /// In bytes, of the next so many samples.
    fn length_of(&mut self, samples: u32) -> Result<u64> {
        let first = self.sample;
        self.sample = first.saturating_add(samples).min(self.table.count);
        let count = u64::from(self.sample - first);
        match self.sizes {
            Sizes::Same(size) => Ok(count * u64::from(size)),
            Sizes::Each(4) => Err(MediaError::Unsupported("sizes of samples in four bits")),
            Sizes::Each(bits) => {
                let width = bits / 8;
                self.scanner.go_to(self.table.start + u64::from(width) * u64::from(first))?;
                (0..count).try_fold(0_u64, |length, _| Ok(length.saturating_add(self.scanner.number(width)?)))
            }
        }
    }
}

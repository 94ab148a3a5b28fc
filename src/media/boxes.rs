//! Boxes (ISO 14496-12, 4.2). Offsets in a file of them point to anywhere, so nothing moves: a box that goes becomes `free`
//! and its content zeros.

use super::plan::Patches;
use super::scanner::Scanner;
use super::{MediaError, Result};

/// A box: where it is, its name, and its content from `body` to `end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoxAt {
    pub(super) name: [u8; 4],
    pub(super) start: u64,
    pub(super) body: u64,
    pub(super) end: u64,
}

impl BoxAt {
    /// Goes behind the head of the next box before `limit`. None where no head has place; some writers end lists with
    /// four zeros.
    pub(super) fn next(scanner: &mut Scanner, limit: u64) -> Result<Option<Self>> {
        let start = scanner.position();
        if limit.saturating_sub(start) < 8 {
            return Ok(None);
        }
        let (short, name) = (scanner.u32()?, scanner.bytes()?);
        let length = match short {
            0 => limit - start,
            1 => scanner.number(8)?,
            _ => short.into(),
        };
        let (body, end) = (scanner.position(), start.checked_add(length));
        match end.filter(|end| (body..=limit).contains(end)) {
            Some(end) => Ok(Some(Self { name, start, body, end })),
            None => Err(MediaError::Malformed("a box is cut off")),
        }
    }

    /// Its boxes, behind so many bytes of its own.
    pub(super) fn children(
        &self,
        scanner: &mut Scanner,
        own: u64,
        mut each: impl FnMut(&mut Scanner, &Self) -> Result<()>,
    ) -> Result<()> {
        scanner.go_to(self.body.saturating_add(own).min(self.end))?;
        while let Some(child) = Self::next(scanner, self.end)? {
            each(scanner, &child)?;
            scanner.go_to(child.end)?;
        }
        Ok(())
    }

    /// Of its content, cut where it ends.
    pub(super) fn part(&self, from: u64, to: u64) -> std::ops::Range<u64> {
        (self.body + from).min(self.end)..(self.body + to).min(self.end)
    }

    /// Makes it padding.
    pub(super) fn remove(&self, patches: &mut Patches) -> Result<()> {
        if !matches!(&self.name, b"free" | b"skip" | b"wide") {
            patches.name(self.start + 4, *b"free")?;
        }
        patches.zero(self.body..self.end)
    }
}

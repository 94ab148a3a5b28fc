//! Where items of a `meta` lie (ISO 14496-12, 8.11.3): in parts, which are in the file or in the box `idat`.

use super::boxes::BoxAt;
use super::plan::Patches;
use super::scanner::Scanner;
use super::{MediaError, Result};

const IN_FILE: u8 = 0;
const IN_DATA_BOX: u8 = 1;

/// How many bytes the numbers have.
struct Widths {
    version: u8,
    offset: u8,
    length: u8,
    base: u8,
    index: u8,
}

impl Widths {
    fn read(scanner: &mut Scanner) -> Result<Self> {
        let [version, _, _, _, parts, base] = scanner.bytes()?;
        let index = if version > 0 { base & 15 } else { 0 };
        let widths = Self { version, offset: parts >> 4, length: parts & 15, base: base >> 4, index };
        let all = [widths.offset, widths.length, widths.base, widths.index];
        if version > 2 || all.iter().any(|width| !matches!(width, 0 | 4 | 8)) {
            return Err(MediaError::Unsupported("items whose places are in an unknown form"));
        }
        Ok(widths)
    }

    fn part(&self) -> u64 {
        [self.offset, self.length, self.index].map(u64::from).iter().sum()
    }
}

/// Zeros the items of these ids, which are sorted.
pub(super) fn zero(
    scanner: &mut Scanner,
    locations: &BoxAt,
    data: Option<&BoxAt>,
    removed: &[u32],
    patches: &mut Patches,
) -> Result<()> {
    scanner.go_to(locations.body)?;
    let widths = Widths::read(scanner)?;
    for _ in 0..item_id(scanner, widths.version > 1)? {
        let id = item_id(scanner, widths.version > 1)?;
        let method = if widths.version > 0 { scanner.bytes::<2>()?[1] & 15 } else { IN_FILE };
        let another_file = scanner.u16()? > 0;
        let base = scanner.number(widths.base)?;
        let parts = scanner.u16()?;
        if another_file || removed.binary_search(&id).is_err() {
            scanner.skip(widths.part() * u64::from(parts))?;
            continue;
        }
        let space = match (method, data) {
            (IN_FILE, _) => 0..scanner.length(),
            (IN_DATA_BOX, Some(data)) => data.body..data.end,
            _ => return Err(MediaError::Unsupported("items within items")),
        };
        if widths.length == 0 && parts > 0 {
            return Err(MediaError::Unsupported("an item without a length"));
        }
        for _ in 0..parts {
            scanner.skip(widths.index.into())?;
            let offset = scanner.number(widths.offset)?;
            let length = scanner.number(widths.length)?;
            let start = [base, offset].into_iter().fold(space.start, u64::saturating_add).min(space.end);
            patches.zero(start..start.saturating_add(length).min(space.end))?;
        }
    }
    Ok(())
}

/// The number of an item, in four bytes or two.
pub(super) fn item_id(scanner: &mut Scanner, wide: bool) -> Result<u32> {
    if wide { scanner.u32() } else { scanner.u16().map(u32::from) }
}

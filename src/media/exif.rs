//! The one thing in Exif that a picture needs: how to turn it (Exif 2.32, 4.6.4 A, tag 274; the layout is TIFF 6.0, section 2).

/// As tag 274 has it, 2..=8; 1, "as it is", is None everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Orientation(u8);

/// What Exif has in front of its TIFF header in JPEG, and by mistake in some WebP.
pub(super) const MARK: &[u8] = b"Exif\0\0";

const ORIENTATION: u16 = 274;
const SHORT: u16 = 3;

impl Orientation {
    /// What an Exif block says, with or without its mark. None too where it says nothing sensible.
    pub(super) fn read(exif: &[u8]) -> Option<Self> {
        let tiff = exif.strip_prefix(MARK).unwrap_or(exif);
        let tiff = match tiff.get(..4)? {
            b"II*\0" => Tiff { bytes: tiff, u16: u16::from_le_bytes, u32: u32::from_le_bytes },
            b"MM\0*" => Tiff { bytes: tiff, u16: u16::from_be_bytes, u32: u32::from_be_bytes },
            _ => return None,
        };
        let first = usize::try_from(tiff.u32(4)?).ok()?;
        let entries = (0..usize::from(tiff.u16(first)?)).map_while(|index| first.checked_add(2 + 12 * index));
        let at = entries
            .map_while(|at| Some((at, tiff.u16(at)?)))
            .find_map(|(at, tag)| (tag == ORIENTATION).then_some(at))?;
        let value = (tiff.u16(at + 2)? == SHORT).then(|| tiff.u16(at + 8))??;
        u8::try_from(value).ok().filter(|value| (2..=8).contains(value)).map(Self)
    }

    /// Whether width and height change places.
    pub(super) fn turns(self) -> bool {
        self.0 >= 5
    }

    /// A whole Exif block that says nothing else, without its mark.
    pub(super) fn block(self) -> [u8; 26] {
        let mut block = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
        block[19] = self.0;
        block
    }
}

struct Tiff<'a> {
    bytes: &'a [u8],
    u16: fn([u8; 2]) -> u16,
    u32: fn([u8; 4]) -> u32,
}

impl Tiff<'_> {
    fn u16(&self, at: usize) -> Option<u16> {
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some((self.u16)(*bytes))
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some((self.u32)(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for value in 2..=8 {
            let block = Orientation(value).block();
            assert_eq!(Orientation::read(&block), Some(Orientation(value)));
            assert_eq!(Orientation::read(&[MARK, &block].concat()), Some(Orientation(value)));
            assert_eq!(Orientation(value).turns(), value > 4);
        }
    }

    #[test]
    fn little_endian_is_read_behind_other_tags() {
        let tags = b"\x0f\x01\x02\0\x06\0\0\0\x26\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0Canon\0";
        let exif = [b"II*\0\x08\0\0\0\x02\0", &tags[..]].concat();
        assert_eq!(Orientation::read(&exif), Some(Orientation(6)));
        for length in 0..exif.len() {
            let cut = Orientation::read(&exif[..length]);
            assert!(cut.is_none() || length >= 32, "{length}");
        }
    }

    #[test]
    fn nonsense_says_nothing() {
        for value in [0, 1, 9, 255] {
            assert_eq!(Orientation::read(&Orientation(value).block()), None, "{value}");
        }
        assert_eq!(Orientation::read(b"MM\0*\xff\xff\xff\xff"), None);
        assert_eq!(Orientation::read(b"II*\0\xff\xff\xff\x7f\x01"), None);
        let endless = [&b"MM\0*\0\0\0\x08\xff\xff"[..], &[0; 500]].concat();
        assert_eq!(Orientation::read(&endless), None);
    }
}

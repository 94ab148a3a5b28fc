//! PNG (third edition, 5 "Datastream structure" and 11 "Chunk specifications").

use super::exif::Orientation;
use super::plan::Plan;
use super::scanner::Scanner;
use super::{Dimensions, Examined, MediaError, Result};

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// In bytes: as much of an Exif block as a JPEG could have.
const EXIF_READ: u16 = u16::MAX;

/// Chunks without which the picture looks different. What follows IEND is not among them.
const KEPT: [&[u8; 4]; 20] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP",
    b"mDCV", b"mDCv", b"cLLI", b"cLLi", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];

pub(super) fn examine(scanner: &mut Scanner) -> Result<Examined> {
    if scanner.bytes()? != *SIGNATURE {
        return Err(MediaError::Malformed("no PNG"));
    }
    let mut plan = Plan::new(scanner.length());
    plan.keep(0..8)?;
    let size = header(scanner, &mut plan)?;
    let mut orientation = None;
    loop {
        let start = scanner.position();
        let (length, name) = (scanner.u32()?, scanner.bytes()?);
        let end = scanner.end_of(u64::from(length) + 4)?;
        if name == *b"eXIf" && orientation.is_none() {
            let content = scanner.head_of(length.into(), EXIF_READ)?;
            orientation = Orientation::read(&content);
            if let Some(block) = orientation.map(Orientation::block) {
                let (original, wanted) = (chunk(name, &content), chunk(name, &block));
                plan.keep_or_insert(start..end, &original, &wanted)?;
            }
        } else if KEPT.contains(&&name) {
            plan.keep(start..end)?;
        } else if name[0].is_ascii_uppercase() {
            return Err(MediaError::Unsupported("a PNG with a critical chunk that is not of the standard"));
        }
        scanner.go_to(end)?;
        if name == *b"IEND" {
            break;
        }
    }
    let turned = orientation.is_some_and(Orientation::turns);
    let dimensions = size.map(|size| if turned { size.turned() } else { size });
    Ok(Examined { dimensions, plan })
}

/// The first chunk.
fn header(scanner: &mut Scanner, plan: &mut Plan) -> Result<Option<Dimensions>> {
    let start = scanner.position();
    if (scanner.u32()?, scanner.bytes()?) != (13, *b"IHDR") {
        return Err(MediaError::Malformed("a PNG without a header"));
    }
    let dimensions = Dimensions::new(scanner.u32()?, scanner.u32()?);
    scanner.skip(9)?;
    plan.keep(start..scanner.position())?;
    Ok(dimensions)
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let checked = [&name, content].concat();
    let sum = crc(&checked).to_be_bytes();
    [&length, &checked[..], &sum].concat()
}

/// Annex D, without its table: for a few bytes.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u32::from(*byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 },
        )
    })
}

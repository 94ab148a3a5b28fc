//! GIF (`GIF89a`, 17 to 27), with the loop that Netscape added.

use super::plan::Plan;
use super::scanner::Scanner;
use super::{Dimensions, Examined, MediaError, Result};

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Comments, texts and what applications wrote go, and so does what follows the trailer. A file that breaks off between two blocks
/// is given its trailer.
pub(super) fn examine(scanner: &mut Scanner) -> Result<Examined> {
    if !matches!(&scanner.bytes()?, b"GIF87a" | b"GIF89a") {
        return Err(MediaError::Malformed("no GIF"));
    }
    let [w0, w1, h0, h1, flags, _, _] = scanner.bytes()?;
    let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
    scanner.skip(table_length(flags))?;
    let mut plan = Plan::new(scanner.length());
    plan.keep(0..scanner.position())?;
    loop {
        let start = scanner.position();
        if scanner.is_at_end() {
            plan.insert(&[TRAILER])?;
            break;
        }
        match scanner.u8()? {
            TRAILER => {
                plan.keep(start..scanner.position())?;
                break;
            }
            IMAGE => image(scanner)?,
            EXTENSION => match scanner.u8()? {
                GRAPHIC_CONTROL => go_behind_blocks(scanner)?,
                label => {
                    extension(scanner, label, &mut plan)?;
                    continue;
                }
            },
            _ => return Err(MediaError::Malformed("a GIF with an unknown block")),
        }
        plan.keep(start..scanner.position())?;
    }
    Ok(Examined { dimensions: Dimensions::new(width.into(), height.into()), plan })
}

/// Section 18: in bytes, of the table of colours that these flags announce.
fn table_length(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Goes behind an image whose separator was read.
fn image(scanner: &mut Scanner) -> Result<()> {
    let [.., flags] = scanner.bytes::<9>()?;
    // And the least size of a code.
    scanner.skip(table_length(flags) + 1)?;
    go_behind_blocks(scanner)
}

fn go_behind_blocks(scanner: &mut Scanner) -> Result<()> {
    loop {
        match scanner.u8()? {
            0 => return Ok(()),
            length => scanner.skip(length.into())?,
        }
    }
}

/// Goes behind an extension whose label was read, and keeps the loop.
fn extension(scanner: &mut Scanner, label: u8, plan: &mut Plan) -> Result<()> {
    let start = scanner.position() - 2;
    if label == APPLICATION && is_loop(scanner)? {
        // Behind the count there may be more blocks.
        let count = scanner.position();
        let end = count + 1;
        go_behind_blocks(scanner)?;
        plan.keep(start..count)?;
        return if scanner.position() == end { plan.keep(count..end) } else { plan.insert(&[0]) };
    }
    go_behind_blocks(scanner)
}

/// Goes behind the count, if there is one, or back to the blocks.
fn is_loop(scanner: &mut Scanner) -> Result<bool> {
    let start = scanner.position();
    if scanner.length() - start > 16 {
        let [11, name @ .., length, kind, _, _] = scanner.bytes::<16>()? else {
            scanner.go_to(start)?;
            return Ok(false);
        };
        if matches!(&name, b"NETSCAPE2.0" | b"ANIMEXTS1.0") && (length, kind) == (3, 1) {
            return Ok(true);
        }
    }
    scanner.go_to(start)?;
    Ok(false)
}

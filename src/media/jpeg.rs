//! JPEG (ITU-T T.81, annex B; JFIF 1.02; Exif 2.32): segments, and scans between them.

use std::ops::Range;

use super::exif::{MARK, Orientation};
use super::plan::Plan;
use super::scanner::Scanner;
use super::{Dimensions, Examined, MediaError, Result};

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const JFIF: u8 = 0xe0;
const EXIF: u8 = 0xe1;
const ICC: u8 = 0xe2;
const ADOBE: u8 = 0xee;

/// Of a segment's content: its length takes two of its own 16-bit count.
const CONTENT_MAX: u16 = u16::MAX - 2;

/// Bytes between segments go, and so does what follows the end: thumbnails and the films of moving photos. A file that
/// breaks off within a scan is shown by browsers as far as it goes, and so it is taken.
pub(super) fn examine(scanner: &mut Scanner) -> Result<Examined> {
    if scanner.bytes()? != [0xff, START] {
        return Err(MediaError::Malformed("no JPEG"));
    }
    let mut walk = Walk { plan: Plan::new(scanner.length()), frame: None, orientation: None };
    walk.plan.keep(0..2)?;
    let mut scans = 0;
    while let Some((start, marker)) = next_marker(scanner)? {
        if marker == END {
            walk.plan.keep(start..scanner.position())?;
            break;
        }
        walk.segment(scanner, start, marker)?;
        if marker == SCAN {
            scans += 1;
            let begin = scanner.position();
            go_behind_scan(scanner)?;
            walk.plan.keep(begin..scanner.position())?;
        }
    }
    match walk.frame {
        Some(frame) if scans > 0 => Ok(Examined { dimensions: walk.dimensions(frame), plan: walk.plan }),
        _ => Err(MediaError::Malformed("a JPEG without a picture")),
    }
}

struct Walk {
    plan: Plan,
    /// Width and height of the first frame.
    frame: Option<(u16, u16)>,
    orientation: Option<Orientation>,
}

impl Walk {
    fn dimensions(&self, (width, height): (u16, u16)) -> Option<Dimensions> {
        let dimensions = Dimensions::new(width.into(), height.into())?;
        let turns = self.orientation.is_some_and(Orientation::turns);
        Some(if turns { dimensions.turned() } else { dimensions })
    }

    /// Decides about the segment whose marker begins at `start` and was read.
    fn segment(&mut self, scanner: &mut Scanner, start: u64, marker: u8) -> Result<()> {
        let length = scanner.u16()?;
        let length = length.checked_sub(2).ok_or(MediaError::Malformed("a segment without a length"))?;
        let end = scanner.end_of(length.into())?;
        match marker {
            JFIF | ICC | ADOBE => {
                let content = scanner.head_of(length.into(), CONTENT_MAX)?;
                self.application(start..end, marker, &content)
            }
            EXIF if self.orientation.is_none() => {
                let content = scanner.head_of(length.into(), CONTENT_MAX)?;
                self.exif(start..end, &content)
            }
            // Tables, frames, scans and their parameters.
            0xc0..=0xcf | SCAN..=0xdf => {
                if self.frame.is_none() && is_frame(marker) {
                    let [_, height @ .., x0, x1] = scanner.bytes::<5>()?;
                    self.frame = Some((u16::from_be_bytes([x0, x1]), u16::from_be_bytes(height)));
                }
                scanner.go_to(end)?;
                self.plan.keep(start..end)
            }
            _ => scanner.go_to(end),
        }
    }

    /// Keeps what colours and density need, without thumbnails and what else may follow.
    fn application(&mut self, range: Range<u64>, marker: u8, content: &[u8]) -> Result<()> {
        match marker {
            ICC if content.starts_with(b"ICC_PROFILE\0") => self.plan.keep(range),
            JFIF if content.starts_with(b"JFIF\0") && content.len() >= 14 => {
                let wanted = [&[0xff, JFIF, 0, 16], &content[..12], &[0, 0]].concat();
                self.plan.keep_or_insert(range, &[&wanted[..4], content].concat(), &wanted)
            }
            ADOBE if content.starts_with(b"Adobe") && content.len() >= 12 => {
                let wanted = [&[0xff, ADOBE, 0, 14], &content[..12]].concat();
                self.plan.keep_or_insert(range, &[&wanted[..4], content].concat(), &wanted)
            }
            _ => Ok(()),
        }
    }

    /// Writes the orientation where it stood.
    fn exif(&mut self, range: Range<u64>, content: &[u8]) -> Result<()> {
        self.orientation = content.strip_prefix(MARK).and_then(Orientation::read);
        let Some(orientation) = self.orientation else { return Ok(()) };
        let head = [0xff, EXIF, 0, 34];
        let wanted = [&head, MARK, &orientation.block()].concat();
        self.plan.keep_or_insert(range, &[&head, content].concat(), &wanted)
    }
}

/// Table B.1: start of frame, of any process; among them lie DHT, JPG and DAC.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

/// Goes behind the next marker: where it begins, and its code. None at the end of the file.
fn next_marker(scanner: &mut Scanner) -> Result<Option<(u64, u8)>> {
    loop {
        scanner.find(0xff)?;
        let mut code = 0xff;
        // B.1.1.2: any number of fill bytes.
        while code == 0xff {
            if scanner.is_at_end() {
                return Ok(None);
            }
            code = scanner.u8()?;
        }
        match code {
            0 | 0x01 | 0xd0..=0xd7 => {}
            START => return Err(MediaError::Malformed("a JPEG within a JPEG")),
            _ => return Ok(Some((scanner.position() - 2, code))),
        }
    }
}

/// Goes to the marker behind a scan's data, in which 0xff is followed by 0 or is a restart.
fn go_behind_scan(scanner: &mut Scanner) -> Result<()> {
    loop {
        scanner.find(0xff)?;
        let start = scanner.position();
        if start + 2 > scanner.length() {
            return scanner.go_to(scanner.length());
        }
        match scanner.bytes()? {
            [_, 0 | 0xd0..=0xd7] => {}
            [_, 0xff] => scanner.go_to(start + 1)?,
            _ => return scanner.go_to(start),
        }
    }
}

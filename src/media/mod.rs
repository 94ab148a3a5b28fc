//! Pictures, sound and films as bytes: their type, their size on a page, and how they lose what they tell about the
//! place, the camera and the person. Nothing is decoded: each format's container is walked once, with `examine`.
//!
//! The walk ends in a `Plan`: which pieces of the file stay, and what stands between them. Writing it is a second,
//! sequential pass with one buffer.
//!
//! # What stays
//!
//! | format | stays | source |
//! |---|---|---|
//! | JPEG | JFIF without thumbnail, ICC profile, Adobe's colour transform, tables, scans, orientation | ITU-T T.81, Exif 2.32 |
//! | PNG | picture, palette, transparency, colour, density, animation, orientation | PNG, third edition |
//! | GIF | pictures, their timing, the loop | `GIF89a` |
//! | WebP | pictures, alpha, animation, ICC profile, orientation | WebP container specification |
//! | AVIF, HEIC | all but items of Exif, XMP and other text, and boxes that are not of the picture | ISO 14496-12, 23008-12 |
//! | MP4, MOV, M4A | the tracks of picture and sound, without times of creation and names | ISO 14496-12, `QuickTime` |
//!
//! Lists name what stays, and so what is unknown goes. Only where offsets in the file forbid it (the last two rows) bytes keep their
//! place: boxes become `free`, and their content zeros. What a codec carries inside its stream (the settings of x264, for
//! one) stays, as finding it means decoding.
//!
//! # Cost
//!
//! Memory: a buffer of 16 KiB and at most 64 KiB of Exif while walking, a plan of at most `plan::PIECES_MAX` pieces, and 64 KiB while
//! writing. Time: linear in the file's length.

mod bmff;
mod boxes;
mod exif;
#[cfg(test)]
mod exiftool_tests;
mod gif;
mod heif;
mod item_locations;
mod jpeg;
mod movie;
mod plan;
mod png;
#[cfg(test)]
mod samples;
mod samples_of_track;
mod scanner;
mod sniff;
#[cfg(test)]
mod tests;
mod webp;

use std::io::{self, Read, Seek};

pub(crate) use plan::Plan;
pub use sniff::FileType;
pub(crate) use sniff::{SNIFFED, Show, sniff};

use scanner::Scanner;

/// A file on disk or in memory.
pub(crate) trait Source: Read + Seek {}

impl<T: Read + Seek> Source for T {}

#[derive(Debug)]
pub(crate) enum MediaError {
    Io(io::Error),
    /// The file is not what its first bytes promise, or is cut off; what of it, in English, for the log.
    Malformed(&'static str),
    /// Sound as far as it was read, but beyond what is cleaned; why, in English, for the log.
    Unsupported(&'static str),
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Malformed("the file is cut off"),
            _ => Self::Io(error),
        }
    }
}

type Result<T> = std::result::Result<T, MediaError>;

/// Of a picture or film as it is shown, after its orientation, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimensions {
    pub width: u16,
    pub height: u16,
}

impl Dimensions {
    /// The largest photos of phones have 200 million pixels; a browser needs four bytes for each.
    const PIXELS_MAX: u32 = 1 << 28;

    /// None for a picture without extent, and for one that would be too much for a browser.
    pub(crate) fn new(width: u32, height: u32) -> Option<Self> {
        let (width, height) = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
        let pixels = u32::from(width) * u32::from(height);
        (1..=Self::PIXELS_MAX).contains(&pixels).then_some(Self { width, height })
    }

    fn turned(self) -> Self {
        Self { width: self.height, height: self.width }
    }
}

/// What a walk through a file found.
#[derive(Debug)]
pub(crate) struct Examined {
    /// None where the format has none, the file does not say, or [they are too large](Dimensions::PIXELS_MAX): then
    /// the file is not shown in place.
    pub(crate) dimensions: Option<Dimensions>,
    /// How to write the file without its metadata.
    pub(crate) plan: Plan,
}

/// Walks through a file of this type, from its beginning.
///
/// Errors: files that cannot be cleaned, for [`FileType::is_cleaned`] types; never for the others, which stay as they are.
pub(crate) fn examine(kind: FileType, source: &mut dyn Source) -> Result<Examined> {
    let mut scanner = Scanner::new(source)?;
    match kind {
        FileType::Jpeg => jpeg::examine(&mut scanner),
        FileType::Png => png::examine(&mut scanner),
        FileType::Gif => gif::examine(&mut scanner),
        FileType::WebP => webp::examine(&mut scanner),
        FileType::Avif | FileType::Heic | FileType::Mp4 | FileType::Mov | FileType::M4a => {
            bmff::examine(&mut scanner)
        }
        _ => Ok(Examined { dimensions: None, plan: Plan::whole(scanner.length()) }),
    }
}

//! WebP (WebP container specification; RFC 9649): chunks of a RIFF file.

use super::exif::Orientation;
use super::plan::Plan;
use super::scanner::Scanner;
use super::{Dimensions, Examined, MediaError, Result};

/// Flags of VP8X.
const EXIF: u8 = 0x08;
const XMP: u8 = 0x04;

/// In bytes: as much of an Exif block as a JPEG could have.
const EXIF_READ: u16 = u16::MAX;
const FRAME_HEADER: u64 = 16;

pub(super) fn examine(scanner: &mut Scanner) -> Result<Examined> {
    let riff: [u8; 12] = scanner.bytes()?;
    let [b'R', b'I', b'F', b'F', s0, s1, s2, s3, b'W', b'E', b'B', b'P'] = riff else {
        return Err(MediaError::Malformed("no WebP"));
    };
    let length = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
    let body = length.checked_sub(4).ok_or(MediaError::Malformed("a WebP without a length"))?;
    let end = scanner.end_of(body)?;
    let extended = extended(scanner, end)?;
    let start = scanner.position();
    let mut walk =
        Walk { plan: Plan::new(scanner.length()), end, has_picture: false, size: None, orientation: None };
    while let Some(chunk) = Chunk::next(scanner, end)? {
        walk.chunk(scanner, &chunk, extended.is_some())?;
    }
    let Walk { mut plan, has_picture, size, orientation, .. } = walk;
    if !has_picture {
        return Err(MediaError::Malformed("a WebP without a picture"));
    }
    let content = plan.length() + start - 8;
    let content = u32::try_from(content).map_err(|_| MediaError::Malformed("a WebP without a length"))?;
    let original = [&riff[..], extended.as_ref().map_or(&[], |chunk| &chunk[..])].concat();
    let mut wanted = original.clone();
    wanted[4..8].copy_from_slice(&content.to_le_bytes());
    if let Some(flags) = wanted.get_mut(20) {
        *flags = *flags & !(EXIF | XMP) | if orientation.is_some() { EXIF } else { 0 };
    }
    plan.head(&original, &wanted);
    let canvas = extended.map_or(size, |chunk| canvas(&chunk));
    // Chromium shows a WebP as it is, whatever Exif says.
    Ok(Examined { dimensions: canvas, plan })
}

/// VP8X, which comes first if it comes.
fn extended(scanner: &mut Scanner, end: u64) -> Result<Option<[u8; 18]>> {
    let start = scanner.position();
    if end - start >= 18 {
        let chunk: [u8; 18] = scanner.bytes()?;
        if chunk.starts_with(b"VP8X\x0a\0\0\0") {
            return Ok(Some(chunk));
        }
        scanner.go_to(start)?;
    }
    Ok(None)
}

fn canvas(chunk: &[u8; 18]) -> Option<Dimensions> {
    let [.., w0, w1, w2, h0, h1, h2] = *chunk;
    Dimensions::new(u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1)
}

struct Chunk {
    name: [u8; 4],
    start: u64,
    content: u64,
    length: u64,
    /// Behind the byte that makes its length even.
    end: u64,
}

impl Chunk {
    /// Goes behind the head of the next chunk before `end`.
    fn next(scanner: &mut Scanner, end: u64) -> Result<Option<Self>> {
        let start = scanner.position();
        if end - start < 8 {
            return Ok(None);
        }
        let (name, length) = (scanner.bytes()?, u64::from(u32::from_le_bytes(scanner.bytes()?)));
        let content = scanner.position();
        if length > end - content {
            return Err(MediaError::Malformed("a chunk is cut off"));
        }
        Ok(Some(Self { name, start, content, length, end: content + length + (length & 1) }))
    }
}

struct Walk {
    plan: Plan,
    /// Of the RIFF file.
    end: u64,
    has_picture: bool,
    /// Of the first frame that has one.
    size: Option<Dimensions>,
    orientation: Option<Orientation>,
}

impl Walk {
    fn chunk(&mut self, scanner: &mut Scanner, chunk: &Chunk, extended: bool) -> Result<()> {
        match &chunk.name {
            b"VP8 " | b"VP8L" | b"ANIM" | b"ALPH" | b"ICCP" => {
                if chunk.name.starts_with(b"VP8") {
                    self.frame(scanner, chunk)?;
                }
                self.plan.keep(chunk.start..chunk.end.min(self.end))?;
                self.pad(chunk)?;
            }
            b"ANMF" => self.animation_frame(scanner, chunk)?,
            b"EXIF" if extended && self.orientation.is_none() => {
                let content = scanner.head_of(chunk.length, EXIF_READ)?;
                self.orientation = Orientation::read(&content);
                if let Some(block) = self.orientation.map(Orientation::block) {
                    let head = b"EXIF\x1a\0\0\0";
                    let (original, wanted) = ([&head[..], &content].concat(), [&head[..], &block].concat());
                    self.plan.keep_or_insert(chunk.start..chunk.end.min(self.end), &original, &wanted)?;
                }
            }
            _ => {}
        }
        scanner.go_to(chunk.end.min(self.end))
    }

    fn frame(&mut self, scanner: &mut Scanner, chunk: &Chunk) -> Result<()> {
        let size = frame_size(scanner, chunk)?;
        self.size = self.size.or(size);
        self.has_picture = true;
        Ok(())
    }

    /// The last chunk of some files lacks the byte that makes its length even.
    fn pad(&mut self, chunk: &Chunk) -> Result<()> {
        if chunk.end > self.end { self.plan.insert(&[0]) } else { Ok(()) }
    }

    /// Keeps the frame. What stands in it and is not of the picture becomes zeros, so that its length stays.
    fn animation_frame(&mut self, scanner: &mut Scanner, frame: &Chunk) -> Result<()> {
        if frame.length < FRAME_HEADER {
            return Err(MediaError::Malformed("a frame without a header"));
        }
        scanner.skip(FRAME_HEADER)?;
        let end = frame.content + frame.length;
        let mut kept = frame.start;
        while let Some(chunk) = Chunk::next(scanner, end)? {
            match &chunk.name {
                b"VP8 " | b"VP8L" => self.frame(scanner, &chunk)?,
                b"ALPH" => {}
                _ => {
                    self.plan.keep(kept..chunk.content)?;
                    self.plan.zeros(chunk.length)?;
                    kept = chunk.content + chunk.length;
                }
            }
            scanner.go_to(chunk.end.min(end))?;
        }
        self.plan.keep(kept..frame.end.min(self.end))?;
        self.pad(frame)
    }
}

/// RFC 6386, 9.1, and the WebP lossless bitstream specification, 3: two times 14 bits.
fn frame_size(scanner: &mut Scanner, chunk: &Chunk) -> Result<Option<Dimensions>> {
    let head = scanner.head_of(chunk.length.min(10), 10)?;
    Ok(match (&chunk.name, &*head) {
        (b"VP8 ", [tag, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1]) if tag & 1 == 0 => {
            let [width, height] =
                [[*w0, *w1], [*h0, *h1]].map(|side| u32::from(u16::from_le_bytes(side) & 0x3fff));
            Dimensions::new(width, height)
        }
        (b"VP8L", [0x2f, b0, b1, b2, b3, ..]) => {
            let bits = u32::from_le_bytes([*b0, *b1, *b2, *b3]);
            Dimensions::new((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)
        }
        _ => None,
    })
}

//! What a file is, by its first bytes (magic numbers) and nothing else: names and what a sender calls it decide nothing, and
//! a file that is two things at once is what its first bytes are.

use std::str;

/// How many bytes of the beginning [`sniff`] looks at, at most.
pub(crate) const SNIFFED: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    Jpeg,
    Png,
    Gif,
    WebP,
    Avif,
    Heic,
    Mp4,
    Mov,
    M4a,
    WebM,
    Matroska,
    OggAudio,
    OggVideo,
    Mp3,
    Wav,
    Flac,
    Pdf,
    Zip,
    /// UTF-8 without control characters. HTML and SVG are among it: no browser shows them as such.
    Text,
    Other,
}

/// What a page does with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    Picture,
    Audio,
    Video,
    Download,
}

impl FileType {
    #[cfg(feature = "sqlite")]
    const ALL: [Self; 20] = [
        Self::Jpeg,
        Self::Png,
        Self::Gif,
        Self::WebP,
        Self::Avif,
        Self::Heic,
        Self::Mp4,
        Self::Mov,
        Self::M4a,
        Self::WebM,
        Self::Matroska,
        Self::OggAudio,
        Self::OggVideo,
        Self::Mp3,
        Self::Wav,
        Self::Flac,
        Self::Pdf,
        Self::Zip,
        Self::Text,
        Self::Other,
    ];

    /// The type that is served as this.
    #[cfg(feature = "sqlite")]
    pub(crate) fn of_media_type(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media_type() == media_type)
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::M4a => "audio/mp4",
            Self::WebM => "video/webm",
            Self::Matroska => "video/x-matroska",
            Self::OggAudio => "audio/ogg",
            Self::OggVideo => "video/ogg",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Flac => "audio/flac",
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Text => "text/plain; charset=utf-8",
            Self::Other => "application/octet-stream",
        }
    }

    pub(crate) fn show(self) -> Show {
        match self {
            Self::Jpeg | Self::Png | Self::Gif | Self::WebP | Self::Avif => Show::Picture,
            Self::M4a | Self::OggAudio | Self::Mp3 | Self::Wav | Self::Flac => Show::Audio,
            Self::Mp4 | Self::Mov | Self::WebM | Self::OggVideo => Show::Video,
            Self::Heic | Self::Matroska | Self::Pdf | Self::Zip | Self::Text | Self::Other => Show::Download,
        }
    }

    /// Whether [`examine`](super::examine) takes its metadata out. Of the others, what they tell stays: the sender is told.
    pub(crate) fn is_cleaned(self) -> bool {
        let is_picture = self == Self::Heic || self.show() == Show::Picture;
        is_picture || matches!(self, Self::Mp4 | Self::Mov | Self::M4a)
    }
}

/// Beginnings that decide alone.
const BEGINNINGS: [(&[u8], FileType); 10] = [
    (b"\xff\xd8\xff", FileType::Jpeg),
    (b"\x89PNG\r\n\x1a\n", FileType::Png),
    (b"GIF87a", FileType::Gif),
    (b"GIF89a", FileType::Gif),
    (b"ID3", FileType::Mp3),
    (b"fLaC", FileType::Flac),
    (b"%PDF-", FileType::Pdf),
    (b"PK\x03\x04", FileType::Zip),
    (b"PK\x05\x06", FileType::Zip),
    (b"PK\x07\x08", FileType::Zip),
];

/// The type of the file that begins so. `head` is its first [`SNIFFED`] bytes, or all of it if it is shorter.
pub(crate) fn sniff(head: &[u8]) -> FileType {
    let head = &head[..head.len().min(SNIFFED)];
    let listed = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|(_, kind)| *kind);
    listed
        .or_else(|| riff(head))
        .or_else(|| boxes(head))
        .or_else(|| matroska(head))
        .or_else(|| ogg(head))
        .or_else(|| is_mp3_frame(head).then_some(FileType::Mp3))
        .or_else(|| is_text(head).then_some(FileType::Text))
        .unwrap_or(FileType::Other)
}

fn riff(head: &[u8]) -> Option<FileType> {
    match (head.get(..4)?, head.get(8..12)?) {
        (b"RIFF", b"WEBP") => Some(FileType::WebP),
        (b"RIFF", b"WAVE") => Some(FileType::Wav),
        _ => None,
    }
}

/// ISO 14496-12, 4.3: the brands of a file; films of before there were any begin with another box.
fn boxes(head: &[u8]) -> Option<FileType> {
    let length = usize::try_from(u32::from_be_bytes(*head.first_chunk()?)).ok()?;
    match head.get(4..8)? {
        b"ftyp" => {}
        b"moov" | b"mdat" | b"wide" | b"pnot" => return Some(FileType::Mov),
        _ => return None,
    }
    let brands = head.get(8..length.min(head.len()))?;
    // The second number is a version.
    let mut brands =
        brands.chunks_exact(4).enumerate().filter(|(index, _)| *index != 1).map(|(_, brand)| brand);
    let major = brands.next()?;
    match major {
        b"mif1" | b"msf1" | b"miaf" => Some(brands.find_map(picture).unwrap_or(FileType::Heic)),
        b"M4A " | b"M4B " | b"M4P " => Some(FileType::M4a),
        b"qt  " => Some(FileType::Mov),
        _ => picture(major)
            .or_else(|| std::iter::once(major).chain(brands).any(is_film).then_some(FileType::Mp4)),
    }
}

fn picture(brand: &[u8]) -> Option<FileType> {
    match brand {
        b"avif" | b"avis" => Some(FileType::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => Some(FileType::Heic),
        _ => None,
    }
}

fn is_film(brand: &[u8]) -> bool {
    const KNOWN: [&[u8]; 12] = [
        b"iso", b"mp4", b"avc1", b"M4V", b"3gp", b"3g2", b"dash", b"cmf", b"MSNV", b"F4V ", b"f4v ", b"XAVC",
    ];
    KNOWN.iter().any(|known| brand.starts_with(known))
}

/// RFC 8794 and 9559: an EBML header, whose element `DocType` (42 82) is among the first.
fn matroska(head: &[u8]) -> Option<FileType> {
    let header = head.strip_prefix(b"\x1a\x45\xdf\xa3")?;
    let header = &header[..header.len().min(64)];
    let has = |name: &[u8]| header.windows(name.len()).any(|window| window == name);
    match () {
        () if has(b"\x42\x82\x84webm") => Some(FileType::WebM),
        () if has(b"\x42\x82\x88matroska") => Some(FileType::Matroska),
        () => None,
    }
}

/// RFC 3533: the first packet, which says what codec it is, follows the header of the first page (27 bytes and a table).
fn ogg(head: &[u8]) -> Option<FileType> {
    let page = head.strip_prefix(b"OggS")?;
    let table = usize::from(*page.get(22)?);
    let packet = page.get(23 + table..)?;
    let video = packet.starts_with(b"\x80theora") || packet.starts_with(b"fishead\0");
    Some(if video { FileType::OggVideo } else { FileType::OggAudio })
}

/// ISO 11172-3, 2.4.1.3: the header of a frame of layer III with a bit rate and a sampling rate that exist.
fn is_mp3_frame(head: &[u8]) -> bool {
    let [0xff, second, third, ..] = head else { return false };
    let (sync, version, layer) = (second >> 5, second >> 3 & 3, second >> 1 & 3);
    let (rate, sampling) = (third >> 4, third >> 2 & 3);
    sync == 7 && version != 1 && layer == 1 && (1..15).contains(&rate) && sampling != 3
}

fn is_text(head: &[u8]) -> bool {
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        // A character that the end of the head cuts.
        Err(error) if error.error_len().is_none() && head.len() == SNIFFED => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty()
        && text.chars().all(|character| !character.is_control() || "\t\n\r\x0c".contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_decide() {
        let cases: [(&[u8], FileType); 31] = [
            (b"\xff\xd8\xff\xe0\0\x10JFIF", FileType::Jpeg),
            (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", FileType::Png),
            (b"GIF89a<script>alert(1)</script>", FileType::Gif),
            (b"GIF87a", FileType::Gif),
            (b"RIFF\x10\0\0\0WEBPVP8 ", FileType::WebP),
            (b"RIFF\x10\0\0\0WAVEfmt ", FileType::Wav),
            (b"RIFF\x10\0\0\0AVI LIST", FileType::Other),
            (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", FileType::Avif),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", FileType::Avif),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", FileType::Heic),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", FileType::Heic),
            (b"\0\0\0\x14ftypisom\0\0\x02\0mp42", FileType::Mp4),
            (b"\0\0\0\x14ftypXXXX\0\0\x02\0mp42", FileType::Mp4),
            (b"\0\0\0\x14ftypcrx \0\0\0\x01crx ", FileType::Other),
            (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", FileType::Mov),
            (b"\0\0\0\x14ftypM4A \0\0\0\0M4A ", FileType::M4a),
            (b"\0\0\0\x08wide\0\0\0\0mdat", FileType::Mov),
            (b"\0\0\x10\x08moov\0\0\0\x6cmvhd", FileType::Mov),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", FileType::WebM),
            (b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska", FileType::Matroska),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0abcd\0\0\0\0efgh\x01\x13OpusHead", FileType::OggAudio),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0abcd\0\0\0\0efgh\x01\x2a\x80theora", FileType::OggVideo),
            (b"ID3\x04\0\0", FileType::Mp3),
            (b"\xff\xfb\x90\x64", FileType::Mp3),
            (b"\xff\xfeh\0i\0", FileType::Other),
            (b"fLaC\0\0\0\x22", FileType::Flac),
            (b"%PDF-1.7", FileType::Pdf),
            (b"PK\x03\x04", FileType::Zip),
            ("Grüße, पानी\r\n".as_bytes(), FileType::Text),
            (b"\x7fELF\x02\x01", FileType::Other),
            (b"", FileType::Other),
        ];
        for (head, kind) in cases {
            assert_eq!(sniff(head), kind, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn pages_are_text_that_is_downloaded() {
        let pages =
            ["<!doctype html><script>", "<svg xmlns='http://www.w3.org/2000/svg'>", "<?xml version='1.0'?>"];
        for page in pages {
            assert_eq!(
                (sniff(page.as_bytes()), sniff(page.as_bytes()).show()),
                (FileType::Text, Show::Download)
            );
        }
        assert_eq!(sniff(b" GIF89a<script>"), FileType::Text);
    }

    #[test]
    fn a_character_at_the_end_of_the_head_may_be_cut() {
        let text = "x".repeat(SNIFFED - 1) + "é and more";
        assert_eq!(sniff(text.as_bytes()), FileType::Text);
        assert_eq!(sniff(&text.as_bytes()[..SNIFFED]), FileType::Text);
        assert_eq!(sniff("é".as_bytes().split_at(1).0), FileType::Other, "that is the whole file");
    }
}

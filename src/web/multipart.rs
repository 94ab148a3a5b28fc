//! Forms with files: `multipart/form-data` (RFC 7578), read in one pass with a buffer of fixed size.
//!
//! As strict as browsers and curl are: nothing stands before the first boundary or behind the last, a boundary ends with its
//! line, lines end with CRLF, and what could be read in two ways is refused.
//!
//! Our own, since no crate fits: `multer`, `multiparty` and `multipart-rs` are asynchronous, `multipart` and `mime_multipart` have
//! not been kept for years, and `form-net` is fifty times as long, brings its own wiping of memory, and was new in 2026.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;

use percent_encoding::percent_decode_str;

/// Bytes in a boundary (RFC 2046, 5.1.1).
const BOUNDARY_MAX: usize = 70;
/// Bytes in a part's headers: a name of 255 bytes, percent-encoded twice, and its type.
const HEADERS_MAX: usize = 4 * 1024;
/// Lines of a part's headers: browsers send two, and curl may send two more.
const LINES_MAX: usize = 8;
/// Parts of a form.
const PARTS_MAX: usize = 32;
/// More than [`HEADERS_MAX`] and a boundary.
const BUFFER: usize = 64 * 1024;

/// Why a body is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MultipartError {
    /// It is of another type, or names no boundary.
    ContentType,
    /// Its bytes are not those of a form, or it ends too early.
    Malformed,
    TooManyParts,
}

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Error for MultipartError {}

impl From<MultipartError> for io::Error {
    fn from(error: MultipartError) -> Self {
        Self::new(ErrorKind::InvalidData, error)
    }
}

/// A form, part by part.
pub(super) struct Multipart<R> {
    source: R,
    /// [`BUFFER`] bytes, of which those from `start` to `end` are not used yet.
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes that the source has given.
    read: u64,
    /// So many of these are content for sure.
    clear: usize,
    boundary: Boundary,
    parts: usize,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first boundary.
    Beginning,
    Content,
    /// Behind a part's content, and its boundary.
    Between,
    End,
}

/// A field or a file of a form; reads as its content.
pub(super) struct Part<'a, R> {
    pub(super) name: String,
    /// The file's name, as the client calls it; of a field, nothing.
    pub(super) file_name: Option<String>,
    form: &'a mut Multipart<R>,
}

impl<R: Read> Multipart<R> {
    /// A form whose body `source` reads.
    pub(super) fn new(content_type: &str, source: R) -> Result<Self, MultipartError> {
        let boundary = boundary_of(content_type).ok_or(MultipartError::ContentType)?;
        let boundary = Boundary::new(boundary);
        let (buffer, place) = (vec![0; BUFFER], Place::Beginning);
        Ok(Self { source, buffer, start: 0, end: 0, read: 0, clear: 0, boundary, parts: 0, place })
    }

    /// The next part; what is left of the one before is skipped.
    /// Errors: `InvalidData` with a [`MultipartError`]; those of the source stay what they are.
    pub(super) fn next_part(&mut self) -> io::Result<Option<Part<'_, R>>> {
        match self.place {
            Place::Beginning => self.expect_first()?,
            Place::Content => while self.skip()? > 0 {},
            Place::Between | Place::End => {}
        }
        if self.place == Place::End || self.ends()? {
            return Ok(None);
        }
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(MultipartError::TooManyParts.into());
        }
        let headers = self.headers()?;
        let (name, file_name) = disposition(&headers).ok_or(MultipartError::Malformed)?;
        self.place = Place::Content;
        Ok(Some(Part { name, file_name, form: self }))
    }

    fn unused(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Reads until so many bytes are there. Errors: [`MultipartError::Malformed`] at the end of the source.
    fn need(&mut self, count: usize) -> io::Result<()> {
        while self.unused().len() < count {
            if self.more()? == 0 {
                return Err(MultipartError::Malformed.into());
            }
        }
        Ok(())
    }

    /// Reads once; gives how many bytes came.
    fn more(&mut self) -> io::Result<usize> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        loop {
            match self.source.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => {
                    let count = *read.as_ref().unwrap_or(&0);
                    self.end += count;
                    self.read += count as u64;
                    return read;
                }
            }
        }
    }

    /// Takes the first boundary, whose line break is the beginning of the body.
    fn expect_first(&mut self) -> io::Result<()> {
        let first = self.boundary.needle.len() - 2;
        self.need(first)?;
        if self.unused()[..first] != self.boundary.needle[2..] {
            return Err(MultipartError::Malformed.into());
        }
        self.start += first;
        self.place = Place::Between;
        Ok(())
    }

    /// Whether the boundary is the last, with nothing but a line break behind it.
    fn ends(&mut self) -> io::Result<bool> {
        self.need(2)?;
        let behind = [self.unused()[0], self.unused()[1]];
        self.start += 2;
        match &behind {
            b"\r\n" => return Ok(false),
            b"--" => self.place = Place::End,
            _ => return Err(MultipartError::Malformed.into()),
        }
        while self.unused().len() <= 2 && self.more()? > 0 {}
        if self.unused().is_empty() || self.unused() == b"\r\n" {
            Ok(true)
        } else {
            Err(MultipartError::Malformed.into())
        }
    }

    /// Takes a part's headers, with the empty line behind them.
    fn headers(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let end = self.unused().windows(4).position(|four| four == b"\r\n\r\n");
            let long = end.unwrap_or(self.unused().len()) > HEADERS_MAX;
            if let Some(end) = end.filter(|_| !long) {
                let headers = self.unused()[..end + 4].to_vec();
                self.start += end + 4;
                return Ok(headers);
            }
            if long || self.more()? == 0 {
                return Err(MultipartError::Malformed.into());
            }
        }
    }

    /// How many of the unused bytes are content, at least one until the part ends; then its boundary is taken.
    fn content(&mut self) -> io::Result<usize> {
        while self.clear == 0 {
            if self.place != Place::Content {
                return Ok(0);
            }
            match self.boundary.find(self.unused()) {
                Some(0) => {
                    self.start += self.boundary.needle.len();
                    self.place = Place::Between;
                }
                Some(at) => self.clear = at,
                // A boundary may have begun.
                None => {
                    self.clear = (self.unused().len() + 1).saturating_sub(self.boundary.needle.len());
                    if self.clear == 0 && self.more()? == 0 {
                        return Err(MultipartError::Malformed.into());
                    }
                }
            }
        }
        Ok(self.clear)
    }

    fn skip(&mut self) -> io::Result<usize> {
        let count = self.content()?;
        self.advance(count);
        Ok(count)
    }

    fn advance(&mut self, count: usize) {
        self.start += count;
        self.clear -= count;
    }
}

impl<R: Read> Part<'_, R> {
    /// A field's text. Errors: [`ErrorKind::FileTooLarge`] beyond `limit` bytes; what is no UTF-8 is malformed.
    pub(super) fn text(mut self, limit: usize) -> io::Result<String> {
        let mut bytes = Vec::new();
        self.by_ref().take(limit as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        String::from_utf8(bytes).map_err(|_| MultipartError::Malformed.into())
    }

    /// Passes over its content, and tells where that lies in the body.
    pub(super) fn range(self) -> io::Result<Range<u64>> {
        let start = self.form.read - self.form.unused().len() as u64;
        let mut end = start;
        loop {
            match self.form.skip()? {
                0 => return Ok(start..end),
                count => end += count as u64,
            }
        }
    }
}

impl<R: Read> Read for Part<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.form.content()?.min(bytes.len());
        bytes[..count].copy_from_slice(&self.form.unused()[..count]);
        self.form.advance(count);
        Ok(count)
    }
}

/// What stands between two parts: a line break, two dashes, and a word that the client chose.
struct Boundary {
    needle: Vec<u8>,
    /// By how much to go on where a window ends with this byte (Horspool, 1980).
    steps: [u8; 256],
}

impl Boundary {
    fn new(word: &str) -> Self {
        let needle = [b"\r\n--", word.as_bytes()].concat();
        // At most 74.
        let length = u8::try_from(needle.len()).unwrap_or(1);
        let mut steps = [length; 256];
        for (byte, step) in needle.iter().zip((1..length).rev()) {
            steps[usize::from(*byte)] = step;
        }
        Self { needle, steps }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while let Some(window) = bytes.get(at..at + self.needle.len()) {
            if *window == *self.needle {
                return Some(at);
            }
            at += usize::from(self.steps[usize::from(*window.last()?)]);
        }
        None
    }
}

/// The boundary that a content type names.
fn boundary_of(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut named = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, word) = named.find(|(name, _)| name.trim().eq_ignore_ascii_case("boundary"))?;
    let word = word.trim();
    let word = word.strip_prefix('"').and_then(|word| word.strip_suffix('"')).unwrap_or(word);
    // RFC 2046 has these; a space only inside.
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (!word.is_empty() && word.len() <= BOUNDARY_MAX && word.bytes().all(known) && !word.ends_with(' '))
        .then_some(word)
}

/// The name of a part, and of its file.
fn disposition(headers: &[u8]) -> Option<(String, Option<String>)> {
    let mut lines = [httparse::EMPTY_HEADER; LINES_MAX];
    let bare =
        headers.iter().enumerate().any(|(at, byte)| *byte == b'\n' && (at == 0 || headers[at - 1] != b'\r'));
    let Ok(httparse::Status::Complete((_, lines))) = httparse::parse_headers(headers, &mut lines) else {
        return None;
    };
    let mut named = lines.iter().filter(|line| line.name.eq_ignore_ascii_case("content-disposition"));
    let (line, other) = (named.next()?, named.next());
    if bare || other.is_some() {
        return None;
    }
    let value = std::str::from_utf8(line.value).ok()?;
    let (kind, rest) = value.split_once(';')?;
    let (mut name, mut file, mut extended) = (None, None, None);
    for (parameter, value) in parameters(rest)? {
        let slot = match &*parameter.to_ascii_lowercase() {
            "name" => &mut name,
            "filename" => &mut file,
            "filename*" => &mut extended,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return None;
        }
    }
    let extended = extended.map(|value| decode_extended(&value).ok_or(())).transpose().ok()?;
    let plain = |value: String| value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
    let is_form = kind.trim().eq_ignore_ascii_case("form-data");
    Some((plain(name.filter(|_| is_form)?), extended.or(file.map(plain))))
}

/// `name=value` or `name="value"`, each behind a semicolon.
fn parameters(mut rest: &str) -> Option<Vec<(&str, String)>> {
    let mut found = Vec::new();
    loop {
        let (name, value) = rest.split_once('=')?;
        let end = match value.strip_prefix('"') {
            Some(quoted) => 1 + end_of_quoted(quoted)?,
            None => value.find(';').unwrap_or(value.len()),
        };
        let (value, behind) = value.split_at(end);
        let (value, behind) = match value.strip_prefix('"') {
            Some(quoted) => (quoted.replace("\\\"", "\""), &behind[1..]),
            None => (value.trim().to_owned(), behind),
        };
        found.push((name.trim(), value));
        match behind.trim_start().strip_prefix(';') {
            Some(next) if !next.trim().is_empty() => rest = next,
            Some(_) => return Some(found),
            None => return behind.trim().is_empty().then_some(found),
        }
    }
}

/// Where the quote is that ends a value. Browsers escape quotes as `%22`, others by a backslash, with which a name may end
/// as well: then nothing else follows.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut quotes = text.match_indices('"').map(|(at, _)| at);
    quotes.find(|&at| {
        let behind = text[at + 1..].trim_start();
        !text[..at].ends_with('\\') || behind.is_empty() || behind.starts_with(';')
    })
}

/// `UTF-8''na%C3%AFve.txt` (RFC 8187).
fn decode_extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    percent_decode_str(encoded).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests;

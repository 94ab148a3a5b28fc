//! Answers as gzip (RFC 1952), joined of parts that were compressed apart.
//!
//! What an outsider makes a page say, and what is secret on it, never stand in one part: how well one is compressed tells
//! nothing of the other (BREACH, <https://breachattack.com>). A page's list of rooms and people is one part and its
//! messages are another; what may repeat the words that were asked for, as a search does, is not compressed at all.

use std::sync::{LazyLock, Mutex};

use crc32fast::Hasher;
use flate2::{Compress, Compression, FlushCompress};

use super::context::Visitor;
use super::request::Request;
use crate::lock::lock;
use crate::views::STYLE;

/// Less is sent as it is, in bytes: with its head it is one packet either way.
pub(super) const WORTH: usize = 1_024;
/// A tenth more is gained by those that take two to six times as long.
const LEVEL: u32 = 2;
/// Compressors that are kept for the next answer, of 270 KB each: a new one costs more than it does.
const IDLE_MAX: usize = 4;
/// A head without a name, a time or a system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty last block.
const LAST: [u8; 2] = [3, 0];

/// Nothing is compressed under the lock.
static IDLE: Mutex<Vec<Compress>> = Mutex::new(Vec::new());

/// The style sheet, which is on every page.
static SHEET: LazyLock<Part> = LazyLock::new(|| {
    let length = u32::try_from(STYLE.text.len()).unwrap_or_default();
    let sum = Hasher::new_with_initial_len(STYLE.crc32, length.into());
    Part { deflated: STYLE.deflated.to_vec(), sum, length }
});

/// A part of a stream: it refers to nothing before it, and ends where a byte does.
#[derive(Clone, Default)]
pub(super) struct Part {
    deflated: Vec<u8>,
    /// Of what it says: its sum, and its length modulo 2^32.
    sum: Hasher,
    length: u32,
}

impl Part {
    fn of(deflated: Vec<u8>, bytes: &[u8]) -> Self {
        let mut sum = Hasher::new();
        sum.update(bytes);
        #[allow(clippy::cast_possible_truncation, reason = "as RFC 1952 has it")]
        Self { deflated, sum, length: bytes.len() as u32 }
    }

    /// Cost: some 5 ns a byte.
    pub(super) fn compressed(bytes: &[u8]) -> Self {
        let idle = lock(&IDLE).pop();
        let mut compress = idle.unwrap_or_else(|| Compress::new(Compression::new(LEVEL), false));
        let mut deflated = Vec::with_capacity(bytes.len() / 3 + 64);
        loop {
            let read = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
            let rest = bytes.get(read..).unwrap_or_default();
            // Its errors are of calls in a wrong order alone.
            let _ = compress.compress_vec(rest, &mut deflated, FlushCompress::Full);
            if deflated.len() < deflated.capacity() {
                break;
            }
            deflated.reserve(deflated.len());
        }
        compress.reset();
        let mut idle = lock(&IDLE);
        if idle.len() < IDLE_MAX {
            idle.push(compress);
        }
        drop(idle);
        Self::of(deflated, bytes)
    }

    /// A page, or its beginning: its style is compressed already, and the messages are apart from what is before them.
    pub(super) fn page(page: &str) -> Self {
        let mut whole = Self::default();
        let mut rest = page;
        if let Some((head, body)) = split_at_style(page) {
            whole.add(&Self::compressed(head.as_bytes()));
            whole.add(&SHEET);
            rest = body;
        }
        for mark in ["<main", "<article"] {
            if let Some(at) = rest.find(mark) {
                whole.add(&Self::compressed(&rest.as_bytes()[..at]));
                rest = &rest[at..];
            }
        }
        whole.add(&Self::compressed(rest.as_bytes()));
        whole
    }

    /// A word, as it is. At most 65,535 bytes.
    pub(super) fn stored(bytes: &[u8]) -> Self {
        let length = u16::try_from(bytes.len()).unwrap_or_default();
        let block = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), bytes].concat();
        Self::of(block, bytes)
    }

    pub(super) fn add(&mut self, next: &Self) {
        self.deflated.extend_from_slice(&next.deflated);
        self.sum.combine(&next.sum);
        self.length = self.length.wrapping_add(next.length);
    }

    /// In bytes.
    pub(super) fn len(&self) -> usize {
        self.deflated.len()
    }
}

/// What is before a page's style, and behind it.
fn split_at_style(page: &str) -> Option<(&str, &str)> {
    const START: &str = "<style>";
    let (head, style) = page.split_at(page.find(START)? + START.len());
    Some((head, style.strip_prefix(STYLE.text)?))
}

/// The whole stream.
pub(super) fn stream(parts: &[&Part]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut all =
        Part { deflated: Vec::with_capacity(HEAD.len() + length + LAST.len() + 8), ..Part::default() };
    all.deflated.extend_from_slice(&HEAD);
    for part in parts {
        all.add(part);
    }
    let Part { deflated: mut bytes, sum, length } = all;
    bytes.extend_from_slice(&LAST);
    bytes.extend_from_slice(&sum.finalize().to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes
}

/// Whether an answer may be compressed, and tells nothing then: a member's address with words in it may be repeated there.
pub(super) fn is_wanted(request: &Request, visitor: Option<&Visitor>) -> bool {
    matches!(&*request.method, "GET" | "HEAD")
        && accepts(request, "gzip")
        && (visitor.is_none() || request.query_is_of_numbers())
}

/// RFC 9110, 12.5.3.
pub(super) fn accepts(request: &Request, coding: &str) -> bool {
    let accepted = request.header("accept-encoding").ok().flatten().unwrap_or_default();
    accepted.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(coding) && weight.is_some_and(|weight| weight > 0.0)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    fn plain(stream: &[u8]) -> String {
        let (mut text, mut decoder) = (String::new(), GzDecoder::new(stream));
        decoder.read_to_string(&mut text).unwrap();
        assert!(decoder.into_inner().is_empty(), "nothing stands behind the stream");
        text
    }

    #[test]
    fn a_page_of_parts_is_the_page() {
        let page =
            format!("<html><style>{}</style><nav>ann</nav><main><article>hello</article></main>", STYLE.text);
        let start = Part::page(&page);
        let whole = stream(&[&start, &Part::stored(b"nonce"), &Part::compressed(b"</html>")]);
        assert_eq!(plain(&whole), page.clone() + "nonce</html>");
        assert!(whole.len() < page.len() / 2, "{} of {}", whole.len(), page.len());
        assert_eq!(plain(&stream(&[])), "");
    }

    proptest! {
        #[test]
        fn any_parts_are_joined(parts in proptest::collection::vec(".{0,300}", 0..8), times in 1_usize..200) {
            let texts: Vec<String> = parts.iter().map(|part| part.repeat(times)).collect();
            let parts: Vec<Part> = texts.iter().map(|text| Part::compressed(text.as_bytes())).collect();
            prop_assert_eq!(plain(&stream(&parts.iter().collect::<Vec<_>>())), texts.concat());
        }
    }
}

//! Which part of a file a client asks for (RFC 9110, 13.1.5 and 14).
//!
//! One range is answered as it was asked. Several are answered with the whole file, as the RFC permits (14.2): browsers ask for one, and
//! many small ones are how such answers are made to cost more than the file.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    /// 200: no range, one that is none, or one of another version of the file.
    Whole,
    /// 206: these bytes, at least one.
    Part(Range<u64>),
    /// 416: nothing of the file is in the range.
    Unsatisfiable,
}

impl Selection {
    /// What to send of a file of this length and this strong entity tag (with its quotes), by the headers `Range` and
    /// `If-Range`. Only for GET: with other methods `Range` means nothing (14.2).
    pub(super) fn of(range: Option<&str>, if_range: Option<&str>, tag: &str, length: u64) -> Self {
        // A date never is that of the file: answers have no Last-Modified. A weak tag differs, as this one is strong.
        if if_range.is_some_and(|known| known.trim() != tag) {
            return Self::Whole;
        }
        range.and_then(|range| Self::read(range, length)).unwrap_or(Self::Whole)
    }

    /// The value of `Content-Range`.
    pub(super) fn content_range(&self, length: u64) -> Option<String> {
        match self {
            Self::Whole => None,
            Self::Part(part) => Some(format!("bytes {}-{}/{length}", part.start, part.end - 1)),
            Self::Unsatisfiable => Some(format!("bytes */{length}")),
        }
    }

    /// None for what is no single range of bytes.
    fn read(range: &str, length: u64) -> Option<Self> {
        let (unit, set) = range.split_once('=')?;
        // A list may have empty elements (5.6.1).
        let mut specs =
            set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty());
        let (Some(spec), None) = (specs.next(), specs.next()) else { return None };
        let (first, last) = spec.split_once('-')?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return None;
        }
        if first.is_empty() {
            return Some(match (number(last)?, length) {
                (0, _) => Self::Unsatisfiable,
                // A suffix of an empty file is satisfiable, and no Content-Range can say so.
                (_, 0) => Self::Whole,
                (suffix, _) => Self::Part(length.saturating_sub(suffix)..length),
            });
        }
        let first = number(first)?;
        let last = if last.is_empty() { u64::MAX } else { number(last)? };
        match last {
            last if last < first => None,
            _ if first >= length => Some(Self::Unsatisfiable),
            last => Some(Self::Part(first..last.saturating_add(1).min(length))),
        }
    }
}

/// Digits alone; what is too large for any file is as good as the largest.
fn number(digits: &str) -> Option<u64> {
    let sound = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(range: &str, length: u64) -> Selection {
        Selection::of(Some(range), None, "\"a\"", length)
    }

    #[test]
    fn one_range_is_answered_as_the_rfc_has_it() {
        let cases = [
            ("bytes=0-499", 0..500),
            ("bytes=500-999", 500..1_000),
            ("bytes=-500", 9_500..10_000),
            ("bytes=9500-", 9_500..10_000),
            ("bytes=0-0", 0..1),
            ("bytes=-1", 9_999..10_000),
            ("bytes=0-", 0..10_000),
            ("bytes=9999-99999999999999999999999", 9_999..10_000),
            ("bytes=0-18446744073709551615", 0..10_000),
            ("bytes=-99999999999999999999999", 0..10_000),
            ("BYTES= ,\t 7-8 ,", 7..9),
        ];
        for (range, part) in cases {
            assert_eq!(of(range, 10_000), Selection::Part(part), "{range}");
        }
    }

    #[test]
    fn what_lies_behind_the_end_is_unsatisfiable() {
        for range in ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(of(range, 10_000), Selection::Unsatisfiable, "{range}");
        }
        assert_eq!(of("bytes=0-", 0), Selection::Unsatisfiable);
        assert_eq!(of("bytes=-5", 0), Selection::Whole);
    }

    #[test]
    fn several_ranges_and_no_ranges_are_the_whole() {
        let ranges = [
            "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=5-4", "bytes=a-b", "bytes=+1-2",
            "bytes=1 - 2", "bytes=0-0,-1", "bytes=1-2-3", "lines=0-1", "bytes 0-1", "bytes=0x1-2",
            "bytes=٣-٤", "bytes=--1",
        ];
        for range in ranges {
            assert_eq!(of(range, 10_000), Selection::Whole, "{range}");
        }
        assert_eq!(Selection::of(None, None, "\"a\"", 10), Selection::Whole);
    }

    #[test]
    fn a_range_of_another_version_is_the_whole() {
        let with = |known| Selection::of(Some("bytes=1-2"), Some(known), "\"a\"", 10);
        assert_eq!(with("\"a\""), Selection::Part(1..3));
        for known in ["\"b\"", "W/\"a\"", "a", "", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(with(known), Selection::Whole, "{known}");
        }
        let late = Selection::of(Some("bytes=20-"), Some("\"b\""), "\"a\"", 10);
        assert_eq!(late, Selection::Whole, "and never 416");
    }

    #[test]
    fn an_answer_says_which_part_it_is() {
        assert_eq!(of("bytes=-3", 10).content_range(10).as_deref(), Some("bytes 7-9/10"));
        assert_eq!(of("bytes=10-", 10).content_range(10).as_deref(), Some("bytes */10"));
        assert_eq!(of("", 10).content_range(10), None);
    }

    proptest! {
        #[test]
        fn a_part_is_within_the_file(range in "bytes=[0-9]{0,21}-[0-9]{0,21}|.*", length in prop_oneof![0..20_u64, any::<u64>()]) {
            if let Selection::Part(part) = of(&range, length) {
                prop_assert!(part.start < part.end && part.end <= length);
            }
        }
    }
}

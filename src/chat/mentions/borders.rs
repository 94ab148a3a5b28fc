//! Where a name may begin and end in a text.

use super::super::names::{Kind, kind};
use crate::markdown::{is_unspaced, starts_with_domain};

/// The character before a name that mentions someone: of ASCII, of full width, or small.
pub(crate) fn is_at(c: char) -> bool {
    matches!(c, '@' | '\u{FF20}' | '\u{FE6B}')
}

/// Whether a mention may begin behind this text. `follows` says that one stands directly before its last character.
pub(super) fn may_begin(before: &str, follows: bool) -> bool {
    let mut backwards = before.chars().rev();
    match backwards.next() {
        None => true,
        // A path, as in `example.org/@ann`, unless it is `@ann/@bob`; a value, as in `a=@ann`; what was escaped.
        Some('/') => follows,
        Some('=' | '#' | '\\') => false,
        Some(c) if !matches!(kind(c), Kind::Core | Kind::Mark) || is_unspaced(c) => true,
        // Arabic and Hebrew write some words of one letter without a space (`و`, "and"). The rest is as in `me@ann`.
        Some(c) => {
            let is_word = backwards.next().is_none_or(|c| !matches!(kind(c), Kind::Core | Kind::Mark));
            is_word && matches!(script(c), Script::Hebrew | Script::Arabic)
        }
    }
}

/// Whether a name that ends with `name` may end before `rest`: at the end of a word, where another script begins (`@bobさん`),
/// and anywhere in scripts without spaces.
pub(super) fn may_end(name: &str, rest: &str) -> bool {
    let Some(next) = rest.chars().next() else { return true };
    // Persian puts suffixes behind one: `@علی‌جان`.
    if next == ZWNJ {
        return true;
    }
    if continues(next) {
        return false;
    }
    let Some(last) = name.chars().rev().find(|c| !continues(*c)) else { return false };
    if kind(next) != Kind::Core || is_unspaced(next) || is_unspaced(last) {
        return true;
    }
    next.is_alphabetic() && last.is_alphabetic() && script(next) != script(last)
}

/// Whether a name that is followed by this is no member's: the owner of a package (`@babel/core`), or an account elsewhere
/// (`@bob@example.org`, `@bob:example.org`).
pub(super) fn is_elsewhere(rest: &str) -> bool {
    match rest.strip_prefix('/') {
        Some(path) => path.starts_with(char::is_alphanumeric),
        None => rest.strip_prefix(['@', ':']).is_some_and(starts_with_domain),
    }
}

pub(super) const ZWNJ: char = '\u{200C}';
pub(super) const ZWJ: char = '\u{200D}';

/// Whether this belongs to the letter before it: a mark, a joiner, or the vowel or end of a Korean syllable.
pub(super) fn continues(c: char) -> bool {
    c == ZWJ
        || matches!(c, '\u{1161}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}' | '\u{FF9E}' | '\u{FF9F}')
        || kind(c) == Kind::Mark
}

/// Scripts with spaces, as far as it matters whether two letters are of one.
#[derive(PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    /// Of most others, 128 characters that belong together are one.
    Other(u32),
}

fn script(c: char) -> Script {
    match u32::from(c) {
        0..=0x36F
        | 0x1D00..=0x1EFF
        | 0x2C60..=0x2C7F
        | 0xA720..=0xA7FF
        | 0xAB30..=0xAB6F
        | 0xFF00..=0xFF60 => Script::Latin,
        0x370..=0x3FF | 0x1F00..=0x1FFF => Script::Greek,
        0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => Script::Cyrillic,
        0x590..=0x5FF | 0xFB1D..=0xFB4F => Script::Hebrew,
        0x600..=0x6FF | 0x750..=0x77F | 0x860..=0x8FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => Script::Arabic,
        // Georgian, Ethiopic, Cherokee.
        0x10A0..=0x10FF | 0x1C90..=0x1CBF | 0x2D00..=0x2D2F => Script::Other(0x10A0),
        0x1200..=0x139F | 0x2D80..=0x2DDF | 0xAB00..=0xAB2F => Script::Other(0x1200),
        0x13A0..=0x13FF | 0xAB70..=0xABBF => Script::Other(0x13A0),
        other => Script::Other(other >> 7),
    }
}

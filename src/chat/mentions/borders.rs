//! The borders of a mentioned name in a text.

use unicode_script::{Script, UnicodeScript};

use super::super::characters::{CharacterKind, kind};
use super::super::joiners::{ZWJ, ZWNJ};
use crate::markdown::{is_unspaced, starts_with_domain};

/// The character before a name that mentions someone: of ASCII, of full width, or small.
pub(crate) fn is_at(c: char) -> bool {
    matches!(c, '@' | '\u{FF20}' | '\u{FE6B}')
}

/// Tells if a mention may begin behind this text. `follows`: one stands directly before its last character.
pub(super) fn may_begin(before: &str, follows: bool) -> bool {
    let mut backwards = before.chars().rev();
    match backwards.next() {
        None => true,
        // A path, as in `example.org/@ann`, unless it is `@ann/@bob`; a value, as in `a=@ann`; what was escaped.
        Some('/') => follows,
        Some('=' | '#' | '\\') => false,
        Some(c) if !matches!(kind(c), CharacterKind::Core | CharacterKind::Mark) || is_unspaced(c) => true,
        // Arabic and Hebrew write some words of one letter without a space (`و`, "and"). The rest is as in `me@ann`.
        Some(c) => {
            let is_word = backwards
                .next()
                .is_none_or(|c| !matches!(kind(c), CharacterKind::Core | CharacterKind::Mark));
            is_word && matches!(c.script(), Script::Hebrew | Script::Arabic)
        }
    }
}

/// Tells if a name that ends with `name` may end before `rest`: at the end of a word, where another script begins
/// (`@bobさん`), and anywhere in scripts without spaces.
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
    if kind(next) != CharacterKind::Core || is_unspaced(next) || is_unspaced(last) {
        return true;
    }
    next.is_alphabetic() && last.is_alphabetic() && differ(last, next)
}

/// Tells if a name that is followed by this is no member's: the owner of a package (`@babel/core`), or an account
/// elsewhere (`@bob@example.org`, `@bob:example.org`).
pub(super) fn is_elsewhere(rest: &str) -> bool {
    match rest.strip_prefix('/') {
        Some(path) => path.starts_with(|c: char| c.is_ascii_alphanumeric()),
        None => rest.strip_prefix(['@', ':']).is_some_and(starts_with_domain),
    }
}

/// Part of the letter before it: a mark, a joiner, or the vowel or end of a Korean syllable.
pub(super) fn continues(c: char) -> bool {
    c == ZWJ
        || matches!(c, '\u{1161}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}' | '\u{FF9E}' | '\u{FF9F}')
        || kind(c) == CharacterKind::Mark
}

/// Tells letters of different scripts apart. Common and inherited ones belong to any.
fn differ(one: char, other: char) -> bool {
    let [one, other] = [one, other].map(|c| c.script());
    one != other
        && !matches!(
            (one, other),
            (Script::Common | Script::Inherited, _) | (_, Script::Common | Script::Inherited)
        )
}

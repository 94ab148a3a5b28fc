//! Joiners in names: characters that nobody sees, and without which some scripts are written wrong.
//!
//! As in RFC 5892, appendices A.1 and A.2 (<https://www.rfc-editor.org/rfc/rfc5892#appendix-A.1>), but that a joiner may
//! also stand before a virama (`র‍্য` in Bengali), and U+200C between any two letters of a script whose letters join: that
//! some do not join to the next one is nothing that people who type it know. They make no other name (see [`NameKey`]).
//!
//! [`NameKey`]: super::NameKey

use unicode_normalization::char::canonical_combining_class;
use unicode_script::{Script, UnicodeScript};

use super::characters::{CharacterKind, kind};

pub(super) const ZWNJ: char = '\u{200C}';
pub(super) const ZWJ: char = '\u{200D}';
/// The combining class of signs that take a consonant's vowel away, so that it joins to the next one.
const VIRAMA: u8 = 9;

pub(super) fn is_joiner(c: char) -> bool {
    matches!(c, ZWNJ | ZWJ)
}

/// The first joiner of a name that stands where no script needs one.
pub(super) fn idle_joiner(name: &str) -> Option<char> {
    name.char_indices()
        .find(|(at, c)| is_joiner(*c) && !joins(*c, &name[..*at], &name[at + c.len_utf8()..]))
        .map(|(_, c)| c)
}

fn joins(joiner: char, before: &str, after: &str) -> bool {
    let is_virama = |c: char| canonical_combining_class(c) == VIRAMA;
    let letter = |c: &char| kind(*c) != CharacterKind::Mark;
    let (Some(last), next) = (before.chars().next_back(), after.chars().next()) else { return false };
    if is_virama(last) || (next.is_some_and(is_virama) && kind(last) == CharacterKind::Core) {
        return true;
    }
    let (last, next) = (before.chars().rev().find(letter), after.chars().find(letter));
    let script = last.map(|c| c.script());
    joiner == ZWNJ && script == next.map(|c| c.script()) && script.is_some_and(joins_letters)
}

/// Tells scripts whose letters take other forms beside each other.
fn joins_letters(script: Script) -> bool {
    use Script::{
        Adlam, Arabic, Chorasmian, Hanifi_Rohingya, Mandaic, Manichaean, Mongolian, Nko, Phags_Pa,
        Psalter_Pahlavi, Sogdian, Syriac,
    };
    matches!(
        script,
        Adlam
            | Arabic
            | Chorasmian
            | Hanifi_Rohingya
            | Mandaic
            | Manichaean
            | Mongolian
            | Nko
            | Phags_Pa
            | Psalter_Pahlavi
            | Sogdian
            | Syriac
    )
}

#[cfg(test)]
mod tests {
    use super::super::characters::NameError;
    use super::super::names::{NameKey, Username};

    #[test]
    fn a_joiner_stands_where_a_script_needs_it() {
        for name in [
            "مهدی\u{200C}زاده", "آزاد\u{200C}راه", "ශ්\u{200D}රීමාල්", "क्\u{200D}ष", "क्\u{200C}ष",
            "র\u{200D}\u{9CD}যাচেল", "രാജന്\u{200D}", "مُ\u{200C}حمد",
        ] {
            let parsed = Username::parse(name).unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(parsed.as_str(), name);
            let without = name.replace(['\u{200C}', '\u{200D}'], "");
            assert_eq!(*parsed.key(), NameKey::of(&without), "{name}");
        }
        for name in [
            "an\u{200D}n", "an\u{200C}n", "\u{200C}مهدی", "مهدی\u{200C}", "مهدی\u{200D}زاده",
            "مهدی\u{200C}\u{200C}زاده", "ا\u{200C}a", "क\u{200D}ष", "क्\u{200D}\u{200D}ष", "ann.\u{200C}مهدی",
            "\u{200D}",
        ] {
            assert!(matches!(Username::parse(name), Err(NameError::Joiner(_))), "{name:?}");
        }
    }
}

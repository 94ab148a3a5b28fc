//! Combining marks in names, and signs that stand inside the names of one script only.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use super::characters::NameError;

/// Marks of [`is_general`] that one letter may have, after NFC: Lithuanian and Yoruba need one, phonetics two.
const GENERAL_MAX: usize = 2;
/// Marks without a width of their own that one letter may have: Hebrew's points and Tibetan's stacks need up to five.
const STACKED_MAX: usize = 5;

/// Returns the error of the first mark that a new name may not have.
pub(super) fn wrong_mark(name: &str) -> Option<NameError> {
    judged(name.chars()).find_map(|(_, error)| error)
}

/// The text without such marks.
pub(super) fn without_wrong_marks(text: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    judged(text).filter(|(_, error)| error.is_none()).map(|(c, _)| c)
}

fn judged(text: impl Iterator<Item = char>) -> impl Iterator<Item = (char, Option<NameError>)> {
    let (mut general, mut stacked) = (0, 0);
    text.map(move |c| {
        if is_overlaid(c) {
            return (c, Some(NameError::Mark(c)));
        }
        if c.general_category() == GeneralCategory::NonspacingMark {
            general += usize::from(is_general(c));
            stacked += 1;
        } else {
            (general, stacked) = (0, 0);
        }
        let is_too_much = general > GENERAL_MAX || stacked > STACKED_MAX;
        (c, is_too_much.then_some(NameError::Stacked))
    })
}

/// Marks of no script in particular.
fn is_general(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Lines over and under letters, and marks around them: with these a name looks like another, crossed out or framed.
fn is_overlaid(c: char) -> bool {
    matches!(c, '\u{332}'..='\u{338}' | '\u{20D0}'..='\u{20FF}')
        || c.general_category() == GeneralCategory::EnclosingMark
}

/// The first sign that stands where its script has none: Tibetan's tsheg (`བཀྲ་ཤིས`) stands between its syllables, and
/// Catalan's middle dot between two `l` (`Pol·la`).
pub(super) fn misplaced_sign(name: &str) -> Option<char> {
    let is_l = |c: Option<char>| matches!(c, Some('l' | 'L'));
    let is_tibetan = |c: Option<char>| c.is_some_and(|c| c.script() == Script::Tibetan && !is_tsheg(c));
    let is_misplaced = |&(at, c): &(usize, char)| {
        let (before, behind) = (name[..at].chars().next_back(), name[at + c.len_utf8()..].chars().next());
        match c {
            '·' => !(is_l(before) && is_l(behind)),
            _ if is_tsheg(c) => !(is_tibetan(before) && is_tibetan(behind)),
            _ => false,
        }
    };
    name.char_indices().find(is_misplaced).map(|(_, c)| c)
}

fn is_tsheg(c: char) -> bool {
    matches!(c, '\u{F0B}' | '\u{F0C}')
}

#[cfg(test)]
mod tests {
    use super::super::characters::NameError;
    use super::super::names::{NameKey, Username};

    #[test]
    fn letters_have_the_marks_that_they_are_written_with() {
        for name in [
            "Nguyễn", "Ọlá\u{300}", "ą\u{301}žuolas", "שָׁלוֹם", "בְּרֵאשִׁ֖ית", "مُحَمَّد", "กี่", "བསྒྲུབས", "ལྷ་ས", "བཀྲ་ཤིས",
            "བཀྲ\u{F0C}ཤིས", "Pol·la", "PAL·LAS", "श्रीमान्",
        ] {
            assert!(Username::choose(name).is_ok(), "{name}: {:?}", Username::choose(name));
        }
        assert_eq!(NameKey::of("བཀྲ\u{F0C}ཤིས"), NameKey::of("བཀྲ་ཤིས"));
        assert_eq!(NameKey::of("Poŀla"), NameKey::of("POL·LA"));
    }

    #[test]
    fn marks_do_not_hide_a_name_and_signs_stay_in_their_place() {
        for (name, error, hint) in [
            ("mar\u{332}k9", NameError::Mark('\u{332}'), Some("mark9")),
            ("ma\u{335}rkz", NameError::Mark('\u{335}'), Some("markz")),
            ("Z\u{338}\u{34E}alg\u{336}o", NameError::Mark('\u{338}'), Some("Z\u{34E}algo")),
            ("a\u{20DD}", NameError::Mark('\u{20DD}'), Some("a")),
            ("а\u{488}", NameError::Mark('\u{488}'), Some("а")),
            ("a\u{300}\u{300}\u{300}\u{300}\u{300}", NameError::Stacked, Some("à\u{300}\u{300}")),
            ("กิิิิิิ", NameError::Stacked, Some("กิิิิิ")),
            ("a·b", NameError::Character('·'), None),
            ("l·", NameError::Character('·'), Some("l")),
            ("an་ན", NameError::Character('་'), None),
            ("ལྷ་", NameError::Character('་'), Some("ལྷ")),
            ("ལྷ་་ས", NameError::Character('་'), None),
        ] {
            assert_eq!(Username::choose(name), Err(error), "{name}");
            let suggested = Username::suggested_by(name);
            assert_eq!(suggested.as_ref().map(Username::as_str), hint, "{name}");
            assert!(Username::from_storage(name).is_some(), "who has it keeps it");
        }
    }
}

//! Kinds of characters in names and texts.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory as _};

use crate::folding::is_ignorable;

/// Why something cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    Empty,
    /// More than [`NAME_MAX`](super::NAME_MAX) characters, also after those that stand for many were written out.
    TooLong,
    /// This character is no letter, mark or digit, nor one of `_ . -`.
    Character(char),
    /// It begins or ends with `_`, `.` or `-`, or begins with a combining mark.
    Edge(char),
    /// This combining mark crosses out, underlines or encloses a letter.
    Mark(char),
    /// A letter with more combining marks than any script needs.
    Stacked,
    /// A joiner that stands where it joins nothing (see `joiners.rs`).
    Joiner(char),
    /// Letters of these two scripts, which look too much alike or never stand together.
    Mixed([&'static str; 2]),
    /// A word of snug's own, or one that looks like it.
    Reserved,
}

/// The positions in a name that a character may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CharacterKind {
    /// Letters and digits: anywhere.
    Core,
    /// Combining marks: after something.
    Mark,
    /// `_ . -`, also of full width, and signs of one script (see `combining_marks.rs`): inside.
    Inner,
    Foreign,
}

pub(super) fn kind(c: char) -> CharacterKind {
    use unicode_properties::GeneralCategory::DecimalNumber;
    match (c, c.general_category_group()) {
        // Two names must not differ in what nobody sees, nor one be empty to the eye.
        _ if is_invisible(c) => CharacterKind::Foreign,
        ('_' | '.' | '-' | '＿' | '．' | '－' | '·' | '\u{F0B}' | '\u{F0C}', _) => CharacterKind::Inner,
        (_, GeneralCategoryGroup::Letter) => CharacterKind::Core,
        (_, GeneralCategoryGroup::Mark) => CharacterKind::Mark,
        _ if c.general_category() == DecimalNumber => CharacterKind::Core,
        _ => CharacterKind::Foreign,
    }
}

/// Controls other than line break and tab, and the explicit bidirectional formatting characters
/// of UAX #9 (the plain marks LRM, RLM and ALM stay: they are needed and harmless).
pub(super) fn is_disruptive(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// White space, and what takes no ink.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace() || c == '\u{2800}' || is_ignorable(c)
}

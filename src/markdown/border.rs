//! What stands before and behind a delimiter.

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

/// What a character is to a delimiter beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// White space, a dash between words, or the end of the paragraph.
    Space,
    Word,
    /// A letter of a script without spaces between words, or with words that go on behind a name.
    Unspaced,
    Opening,
    /// What closes, or ends a sentence.
    Closing,
    /// Opens in one language, and closes in another.
    Quote,
    /// Punctuation of scripts without spaces.
    Wide,
    /// Emoji and arrows. Stars and other signs are parts of faces.
    Symbol,
    /// Other punctuation.
    Other,
    /// Part of the character before it.
    Mark,
}

/// What a delimiter has on one side.
#[derive(Clone, Copy)]
pub(super) struct Side {
    /// Whether there is no word, and nothing like it.
    pub(super) is_free: bool,
    /// The same for `_`, which is part of names in any script.
    pub(super) is_free_for_underscore: bool,
    /// The nearest character that is no delimiter.
    pub(super) class: Class,
    pub(super) next: Option<char>,
}

impl Class {
    /// Whether it is punctuation between words.
    pub(super) fn is_punctuation(self) -> bool {
        matches!(self, Self::Opening | Self::Closing | Self::Quote | Self::Other)
    }
}

impl Side {
    /// Where a paragraph begins or ends.
    pub(super) const BORDER: Self = Self::of(Class::Space, None, true, true);
    /// Code or a link.
    pub(super) const WORD: Self = Self::of(Class::Word, Some('x'), false, false);

    const fn of(class: Class, next: Option<char>, is_free: bool, is_free_for_underscore: bool) -> Self {
        Self { is_free, is_free_for_underscore, class, next }
    }

    /// Goes on by a character; those of the class `away` lead away from what they stand at.
    pub(super) fn pass(&mut self, c: char, away: Class) {
        let class = class(c);
        let (star, underscore) = match class {
            Class::Mark => return,
            Class::Space | Class::Wide => (true, true),
            Class::Unspaced | Class::Symbol => (true, false),
            // As in l'**eau**.
            Class::Quote
                if matches!((c, away), ('\'' | '’', Class::Opening)) && self.class == Class::Word =>
            {
                (true, false)
            }
            // As in **Ann**'s.
            Class::Quote if matches!((c, away), ('\'' | '’', Class::Closing)) => (true, true),
            Class::Quote => (self.is_free, self.is_free_for_underscore),
            class if class == away => (self.is_free, self.is_free_for_underscore),
            Class::Word | Class::Opening | Class::Closing | Class::Other => (false, false),
        };
        *self = Self::of(class, Some(c), star, underscore);
    }
}

pub(super) fn class(c: char) -> Class {
    match c {
        '(' | '[' | '{' | '¿' | '¡' => Class::Opening,
        ')' | ']' | '}' | '.' | ',' | ':' | ';' | '!' | '?' | '…' => Class::Closing,
        '"' | '\'' => Class::Quote,
        // Marks of half width, that are letters to Unicode, and eyes to many.
        '\u{FF9E}' | '\u{FF9F}' => Class::Mark,
        '–' | '—' | '―' => Class::Space,
        // Digits are no words of a script without spaces, whatever their width.
        '\u{FF10}'..='\u{FF19}' => Class::Word,
        _ if c.is_ascii_alphanumeric() => Class::Word,
        _ if c.is_whitespace() => Class::Space,
        _ if c.is_ascii() => Class::Other,
        _ if is_wide(c) && !c.is_alphanumeric() => Class::Wide,
        _ if (is_unspaced(c) || is_wide(c)) && c.is_alphanumeric() => Class::Unspaced,
        _ => by_category(c),
    }
}

fn by_category(c: char) -> Class {
    match c.general_category() {
        Category::OpenPunctuation => Class::Opening,
        Category::ClosePunctuation | Category::OtherPunctuation => Class::Closing,
        Category::InitialPunctuation | Category::FinalPunctuation => Class::Quote,
        _ if is_emoji(c) => Class::Symbol,
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark | Category::Format => {
            Class::Mark
        }
        _ if c.is_alphanumeric() => Class::Word,
        _ => Class::Other,
    }
}

/// Arrows, those emoji that people set before a line (⚠ ⚡ ✅ ✨ ❌ ❗ ➡ ⭐), and all that are nothing else.
fn is_emoji(c: char) -> bool {
    let is_arrow = matches!(c, '\u{2190}'..='\u{21FF}' | '\u{27A1}');
    let is_sign =
        matches!(c, '\u{26A0}' | '\u{26A1}' | '\u{2705}' | '\u{2728}' | '\u{274C}' | '\u{2757}' | '\u{2B50}');
    is_arrow || is_sign || matches!(c, '\u{1F000}'..='\u{1FAFF}')
}

/// CJK punctuation and forms of full width.
pub(super) fn is_wide(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303F}' | '\u{30A0}' | '\u{30FB}' | '\u{FE10}'..='\u{FE1F}' | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FFEF}')
}

/// Whether a script sets no spaces between words, or ends them with particles as Korean does.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{FFF}' // Thai, Lao, Tibetan
        | '\u{1000}'..='\u{109F}' | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}' // Myanmar
        | '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}' // Hangul
        | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{1AAF}' | '\u{AA80}'..='\u{AADF}' // Khmer, Tai
        | '\u{1B00}'..='\u{1B7F}' | '\u{A980}'..='\u{A9DF}' // Balinese, Javanese
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{4DBF}' | '\u{4E00}'..='\u{A4CF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FFDC}' | '\u{16FE0}'..='\u{18DFF}' | '\u{1AFF0}'..='\u{1B2FF}'
        | '\u{20000}'..='\u{3FFFF}')
}

//! The characters before and behind a delimiter.

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

/// Class of a character beside a delimiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CharacterClass {
    /// White space, a dash between words, or the end of the paragraph.
    Space,
    Word,
    /// A letter of a script without spaces between words, or with words that go on behind a name.
    Unspaced,
    Opening,
    /// Closes, or ends a sentence.
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

/// The surroundings of a delimiter on one side.
#[derive(Clone, Copy)]
pub(super) struct Side {
    /// No word stands there, and nothing like it.
    pub(super) is_free: bool,
    /// `_` may open or close here; it is part of names in any script.
    pub(super) is_free_for_underscore: bool,
    /// The nearest character that is no delimiter.
    pub(super) class: CharacterClass,
    pub(super) next: Option<char>,
}

impl CharacterClass {
    pub(super) fn is_punctuation(self) -> bool {
        matches!(self, Self::Opening | Self::Closing | Self::Quote | Self::Other)
    }
}

impl Side {
    /// The border of a paragraph.
    pub(super) const BORDER: Self = Self::of(CharacterClass::Space, None, true, true);
    /// Code or a link.
    pub(super) const WORD: Self = Self::of(CharacterClass::Word, Some('x'), false, false);

    const fn of(
        class: CharacterClass,
        next: Option<char>,
        is_free: bool,
        is_free_for_underscore: bool,
    ) -> Self {
        Self { is_free, is_free_for_underscore, class, next }
    }

    /// Goes on by a character; those of the class `away` lead away from what they stand at.
    pub(super) fn pass(&mut self, c: char, away: CharacterClass) {
        let class = class(c);
        let (star, underscore) = match class {
            CharacterClass::Mark => return,
            CharacterClass::Space | CharacterClass::Wide => (true, true),
            CharacterClass::Unspaced | CharacterClass::Symbol => (true, false),
            // As in l'**eau**.
            CharacterClass::Quote
                if matches!((c, away), ('\'' | '’', CharacterClass::Opening))
                    && self.class == CharacterClass::Word =>
            {
                (true, false)
            }
            // As in **Ann**'s.
            CharacterClass::Quote if matches!((c, away), ('\'' | '’', CharacterClass::Closing)) => {
                (true, true)
            }
            CharacterClass::Quote => (self.is_free, self.is_free_for_underscore),
            class if class == away => (self.is_free, self.is_free_for_underscore),
            CharacterClass::Word
            | CharacterClass::Opening
            | CharacterClass::Closing
            | CharacterClass::Other => (false, false),
        };
        *self = Self::of(class, Some(c), star, underscore);
    }
}

pub(super) fn class(c: char) -> CharacterClass {
    match c {
        '(' | '[' | '{' | '¿' | '¡' => CharacterClass::Opening,
        ')' | ']' | '}' | '.' | ',' | ':' | ';' | '!' | '?' | '…' => CharacterClass::Closing,
        '"' | '\'' => CharacterClass::Quote,
        // Marks of half width, that are letters to Unicode, and eyes to many.
        '\u{FF9E}' | '\u{FF9F}' => CharacterClass::Mark,
        '–' | '—' | '―' => CharacterClass::Space,
        // Digits are no words of a script without spaces, whatever their width.
        '\u{FF10}'..='\u{FF19}' => CharacterClass::Word,
        _ if c.is_ascii_alphanumeric() => CharacterClass::Word,
        _ if c.is_whitespace() => CharacterClass::Space,
        _ if c.is_ascii() => CharacterClass::Other,
        _ if is_wide(c) && !c.is_alphanumeric() => CharacterClass::Wide,
        _ if (is_unspaced(c) || is_wide(c)) && c.is_alphanumeric() => CharacterClass::Unspaced,
        _ => by_category(c),
    }
}

fn by_category(c: char) -> CharacterClass {
    match c.general_category() {
        Category::OpenPunctuation => CharacterClass::Opening,
        Category::ClosePunctuation | Category::OtherPunctuation => CharacterClass::Closing,
        Category::InitialPunctuation | Category::FinalPunctuation => CharacterClass::Quote,
        _ if is_emoji(c) => CharacterClass::Symbol,
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark | Category::Format => {
            CharacterClass::Mark
        }
        _ if c.is_alphanumeric() => CharacterClass::Word,
        _ => CharacterClass::Other,
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

/// True for scripts that set no spaces between words, or end them with particles as Korean does.
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

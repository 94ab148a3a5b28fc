//! The words of a text, as search compares them.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::folding::fold_for_search;

/// Characters of a text that count, as they are compared. Ordinary ones are as many as were written; one ligature
/// may be 18.
const COMPARED_MAX: usize = 8_000;

/// The words of a text, in order, without letter case, compatibility forms and accents.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// The texts of all of them, one after the other.
    folded: String,
    all: Vec<SearchToken>,
    /// Characters of `folded`.
    count: usize,
    /// Of the characters since the newest of them.
    since: Since,
}

/// A word, or a character that stands alone, in scripts without spaces and of signs such as emoji.
#[derive(Debug)]
pub(super) struct SearchToken {
    /// In the text, in bytes.
    pub(super) place: Range<usize>,
    /// One character that is a word of its own (a flag is two).
    pub(super) alone: bool,
    /// Nothing visible stands between it and the one before.
    pub(super) glued: bool,
    /// Shown as one with the one before: emoji with `U+200D` between them, a letter and the vowel above it.
    pub(super) joined: bool,
    folded: Range<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Since {
    #[default]
    Space,
    Joiner,
    Nothing,
}

impl Tokens {
    /// Cost: linear in the text.
    pub(super) fn of(text: &str) -> Self {
        let mut tokens = Self::default();
        let mut start = 0;
        while let Some(c) = text[start..].chars().next().filter(|_| tokens.count < COMPARED_MAX) {
            // Folded without a look at what follows: with that, it makes nothing else.
            if c.is_ascii() {
                tokens.push(c.to_ascii_lowercase(), start..start + 1);
                start += 1;
                continue;
            }
            let end = start + next(&text[start..]);
            if is_never_folded(c) && end - start == c.len_utf8() {
                tokens.push(c, start..end);
            } else {
                tokens.read(&text[start..end], start..end);
            }
            start = end;
        }
        tokens
    }

    pub(super) fn all(&self) -> &[SearchToken] {
        &self.all
    }

    pub(super) fn text(&self, token: &SearchToken) -> &str {
        &self.folded[token.folded.clone()]
    }

    /// The texts of all tokens from one on, one after the other.
    pub(super) fn text_from(&self, at: usize) -> &str {
        self.all.get(at).map_or("", |token| &self.folded[token.folded.start..])
    }

    /// Takes the next of what is folded together. (Nobody says the signs of lawyers.)
    fn read(&mut self, text: &str, place: Range<usize>) {
        if text.starts_with(['©', '®', '™', '℠']) {
            self.since = Since::Space;
            return;
        }
        // Composed: か is no beginning of が, nor 하 of 한.
        let (folded, mut seen) = (fold_for_search(text, COMPARED_MAX - self.count), false);
        for c in folded.nfc().filter(|c| !is_skin_tone(*c)) {
            seen = true;
            self.push(c, place.clone());
        }
        if !seen && self.since != Since::Space {
            self.since = if text == "\u{200D}" { Since::Joiner } else { Since::Nothing };
            // A skin tone belongs to the hand.
            if let Some(newest) = self.all.last_mut() {
                newest.place.end = place.end;
            }
        }
    }

    fn push(&mut self, c: char, place: Range<usize>) {
        if !counts(c) {
            self.since = Since::Space;
            return;
        }
        let alone = stands_alone(c);
        let glued = self.since != Since::Space;
        let goes_on = glued && self.goes_on(c, alone);
        let joined = alone && glued && (self.since == Since::Joiner || is_mark(c));
        self.since = Since::Nothing;
        self.count += 1;
        let start = self.folded.len();
        self.folded.push(c);
        let end = self.folded.len();
        match self.all.last_mut() {
            Some(newest) if goes_on => (newest.folded.end, newest.place.end) = (end, place.end),
            _ => self.all.push(SearchToken { place, alone, glued, joined, folded: start..end }),
        }
    }

    /// Tells if a character belongs to the newest of them, which is just before it.
    fn goes_on(&self, c: char, alone: bool) -> bool {
        match (self.all.last().is_some_and(|newest| newest.alone), alone) {
            (false, false) => true,
            (false, true) => false,
            (true, false) => is_mark(c),
            // Two letters are a flag.
            (true, true) => {
                let newest = self.all.last().map_or("", |newest| self.text(newest));
                is_flag_letter(c) && newest.len() == c.len_utf8() && newest.chars().all(is_flag_letter)
            }
        }
    }
}

/// Counts the bytes at the start of a text, which is not empty, that are folded together: letters of alphabets, or a
/// character with its combining marks.
fn next(text: &str) -> usize {
    let is_plain = |c: char| c < '\u{E00}' && counts(c) && !stands_alone(c);
    let is_combined = |c: char| {
        c > '\u{2FF}'
            && !is_never_folded(c)
            && (is_mark(c)
                // What follows the first of the letters of a Korean syllable, and of half-width kana the voice.
                || matches!(c, '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}' | '\u{FF9E}' | '\u{FF9F}'))
    };
    let mut chars = text.chars();
    let first = chars.next().unwrap_or_default();
    let more: usize = if is_plain(first) {
        chars.take_while(|c| is_plain(*c)).map(char::len_utf8).sum()
    } else {
        chars.take_while(|c| is_combined(*c)).map(char::len_utf8).sum()
    };
    first.len_utf8() + more
}

/// Characters that are common and no different after folding: kana, ideographs, Korean syllables.
fn is_never_folded(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}')
}

/// Letters, digits and signs.
fn counts(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    if is_never_folded(c) {
        return true;
    }
    matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark | GeneralCategoryGroup::Number
    ) || c.general_category() == GeneralCategory::OtherSymbol
}

/// Tells if a character is a word of its own: of scripts without spaces (those that Unicode's line breaking calls
/// ideographic or complex, Javanese, Balinese), and signs such as emoji.
fn stands_alone(c: char) -> bool {
    if c < '\u{E00}' {
        return !c.is_ascii() && c.general_category() == GeneralCategory::OtherSymbol;
    }
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{19DF}'
        | '\u{1A20}'..='\u{1AAF}' | '\u{1B00}'..='\u{1B7F}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}'
        | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303C}' | '\u{3041}'..='\u{3098}' | '\u{309B}'..='\u{312F}'
        | '\u{31A0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{A980}'..='\u{A9FF}'
        | '\u{AA60}'..='\u{AADF}' | '\u{F900}'..='\u{FAFF}' | '\u{11700}'..='\u{1174F}' | '\u{16FE0}'..='\u{18DFF}'
        | '\u{1AFF0}'..='\u{1B2FF}' | '\u{20000}'..='\u{3FFFF}')
        || !is_never_folded(c) && c.general_category() == GeneralCategory::OtherSymbol
}

fn is_mark(c: char) -> bool {
    !is_never_folded(c) && c.general_category_group() == GeneralCategoryGroup::Mark
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Two of these are a flag.
fn is_flag_letter(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_folded_is_not() {
        for c in ('\u{3000}'..='\u{D7FF}').filter(|c| is_never_folded(*c)) {
            let folded: String = fold_for_search(c.encode_utf8(&mut [0; 4]), 100).nfc().collect();
            assert_eq!(folded, c.to_string());
            // A code point that no character has yet is as one.
            let group = c.general_category_group();
            assert!(matches!(group, GeneralCategoryGroup::Letter | GeneralCategoryGroup::Other), "{c}");
        }
    }
}

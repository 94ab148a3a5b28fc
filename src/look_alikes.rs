//! Names that only look alike, and scripts that a name may mix: Unicode Technical Standard 39
//! (<https://www.unicode.org/reports/tr39/>).

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

use crate::folding::{fold, is_ignorable};

/// The standard's confusable characters, as lines of source and prototype in hexadecimal, sorted: letters, marks and
/// digits alone, as they are decomposed (22 KB). `tests.rs` says which of them count here, and makes the file.
const TABLE: &str = include_str!("look_alikes.txt");

/// Hashes of a text's skeleton (Unicode TS 39), as the text is written, and in lower case. A `0`
/// or `1` between letters is read as `o` or `l` (`b0b`); at the end of a word it is a digit (`bob1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    written: u64,
    folded: u64,
    /// In lower case, with each `1` between letters as `i` (`al1ce`).
    with_i: u64,
}

impl Look {
    pub(crate) fn of(text: &str) -> Self {
        let hash = |text: &str| {
            let mut hasher = DefaultHasher::new();
            skeleton(text).hash(&mut hasher);
            hasher.finish()
        };
        let folded = fold(text);
        if !text.nfkc().any(|c| matches!(c, '0' | '1')) {
            let (written, folded) = (hash(text), hash(&folded));
            return Self { written, folded, with_i: folded };
        }
        let read = |text: &str, one: char| hash(&with_letters_between_letters(text, one));
        Self { written: read(text, 'l'), folded: read(&folded, 'l'), with_i: read(&folded, 'i') }
    }

    /// True where two texts look the same, be it as they are written (`AIice`) or in lower case (`MARK`, `mаrk`).
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.written == other.written
            || self.folded == other.folded
            || self.with_i == other.folded
            || self.folded == other.with_i
    }
}

/// True where a text looks like one of these words, with any `0` and `1` read as a letter.
pub(crate) fn is_like_any(text: &str, words: &[&str]) -> bool {
    let with_letters: String = text.nfkc().map(|c| letter_for(c, 'l').unwrap_or(c)).collect();
    let looks = [Look::of(text), Look::of(&with_letters)];
    words.iter().map(|word| Look::of(word)).any(|word| looks.iter().any(|look| look.is_like(&word)))
}

fn letter_for(digit: char, one: char) -> Option<char> {
    match digit {
        '0' => Some('o'),
        '1' => Some(one),
        _ => None,
    }
}

/// The text in NFKC, with letters in the place of each run of `0` and `1` that has letters on both sides.
fn with_letters_between_letters(text: &str, one: char) -> String {
    let is_letter = |c: &char| {
        matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
    };
    let characters: Vec<char> = text.nfkc().filter(|c| !is_ignorable(*c)).collect();
    let is_other = |c: &&char| letter_for(**c, one).is_none();
    let mut read = String::with_capacity(text.len());
    // Set for a run with a letter before it and another behind it.
    let mut is_between = false;
    for (at, c) in characters.iter().enumerate() {
        let Some(letter) = letter_for(*c, one) else {
            let behind = characters[at + 1..].iter().find(is_other);
            is_between = is_letter(c) && behind.is_some_and(is_letter);
            read.push(*c);
            continue;
        };
        read.push(if is_between { letter } else { *c });
    }
    read
}

fn skeleton(text: &str) -> String {
    if text.is_ascii() {
        return text.replace('I', "l");
    }
    let mut skeleton = String::with_capacity(text.len());
    // A tatweel only stretches a word.
    for c in text.nfkd().filter(|c| !is_ignorable(*c) && *c != '\u{640}') {
        match prototype(c) {
            Some(prototype) => skeleton.extend(prototype.split(' ').filter_map(from_hexadecimal)),
            None => skeleton.push(c),
        }
    }
    skeleton.nfd().collect()
}

/// The characters that stand for one in a skeleton, in hexadecimal; none for most.
fn prototype(c: char) -> Option<&'static str> {
    static LINES: OnceLock<Vec<(char, &str)>> = OnceLock::new();
    let line = |line: &'static str| {
        let (source, prototype) = line.split_once(' ')?;
        Some((from_hexadecimal(source)?, prototype))
    };
    let lines = LINES.get_or_init(|| TABLE.lines().filter_map(line).collect());
    lines.binary_search_by_key(&c, |(source, _)| *source).ok().map(|at| lines[at].1)
}

fn from_hexadecimal(digits: &str) -> Option<char> {
    u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
}

/// Two scripts that a text mixes and a name may not: the standard's "moderately restrictive" level. Latin may stand beside
/// any other script in everyday use, but not beside Cyrillic or Greek, of which many letters look like its own.
pub(crate) fn mixed_scripts(text: &str) -> Option<[&'static str; 2]> {
    use Script::{Bopomofo, Common, Cyrillic, Greek, Han, Hangul, Hiragana, Inherited, Katakana, Latin};
    let mut scripts: Vec<Script> = Vec::new();
    for script in text.chars().map(|c| c.script()) {
        if !scripts.contains(&script) && !matches!(script, Common | Inherited) {
            scripts.push(script);
        }
    }
    let latin = scripts.iter().position(|script| *script == Latin).map(|at| scripts.remove(at));
    let are_of = |group: &[Script]| scripts.iter().all(|script| group.contains(script));
    let names = |one: Script, other: Script| Some([one.full_name(), other.full_name()]);
    match (latin, &scripts[..]) {
        // Japanese, Chinese and Korean.
        _ if are_of(&[Han, Hiragana, Katakana]) || are_of(&[Han, Bopomofo]) || are_of(&[Han, Hangul]) => None,
        (None, [_]) | (_, []) => None,
        (Some(_), [other]) if is_in_everyday_use(*other) && !matches!(other, Cyrillic | Greek) => None,
        (Some(latin), [other, ..]) => names(latin, *other),
        (_, [one, other, ..]) => names(*one, *other),
    }
}

/// The recommended scripts of Unicode Standard Annex 31, table 5.
fn is_in_everyday_use(script: Script) -> bool {
    use Script::{
        Arabic, Armenian, Bengali, Bopomofo, Cyrillic, Devanagari, Ethiopic, Georgian, Greek, Gujarati,
        Gurmukhi, Han, Hangul, Hebrew, Hiragana, Kannada, Katakana, Khmer, Lao, Latin, Malayalam, Myanmar,
        Oriya, Sinhala, Tamil, Telugu, Thaana, Thai, Tibetan,
    };
    matches!(
        script,
        Arabic
            | Armenian
            | Bengali
            | Bopomofo
            | Cyrillic
            | Devanagari
            | Ethiopic
            | Georgian
            | Greek
            | Gujarati
            | Gurmukhi
            | Han
            | Hangul
            | Hebrew
            | Hiragana
            | Kannada
            | Katakana
            | Khmer
            | Lao
            | Latin
            | Malayalam
            | Myanmar
            | Oriya
            | Sinhala
            | Tamil
            | Telugu
            | Thaana
            | Thai
            | Tibetan
    )
}

#[cfg(test)]
mod tests;

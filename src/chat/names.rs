//! What members are called, and where a text calls them.

use std::ops::Range;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::model::{is_disruptive, is_invisible};

/// Longest member name, in characters (Unicode scalar values).
pub const NAME_MAX: usize = 32;
/// Longest text that can be such a name, in bytes of UTF-8: no character in NFC takes more than 12 decomposed.
/// What is longer is not normalized, which can make eighteen characters of one.
pub const NAME_BYTES_MAX: usize = 12 * NAME_MAX;

/// A member's name as they wrote it (in NFC), and the key that makes it unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    shown: Arc<str>,
    key: NameKey,
}

/// What two names have in common when they only differ in case or in compatibility form
/// (`Ａlice`, `ALICE` and `alice` are one person).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameKey(Arc<str>);

/// Why something cannot be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing in it.
    Empty,
    /// More than [`NAME_MAX`] characters.
    TooLong,
    /// This character is no letter, mark or digit, nor one of `_ . -`.
    Character(char),
    /// It begins or ends with `_`, `.` or `-`, or begins with a combining mark.
    Edge(char),
}

impl Username {
    /// Takes letters with their combining marks, digits of any script, and `_ . -` inside.
    /// White space around it is not part of the name.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        let text = text.trim();
        if text.len() > NAME_BYTES_MAX {
            return Err(NameFault::TooLong);
        }
        let shown: String = text.nfc().collect();
        match shown.chars().count() {
            0 => return Err(NameFault::Empty),
            1..=NAME_MAX => {}
            _ => return Err(NameFault::TooLong),
        }
        if let Some(wrong) = shown.chars().find(|&c| kind(c) == Kind::Foreign) {
            return Err(NameFault::Character(wrong));
        }
        let first = shown.chars().next().filter(|&c| kind(c) != Kind::Core);
        let last = shown.chars().next_back().filter(|&c| kind(c) == Kind::Inner);
        if let Some(edge) = first.or(last) {
            return Err(NameFault::Edge(edge));
        }
        let key = NameKey::of(&shown);
        Ok(Self { shown: shown.into(), key })
    }

    /// What was a name when it was kept is one for ever, whatever today's rules are. Nothing for
    /// what never was one.
    pub fn kept(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && !text.contains(is_disruptive);
        fits.then(|| Self { shown: text.into(), key: NameKey::of(text) })
    }

    /// The name as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// What must be unique.
    pub fn key(&self) -> &NameKey {
        &self.key
    }
}

impl NameKey {
    /// The key of any text, also of one that is no valid name (sign-in counts failures by it). All texts of more
    /// than [`NAME_BYTES_MAX`] bytes have one key, which is no name's.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        if text.len() > NAME_BYTES_MAX {
            return Self("\0".into());
        }
        // Upper then lower: `ß` meets `SS`, and the three sigmas meet each other.
        let folded = text.nfkc().collect::<String>().to_uppercase().to_lowercase();
        Self(folded.nfkc().collect::<String>().into())
    }

    /// Whether this name begins like the other, of which nobody knows yet how it ends: the last letter of Greek
    /// words has a form of its own.
    pub fn starts_with(&self, start: &Self) -> bool {
        match start.0.strip_suffix('ς') {
            Some(most) => self.0.strip_prefix(most).is_some_and(|rest| rest.starts_with(['σ', 'ς'])),
            None => self.0.starts_with(&*start.0),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Letters and digits: anywhere.
    Core,
    /// Combining marks: after something.
    Mark,
    /// `_ . -`: inside.
    Inner,
    Foreign,
}

fn kind(c: char) -> Kind {
    use unicode_properties::GeneralCategory::DecimalNumber;
    match (c, c.general_category_group()) {
        // Two names must not differ in what nobody sees, nor one be empty to the eye.
        _ if is_invisible(c) => Kind::Foreign,
        ('_' | '.' | '-', _) => Kind::Inner,
        (_, GeneralCategoryGroup::Letter) => Kind::Core,
        (_, GeneralCategoryGroup::Mark) => Kind::Mark,
        _ if c.general_category() == DecimalNumber => Kind::Core,
        _ => Kind::Foreign,
    }
}

/// Calls of one text that count: whoever calls more people calls nobody, and each takes time to look up.
pub(crate) const CALLS_MAX: usize = 20;
/// Names that one call may mean, from the longest on.
const MEANINGS_MAX: usize = 4;

/// One `@name` in a text: where it is, and whom it may mean, the longest name first (`@ann.smith` may mean
/// ann.smith, or ann).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call(Box<[(Range<usize>, NameKey)]>);

impl Call {
    /// The first meaning that `find` knows, and its place, of which the `@` is part.
    pub(crate) fn means<T>(&self, find: impl Fn(&NameKey) -> Option<T>) -> Option<(Range<usize>, T)> {
        self.0.iter().find_map(|(place, key)| Some((place.clone(), find(key)?)))
    }
}

/// The first calls of a text, up to `limit`.
pub(crate) fn calls(text: &str, limit: usize) -> Vec<Call> {
    let mut found: Vec<Call> = Vec::new();
    for (at, _) in text.match_indices('@') {
        if found.len() == limit {
            break;
        }
        // `ann@example.org` is an address, and so is `https://example.org/@ann`.
        let goes_on =
            |c: char| matches!(kind(c), Kind::Core | Kind::Mark) || matches!(c, '/' | '=' | '?' | '&' | '#');
        if text[..at].chars().next_back().is_some_and(goes_on) {
            continue;
        }
        let start = at + 1;
        let run = text[start..].char_indices().take(NAME_MAX).take_while(|(_, c)| kind(*c) != Kind::Foreign);
        let mut end = run.last().map_or(start, |(index, c)| start + index + c.len_utf8());
        let mut meanings = Vec::new();
        while end > start && meanings.len() < MEANINGS_MAX {
            let name = text[start..end].trim_end_matches(is_inner);
            if !name.is_empty() {
                meanings.push((at..start + name.len(), NameKey::of(name)));
            }
            end = start + name.rfind(is_inner).unwrap_or(0);
        }
        if !meanings.is_empty() {
            found.push(Call(meanings.into()));
        }
    }
    found
}

fn is_inner(c: char) -> bool {
    kind(c) == Kind::Inner
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_every_script_are_welcome() {
        for name in ["alice", "प्रिया", "Zoë", "李小龍", "محمد", "a.b-c_d", "৪২", "ශ්රී", "ñ", "x"]
        {
            assert_eq!(Username::parse(name).map(|n| n.as_str().to_owned()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn what_is_no_name_is_told_why() {
        let fault = |text: &str| Username::parse(text).unwrap_err();
        assert_eq!(fault(" "), NameFault::Empty);
        assert_eq!(fault(&"x".repeat(33)), NameFault::TooLong);
        assert_eq!(fault("two words"), NameFault::Character(' '));
        assert_eq!(fault("a\u{202E}b"), NameFault::Character('\u{202E}'));
        assert_eq!(fault("<b>"), NameFault::Character('<'));
        assert_eq!(fault("ann\u{FE0F}"), NameFault::Character('\u{FE0F}'));
        assert_eq!(fault("\u{3164}"), NameFault::Character('\u{3164}'));
        assert_eq!(fault("half½"), NameFault::Character('½'));
        assert_eq!(fault(".dot"), NameFault::Edge('.'));
        assert_eq!(fault("dash-"), NameFault::Edge('-'));
        assert_eq!(fault("\u{301}e"), NameFault::Edge('\u{301}'));
    }

    #[test]
    fn long_texts_are_nobodys_names_and_are_not_normalized() {
        let longest = "각".repeat(NAME_MAX);
        let decomposed: String = longest.nfd().collect();
        assert_eq!(Username::parse(&decomposed).map(|name| name.key().clone()), Ok(NameKey::of(&longest)));
        let long = "\u{FDFA}".repeat(NAME_BYTES_MAX);
        assert_eq!(Username::parse(&long), Err(NameFault::TooLong));
        assert_eq!(NameKey::of(&long), NameKey::of(&"a".repeat(NAME_BYTES_MAX + 1)));
        assert!(!NameKey::of(&long).starts_with(&NameKey::of("\u{FDFA}")));
    }

    #[test]
    fn names_that_look_alike_in_other_case_or_form_are_one() {
        let same = [
            ("Alice", "aLICE"),
            ("STRASSE", "straße"),
            ("Zoe\u{308}", "ZOË"),
            ("ΣΑΣ", "σας"),
            ("Ａda", "ada"),
        ];
        for (one, other) in same {
            let key = |text| Username::parse(text).unwrap().key().clone();
            assert_eq!(key(one), key(other), "{one} and {other}");
        }
    }

    #[test]
    fn a_name_begins_as_one_types_it() {
        for (name, start) in
            [("Οδυσσευς", "οδυσ"), ("Οδυσσευς", "ΟΔΥΣΣ"), ("Οδυσσευς", "οδυσσευς"), ("Straße", "STRASS")]
        {
            assert!(NameKey::of(name).starts_with(&NameKey::of(start)), "{name} {start}");
        }
        assert!(!NameKey::of("ann").starts_with(&NameKey::of("anns")));
    }

    #[test]
    fn a_text_calls_people_by_their_names() {
        let people = ["ann", "ann.smith", "zoë"];
        let called = |text: &str| -> Vec<String> {
            let find = |key: &NameKey| people.iter().find(|name| NameKey::of(name) == *key);
            let calls = calls(text, CALLS_MAX);
            calls
                .iter()
                .filter_map(|call| call.means(find))
                .map(|(range, _)| text[range].to_owned())
                .collect()
        };
        assert_eq!(called("@ann, @Zoë! and (@ANN)"), ["@ann", "@Zoë", "@ANN"]);
        assert_eq!(called("@ann.smith. @ann.miller @ann-"), ["@ann.smith", "@ann", "@ann"]);
        assert_eq!(called("@zoe\u{308}"), ["@zoe\u{308}"]);
        assert!(called("ann @nobody me@ann @ ann @annie @@").is_empty());
        assert_eq!(called("@@ann @ann@ann"), ["@ann", "@ann"]);
        assert!(called("https://example.org/@ann http://a.b/?@ann #@ann a=@ann").is_empty());
    }

    #[test]
    fn a_text_full_of_calls_is_looked_at_only_so_far() {
        let text = "@a.b.c.d.e.f.g ".repeat(200);
        let found = calls(&text, CALLS_MAX);
        assert_eq!(found.len(), CALLS_MAX);
        assert!(found.iter().all(|call| call.0.len() == MEANINGS_MAX));
        assert!(calls(&"@".repeat(4_000), CALLS_MAX).is_empty());
    }

    proptest! {
        #[test]
        fn every_name_parses_to_itself_or_is_refused(text in "\\PC{0,40}") {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(Username::parse(name.as_str()), Ok(name.clone()));
                prop_assert_eq!(&NameKey::of(name.as_str()), name.key());
                let upper = NameKey::of(&name.as_str().to_uppercase());
                prop_assert_eq!(&upper, name.key());
            }
        }

        #[test]
        fn what_is_called_stands_there(text in "[@ab._\\- é]{0,60}") {
            for (range, key) in calls(&text, CALLS_MAX).iter().filter_map(|call| call.means(|key| Some(key.clone()))) {
                let (at, name) = text[range].split_at(1);
                prop_assert_eq!((at, NameKey::of(name)), ("@", key));
            }
        }
    }
}

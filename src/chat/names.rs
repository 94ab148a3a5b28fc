//! Members' names.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use super::characters::{CharacterKind, NameError, is_disruptive, kind};
use super::combining_marks::{misplaced_sign, without_wrong_marks, wrong_mark};
use super::group_words::GROUP_WORDS;
use super::joiners::{idle_joiner, is_joiner};
use super::model::own_rooms;
use crate::folding::fold;
use crate::look_alikes::{is_like_any, mixed_scripts};

/// Longest member name, in characters (Unicode scalar values).
pub const NAME_MAX: usize = 32;
/// Longest text that can be such a name, in bytes of UTF-8: no character in NFC takes more than 12 decomposed.
/// Longer text is not normalized, as that can make eighteen characters of one.
pub const NAME_BYTES_MAX: usize = 12 * NAME_MAX;
/// Longest key of a name, in characters: compatibility forms (`ﷺ` is 18 letters) and changes of case make a name
/// longer.
const KEY_MAX: usize = 3 * NAME_MAX;

/// Words that no new member is called: what speaks for the chat itself. Nor are they called as [`own_rooms`] and
/// [`GROUP_WORDS`].
const RESERVED: [&str; 3] = ["snug", "system", "admin"];

/// A member's name as they wrote it (in NFC), and the key that makes it unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    shown: Arc<str>,
    key: NameKey,
}

/// The folding of names: the same for two that only differ in case, in compatibility form or in invisible characters
/// (`Ａlice`, `ALICE` and `alice` are one person). Keys are equal by that alone.
#[derive(Clone, Debug)]
pub struct NameKey {
    folded: Arc<str>,
    /// The key from before there was one folding for all texts, where that differs.
    before: Option<Arc<str>>,
}

impl Username {
    /// A name for a new member: what [`parse`](Self::parse) takes, in one script or some that go together, and no word
    /// that means something else where a name may stand. Members who have such a name keep it.
    pub fn choose(text: &str) -> Result<Self, NameError> {
        let name = Self::parse(text)?;
        if let Some(error) = wrong_mark(&name.shown) {
            return Err(error);
        }
        if let Some(mix) = mixed_scripts(&name.shown) {
            return Err(NameError::Mixed(mix));
        }
        let groups = GROUP_WORDS.iter().map(|(word, _)| *word);
        let reserved: Vec<&str> = RESERVED.into_iter().chain(groups).chain(own_rooms()).collect();
        if is_like_any(&name.shown, &reserved) { Err(NameError::Reserved) } else { Ok(name) }
    }

    /// A name for a new member that is much like a text that is none: with `.` in the place of spaces, and without
    /// what no name has.
    pub fn suggested_by(text: &str) -> Option<Self> {
        let words = text.get(..text.len().min(NAME_BYTES_MAX))?.split_whitespace();
        let letters = |word: &str| {
            without_wrong_marks(word.nfc().filter(|c| kind(*c) != CharacterKind::Foreign)).collect::<String>()
        };
        let words =
            words.map(letters).map(|word| word.trim_matches(|c| kind(c) == CharacterKind::Inner).to_owned());
        let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        Self::choose(&words.join(".")).ok()
    }

    /// Takes letters with their combining marks, digits of any script, `_ . -` inside, and joiners where scripts need
    /// them. White space around it is not part of the name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.len() > NAME_BYTES_MAX {
            return Err(NameError::TooLong);
        }
        let shown: String = text.nfc().collect();
        match shown.chars().count() {
            0 => return Err(NameError::Empty),
            1..=NAME_MAX => {}
            _ => return Err(NameError::TooLong),
        }
        let foreign = shown.chars().find(|&c| kind(c) == CharacterKind::Foreign && !is_joiner(c));
        if let Some(wrong) = foreign.or_else(|| misplaced_sign(&shown)) {
            return Err(NameError::Character(wrong));
        }
        if let Some(joiner) = idle_joiner(&shown) {
            return Err(NameError::Joiner(joiner));
        }
        let first = shown.chars().next().filter(|&c| kind(c) != CharacterKind::Core);
        let last = shown.chars().next_back().filter(|&c| kind(c) == CharacterKind::Inner);
        if let Some(edge) = first.or(last) {
            return Err(NameError::Edge(edge));
        }
        let key = NameKey::of(&shown);
        if key.is_too_long() { Err(NameError::TooLong) } else { Ok(Self { shown: shown.into(), key }) }
    }

    /// Accepts every name that an earlier version could keep, whatever today's rules are. None: damage.
    pub fn from_storage(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && !text.contains(is_disruptive);
        fits.then(|| Self { shown: text.into(), key: NameKey::of(text) })
    }

    /// The name as its owner wrote it.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// Unique among those who have their name still; see `Directory` for older chats.
    pub fn key(&self) -> &NameKey {
        &self.key
    }
}

impl NameKey {
    /// The key of any text, also of one that is no valid name (sign-in counts failures by it). All texts of more
    /// than [`NAME_BYTES_MAX`] bytes have one key, which is no name's; of a key that is too long for a name, only the
    /// beginning counts.
    pub fn of(text: &str) -> Self {
        #[cfg(test)]
        KEYS_MADE.set(keys_made() + 1);
        let text = text.trim();
        if text.len() > NAME_BYTES_MAX {
            return Self { folded: "\0".into(), before: None };
        }
        let some = |text: String| text.chars().take(KEY_MAX + 1).collect::<String>();
        let folded = some(fold(text));
        let before = (!text.is_ascii()).then(|| some(compared_before(text)));
        let before = before.filter(|before| *before != folded).map(Arc::from);
        Self { folded: folded.into(), before }
    }

    /// Tells if names of these keys were the same before there was one folding for all texts.
    pub(super) fn was_same(&self, other: &Self) -> bool {
        let before = |key: &Self| key.before.clone().unwrap_or_else(|| key.folded.clone());
        before(self) == before(other)
    }

    /// Tells if it is longer than any name's.
    pub(super) fn is_too_long(&self) -> bool {
        self.folded.chars().count() > KEY_MAX
    }

    /// Tells if this name begins with another.
    pub fn starts_with(&self, start: &Self) -> bool {
        self.folded.starts_with(&*start.folded)
    }
}

/// Case and compatibility forms as names were compared up to the fourth version of the file.
fn compared_before(text: &str) -> String {
    text.nfkc().collect::<String>().to_uppercase().to_lowercase().nfkc().collect()
}

impl PartialEq for NameKey {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

impl Eq for NameKey {}

impl Hash for NameKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded.hash(state);
    }
}

impl PartialOrd for NameKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for NameKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded.cmp(&other.folded)
    }
}

#[cfg(test)]
thread_local! {
    static KEYS_MADE: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Keys that this thread has made: what tests count that are about work done once.
#[cfg(test)]
pub(crate) fn keys_made() -> usize {
    KEYS_MADE.get()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::look_alikes::Look;

    #[test]
    fn names_of_every_script_are_welcome() {
        for name in ["alice", "प्रिया", "Zoë", "李小龍", "محمد", "a.b-c_d", "৪২", "ශ්රී", "ñ", "x"]
        {
            assert_eq!(Username::parse(name).map(|n| n.as_str().to_owned()), Ok(name.to_owned()));
        }
    }

    #[test]
    fn what_is_no_name_is_told_why() {
        let error = |text: &str| Username::parse(text).unwrap_err();
        assert_eq!(error(" "), NameError::Empty);
        assert_eq!(error(&"x".repeat(33)), NameError::TooLong);
        assert_eq!(error("two words"), NameError::Character(' '));
        assert_eq!(error("a\u{202E}b"), NameError::Character('\u{202E}'));
        assert_eq!(error("<b>"), NameError::Character('<'));
        assert_eq!(error("ann\u{FE0F}"), NameError::Character('\u{FE0F}'));
        assert_eq!(error("\u{3164}"), NameError::Character('\u{3164}'));
        assert_eq!(error("half½"), NameError::Character('½'));
        assert_eq!(error(".dot"), NameError::Edge('.'));
        assert_eq!(error("dash-"), NameError::Edge('-'));
        assert_eq!(error("\u{301}e"), NameError::Edge('\u{301}'));
    }

    #[test]
    fn a_new_name_is_of_one_script_and_none_of_ours() {
        for name in
            ["ann", "Анна", "प्रिया", "さくらエリ", "roomy", "heron", "مهدی\u{200C}زاده", "Kim김", "notes2"]
        {
            assert_eq!(Username::choose(name), Username::parse(name), "{name}");
        }
        for name in ["mаrk", "МАРKUS", "tοm"] {
            assert!(matches!(Username::choose(name), Err(NameError::Mixed(["Latin", _]))), "{name}");
            assert!(Username::parse(name).is_ok(), "who has it keeps it");
        }
        for name in [
            "room", "ROOM", "Room", "ｈere", "notes", "Everyone", "a11", "Alle", "सभी", "नोट्स", "snug",
            "Admin", "GENERAL", "ɡeneral", "genera1", "n0tes", "R００M",
        ] {
            assert_eq!(Username::choose(name), Err(NameError::Reserved), "{name}");
        }
    }

    #[test]
    fn what_is_no_name_suggests_one() {
        for (typed, name) in [
            ("Ann Miller", Some("Ann.Miller")),
            ("O'Brien", Some("OBrien")),
            (" -ann- ", Some("ann")),
            ("an\u{200D}n", Some("ann")),
            ("<b>", Some("b")),
            ("🙂", None),
            ("mаrk s", None),
            ("r oom!", Some("r.oom")),
            ("room!", None),
        ] {
            let suggested = Username::suggested_by(typed);
            assert_eq!(suggested.as_ref().map(Username::as_str), name, "{typed}");
        }
    }

    #[test]
    fn long_texts_are_nobodys_names_and_are_not_normalized() {
        let longest = "각".repeat(NAME_MAX);
        let decomposed: String = longest.nfd().collect();
        assert_eq!(Username::parse(&decomposed).map(|name| name.key().clone()), Ok(NameKey::of(&longest)));
        let long = "\u{FDFA}".repeat(NAME_BYTES_MAX);
        assert_eq!(Username::parse(&long), Err(NameError::TooLong));
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
            ("ann＿lee．a－b", "ann_lee.a-b"),
            ("Ελένη", "ΕΛΕΝΗ"),
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
    fn a_key_is_bounded_whatever_it_is_of() {
        let long = "\u{FDFA}";
        assert!(Username::parse(&long.repeat(5)).is_ok());
        assert_eq!(Username::parse(&long.repeat(6)), Err(NameError::TooLong));
        assert_eq!(
            Username::parse(&"e\u{301}".repeat(NAME_MAX)).map(|name| name.as_str().chars().count()),
            Ok(32)
        );
        let all = [
            long.repeat(100),
            "\u{390}".repeat(150),
            long.repeat(40_000),
            format!("a{}", "\u{301}".repeat(60_000)),
        ];
        for text in all {
            assert!(NameKey::of(&text).folded.chars().count() <= KEY_MAX + 1);
            assert_eq!(Username::parse(&text), Err(NameError::TooLong));
        }
    }

    proptest! {
        #[test]
        fn keys_are_equal_where_only_case_form_or_what_nobody_sees_differs(
            letters in "[abcéñßσжяאम好가한ş1]{1,8}",
            other in "[abcéñßσжяאम好가한ş1]{1,8}",
            upper in any::<bool>(),
            decomposed in any::<bool>(),
        ) {
            let mut typed = if upper { letters.to_uppercase() } else { letters.clone() };
            if decomposed {
                typed = typed.nfd().flat_map(|c| [c, '\u{200D}']).collect();
            }
            prop_assert_eq!(NameKey::of(&typed), NameKey::of(&letters));
            let plain = |text: &str| text.replace('ß', "ss");
            prop_assert_eq!(NameKey::of(&other) == NameKey::of(&letters), plain(&other) == plain(&letters));
            // Of letters that look like no other, two names look the same where they are the same.
            prop_assert!(Look::of(&typed).is_like(&Look::of(&letters)));
            prop_assert_eq!(Look::of(&other).is_like(&Look::of(&letters)), plain(&other) == plain(&letters));
        }

        #[test]
        fn every_name_parses_to_itself_or_is_refused(text in "\\PC{0,40}") {
            if let Ok(name) = Username::parse(&text) {
                prop_assert_eq!(Username::parse(name.as_str()), Ok(name.clone()));
                prop_assert_eq!(&NameKey::of(name.as_str()), name.key());
                let upper = NameKey::of(&name.as_str().to_uppercase());
                prop_assert_eq!(&upper, name.key());
            }
        }
    }
}

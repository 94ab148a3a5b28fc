//! Search: what a word is, which messages have some, and where in them.
//!
//! What counts is decided here, on a message's text. An archive may keep an index of [`index_terms`], by
//! which it finds candidates quickly; it gives those that [`Words::are_in`].

use std::ops::Range;
use std::time::{Duration, Instant};

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::Chat;
use super::model::{MemberId, Refusal, RoomId, Seq, Timestamp};
use super::state::State;
use super::talk::{Message, Said};
use crate::folding::{fold_for_search, is_ignorable};

/// Words that count of a query; more narrow nothing down.
const WORDS_MAX: usize = 10;
/// Longest word that counts, in characters as they are compared.
const WORD_MAX: usize = 64;
/// Characters of a text that count, as they are compared. Ordinary ones are as many as were written.
const COMPARED_MAX: usize = 8_000;
/// How long one search may take, unless [`Limits`](super::Limits) say otherwise.
pub const SEARCH_TIME: Duration = Duration::from_millis(500);
/// Searches that may go on or wait, one at a time.
pub const SEARCHES_ADMITTED: usize = 4;
/// Messages that are looked at in memory before others may change something.
const AT_ONCE: usize = 256;

/// What is searched for: messages that have all of some words. Each counts wherever a word begins with it, in
/// any letter case and without accents; in scripts that put no spaces between words, wherever it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Any text is a query; one without a word finds everything.
    pub fn of(query: &str) -> Self {
        let mut words: Vec<String> = Vec::new();
        for (_, word) in runs(query) {
            let word: String = word.chars().take(WORD_MAX).collect();
            // Where "soups" is, "soup" is.
            if !words.iter().any(|other| other.starts_with(&word)) {
                words.retain(|other| !word.starts_with(other.as_str()));
                words.push(word);
            }
        }
        words.truncate(WORDS_MAX);
        Self(words)
    }

    /// Whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text has all of them.
    pub fn are_in(&self, text: &str) -> bool {
        let mut missing: Vec<&String> = self.0.iter().collect();
        for (_, run) in runs(text) {
            missing.retain(|word| !begins_in(&run, word));
            if missing.is_empty() {
                return true;
            }
        }
        missing.is_empty()
    }

    /// Where a text has some of them.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let found = runs(text).filter(|(_, run)| self.0.iter().any(|word| begins_in(run, word)));
        found.map(|(place, _)| place).collect()
    }

    /// What an index of [`index_terms`] is to be asked for: terms that begin with each of these.
    #[cfg(feature = "sqlite")]
    pub(crate) fn terms(&self) -> impl Iterator<Item = String> {
        self.0.iter().flat_map(|word| terms(word))
    }
}

/// Whether a word, as it is compared, begins in a run of letters: at its start, or beside a character that
/// stands alone.
fn begins_in(run: &str, word: &str) -> bool {
    let mut after_one = true;
    run.char_indices().any(|(at, c)| {
        let alone = stands_alone(c);
        let begins = after_one || alone;
        after_one = alone;
        begins && run[at..].starts_with(word)
    })
}

/// The form of what [`index_terms`] gives. A number more whenever it gives something else for some text, be it
/// by a new version of Unicode: what was kept in another form is of no use then.
#[cfg(feature = "sqlite")]
pub(crate) const INDEX_FORM: i64 = 3;

/// What an index keeps of a text: terms without white space or punctuation, each as it is compared, after a prefix.
#[cfg(feature = "sqlite")]
pub(crate) fn index_terms(prefix: &str, text: &str) -> String {
    let terms = runs(text).flat_map(|(_, run)| terms(&run).collect::<Vec<_>>());
    // No longer word is asked for.
    let terms = terms.map(|term| prefix.chars().chain(term.chars().take(WORD_MAX)).collect::<String>());
    terms.collect::<Vec<_>>().join(" ")
}

/// A run in pieces that an index finds by their beginning: characters that stand alone, and what is between.
#[cfg(feature = "sqlite")]
fn terms(run: &str) -> impl Iterator<Item = String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut alone = true;
    for c in run.chars() {
        match pieces.last_mut() {
            Some(piece) if !alone && !stands_alone(c) => piece.push(c),
            _ => pieces.push(c.into()),
        }
        alone = stands_alone(c);
    }
    pieces.into_iter()
}

/// The runs of letters, digits and signs of a text: where each is, and as it is compared. Where that comes to very
/// many characters (one ligature may be 18), the rest counts no more.
fn runs(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut rest = text.char_indices().peekable();
    let mut left = COMPARED_MAX;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let start = loop {
            let (at, c) = rest.next()?;
            if counts(c) {
                break at;
            }
        };
        while rest.next_if(|(_, c)| counts(*c) || is_ignorable(*c)).is_some() {}
        let end = rest.peek().map_or(text.len(), |(at, _)| *at);
        // Compatibility forms bring punctuation in.
        let folded = fold_for_search(&text[start..end], left);
        let run: String = folded.chars().filter(|c| counts(*c)).take(left).collect();
        left -= run.chars().count();
        Some((start..end, run))
    })
    .filter(|(_, run)| !run.is_empty())
}

fn counts(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric();
    }
    matches!(
        c.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark | GeneralCategoryGroup::Number
    ) || c.general_category() == GeneralCategory::OtherSymbol
}

/// Whether a character is a word of its own: of scripts without spaces, and signs such as emoji.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
        || (!c.is_ascii() && c.general_category() == GeneralCategory::OtherSymbol)
}

/// What is searched for, and where.
#[derive(Clone, Debug)]
pub struct Search {
    /// All of these.
    pub words: Words,
    /// By whom, if that matters.
    pub author: Option<MemberId>,
    /// In these rooms.
    pub rooms: Vec<RoomId>,
    /// Before this message (exclusive), if not up to the newest.
    pub before: Option<Seq>,
}

/// What a search found: messages with their names, or without.
#[derive(Debug)]
pub struct Found<M = Said> {
    /// Newest first.
    pub messages: Vec<M>,
    /// Up to where it has looked, where it did not look through all: the `before` to go on with.
    pub more: Option<Seq>,
    /// Whether there was not enough time.
    pub ended_early: bool,
}

impl<M> Found<M> {
    /// Nothing yet, of what is before some message.
    pub fn nothing(before: Option<Seq>) -> Self {
        Self { messages: Vec::new(), more: before, ended_early: false }
    }
}

impl Search {
    /// Whether a message is what is searched for.
    pub fn finds(&self, message: &Message) -> bool {
        self.rooms.contains(&message.room)
            && self.author.is_none_or(|author| author == message.author)
            && self.words.are_in(message.body.as_str())
    }
}

impl State {
    /// The rooms whose messages a member may see.
    pub fn rooms_seen_by(&self, member: MemberId) -> Vec<RoomId> {
        self.rooms.keys().copied().filter(|room| self.sees(member, *room)).collect()
    }

    /// The newest messages of some rooms before one, as many as are looked at at once.
    fn before(&self, rooms: &[RoomId], before: Option<Seq>) -> Vec<Message> {
        self.window.before(rooms, before).take(AT_ONCE).cloned().collect()
    }
}

impl Chat {
    /// The newest `limit` messages that a member may see and that are searched for.
    pub fn search(&self, member: MemberId, mut search: Search, limit: usize) -> Result<Found, Refusal> {
        {
            let state = self.state();
            search.rooms.retain(|room| state.sees(member, *room));
        }
        let deadline = Instant::now() + self.limits.search_time;
        let Found { messages, more, ended_early } = if self.has_archive {
            self.searched.ask(|archive| archive.search(&search, limit, deadline))?
        } else {
            self.scan(&search, limit, deadline)?
        };
        let state = self.state();
        // They may have left a room meanwhile.
        let seen = messages.into_iter().filter(|message| state.sees(member, message.room));
        Ok(Found { messages: state.all_with_names(seen), more, ended_early })
    }

    /// Everything that memory has, newest first.
    fn scan(&self, search: &Search, limit: usize, deadline: Instant) -> Result<Found<Message>, Refusal> {
        let _turn = self.searched.enter()?;
        let mut found = Found::nothing(search.before);
        loop {
            let some = self.state().before(&search.rooms, found.more);
            if some.is_empty() {
                return Ok(Found { more: None, ..found });
            }
            for message in some {
                found.more = Some(message.id);
                if search.finds(&message) {
                    found.messages.push(message);
                }
                if found.messages.len() == limit {
                    return Ok(found);
                }
                // One message may take milliseconds.
                if Instant::now() >= deadline {
                    return Ok(Found { ended_early: true, ..found });
                }
            }
        }
    }

    /// What a member said, oldest first, after some message (exclusive).
    pub fn said_by(&self, author: MemberId, after: Seq, limit: usize) -> Result<Vec<Said>, Refusal> {
        let messages = if self.has_archive {
            self.old.ask(|archive| archive.said_by(author, after, limit))?
        } else {
            let state = self.state();
            let own = state.window.after(after).filter(|message| message.author == author);
            own.take(limit).cloned().collect()
        };
        Ok(self.state().all_with_names(messages))
    }

    /// The first message of a room since some time, if there is one.
    pub fn first_since(&self, room: RoomId, at: Timestamp) -> Result<Option<Seq>, Refusal> {
        if self.has_archive {
            return self.old.ask(|archive| archive.first_since(room, at));
        }
        let state = self.state();
        let mut all = state.window.page(room, None, usize::MAX).0;
        Ok(all.find(|message| message.at >= at).map(|message| message.id))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_found_where_one_begins_with_it() {
        for (query, text) in [
            ("soup", "Soups, and bread"),
            ("SOUP bread", "bread & soup"),
            ("zoe", "Zoë"),
            ("ZOË", "zoe\u{308}s"),
            ("strasse", "STRASSE"),
            ("नमस्ते", "नमस्ते दुनिया"),
            ("दुनि", "नमस्ते दुनिया"),
            ("好", "你好吗"),
            ("好吗", "你好吗"),
            ("世界", "hello世界!"),
            ("한", "한국어"),
            ("👋", "hi 👋👋"),
            ("", "anything"),
            ("!? -", "anything"),
            ("ﬁ", "fire"),
            ("v1.89", "snug v1.89.0"),
            ("Γιώργος", "ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ"),
            ("lodz", "Łódź"),
            ("softhyphen", "soft\u{AD}hyphen"),
            ("soft\u{200B}hyphen", "softhyphen"),
        ] {
            assert!(Words::of(query).are_in(text), "{query} in {text}");
        }
        for (query, text) in
            [("oup", "soup"), ("soup tea", "soup"), ("吗好", "你好吗"), ("कल", "काल"), ("a", "")]
        {
            assert!(!Words::of(query).are_in(text), "{query} in {text}");
        }
    }

    #[test]
    fn what_is_found_is_shown() {
        let text = "Soup, soups & Zoë";
        let shown: Vec<&str> =
            Words::of("SOUP zo").places(text).into_iter().map(|place| &text[place]).collect();
        assert_eq!(shown, ["Soup", "soups", "Zoë"]);
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn whatever_gives_other_terms_has_another_form() {
        // All characters, each beside letters: a crate that knows another Unicode gives another sum.
        let every = (0..=0x10_FFFF).filter_map(char::from_u32).map(|c| index_terms("", &format!("a{c}b ")));
        let sum = every.fold(0_u64, |sum, terms| {
            terms.bytes().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
        });
        assert_eq!((INDEX_FORM, sum), (3, 15_722_142_338_807_203_148));
    }

    proptest! {
        #[test]
        fn any_query_is_one_and_finds_itself(query in "\\PC{0,40}", more in "\\PC{0,20}") {
            let words = Words::of(&query);
            prop_assert!(words.are_in(&query) || words.0.iter().any(|word| word.chars().count() == WORD_MAX));
            let text = format!("{more} {query}");
            prop_assert!(words.are_in(&text), "{:?}", words);
            for place in words.places(&text) {
                prop_assert!(text.get(place).is_some());
            }
        }

        #[cfg(feature = "sqlite")]
        #[test]
        fn an_index_misses_nothing(query in "[a-cé你好 .]{0,8}", text in "[a-cé你好 .]{0,20}") {
            let words = Words::of(&query);
            let index = index_terms("", &text);
            let asked = words.terms().all(|term| index.split(' ').any(|word| word.starts_with(&term)));
            prop_assert!(asked || !words.are_in(&text));
        }
    }
}

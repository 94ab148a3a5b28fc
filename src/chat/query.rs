//! Search queries: words and phrases, and their matches in a text.
//!
//! What counts is decided here, on a message's text. An archive may keep an [index](super::index), by
//! which it finds candidates quickly; it gives those that [`Query::are_in`].

use std::ops::Range;

use super::tokenizer::{SearchToken, Tokens};

/// Words and phrases that count of a query; more narrow nothing down.
const PHRASES_MAX: usize = 10;
/// Words that count in all of them: one message takes a look at each for each of its words.
const WORDS_MAX: usize = 64;
/// Longest word that counts, in characters as they are compared.
const WORD_MAX: usize = 64;

/// A search for messages that have all of some words and phrases. Each counts in any letter case and without
/// accents. A word counts wherever one begins with it; in scripts that put no spaces between words, wherever it
/// stands. What is in quotes, or written as one (`e-mail`), counts where its words follow each other, whatever marks
/// are between; each is whole but the last of what is not in closed quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(pub(super) Vec<Phrase>);

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase(pub(super) Vec<Word>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) alone: bool,
    /// Nothing visible may stand between it and the one before.
    glued: bool,
    /// False: it matches every word that begins with it.
    pub(super) whole: bool,
}

impl Query {
    /// Any text is a query; one without a word finds everything.
    pub fn of(query: &str) -> Self {
        let mut phrases: Vec<Phrase> = Vec::new();
        for phrase in parts(query).into_iter().flat_map(|part| part.phrases()) {
            // Where "soups" is, "soup" is.
            if !phrases.iter().any(|other| other.implies(&phrase)) {
                phrases.retain(|other| !phrase.implies(other));
                phrases.push(phrase);
            }
        }
        phrases.truncate(PHRASES_MAX);
        let mut left = WORDS_MAX;
        for Phrase(words) in &mut phrases {
            words.truncate(left);
            left -= words.len();
        }
        phrases.retain(|Phrase(words)| !words.is_empty());
        Self(phrases)
    }

    /// It has no words; then every text matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells if a text has all words and phrases. Cost: O(length of the text), tokenized anew.
    pub fn are_in(&self, text: &str) -> bool {
        let tokens = Tokens::of(text);
        self.0.iter().all(|phrase| phrase.places(&tokens).next().is_some())
    }

    /// Returns the matches in a text, in bytes: words, and of scripts without spaces the characters searched for.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let tokens = Tokens::of(text);
        let all = tokens.all();
        let mut found = vec![false; all.len()];
        for phrase in &self.0 {
            for at in phrase.places(&tokens) {
                found[at..at + phrase.0.len()].fill(true);
            }
        }
        let mut places: Vec<Range<usize>> = Vec::new();
        for sign in shown_as_one(all).filter(|sign| found[sign.clone()].contains(&true)) {
            let (start, end) = (all[sign.start].place.start, all[sign.end - 1].place.end);
            match places.last_mut() {
                Some(place) if place.end >= start => place.end = end.max(place.end),
                _ => places.push(start..end),
            }
        }
        places
    }
}

impl Phrase {
    fn of(words: &[(&SearchToken, &str)], quoted: bool, closed: bool) -> Self {
        let count = words.len();
        let words = words.iter().enumerate().map(|(index, (token, word))| {
            let text = beginning(word);
            let (cut, last) = (text.len() < word.len(), index + 1 == count);
            Word {
                text: text.to_owned(),
                alone: token.alone,
                glued: token.glued && !quoted,
                whole: !cut && (token.alone || !last || closed && !takes_particles(word)),
            }
        });
        Self(words.collect())
    }

    /// Returns the indices of tokens where it begins.
    fn places(&self, tokens: &Tokens) -> impl Iterator<Item = usize> {
        // Tokens lie one after the other: one comparison for all words, up to one of which the rest is not known.
        let words = self.0.iter().position(|word| !word.whole).map_or(self.0.len(), |at| at + 1);
        let text: String = self.0[..words].iter().map(|word| &*word.text).collect();
        let all = 0..tokens.all().len();
        all.filter(move |at| tokens.text_from(*at).starts_with(&text) && self.is_at(*at, tokens))
    }

    fn is_at(&self, at: usize, tokens: &Tokens) -> bool {
        let words = tokens.all().get(at..at + self.0.len());
        words.is_some_and(|words| {
            self.0
                .iter()
                .zip(words)
                .all(|(word, token)| word.is(tokens.text(token)) && (token.glued || !word.glued))
        })
    }

    /// Tells if every text that has this has the other as well.
    fn implies(&self, other: &Self) -> bool {
        match &*other.0 {
            [other] => self.0.iter().any(|word| other.is(&word.text) && (word.whole || !other.whole)),
            _ => self == other,
        }
    }
}

impl Word {
    fn is(&self, word: &str) -> bool {
        if self.whole { word == self.text } else { word.starts_with(&self.text) }
    }
}

/// A piece of a query: what is in quotes, or what is between.
struct QueryPart<'a> {
    text: &'a str,
    quoted: bool,
    /// The quotes end.
    closed: bool,
}

impl QueryPart<'_> {
    fn phrases(&self) -> Vec<Phrase> {
        let tokens = Tokens::of(self.text);
        let all: Vec<(&SearchToken, &str)> =
            tokens.all().iter().map(|token| (token, tokens.text(token))).collect();
        let joined = |one: &SearchToken, next: &SearchToken| {
            self.text.get(one.place.end..next.place.start).is_some_and(joins)
        };
        let chunks = all.chunk_by(|(one, _), (next, _)| self.quoted || next.glued || joined(one, next));
        chunks.map(|words| Phrase::of(words, self.quoted, self.closed)).collect()
    }
}

/// Tells if the text between two words makes one of them: `e-mail`, `it's`, `example.org`.
fn joins(between: &str) -> bool {
    let marks =
        ['\'', '’', '-', '\u{2010}', '\u{2011}', '.', '_', '@', '/', ':', '&', '+', '#', '״', '׳', '·'];
    !between.is_empty() && between.trim_matches(marks).is_empty()
}

/// A query at its quotes. Any kind opens and any closes; what is not closed goes on to the end, and its last word
/// may be the beginning of one.
fn parts(query: &str) -> Vec<QueryPart<'_>> {
    let (mut parts, mut start, mut quoted, mut before) = (Vec::new(), 0, false, ' ');
    let mut chars = query.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map_or(' ', |(_, c)| *c);
        if is_quote(c) && cuts(before, after, quoted) {
            parts.push(QueryPart { text: &query[start..at], quoted, closed: quoted });
            (quoted, start) = (!quoted, at + c.len_utf8());
        }
        before = c;
    }
    parts.push(QueryPart { text: &query[start..], quoted, closed: false });
    parts
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '«' | '»' | '‹' | '›' | '“'..='‟' | '「'..='』' | '〝'..='〟' | '＂' | '｢' | '｣' | '⹂' | '❝' | '❞')
}

/// Tells if a quote between two characters opens or closes anything. One in a Hebrew abbreviation (צה"ל) does not, and
/// neither does one that could only close (5" nails).
fn cuts(before: char, after: char, open: bool) -> bool {
    let is_hebrew = |c| matches!(c, '\u{591}'..='\u{5F2}');
    let inside = is_hebrew(before) && is_hebrew(after);
    let only_closes = before.is_alphanumeric() && (after.is_whitespace() || is_quote(after));
    !inside && (open || !only_closes)
}

/// Korean writes particles to the words before them: no word would be found by itself if it had to be whole.
fn takes_particles(word: &str) -> bool {
    word.ends_with(|c| matches!(c, '\u{1100}'..='\u{11FF}' | '\u{AC00}'..='\u{D7FF}'))
}

/// As much of a word as counts.
pub(super) fn beginning(word: &str) -> &str {
    word.char_indices().nth(WORD_MAX).map_or(word, |(end, _)| &word[..end])
}

/// The tokens, those together that are shown as one.
fn shown_as_one(all: &[SearchToken]) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    all.chunk_by(|_, next| next.joined).map(move |sign| {
        let place = start..start + sign.len();
        start = place.end;
        place
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(query: &str, text: &str) -> bool {
        Query::of(query).are_in(text)
    }

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
            ("الله", "ﷺ"),
            ("soft\u{AD}hy", "softhyphen"),
            ("ｶﾞｯｺｳ", "ガッコウ"),
            ("カ\u{3099}", "ガッコウ"),
            ("한국", "\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}어"),
        ] {
            assert!(found(query, text), "{query} in {text}");
        }
        for (query, text) in [
            ("oup", "soup"),
            ("soup tea", "soup"),
            ("吗好", "你好吗"),
            ("好你", "好。你"),
            ("कल", "काल"),
            ("か", "がっこう"),
            ("하", "한국어"),
            ("a", ""),
        ] {
            assert!(!found(query, text), "{query} in {text}");
        }
    }

    #[test]
    fn in_quotes_whole_words_follow_each_other() {
        for (query, text) in [
            ("\"Task Dev\"", "a task, DEV!"),
            ("“Task Dev”", "**Task** Dev"),
            ("„Task Dev“ so", "soup (task\n\ndev)"),
            ("«\u{A0}task dev\u{A0}»", "task dev"),
            ("»task dev«", "task dev"),
            ("「你好」", "你\n好"),
            ("＂to be or not to be＂", "To be, or not to be"),
            ("\"task de", "task dev"),
            ("\"", "anything"),
            ("\"\" so", "soup"),
            ("\"soup\"", "pea soup"),
            ("so \"pea\" so", "pea soup"),
            ("5\" nails", "long nails 5"),
            ("ארה\"ב צה\"ל", "צה״ל ארה״ב"),
            ("\"한국어 공부\"", "한국어 공부를"),
            ("我说\"你好\"", "你好。我说"),
            ("\"a b a c\"", "a b a b a c"),
        ] {
            assert!(found(query, text), "{query} in {text}");
        }
        for (query, text) in [
            ("\"Task Dev\"", "Dev Task"),
            ("\"Task Dev\"", "Task and Dev"),
            ("\"Task Dev\"", "Task Developer"),
            ("\"Task Dev\" tea", "Task Dev"),
            ("\"soup\"", "soups"),
            ("\"task de\"", "task dev"),
            ("\"你好\"", "好你"),
            ("\"tea", "ate"),
        ] {
            assert!(!found(query, text), "{query} in {text}");
        }
    }

    #[test]
    fn what_is_found_is_shown() {
        for (query, text, marked) in [
            ("SOUP zo", "Soup, soups & Zoë", &["Soup", "soups", "Zoë"][..]),
            ("好", "你好吗", &["好"]),
            ("好吗", "你好吗?吗", &["好吗"]),
            ("\"Task Dev\"", "dev **Task** Dev task", &["Task", "Dev"]),
            ("soft", "soft\u{AD}hyphens", &["soft\u{AD}hyphens"]),
            ("👋", "a👋🏽b", &["👋🏽"]),
            ("👧", "x 👩‍👩‍👧‍👦👧", &["👩‍👩‍👧‍👦👧"]),
            ("🇩🇪", "🇸🇩🇪🇬 🇩🇪", &["🇩🇪"]),
            ("ดี", "สวัสดี", &["ดี"]),
            ("ด", "สวัสดี", &["ดี"]),
            ("株", "㍿だ", &["㍿"]),
        ] {
            let places = Query::of(query).places(text);
            let shown: Vec<&str> = places.into_iter().map(|place| &text[place]).collect();
            assert_eq!(shown, marked, "{query} in {text}");
        }
    }

    proptest! {
        #[test]
        fn any_query_is_one_and_finds_itself(query in "\\PC{0,40}", more in "\\PC{0,20}") {
            let words = Query::of(&query);
            prop_assert!(words.are_in(&query) || words.0.iter().flat_map(|phrase| &phrase.0).any(|word| word.text.chars().count() == WORD_MAX));
            let text = format!("{more} {query}");
            prop_assert!(words.are_in(&text), "{:?}", words);
            for place in words.places(&text) {
                prop_assert!(text.get(place).is_some());
            }
        }

    }
}

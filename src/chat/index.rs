//! The terms of texts in an archive's index, by which a search finds candidates.

use super::query::{Phrase, Query, beginning};
use super::tokenizer::Tokens;

/// The form of what [`index_terms`] gives. A number more whenever it gives something else for some text, be it
/// by a new version of Unicode: what was kept in another form is of no use then.
pub(crate) const INDEX_FORM: i64 = 5;

/// A term that an index is asked for.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Term {
    pub(crate) text: String,
    /// False: it matches every term that begins with it.
    pub(crate) whole: bool,
}

/// Returns the terms of a text for an index: folded, without white space or punctuation, each after the prefix. In
/// scripts without spaces a term is a character, with something of the next.
pub(crate) fn index_terms(prefix: &str, text: &str) -> String {
    let tokens = Tokens::of(text);
    let all = tokens.all();
    let mut terms = String::with_capacity(all.len() * (prefix.len() + 8));
    for (index, token) in all.iter().enumerate() {
        if index > 0 {
            terms.push(' ');
        }
        terms.push_str(prefix);
        // No longer word is asked for.
        let word = beginning(tokens.text(token));
        match all.get(index + 1).filter(|next| token.alone && next.alone) {
            Some(next) => terms.push_str(&pair(word, tokens.text(next))),
            None => terms.push_str(word),
        }
    }
    terms
}

/// The term for a character that stands alone before another one: itself, and a digit of 16 for the other. That finds
/// nearly as few wrong candidates as a bigram, in two thirds of its space: a block has fewer different terms.
fn pair(one: &str, next: &str) -> String {
    // Fibonacci hashing: neighbours in Unicode are spread.
    let kind = next.chars().next().map_or(0, |c| u32::from(c).wrapping_mul(0x9E37_79B1) >> 28);
    let kind = char::from_digit(kind, 16).unwrap_or_default();
    format!("{one}{kind}")
}

impl Query {
    /// Returns the terms that an index of [`index_terms`] has of every text that matches, and maybe of others.
    pub(crate) fn terms(&self) -> Vec<Term> {
        let mut terms: Vec<Term> = self.0.iter().flat_map(Phrase::terms).collect();
        terms.sort_unstable();
        terms.dedup();
        terms
    }
}

impl Phrase {
    fn terms(&self) -> Vec<Term> {
        let mut in_a_pair = false;
        let terms = self.0.iter().enumerate().filter_map(|(index, word)| {
            let next = self.0.get(index + 1).filter(|next| word.alone && next.alone);
            let told = std::mem::replace(&mut in_a_pair, next.is_some());
            match next {
                Some(next) => Some(Term { text: pair(&word.text, &next.text), whole: true }),
                None if told => None,
                // In the index it may be the first of a pair.
                None => Some(Term { text: word.text.clone(), whole: word.whole && !word.alone }),
            }
        });
        terms.collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whatever_gives_other_terms_has_another_form() {
        // All characters, each beside letters: a crate that knows another Unicode gives another sum.
        let every =
            (0..=0x10_FFFF).filter_map(char::from_u32).map(|c| index_terms("", &format!("a{c}{c}b ")));
        let sum = every.fold(0_u64, |sum, terms| {
            terms.bytes().fold(sum, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
        });
        assert_eq!((INDEX_FORM, sum), (5, 16_806_629_274_838_647_876));
    }

    proptest! {
        #[test]
        fn an_index_misses_nothing(query in "[a-cé你好 .\"]{0,8}", text in "[a-cé你好 .]{0,20}") {
            let words = Query::of(&query);
            let index = index_terms("", &text);
            let asked = words.terms().iter().all(|Term { text, whole }| {
                index.split(' ').any(|term| if *whole { term == text } else { term.starts_with(text) })
            });
            prop_assert!(asked || !words.are_in(&text));
        }
    }
}

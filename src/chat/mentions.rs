//! Mentions: where a text names members. They are found once, when a message is posted or edited, and kept by
//! the members' ids.

use std::ops::Range;
use std::sync::Arc;

use super::model::{Body, MemberId};
use super::names::{Kind, NAME_MAX, NameKey, Username, kind};

/// Mentions of one text that count; of more, nobody reads whom it means.
pub const MENTIONS_MAX: usize = 20;
/// Names that one `@name` may mean, from the longest on.
const MEANINGS_MAX: usize = 4;

/// A member's name in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where it begins: the byte of its `@`.
    pub at: u32,
    /// Its length in bytes, with the `@`.
    pub length: u32,
    /// Whose name it is.
    pub member: MemberId,
}

impl Mention {
    /// Its bytes in the text.
    pub fn place(&self) -> Range<usize> {
        self.at as usize..(self.at as usize).saturating_add(self.length as usize)
    }
}

/// The mentions of one text, in its order; none overlaps another, and each begins with `@`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions(Option<Arc<[Mention]>>);

impl Mentions {
    fn of(mentions: Vec<Mention>) -> Self {
        Self((!mentions.is_empty()).then(|| mentions.into()))
    }

    /// Mentions as they were kept, in any order. Nothing where they do not fit the text.
    #[cfg(any(test, feature = "sqlite"))]
    pub(crate) fn kept(body: &Body, mut mentions: Vec<Mention>) -> Option<Self> {
        mentions.sort_by_key(|mention| mention.at);
        let apart = mentions.windows(2).all(|two| two[0].place().end <= two[1].place().start);
        let fits = |mention: &Mention| {
            body.as_str().get(mention.place()).is_some_and(|text| text.starts_with('@') && text.len() > 1)
        };
        (mentions.len() <= MENTIONS_MAX && apart && mentions.iter().all(fits)).then(|| Self::of(mentions))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Mention> {
        self.0.iter().flat_map(|mentions| mentions.iter())
    }

    /// Whether this member is mentioned.
    pub fn has(&self, member: MemberId) -> bool {
        self.iter().any(|mention| mention.member == member)
    }
}

/// A mention as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mentioned {
    /// Its bytes in the text, from the `@` on.
    pub place: Range<usize>,
    /// Whom it mentions.
    pub name: Username,
}

/// Where a text may mention someone: each `@name` with the names that it may mean, the longest first
/// (`@ann.smith` may mean ann.smith, or ann).
pub(crate) struct Candidates(Vec<Vec<(Range<usize>, NameKey)>>);

impl Candidates {
    /// The first [`MENTIONS_MAX`] of a text. Cost: bounded, whatever the characters stand for; no lock is needed.
    pub(crate) fn of(body: &Body) -> Self {
        let text = body.as_str();
        let runs = text.match_indices('@').filter_map(|(at, _)| Some((at, name_run(text, at)?)));
        Self(runs.take(MENTIONS_MAX).map(|(at, end)| meanings(text, at, end)).collect())
    }

    /// The mentions among them. `find` gives whose name it is, and whether they are to be mentioned.
    pub(crate) fn resolve(&self, find: impl Fn(&NameKey) -> Option<(MemberId, bool)>) -> Mentions {
        let found = self.0.iter().filter_map(|meanings| {
            // Someone who is not to be mentioned still has their name, and no one whose name is shorter is meant.
            let known = |(place, key): &(Range<usize>, NameKey)| Some((place.clone(), find(key)?));
            let (place, (member, _)) = meanings.iter().find_map(known).filter(|(_, (_, wanted))| *wanted)?;
            let (at, length) = (u32::try_from(place.start).ok()?, u32::try_from(place.len()).ok()?);
            Some(Mention { at, length, member })
        });
        Mentions::of(found.collect())
    }
}

/// Where the longest name ends that may follow an `@`; nothing where it begins no mention.
fn name_run(text: &str, at: usize) -> Option<usize> {
    // `ann@example.org` is an address, and so is `https://example.org/@ann`.
    let goes_on =
        |c: char| matches!(kind(c), Kind::Core | Kind::Mark) || matches!(c, '/' | '=' | '?' | '&' | '#');
    if text[..at].chars().next_back().is_some_and(goes_on) {
        return None;
    }
    let start = at + 1;
    let run = text[start..].char_indices().take(NAME_MAX).take_while(|(_, c)| kind(*c) != Kind::Foreign);
    let end = run.last().map(|(index, c)| start + index + c.len_utf8())?;
    (!text[start..end].trim_end_matches(is_inner).is_empty()).then_some(end)
}

/// The places and keys of the names that an `@` may be followed by.
fn meanings(text: &str, at: usize, mut end: usize) -> Vec<(Range<usize>, NameKey)> {
    let (start, mut meanings) = (at + 1, Vec::new());
    for _ in 0..MEANINGS_MAX {
        let name = text[start..end].trim_end_matches(is_inner);
        if name.is_empty() {
            break;
        }
        let key = NameKey::of(name);
        if !key.is_too_long() {
            meanings.push((at..start + name.len(), key));
        }
        end = start + name.rfind(is_inner).unwrap_or(0);
    }
    meanings
}

fn is_inner(c: char) -> bool {
    kind(c) == Kind::Inner
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::Seq;
    use super::*;

    /// What is mentioned in a text, where these are members. Those whose name begins with `x` are not to be.
    fn mentioned(text: &str, people: &[&str]) -> Vec<(String, usize)> {
        let Ok(body) = Body::parse(text) else { return Vec::new() };
        let find = |key: &NameKey| {
            let index = people.iter().position(|name| NameKey::of(name) == *key)?;
            Some((MemberId(Seq(index as u64)), !people[index].starts_with('x')))
        };
        let mentions = Candidates::of(&body).resolve(find);
        let backwards: Vec<Mention> = mentions.0.iter().flat_map(|all| all.iter().rev().copied()).collect();
        assert_eq!(Mentions::kept(&body, backwards), Some(mentions.clone()));
        let shown = |mention: &Mention| {
            let index = usize::try_from(mention.member.0.0).unwrap();
            (body.as_str()[mention.place()].to_owned(), index)
        };
        mentions.iter().map(shown).collect()
    }

    #[test]
    fn a_text_mentions_people_by_their_names() {
        let people = ["ann", "ann.smith", "zoë", "x.ann"];
        let names = |text: &str| -> Vec<String> {
            mentioned(text, &people).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("@ann, @Zoë! and (@ANN)"), ["@ann", "@Zoë", "@ANN"]);
        assert_eq!(names("@ann.smith. @ann.miller @ann-"), ["@ann.smith", "@ann", "@ann"]);
        assert_eq!(names("@zoe\u{308}"), ["@zoe\u{308}"]);
        assert!(names("ann @nobody me@ann @ ann @annie @@").is_empty());
        assert_eq!(names("@@ann @ann@ann"), ["@ann", "@ann"]);
        assert!(names("https://example.org/@ann http://a.b/?@ann #@ann a=@ann").is_empty());
        assert!(names("@x.ann").is_empty(), "a name that means someone means no one else");
    }

    #[test]
    fn a_text_full_of_mentions_is_looked_at_only_so_far() {
        let candidates = |text: &str| Candidates::of(&Body::parse(text).unwrap()).0;
        let found = candidates(&"@a.b.c.d.e.f.g ".repeat(200));
        assert_eq!(found.len(), MENTIONS_MAX);
        assert!(found.iter().all(|meanings| meanings.len() == MEANINGS_MAX));
        assert!(candidates(&"@".repeat(4_000)).is_empty());
        // Letters that stand for 18 each: no name is that long.
        let long = format!("@{} ", "\u{FDFA}.".repeat(15));
        let found = candidates(&long.repeat(100));
        assert!(found.len() == MENTIONS_MAX && found.iter().all(Vec::is_empty));
    }

    #[test]
    fn mentions_that_do_not_fit_a_text_are_none() {
        let body = Body::parse("é @ann").unwrap();
        let kept = |all: &[(u32, u32)]| {
            let member = MemberId(Seq(1));
            Mentions::kept(&body, all.iter().map(|&(at, length)| Mention { at, length, member }).collect())
        };
        assert!(kept(&[(3, 4)]).is_some() && kept(&[]).is_some());
        for wrong in
            [&[(3, 5)][..], &[(3, 1)], &[(0, 2)], &[(1, 3)], &[(3, 4), (3, 4)], &[(u32::MAX, u32::MAX)]]
        {
            assert_eq!(kept(wrong), None, "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_mentioned_stands_there(text in "[@ab._\\- é]{0,60}") {
            let people = ["a", "b", "ab", "a.b", "a_b-a", "é"];
            for (name, index) in mentioned(&text, &people) {
                let (at, name) = name.split_at(1);
                prop_assert_eq!((at, NameKey::of(name)), ("@", NameKey::of(people[index])));
            }
        }
    }
}

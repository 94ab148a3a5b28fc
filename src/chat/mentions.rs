//! Mentions: where a text names members. They are found once, when a message is posted or edited, and kept by
//! the members' ids.

mod borders;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use super::characters::{CharacterKind, kind};
use super::group_words::{GROUP_WORDS, GroupKind};
use super::joiners::is_joiner;
use super::model::{Body, MemberId};
use super::names::{NAME_BYTES_MAX, NAME_MAX, NameKey, Username};
use crate::markdown::{Document, is_unspaced};

pub(crate) use borders::is_at;
use borders::{continues, is_elsewhere, may_begin, may_end};

/// Mentions of one text that count; of more, nobody reads whom it means.
pub const MENTIONS_MAX: usize = 20;
/// Longest name, in letters, that is found where the text goes on without a border, as in `@李小龙你好`.
const GLUED_MAX: usize = 16;

/// A member's name in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Byte offset of its `@` (or `＠`).
    pub at: u32,
    /// Its length in bytes, with the `@`.
    pub length: u32,
    pub member: MemberId,
}

impl Mention {
    /// Its bytes in the text.
    pub fn place(&self) -> Range<usize> {
        self.at as usize..(self.at as usize).saturating_add(self.length as usize)
    }
}

/// The mentions of one text, in its order; none overlaps another, and each begins with an `@`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions(Option<Arc<[Mention]>>);

impl Mentions {
    fn of(mentions: Vec<Mention>) -> Self {
        Self((!mentions.is_empty()).then(|| mentions.into()))
    }

    /// Mentions as they were kept, in any order. Nothing where they do not fit the text.
    #[cfg(any(test, feature = "sqlite"))]
    pub(crate) fn from_storage(body: &Body, mut mentions: Vec<Mention>) -> Option<Self> {
        mentions.sort_by_key(|mention| mention.at);
        let apart = mentions.windows(2).all(|two| two[0].place().end <= two[1].place().start);
        let fits = |mention: &Mention| {
            let name = body.as_str().get(mention.place()).and_then(|text| text.strip_prefix(is_at));
            name.is_some_and(|name| !name.is_empty())
        };
        (mentions.len() <= MENTIONS_MAX && apart && mentions.iter().all(fits)).then(|| Self::of(mentions))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Mention> {
        self.0.iter().flat_map(|mentions| mentions.iter())
    }

    pub fn has(&self, member: MemberId) -> bool {
        self.iter().any(|mention| mention.member == member)
    }

    pub(super) fn members_mut(&mut self) -> impl Iterator<Item = &mut MemberId> {
        let mentions = self.0.iter_mut().flat_map(Arc::make_mut);
        mentions.map(|mention| &mut mention.member)
    }
}

impl GroupKind {
    pub(super) fn named(key: &NameKey) -> Option<Self> {
        static KEYS: LazyLock<Vec<(NameKey, GroupKind)>> =
            LazyLock::new(|| GROUP_WORDS.iter().map(|(word, kind)| (NameKey::of(word), *kind)).collect());
        KEYS.iter().find(|(word, _)| word == key).map(|(_, kind)| *kind)
    }
}

/// Members of a room mentioned by one word. Who they are is decided when the message is posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMention {
    /// Byte offset of its `@`, and its length with that, as in [`Mention`].
    pub at: u32,
    pub length: u32,
    /// Up to [`GROUP_MAX`], in the order of their ids, without the author.
    pub members: Box<[MemberId]>,
}

/// Members that one word may mention.
pub const GROUP_MAX: usize = 1_000;
/// In a room of so many, each may mention all; in a larger one, owners.
pub const SMALL_ROOM: usize = 20;

impl GroupMention {
    /// None where it mentions no one.
    pub(super) fn new(place: Range<usize>, members: Vec<MemberId>) -> Option<Arc<Self>> {
        let (at, length) = (u32::try_from(place.start).ok()?, u32::try_from(place.len()).ok()?);
        (!members.is_empty()).then(|| Arc::new(Self { at, length, members: members.into() }))
    }

    /// As it was kept. None where it does not fit the text.
    #[cfg(feature = "sqlite")]
    pub(crate) fn from_storage(body: &Body, at: u32, length: u32, members: Vec<MemberId>) -> Option<Self> {
        let group = Self { at, length, members: members.into() };
        body.as_str().get(group.place()).is_some_and(|text| text.starts_with(is_at)).then_some(group)
    }

    /// Its bytes in the text.
    pub fn place(&self) -> Range<usize> {
        self.at as usize..(self.at as usize).saturating_add(self.length as usize)
    }

    /// Upper bound of its memory, in bytes, with the overhead of its allocations.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + 2 * 40 + self.members.len() * size_of::<MemberId>()
    }
}

/// A mention as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mentioned {
    /// Its bytes in the text, from the `@` on.
    pub place: Range<usize>,
    /// None: a group.
    pub member: Option<(MemberId, Username)>,
}

/// The mentions that a text may have, outside code, quotes, links and addresses: each `@name` with the names that it
/// may mean, the longest first (`@ann.smith` may mean ann.smith, or ann).
pub(crate) struct Candidates(Vec<Vec<(Range<usize>, NameKey)>>);

impl Candidates {
    /// The first [`MENTIONS_MAX`] of a text. Cost: linear, and beyond that at most [`NAME_MAX`] keys for each of
    /// these. A name in Chinese may end behind any letter: that is why [`GLUED_MAX`] bounds these. No lock is needed.
    pub(crate) fn of(body: &Body) -> Self {
        let text = body.as_str();
        let mut candidates = Vec::new();
        let mut last = None;
        for place in Document::parse(text).prose() {
            for (at, sign) in text[place.clone()].match_indices(is_at) {
                let at = place.start + at;
                let names = &text[at + sign.len()..place.end];
                let follows = last.is_some_and(|last| at == last + 1);
                let length = if may_begin(&text[..at], follows) { longest(names) } else { 0 };
                if length == 0 {
                    continue;
                }
                last = Some(at + sign.len() + length);
                candidates.push(meanings(names, length, at, sign.len()));
                if candidates.len() == MENTIONS_MAX {
                    return Self(candidates);
                }
            }
        }
        Self(candidates)
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

    /// The first word that mentions a group, unless it is somebody's name, and its place.
    pub(crate) fn group(&self, is_name: impl Fn(&NameKey) -> bool) -> Option<(Range<usize>, GroupKind)> {
        self.0.iter().find_map(|meanings| {
            let mut known = meanings.iter().map(|(place, key)| (place, is_name(key), GroupKind::named(key)));
            let (place, is_name, kind) = known.find(|(_, is_name, kind)| *is_name || kind.is_some())?;
            kind.filter(|_| !is_name).map(|kind| (place.clone(), kind))
        })
    }
}

/// The length of the longest name with which a text may begin; nothing where it begins with none.
fn longest(text: &str) -> usize {
    let (mut letters, mut length) = (0, 0);
    for (at, c) in text.char_indices() {
        letters += usize::from(!continues(c));
        let ends = at + c.len_utf8();
        if letters > NAME_MAX || ends > NAME_BYTES_MAX {
            break;
        }
        match kind(c) {
            CharacterKind::Core | CharacterKind::Mark if at == 0 && continues(c) => break,
            CharacterKind::Core | CharacterKind::Mark => length = ends,
            CharacterKind::Inner if at > 0 => {}
            _ if at > 0 && is_joiner(c) => {}
            _ => break,
        }
    }
    length
}

/// The places and keys of the names with which a text may begin behind an `@` at this place; none is longer than
/// `length`.
fn meanings(text: &str, length: usize, at: usize, sign: usize) -> Vec<(Range<usize>, NameKey)> {
    let elsewhere = is_elsewhere(&text[length..]);
    let ends = text[..length].char_indices().rev().map(|(last, c)| (c, last + c.len_utf8()));
    let names = ends.filter_map(|(c, end)| {
        let (name, rest) = text.split_at(end);
        let is_name = matches!(kind(c), CharacterKind::Core | CharacterKind::Mark) && may_end(name, rest);
        let is_whole_word = !rest.starts_with(is_unspaced);
        let letters = || name.chars().filter(|c| !continues(*c)).count();
        let is_too_long = rest.starts_with(|c| kind(c) == CharacterKind::Core) && letters() > GLUED_MAX;
        (is_name && !is_too_long && !(elsewhere && is_whole_word)).then_some((at..at + sign + end, name))
    });
    names.map(|(place, name)| (place, NameKey::of(name))).filter(|(_, key)| !key.is_too_long()).collect()
}

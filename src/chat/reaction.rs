//! Reactions: an emoji that a member puts beside a message.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::model::{MemberId, Seq, Timestamp};
use crate::emoji;

/// Different emoji on one message.
pub const EMOJI_PER_MESSAGE: usize = 20;
/// Reactions to one message, of all members together: 400 KB.
pub const REACTIONS_PER_MESSAGE: usize = 10_000;

/// One emoji. The same picture is kept as the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Emoji(Arc<str>);

impl Emoji {
    /// None: not exactly one emoji.
    pub fn parse(text: &str) -> Option<Self> {
        emoji::one(text).map(|emoji| Self(emoji.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One member's reaction to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The number of its record.
    pub id: Seq,
    pub at: Timestamp,
    pub member: MemberId,
    pub emoji: Emoji,
}

/// The reactions to one message, oldest first; no member has the same emoji twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reactions(Option<Arc<[Reaction]>>);

impl Reactions {
    /// In the order of their ids.
    #[cfg(feature = "sqlite")]
    pub(crate) fn from_storage(reactions: Vec<Reaction>) -> Self {
        Self::of(reactions)
    }

    fn of(reactions: Vec<Reaction>) -> Self {
        Self((!reactions.is_empty()).then(|| reactions.into()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Reaction> {
        self.0.iter().flat_map(|reactions| reactions.iter())
    }

    pub fn find(&self, member: MemberId, emoji: &Emoji) -> Option<&Reaction> {
        self.iter().find(|reaction| reaction.member == member && reaction.emoji == *emoji)
    }

    /// Whether one with this emoji may come to them: see [`EMOJI_PER_MESSAGE`].
    pub(super) fn have_room_for(&self, emoji: &Emoji) -> bool {
        let different: BTreeSet<&Emoji> = self.iter().map(|reaction| &reaction.emoji).collect();
        different.contains(emoji) || different.len() < EMOJI_PER_MESSAGE
    }

    /// Whether any other may: see [`REACTIONS_PER_MESSAGE`].
    pub(super) fn are_full(&self) -> bool {
        self.iter().count() >= REACTIONS_PER_MESSAGE
    }

    /// Cost: linear, as below.
    pub(super) fn add(&mut self, mut reaction: Reaction) {
        // Those of one emoji share its text.
        if let Some(same) = self.iter().find(|other| other.emoji == reaction.emoji) {
            reaction.emoji = same.emoji.clone();
        }
        *self = Self::of(self.iter().cloned().chain([reaction]).collect());
    }

    pub(super) fn remove(&mut self, id: Seq) {
        *self = Self::of(self.iter().filter(|reaction| reaction.id != id).cloned().collect());
    }

    /// Upper bound of their memory, in bytes: with the texts of [`EMOJI_PER_MESSAGE`], and the overhead of each
    /// allocation.
    pub(super) fn bytes(&self) -> usize {
        const TEXT: usize = 40;
        let count = self.iter().count();
        count * size_of::<Reaction>() + count.min(EMOJI_PER_MESSAGE) * (TEXT + 40)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_one_picture_and_always_the_same() {
        let kept = |text: &str| Emoji::parse(text).map(|emoji| emoji.as_str().to_owned());
        assert_eq!(kept("👍").as_deref(), Some("👍"));
        assert_eq!(kept("👍\u{FE0F}").as_deref(), Some("👍"));
        assert_eq!(kept("❤\u{FE0F}").as_deref(), Some("❤\u{FE0F}"));
        assert_eq!(kept("🏳\u{FE0F}\u{200D}🌈").as_deref(), Some("🏳\u{FE0F}\u{200D}🌈"));
        for none in ["", "a", "👍👍", "👍 ", "❤", "1", "<b>"] {
            assert_eq!(kept(none), None, "{none}");
        }
    }

    #[test]
    fn a_message_has_so_many_different_emoji() {
        let mut reactions = Reactions::default();
        let emoji = |n: u32| Emoji::parse(&char::from_u32(0x1F600 + n).unwrap().to_string()).unwrap();
        let react = |id: u32, member: u64, emoji: Emoji| Reaction {
            id: Seq(id.into()),
            at: Timestamp(0),
            member: MemberId(Seq(member)),
            emoji,
        };
        for n in 0..20 {
            assert!(reactions.have_room_for(&emoji(n)));
            reactions.add(react(n, 1, emoji(n)));
        }
        reactions.add(react(20, 2, emoji(0)));
        assert!(!reactions.have_room_for(&emoji(20)) && reactions.have_room_for(&emoji(0)));
        reactions.remove(Seq(0));
        assert!(!reactions.have_room_for(&emoji(20)));
        reactions.remove(Seq(20));
        assert!(reactions.have_room_for(&emoji(20)));
    }
}

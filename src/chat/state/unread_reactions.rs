//! Reactions to a member's messages that they have not seen, so that counting them needs neither the messages nor the
//! archive.

use std::collections::HashMap;

use crate::chat::model::{MemberId, RoomId, Seq};

/// Unseen reactions of one member that are known; of more, the oldest are given up.
pub(in crate::chat) const REACTIONS_KNOWN_MAX: usize = 20;

/// A reaction that the author of the message has not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadReaction {
    pub id: Seq,
    pub message: Seq,
    pub room: RoomId,
}

/// By the author of the messages, each list in the order of the reactions' ids; none is the author's own. 24 bytes each,
/// see [`REACTIONS_KNOWN_MAX`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::chat) struct UnreadReactions(HashMap<MemberId, Vec<UnreadReaction>>);

impl UnreadReactions {
    /// Cost: O([`REACTIONS_KNOWN_MAX`]), as below.
    pub(in crate::chat) fn add(&mut self, author: MemberId, reaction: UnreadReaction) {
        let own = self.0.entry(author).or_default();
        let Err(index) = own.binary_search_by_key(&reaction.id, |known| known.id) else { return };
        own.insert(index, reaction);
        if own.len() > REACTIONS_KNOWN_MAX {
            own.remove(0);
        }
    }

    pub(in crate::chat) fn seen(&mut self, author: MemberId, up_to: Seq) {
        self.keep(author, |known| known.id > up_to);
    }

    pub(in crate::chat) fn removed(&mut self, author: MemberId, reaction: Seq) {
        self.keep(author, |known| known.id != reaction);
    }

    /// The author is no member any more.
    pub(in crate::chat) fn forget(&mut self, author: MemberId) {
        self.0.remove(&author);
    }

    /// Keeps those of messages that are there. Cost: all that are known.
    pub(in crate::chat) fn retain(&mut self, is_there: impl Fn(&UnreadReaction) -> bool) {
        for own in self.0.values_mut() {
            own.retain(&is_there);
        }
        self.0.retain(|_, own| !own.is_empty());
    }

    /// A message of this author is gone.
    pub(in crate::chat) fn message_gone(&mut self, author: MemberId, message: Seq) {
        self.keep(author, |known| known.message != message);
    }

    pub(in crate::chat) fn of(&self, author: MemberId) -> &[UnreadReaction] {
        self.0.get(&author).map_or(&[], Vec::as_slice)
    }

    fn keep(&mut self, author: MemberId, which: impl Fn(&UnreadReaction) -> bool) {
        let Some(own) = self.0.get_mut(&author) else { return };
        own.retain(which);
        if own.is_empty() {
            self.0.remove(&author);
        }
    }
}

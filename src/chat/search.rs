//! Search requests, and what they find.

use super::message::{Message, MessageView};
use super::model::{MemberId, RoomId, Seq};
use super::query::Query;

/// The conditions that a message has to meet, all of them.
#[derive(Clone, Debug)]
pub struct Search {
    /// All of these.
    pub words: Query,
    pub author: Option<MemberId>,
    /// In these rooms.
    pub rooms: Vec<RoomId>,
    /// Before this message (exclusive), if not up to the newest.
    pub before: Option<Seq>,
}

impl Search {
    /// Tells if a message meets all conditions. Cost: tokenizes its texts, which may take milliseconds.
    pub fn finds(&self, message: &Message) -> bool {
        self.rooms.contains(&message.room)
            && self.author.is_none_or(|author| author == message.author)
            && self.words.are_in(&message.searchable_text())
    }
}

/// The messages that a search found: as views, or without names.
#[derive(Debug)]
pub struct SearchResults<M = MessageView> {
    /// Newest first.
    pub messages: Vec<M>,
    /// Up to where it has looked, where it did not look through all: the `before` to go on with.
    pub more: Option<Seq>,
    /// The deadline passed first; going on with `more` finds the rest.
    pub ended_early: bool,
}

impl<M> SearchResults<M> {
    /// Nothing yet, of what is before some message.
    pub fn nothing(before: Option<Seq>) -> Self {
        Self { messages: Vec::new(), more: before, ended_early: false }
    }
}

//! Reactions come and go, and messages are pinned.

use super::State;
use super::unread_reactions::UnreadReaction;
use crate::chat::event::Record;
use crate::chat::message::Pin;
use crate::chat::model::{MemberId, RoomId, Seq};
use crate::chat::quote::Excerpt;
use crate::chat::reaction::{Emoji, Reaction};

impl State {
    pub(super) fn add_reaction(
        &mut self,
        record: &Record,
        (message, room, author): (Seq, RoomId, MemberId),
        member: MemberId,
        emoji: &Emoji,
    ) {
        let reaction = Reaction { id: record.seq, at: record.at, member, emoji: emoji.clone() };
        let gone = self.window.change(message, |message| message.amendments.reactions.add(reaction));
        if self.is_kept(message) {
            self.note_reaction(author, member, UnreadReaction { id: record.seq, message, room });
        }
        self.forget(&gone);
    }

    /// Notes a reaction that the author of the message has not seen.
    pub(super) fn note_reaction(&mut self, author: MemberId, member: MemberId, reaction: UnreadReaction) {
        let unseen = self.active(author).is_ok_and(|author| author.reactions_seen < reaction.id);
        if unseen && author != member {
            self.unread_reactions.add(author, reaction);
        }
    }

    pub(super) fn remove_reaction(&mut self, message: Seq, author: MemberId, reaction: Seq) {
        self.window.change(message, |message| message.amendments.reactions.remove(reaction));
        self.unread_reactions.removed(author, reaction);
    }

    pub(super) fn pin(&mut self, record: &Record, message: Seq, room: RoomId, by: MemberId) {
        let pin = Box::new(Pin { id: record.seq, by, at: record.at });
        self.window.change(message, |message| message.amendments.pin = Some(pin));
        self.add_pin(room, message);
    }

    pub(super) fn add_pin(&mut self, room: RoomId, message: Seq) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.pins.push(message);
        }
    }

    pub(super) fn unpin(&mut self, message: Seq, room: RoomId) {
        self.window.change(message, |message| message.amendments.pin = None);
        self.forget_pin(room, message);
    }

    pub(super) fn forget_pin(&mut self, room: RoomId, message: Seq) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.pins.retain(|pinned| *pinned != message);
        }
    }

    /// The replies to a message quote what it says now. Cost: the messages after it in its room are looked at.
    pub(super) fn quote_again(&mut self, message: Seq, room: RoomId, excerpt: impl Fn() -> Option<Excerpt>) {
        let later = self.window.known_in(room).take_while(|id| *id > message);
        let answers = |id: &Seq| {
            self.at(*id).and_then(|reply| reply.quote.as_ref()).is_some_and(|quote| quote.message == message)
        };
        let replies: Vec<Seq> = later.filter(answers).collect();
        if replies.is_empty() {
            return;
        }
        let excerpt = excerpt();
        for reply in replies {
            let gone = self.window.change(reply, |reply| {
                if let Some(quote) = &mut reply.quote {
                    quote.excerpt.clone_from(&excerpt);
                }
            });
            self.forget(&gone);
        }
    }
}

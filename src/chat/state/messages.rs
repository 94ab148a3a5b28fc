//! Messages come, change and go, and with them what is derived from them: nonces, changes, mentions.

use std::sync::Arc;

use super::State;
use super::unread_reactions::UnreadReaction;
use crate::chat::event::{ForgottenChange, Record};
use crate::chat::mentions::{GroupMention, Mentions};
use crate::chat::message::{Message, MessageChange, Versioned};
use crate::chat::model::{Body, MemberId, Nonce, RoomId, Seq, Timestamp};

impl State {
    pub(super) fn insert_message(&mut self, message: Message) {
        let (id, author, room) = (message.id, message.author, message.room);
        if let Some(nonce) = &message.nonce {
            self.nonces.insert((author, nonce.clone()), id);
        }
        self.note_mentions(room, id, message.notified());
        for reaction in message.amendments.reactions.iter() {
            self.note_reaction(
                author,
                reaction.member,
                UnreadReaction { id: reaction.id, message: id, room },
            );
        }
        self.attach_files(&message);
        let gone = self.window.add(message, self.pair_in(room));
        self.forget(&gone);
    }

    pub(super) fn edit_message(
        &mut self,
        id: Seq,
        body: &Body,
        (mentions, group): (&Mentions, &Option<Arc<GroupMention>>),
        at: Timestamp,
    ) {
        let gone = self.window.change(id, |message| {
            message.body = body.clone();
            message.mentions = mentions.clone();
            message.group.clone_from(group);
            message.amendments.edited = Some(at);
        });
        self.forget(&gone);
    }

    pub(super) fn delete_message(&mut self, room: RoomId, id: Seq) {
        let message = self.window.remove(room, id);
        self.unread_mentions.gone(id, message.as_ref().map(Message::notified).as_ref());
        self.forget_pin(room, id);
        match &message {
            Some(message) => self.unread_reactions.message_gone(message.author, id),
            None => self.unread_reactions.retain(|known| known.message != id),
        }
        if let Some(message) = message {
            self.detach_files(&message);
        }
    }

    /// The nonces of messages that memory lets go go with them; where nothing else has them, mentions as well.
    pub(in crate::chat) fn forget(&mut self, gone: &[Message]) {
        for message in gone {
            self.detach_files(message);
            let Message { id, author, nonce, .. } = message;
            if let Some(nonce) = nonce {
                self.nonces.remove(&(*author, nonce.clone()));
            }
            if !self.window.remembers() {
                self.unread_mentions.gone(*id, Some(&message.notified()));
                self.unread_reactions.message_gone(*author, *id);
            }
        }
    }

    /// Notes those who are told of a message that they have not seen.
    pub(super) fn note_mentions(
        &mut self,
        room: RoomId,
        message: Seq,
        notified: impl IntoIterator<Item = MemberId>,
    ) {
        for member in notified {
            let inside = self.is_in(member, room) && self.active(member).is_ok();
            if inside && self.read_marker_of(member, room) < message {
                self.unread_mentions.add(member, room, message);
            }
        }
    }

    /// Notes a change of a message, in place of what was known of it before. `sent` is the nonce of one that was
    /// removed: as long as its change is known, who sends it once more does not say it once more.
    pub(super) fn note_change(&mut self, record: &Record, sent: Option<&(MemberId, Nonce)>) {
        let Some(mut change) = record.change() else { return };
        // None has a nonce: the change that has one is a message's last.
        self.changes.retain(|(earlier, _)| {
            let same = earlier.message == change.message;
            if same {
                change.kind = change.kind.max(earlier.kind);
            }
            !same
        });
        if let Some(sent) = sent {
            self.nonces.insert(sent.clone(), change.message);
        }
        self.changes.push_back((change, sent.cloned()));
        if let Some(ForgottenChange { room, seq }) = record.forgets() {
            let index = self.changes.iter().position(|(change, _)| change.seq == seq);
            if let Some((_, Some(sent))) = index.and_then(|index| self.changes.remove(index)) {
                self.nonces.remove(&sent);
            }
            self.changes_are_forgotten(room, seq);
        }
    }

    /// Changes of a room's messages up to this number may not be known.
    pub(super) fn changes_are_forgotten(&mut self, room: RoomId, up_to: Seq) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.changes_forgotten = room.changes_forgotten.max(up_to);
        }
    }

    /// Returns the newest change of a message since it was looked up.
    pub(in crate::chat) fn later_change(&self, found: &Versioned) -> Option<&MessageChange> {
        let mut later = self.changes.iter().rev().take_while(|(change, _)| change.seq > found.as_of);
        later.find(|(change, _)| change.message == found.message.id).map(|(change, _)| change)
    }

    /// Tells if a message is known to be removed: its change is among the newest.
    pub(in crate::chat) fn is_removed(&self, id: Seq) -> bool {
        self.changes.iter().any(|(change, _)| change.message == id && change.is_removal())
    }

    /// Tells if memory or an archive has a message that is changed: what was said after that was decided may have taken
    /// its place.
    pub(super) fn is_kept(&self, id: Seq) -> bool {
        self.window.remembers() || self.at(id).is_some()
    }

    /// A message that is still in memory.
    pub(in crate::chat) fn at(&self, id: Seq) -> Option<&Message> {
        self.window.get(id)
    }
}

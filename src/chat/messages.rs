//! What is said: messages, and who may change them.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::commit_queue::Decision;
use super::event::{Event, ForgottenChange, Record};
use super::mentions::{Candidates, Mention, Mentioned, Mentions};
use super::model::{Body, MemberId, Nonce, Refusal, RoomId, Seq, Timestamp};
use super::names::Username;
use super::state::State;
use super::version::TextVersion;
use super::{Chat, conflicts_with_all};

/// What a message takes in memory beside what it says, in bytes, at most: its place in a B-tree whose nodes are half
/// full, its id in its room's list, its nonce's in a table that is half empty, and for each of text, mentions and
/// nonce what an allocation takes more than what is in it (two counters, the allocator's header, rounding).
const MESSAGE_OVERHEAD: usize = 2 * size_of::<(Seq, Message)>()
    + 2 * size_of::<Seq>()
    + 2 * (size_of::<((MemberId, Nonce), Seq)>() + 1)
    + 3 * 40;
/// Messages of which the newest change is known, in all rooms together: people who come back are told of it. Those
/// who missed more load the page anew. Unit tests do not change so much.
pub const CHANGES_MAX: usize = if cfg!(test) { 4 } else { 1_000 };

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: Seq,
    pub author: MemberId,
    pub room: RoomId,
    pub at: Timestamp,
    pub body: Body,
    pub mentions: Mentions,
    /// When it got this text, if it had another before.
    pub edited: Option<Timestamp>,
    /// The word by which a repeated request is known.
    pub nonce: Option<Nonce>,
}

impl Message {
    /// How long its text is where HTML has it, in bytes: what `maud` escapes takes more.
    pub(super) fn size_as_html(&self) -> usize {
        let size = |byte| match byte {
            b'"' => "&quot;".len(),
            b'&' => "&amp;".len(),
            b'<' | b'>' => "&lt;".len(),
            _ => 1,
        };
        self.body.as_str().bytes().map(size).sum()
    }

    /// What it takes in memory, in bytes: no more, whatever it says.
    pub fn bytes(&self) -> usize {
        let nonce = self.nonce.as_ref().map_or(0, |nonce| nonce.as_str().len());
        let mentions = self.mentions.iter().count() * size_of::<Mention>();
        MESSAGE_OVERHEAD + self.body.as_str().len() + mentions + nonce
    }
}

/// A message with the names that go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    pub message: Message,
    pub author: Author,
    /// Whom it mentions, of those who are members still, in the order of the text.
    pub mentioned: Vec<Mentioned>,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    pub name: Username,
    /// Whether they are no member any more.
    pub former: bool,
}

/// A message was edited or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageChange {
    pub seq: Seq,
    pub message: Seq,
    pub room: RoomId,
    /// Whether it is there no more.
    pub removed: bool,
}

/// What `apply` does.
impl State {
    pub(super) fn insert_message(&mut self, message: Message) {
        let (id, author, room) = (message.id, message.author, message.room);
        if let Some(nonce) = &message.nonce {
            self.nonces.insert((author, nonce.clone()), id);
        }
        self.note_mentions(room, id, &message.mentions);
        let gone = self.window.add(message, self.pair_in(room));
        self.forget(&gone);
    }

    pub(super) fn edit_message(&mut self, id: Seq, body: &Body, mentions: &Mentions, at: Timestamp) {
        let gone = self.window.change(id, |message| {
            message.body = body.clone();
            message.mentions = mentions.clone();
            message.edited = Some(at);
        });
        self.forget(&gone);
    }

    pub(super) fn delete_message(&mut self, room: RoomId, id: Seq) {
        let message = self.window.remove(room, id);
        self.unread_mentions.gone(id, message.as_ref().map(|message| &message.mentions));
    }

    /// The nonces of messages that memory lets go go with them; where nothing else has them, mentions as well.
    pub(super) fn forget(&mut self, gone: &[Message]) {
        for Message { id, author, nonce, mentions, .. } in gone {
            if let Some(nonce) = nonce {
                self.nonces.remove(&(*author, nonce.clone()));
            }
            if !self.window.remembers() {
                self.unread_mentions.gone(*id, Some(mentions));
            }
        }
    }

    /// Notes a change of a message, in place of what was known of it before. `sent` is the nonce of one that was
    /// removed: as long as its change is known, who sends it once more does not say it once more.
    pub(super) fn note_change(
        &mut self,
        record: &Record,
        sent: Option<&(MemberId, Nonce)>,
        forgets: Option<ForgottenChange>,
    ) {
        let Some(change) = record.change() else { return };
        // None has a nonce: the change that has one is a message's last.
        self.changes.retain(|(earlier, _)| earlier.message != change.message);
        if let Some(sent) = sent {
            self.nonces.insert(sent.clone(), change.message);
        }
        self.changes.push_back((change, sent.cloned()));
        if let Some(ForgottenChange { room, seq }) = forgets {
            let place = self.changes.iter().position(|(change, _)| change.seq == seq);
            if let Some((_, Some(sent))) = place.and_then(|index| self.changes.remove(index)) {
                self.nonces.remove(&sent);
            }
            self.changes_are_forgotten(room, seq);
        }
    }

    /// The change to forget when one more message of a room is changed: where there would be more than
    /// [`CHANGES_MAX`], the oldest of the room that has most, so that none is at the expense of other rooms; of
    /// rooms that have as many, the oldest. A message has one change.
    fn change_to_forget(&self, message: Seq, room: RoomId) -> Option<ForgottenChange> {
        let others = self.changes.iter().map(|(change, _)| change).filter(|change| change.message != message);
        let others: Vec<&MessageChange> = others.collect();
        if others.len() < CHANGES_MAX {
            return None;
        }
        let mut of_rooms: HashMap<RoomId, (usize, Reverse<Seq>)> = HashMap::new();
        for change in others {
            of_rooms.entry(change.room).or_insert((0, Reverse(change.seq))).0 += 1;
        }
        of_rooms.entry(room).or_insert((0, Reverse(Seq(u64::MAX)))).0 += 1;
        let (room, (_, Reverse(seq))) = of_rooms.into_iter().max_by_key(|(_, rank)| *rank)?;
        Some(ForgottenChange { room, seq })
    }

    /// Changes of a room's messages up to this number may not be known.
    pub(super) fn changes_are_forgotten(&mut self, room: RoomId, up_to: Seq) {
        if let Some(room) = self.rooms.get_mut(&room) {
            room.changes_forgotten = room.changes_forgotten.max(up_to);
        }
    }
}

/// What pages ask, and the policies.
impl State {
    /// Whether a member has said something with this nonce, as far as memory goes.
    pub fn knows_nonce(&self, author: MemberId, nonce: &Nonce) -> bool {
        self.nonces.contains_key(&(author, nonce.clone()))
    }

    /// A message that is still in memory.
    pub(super) fn at(&self, id: Seq) -> Option<&Message> {
        self.window.get(id)
    }

    /// A message that is still in memory, after the one before it in its room.
    pub fn message(&self, id: Seq) -> Option<(Option<&Message>, MessageView)> {
        let message = self.at(id)?;
        let earlier = self.window.page(message.room, Some(id), 1).0.next();
        Some((earlier, self.resolve_names(message.clone())?))
    }

    /// A message with the names that go with it.
    pub(super) fn resolve_names(&self, message: Message) -> Option<MessageView> {
        let author = self.member(message.author)?;
        let author = Author { name: author.name.clone(), former: author.is_former() };
        let mentioned = message.mentions.iter().filter_map(|mention| {
            let name = self.active(mention.member).ok()?.name.clone();
            Some(Mentioned { place: mention.place(), member: mention.member, name })
        });
        let mentioned = mentioned.collect();
        Some(MessageView { message, author, mentioned })
    }

    /// Whom a text mentions. Who has a name now may not be who had it when the message with this number was
    /// written.
    pub(crate) fn mentions(&self, candidates: &Candidates, message: Seq) -> Mentions {
        candidates.resolve(|key| {
            let (id, member) = self.member_named(key)?;
            Some((id, !member.is_former() && id.0 < message))
        })
    }

    pub(super) fn resolve_all_names(&self, messages: impl IntoIterator<Item = Message>) -> Vec<MessageView> {
        messages.into_iter().filter_map(|message| self.resolve_names(message)).collect()
    }

    /// Whether a member may give a message another text: their own, in a room that they are in.
    pub fn may_edit(&self, member: MemberId, message: &Message) -> bool {
        message.author == member && self.is_in(member, message.room)
    }

    /// Whether a member may remove a message: one that they may edit, and an owner any that they see and that is
    /// not in a conversation of two.
    pub fn may_remove(&self, member: MemberId, message: &Message) -> bool {
        self.may_edit(member, message) || self.moderates(member, message.room)
    }

    /// Whether a member may remove the messages of others in a room.
    pub fn moderates(&self, member: MemberId, room: RoomId) -> bool {
        self.is_owner(member) && !self.pair_in(room) && self.sees(member, room)
    }
}

impl Chat {
    /// Says something in a room. A nonce that the member used before gives the earlier message's id
    /// and makes no second one.
    pub fn post(
        &self,
        author: MemberId,
        room: RoomId,
        body: Body,
        nonce: Option<Nonce>,
        now: Timestamp,
    ) -> Result<Seq, Refusal> {
        let (sent, candidates) = (nonce.clone(), Candidates::of(&body));
        let kept = self.kept_by_nonce(author, nonce.as_ref())?;
        // Of all that is decided and not applied yet, only who is in the room and a message with the
        // same nonce matter.
        let same = |record: &Record| {
            matches!(&record.event, Event::Posted { author: by, nonce: Some(used), .. }
                if *by == author && sent.as_ref() == Some(used))
        };
        let other = |record: &Record| record.event.commutes_with_messages() && !same(record);
        self.commit(now, other, |state, next| {
            state.must_speak(author, room)?;
            if let Some(id) = state.sent_before(author, Some(room), &body, nonce.as_ref(), kept.as_ref())? {
                return Ok(Decision::AlreadyRecorded(id));
            }
            let mentions = state.mentions(&candidates, next);
            Ok(Decision::Record(vec![Event::Posted { author, room, body, mentions, nonce, edited: None }]))
        })
    }

    /// Says something to another member (or in one's notes), with which the conversation begins if it has not.
    pub fn post_privately(
        &self,
        author: MemberId,
        other: MemberId,
        body: Body,
        nonce: Option<Nonce>,
        now: Timestamp,
    ) -> Result<Seq, Refusal> {
        // One that has begun does not keep others waiting.
        let begun = self.state().pair(author, other);
        if let Some(room) = begun {
            return self.post(author, room, body, nonce, now);
        }
        let (candidates, mut opened) = (Candidates::of(&body), 0);
        let kept = self.kept_by_nonce(author, nonce.as_ref())?;
        let first = self.commit(now, conflicts_with_all, |state, next| {
            state.active(author)?;
            state.active_other(other)?;
            let begun = state.pair(author, other);
            if let Some(id) = state.sent_before(author, begun, &body, nonce.as_ref(), kept.as_ref())? {
                return Ok(Decision::AlreadyRecorded(id));
            }
            let room = begun.unwrap_or(RoomId(next));
            let mentions = state.mentions(&candidates, next);
            let mut events = vec![Event::Posted { author, room, body, mentions, nonce, edited: None }];
            if begun.is_none() {
                self.may_begin(state, author, if author == other { 1 } else { 2 })?;
                let (one, other) = (author.min(other), author.max(other));
                events.insert(0, Event::PairOpened { by: Some(author), one, other });
                opened = 1;
            }
            Ok(Decision::Record(events))
        })?;
        Ok(Seq(first.0 + opened))
    }

    /// Gives one's own message another text, in place of the one that was `known`, if that is said. The one before is
    /// gone.
    pub fn edit(
        &self,
        by: MemberId,
        id: Seq,
        body: Body,
        known: Option<TextVersion>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let candidates = Candidates::of(&body);
        self.change_message(by, id, now, State::may_edit, |state, message| {
            if message.body == body {
                return Ok(None);
            }
            if known.is_some_and(|known| known != message.body.version()) {
                return Err(Refusal::Outdated);
            }
            let mentions = state.mentions(&candidates, id);
            let forgets = state.change_to_forget(id, message.room);
            Ok(Some(Event::Edited { message: id, room: message.room, body, mentions, forgets }))
        })
    }

    /// Removes a message; what it said is gone.
    pub fn remove(&self, by: MemberId, id: Seq, now: Timestamp) -> Result<(), Refusal> {
        let mut room = RoomId::SHARED;
        self.change_message(by, id, now, State::may_remove, |state, message| {
            room = message.room;
            let sent = message.nonce.clone().map(|nonce| (message.author, nonce));
            let forgets = state.change_to_forget(id, room);
            Ok(Some(Event::Removed { message: id, room, sent, forgets }))
        })?;
        self.recall(room);
        Ok(())
    }

    fn change_message(
        &self,
        by: MemberId,
        id: Seq,
        now: Timestamp,
        may: impl Fn(&State, MemberId, &Message) -> bool,
        change: impl FnOnce(&State, &Message) -> Result<Option<Event>, Refusal>,
    ) -> Result<(), Refusal> {
        // Its author and room are for ever, so it may be looked up before the decision.
        let found = self.find(id)?.ok_or(Refusal::NoSuchMessage)?;
        self.change(now, conflicts_with_all, |state| {
            state.active(by)?;
            // It may have been changed since it was found, and then that is in the newest changes.
            let message = match (state.at(id), state.later_change(&found)) {
                (Some(message), _) => message,
                (None, None) => &found.message,
                (None, Some(change)) if change.removed => return Err(Refusal::NoSuchMessage),
                (None, Some(_)) => return Err(Refusal::Outdated),
            };
            if !state.sees(by, message.room) {
                return Err(Refusal::NoSuchMessage);
            }
            if !may(state, by, message) {
                return Err(Refusal::NotTheirs);
            }
            Ok(change(state, message)?.into_iter().collect())
        })
    }

    /// A message that a member sees, wherever it is kept, and nothing where there is none for them.
    pub fn message_for(&self, member: MemberId, id: Seq) -> Result<Option<MessageView>, Refusal> {
        let Some(found) = self.find(id)? else { return Ok(None) };
        let state = self.state();
        let seen = Some(found.message).filter(|message| state.sees(member, message.room));
        Ok(seen.and_then(|message| state.resolve_names(message)))
    }

    fn find(&self, id: Seq) -> Result<Option<Versioned>, Refusal> {
        let (in_memory, as_of, old) = {
            let state = self.state();
            (state.at(id).cloned(), state.last(), id <= state.window.evicted_through())
        };
        let message = match in_memory {
            None if old && self.has_archive => self.old.ask(|archive| archive.some(&[id]))?.pop(),
            in_memory => in_memory,
        };
        Ok(message.map(|message| Versioned { message, as_of }))
    }
}

/// A message, as it was after some record.
pub(super) struct Versioned {
    pub(super) message: Message,
    pub(super) as_of: Seq,
}

//! What is said: messages, who may change them, and how they are read again.

use std::collections::HashSet;

use super::event::{Event, Record};
use super::journal::{Archive, NotKept};
use super::model::{Body, MemberId, Nonce, Refusal, RoomId, Seq, Timestamp};
use super::names::{NameKey, Username, mentions};
use super::people::Member;
use super::pipeline::Decision;
use super::rooms::{Room, RoomKind};
use super::state::State;
use super::{Chat, alone};
use crate::log::log;
use crate::share::lock;

/// The text kept per message of history, on average, in bytes of UTF-8: what turns a number of
/// messages into a bound of memory. One message may be longer; then fewer are kept.
pub const HISTORY_BYTES_PER_MESSAGE: usize = 1024;
/// Changes of messages that somebody who comes back is told of; who missed more loads the page anew.
pub const CHANGES_MAX: usize = 1_000;

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its record's number.
    pub id: Seq,
    /// Who said it.
    pub author: MemberId,
    /// Where.
    pub room: RoomId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub body: Body,
    /// When it got this text, if it had another before.
    pub edited: Option<Timestamp>,
    /// The word by which a repeated request is known.
    pub nonce: Option<Nonce>,
}

/// A message with the names that go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// What was said.
    pub message: Message,
    /// Who said it.
    pub author: Author,
    /// Whom it calls by name.
    pub mentioned: Vec<Username>,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// How they are called.
    pub name: Username,
    /// Whether they are no member any more.
    pub former: bool,
}

/// A message was edited or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The record's number.
    pub seq: Seq,
    /// The message.
    pub message: Seq,
    /// Where it is, or was.
    pub room: RoomId,
    /// Whether it is there no more.
    pub removed: bool,
}

/// A run of messages for a page, oldest first.
#[derive(Debug)]
pub struct History {
    /// The messages.
    pub messages: Vec<Said>,
    /// What lies before the first of them.
    pub before: Before,
    /// Whether these reach to the newest.
    pub newest: bool,
    /// The number up to which this is the whole truth.
    pub seq: Seq,
}

/// What lies before a run of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Older messages, which can be asked for.
    More,
    /// Nothing: the conversation begins here.
    Beginning,
    /// Messages that are not kept any more.
    Forgotten,
}

/// What happened after some number.
#[derive(Debug)]
pub struct Missed {
    /// The first messages after it, oldest first.
    pub messages: Vec<Said>,
    /// Whether these are all.
    pub newest: bool,
    /// What became of messages before, each with what it says now unless it was removed; nothing at all where
    /// so much was changed since that nobody knows any more.
    pub changes: Option<Vec<(Change, Option<Said>)>>,
    /// The number up to which this is the whole truth.
    pub seq: Seq,
}

/// Of which rooms messages are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Of this one.
    Room(RoomId),
    /// Of all that this member is in.
    Of(MemberId),
}

impl History {
    /// The first of these messages that somebody who has seen what is up to `seen` has not, and that is not
    /// their own.
    pub fn unseen(&self, seen: Option<Seq>, own: MemberId) -> Option<Seq> {
        let news = |message: &&Message| seen.is_some_and(|seen| message.id > seen) && message.author != own;
        self.messages.iter().map(|said| &said.message).find(news).map(|message| message.id)
    }
}

impl Scope {
    fn has(self, state: &State, room: RoomId) -> bool {
        match self {
            Self::Room(only) => room == only,
            Self::Of(member) => state.is_in(member, room),
        }
    }

    /// These rooms, one by one.
    fn rooms(self, state: &State) -> Vec<RoomId> {
        match self {
            Self::Room(only) => vec![only],
            Self::Of(member) => {
                let others = state.member(member).into_iter().flat_map(|member| &member.rooms);
                [RoomId::SHARED].iter().chain(others).copied().collect()
            }
        }
    }
}

/// What `apply` does.
impl State {
    pub(super) fn say(&mut self, message: Message) {
        let (id, author, room) = (message.id, message.author, message.room);
        if let Some(nonce) = &message.nonce {
            self.nonces.insert((author, nonce.clone()), id);
        }
        self.message_bytes += message.body.as_str().len();
        self.messages.push_back(message);
        if let Some(room) = self.rooms.get_mut(&room) {
            room.said.push_back(id);
        }
        self.mark(author, room, id);
        self.forget_surplus();
    }

    pub(super) fn edit(&mut self, id: Seq, body: &Body, at: Timestamp) {
        let Ok(index) = self.place_of(id) else { return };
        let message = &mut self.messages[index];
        self.message_bytes -= message.body.as_str().len();
        self.message_bytes += body.as_str().len();
        message.body = body.clone();
        message.edited = Some(at);
        self.forget_surplus();
    }

    pub(super) fn unsay(&mut self, id: Seq) {
        let Some(message) = self.place_of(id).ok().and_then(|index| self.messages.remove(index)) else {
            return;
        };
        self.message_bytes -= message.body.as_str().len();
        if let Some(room) = self.rooms.get_mut(&message.room) {
            room.said.retain(|said| *said != id);
        }
    }

    pub(super) fn note_change(&mut self, change: Change) {
        if change.removed {
            let earlier = self.changes.iter_mut().filter(|earlier| earlier.message == change.message);
            earlier.for_each(|earlier| earlier.removed = true);
        }
        self.changes.push_back(change);
        if self.changes.len() > CHANGES_MAX + 1
            && let Some(old) = self.changes.pop_front()
            && let Some(sent) = self.removed_nonces.remove(&old.seq)
        {
            self.nonces.remove(&sent);
        }
    }

    /// Who sends a removed message once more does not say it once more, as long as its change is known.
    pub(super) fn note_removed_nonce(&mut self, seq: Seq, message: Seq, sent: Option<&(MemberId, Nonce)>) {
        if let Some(sent) = sent {
            self.nonces.insert(sent.clone(), message);
            self.removed_nonces.insert(seq, sent.clone());
        }
    }

    /// Keeps memory bounded. The nonce of a message goes with it.
    fn forget_surplus(&mut self) {
        let bytes_max = self.history.saturating_mul(HISTORY_BYTES_PER_MESSAGE);
        while self.messages.len() > 1
            && (self.messages.len() > self.history || self.message_bytes > bytes_max)
        {
            self.forget_oldest();
        }
    }

    pub(super) fn forget_oldest(&mut self) {
        let Some(old) = self.messages.pop_front() else { return };
        self.forgotten = old.id;
        self.message_bytes -= old.body.as_str().len();
        if let Some(nonce) = old.nonce {
            self.nonces.remove(&(old.author, nonce));
        }
        if let Some(room) = self.rooms.get_mut(&old.room) {
            room.said.pop_front();
            room.forgotten = old.id;
        }
    }

    fn place_of(&self, id: Seq) -> Result<usize, usize> {
        self.messages.binary_search_by_key(&id, |message| message.id)
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
        self.messages.get(self.place_of(id).ok()?)
    }

    /// A message that is still in memory, after the one before it in its room.
    pub fn message(&self, id: Seq) -> Option<(Option<&Message>, Said)> {
        let message = self.at(id)?;
        let said = &self.rooms.get(&message.room)?.said;
        let before = said.partition_point(|other| *other < id).checked_sub(1);
        let earlier = before.and_then(|index| self.at(said[index]));
        Some((earlier, self.with_names(message.clone())?))
    }

    /// Whether a message with this number would be in memory, if it was there still.
    pub fn is_in_window(&self, id: Seq) -> bool {
        id > self.forgotten
    }

    /// The newest `limit` messages of a room, or those just before message `before` (exclusive).
    pub fn history(&self, room: RoomId, before: Option<Seq>, limit: usize) -> History {
        let nothing = Room::new(RoomKind::Shared);
        let found = self.rooms.get(&room).unwrap_or(&nothing);
        let Room { said, forgotten, .. } = found;
        let end = match before {
            Some(id) => said.partition_point(|other| *other < id),
            None => said.len(),
        };
        let start = end.saturating_sub(limit);
        History {
            messages: self.all_with_names(said.range(start..end).filter_map(|id| self.at(*id)).cloned()),
            before: match start {
                1.. => Before::More,
                0 if *forgotten == Seq::default() => Before::Beginning,
                0 => Before::Forgotten,
            },
            newest: before.is_none_or(|id| id > found.newest()),
            seq: self.last,
        }
    }

    /// The first `limit` messages after `after` (exclusive) of these rooms, or nothing where some of them are
    /// not kept any more, or where `after` is from another history than this.
    fn since(&self, scope: Scope, after: Seq, limit: usize) -> Option<Missed> {
        if after < self.forgotten || after > self.last {
            return None;
        }
        let start = self.messages.partition_point(|message| message.id <= after);
        let mut later = self.messages.range(start..).filter(|message| scope.has(self, message.room));
        let messages = self.all_with_names(later.by_ref().take(limit).cloned());
        Some(Missed { messages, newest: later.next().is_none(), changes: None, seq: self.last })
    }

    /// What was changed after `after` in these rooms, each message once; nothing where nobody knows any more.
    fn changed_since(&self, scope: Scope, after: Seq) -> Option<Vec<Change>> {
        let known = self.changes.len() <= CHANGES_MAX || self.changes.front()?.seq <= after;
        known.then_some(())?;
        let mut seen = HashSet::new();
        let later = self.changes.iter().rev().take_while(|change| change.seq > after);
        let of_rooms = later.filter(|change| change.message <= after && scope.has(self, change.room));
        let mut newest: Vec<Change> =
            of_rooms.filter(|change| seen.insert(change.message)).copied().collect();
        newest.reverse();
        Some(newest)
    }

    /// A message with the names that go with it.
    fn with_names(&self, message: Message) -> Option<Said> {
        let author = self.member(message.author)?;
        let author = Author { name: author.name.clone(), former: author.former };
        // Who has a name now may not be who had it then.
        let called = |(id, _): &(MemberId, &Member)| id.0 < message.id;
        let find = |key: &NameKey| {
            let found = self.active_named(key).filter(called);
            found.map(|(_, member)| member.name.clone())
        };
        let mut mentioned: Vec<Username> = Vec::new();
        for (_, name) in mentions(message.body.as_str(), find) {
            if !mentioned.contains(&name) {
                mentioned.push(name);
            }
        }
        Some(Said { message, author, mentioned })
    }

    pub(super) fn all_with_names(&self, messages: impl IntoIterator<Item = Message>) -> Vec<Said> {
        messages.into_iter().filter_map(|message| self.with_names(message)).collect()
    }

    /// Whether a member may give a message another text: their own, where they may speak.
    pub fn may_edit(&self, member: MemberId, message: &Message) -> bool {
        message.author == member && self.is_in(member, message.room)
    }

    /// Whether a member may remove a message: their own, and an owner any that is not in a conversation of two.
    pub fn may_remove(&self, member: MemberId, message: &Message) -> bool {
        let private = self.pair_in(message.room);
        self.may_edit(member, message)
            || (self.is_owner(member) && !private && self.sees(member, message.room))
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
        let sent = nonce.clone();
        // Of all that is decided and not applied yet, only who is in the room and a message with the
        // same nonce matter.
        let other = |record: &Record| match &record.event {
            Event::Posted { author: by, nonce: Some(used), .. } => {
                *by != author || sent.as_ref() != Some(used)
            }
            Event::Posted { nonce: None, .. } | Event::Read { .. } => true,
            _ => false,
        };
        self.commit(now, other, |state, _| {
            state.must_speak(author, room)?;
            let earlier =
                nonce.as_ref().and_then(|nonce| state.nonces.get(&(author, nonce.clone())).copied());
            let said = earlier.map(|id| (id, state.at(id)));
            match said {
                None => {
                    Ok(Decision::Happens(vec![Event::Posted { author, room, body, nonce, edited: None }]))
                }
                // What it said then, nobody knows of one that was edited or removed since.
                Some((id, None)) => Ok(Decision::Happened(id)),
                Some((id, Some(message)))
                    if message.room == room && (message.edited.is_some() || message.body == body) =>
                {
                    Ok(Decision::Happened(id))
                }
                Some(_) => Err(Refusal::NonceReused),
            }
        })
    }

    /// Gives one's own message another text; the one before is gone.
    pub fn edit(&self, by: MemberId, id: Seq, body: Body, now: Timestamp) -> Result<(), Refusal> {
        self.change_message(by, id, now, State::may_edit, |message| {
            (message.body != body).then_some(Event::Edited { message: id, room: message.room, body })
        })
    }

    /// Removes a message; what it said is gone.
    pub fn remove(&self, by: MemberId, id: Seq, now: Timestamp) -> Result<(), Refusal> {
        self.change_message(by, id, now, State::may_remove, |message| {
            let sent = message.nonce.clone().map(|nonce| (message.author, nonce));
            Some(Event::Removed { message: id, room: message.room, sent })
        })
    }

    fn change_message(
        &self,
        by: MemberId,
        id: Seq,
        now: Timestamp,
        may: impl Fn(&State, MemberId, &Message) -> bool,
        change: impl FnOnce(&Message) -> Option<Event>,
    ) -> Result<(), Refusal> {
        // Its author and room are for ever, so it may be looked up before the decision.
        let found = self.find(id)?.ok_or(Refusal::NoSuchMessage)?;
        self.commit(now, alone, |state, _| {
            state.active(by)?;
            // It may have been removed meanwhile, and then it is in the newest changes.
            let message = match state.at(id) {
                Some(message) => message,
                None if state
                    .changes
                    .iter()
                    .any(|change| change.message == id && change.seq > found.as_of) =>
                {
                    return Err(Refusal::NoSuchMessage);
                }
                None => &found.message,
            };
            if !state.sees(by, message.room) {
                return Err(Refusal::NoSuchMessage);
            }
            if !may(state, by, message) {
                return Err(Refusal::NotTheirs);
            }
            let happens = change(message).map(|event| Decision::Happens(vec![event]));
            Ok(happens.unwrap_or(Decision::Happened(state.last())))
        })
        .map(drop)
    }

    /// A message that a member sees, wherever it is kept, and nothing where there is none for them.
    pub fn message_for(&self, member: MemberId, id: Seq) -> Result<Option<Said>, Refusal> {
        let Some(found) = self.find(id)? else { return Ok(None) };
        let state = self.state();
        let seen = Some(found.message).filter(|message| state.sees(member, message.room));
        Ok(seen.and_then(|message| state.with_names(message)))
    }

    fn find(&self, id: Seq) -> Result<Option<Found>, Refusal> {
        let (in_memory, as_of, older) = {
            let state = self.state();
            (state.at(id).cloned(), state.last(), id <= state.forgotten)
        };
        let message = match in_memory {
            None if older && self.has_archive => self.look_up(|archive| archive.message(id))?,
            in_memory => in_memory,
        };
        Ok(message.map(|message| Found { message, as_of }))
    }

    /// The newest `limit` messages of a room, or those just before message `before` (exclusive): from
    /// memory, and what it has let go from the archive. Ask first whether the member sees the room.
    pub fn history(&self, room: RoomId, before: Option<Seq>, limit: usize) -> Result<History, Refusal> {
        let recent = self.state().history(room, before, limit);
        if recent.before != Before::Forgotten || !self.has_archive {
            return Ok(recent);
        }
        let end = recent.messages.first().map(|said| said.message.id).or(before);
        let missing = limit - recent.messages.len();
        // One more, to know whether there are more.
        let mut older =
            self.look_up(|archive| archive.before(room, end.unwrap_or(recent.seq), missing + 1))?;
        let more = older.len() > missing;
        if more {
            older.remove(0);
        }
        let mut messages = self.state().all_with_names(older);
        messages.extend(recent.messages);
        let before = if more { Before::More } else { Before::Beginning };
        Ok(History { messages, before, ..recent })
    }

    /// What happened in these rooms after `after` (exclusive), with the first `limit` messages; nothing where
    /// some of them are not kept any more, or where `after` is from another history than this.
    pub fn since(&self, scope: Scope, after: Seq, limit: usize) -> Result<Option<Missed>, Refusal> {
        let (in_memory, changes, rooms, seq) = {
            let state = self.state();
            let changes = state.changed_since(scope, after);
            (state.since(scope, after, limit), changes, scope.rooms(&state), state.last())
        };
        let mut missed = match in_memory {
            None if after <= seq && self.has_archive => {
                let mut found = self.look_up(|archive| archive.after(&rooms, after, limit + 1))?;
                // The archive may know more than was true when it was asked.
                found.retain(|message| message.id <= seq);
                let newest = found.len() <= limit;
                found.truncate(limit);
                let messages = self.state().all_with_names(found);
                Missed { messages, newest, changes: None, seq }
            }
            None => return Ok(None),
            Some(missed) => missed,
        };
        if let Some(changes) = changes {
            let now = |change: Change| Ok((change, self.find(change.message)?.map(|found| found.message)));
            let now = changes.into_iter().map(now).collect::<Result<Vec<_>, Refusal>>()?;
            let state = self.state();
            let named = now
                .into_iter()
                .map(|(change, message)| (change, message.and_then(|message| state.with_names(message))));
            // Of what was edited and is not kept any more, nobody knows what it says.
            missed.changes = Some(named.filter(|(change, said)| change.removed || said.is_some()).collect());
        }
        Ok(Some(missed))
    }

    fn look_up<T>(&self, what: impl FnOnce(&dyn Archive) -> Result<T, NotKept>) -> Result<T, Refusal> {
        let _turn = self.reading.enter().map_err(|_| Refusal::Busy)?;
        let archive = lock(&self.archive);
        what(&**archive.as_ref().ok_or(Refusal::NotRead)?).map_err(|why| {
            log(format_args!("older messages could not be read: {why}"));
            Refusal::NotRead
        })
    }
}

/// A message, as it was after some record.
struct Found {
    message: Message,
    as_of: Seq,
}

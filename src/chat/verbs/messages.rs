//! Posting, and changing what was posted.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::chat::Chat;
use crate::chat::commit_queue::{Decision, conflicts_with_all};
use crate::chat::event::{Event, ForgottenChange, Record};
use crate::chat::file::{AltText, FileId, FileRecord, Files};
use crate::chat::group_words::GroupKind;
use crate::chat::mentions::{Candidates, GROUP_MAX, GroupMention, SMALL_ROOM};
use crate::chat::message::{Amendments, CHANGES_MAX, ChangeKind, Message, MessageChange, Versioned};
use crate::chat::model::{Body, MemberId, Nonce, Refusal, RoomId, Seq, Timestamp};
use crate::chat::quote::{Excerpt, Quote};
use crate::chat::state::State;
use crate::chat::version::TextVersion;
use crate::fair::Permit;

/// Tries where others change meanwhile what was looked up, as memory does not have it.
pub(super) const TRIES: usize = 16;

impl State {
    /// The files of a new message, as it names them.
    ///
    /// Errors: `NoSuchFile` where one is not the author's to send (any more), or is named twice.
    fn files_to_send(&self, NewMessage { author, files, .. }: &NewMessage) -> Result<Files, Refusal> {
        let file = |(place, (id, alt)): (usize, &(FileId, Option<AltText>))| {
            if files[..place].iter().any(|(other, _)| other == id) {
                return Err(Refusal::NoSuchFile);
            }
            let file = self.unsent_file(*author, *id).ok_or(Refusal::NoSuchFile)?.file.clone();
            let alt = alt.clone().unwrap_or_else(|| file.alt.clone());
            Ok((*id, FileRecord { alt, ..file }))
        };
        files.iter().enumerate().map(file).collect()
    }

    pub(super) fn removal_of(&self, message: &Message) -> Event {
        let sent = message.nonce.clone().map(|nonce| (message.author, nonce));
        let forgets = self.change_to_forget(message.id, message.room, &[]);
        Event::Removed { message: message.id, room: message.room, sent, forgets }
    }

    /// The change to forget when one more message of a room is changed beside those in flight: where there would be more
    /// than [`CHANGES_MAX`], the oldest of the room that has most, so that none is at the expense of other rooms; of
    /// rooms that have as many, the oldest. A message has one change.
    pub(in crate::chat) fn change_to_forget(
        &self,
        message: Seq,
        room: RoomId,
        in_flight: &[&Record],
    ) -> Option<ForgottenChange> {
        if self.changes.len() + in_flight.len() < CHANGES_MAX {
            return None;
        }
        let mut changes: Vec<MessageChange> = self.changes.iter().map(|(change, _)| *change).collect();
        for record in in_flight {
            if let Some(change) = record.change() {
                changes.retain(|earlier| earlier.message != change.message);
                changes.push(change);
            }
            if let Some(forgotten) = record.forgets() {
                changes.retain(|change| change.seq != forgotten.seq);
            }
        }
        changes.retain(|change| change.message != message);
        if changes.len() < CHANGES_MAX {
            return None;
        }
        let mut of_rooms: HashMap<RoomId, (usize, Reverse<Seq>)> = HashMap::new();
        for change in &changes {
            of_rooms.entry(change.room).or_insert((0, Reverse(change.seq))).0 += 1;
        }
        of_rooms.entry(room).or_insert((0, Reverse(Seq(u64::MAX)))).0 += 1;
        let (room, (_, Reverse(seq))) = of_rooms.into_iter().max_by_key(|(_, rank)| *rank)?;
        Some(ForgottenChange { room, seq })
    }
}

impl State {
    /// A group in the text, whom an author may mention in this room; see [`SMALL_ROOM`].
    fn group_mention(
        &self,
        candidates: &Candidates,
        author: MemberId,
        room: RoomId,
        online: &[MemberId],
    ) -> Option<Arc<GroupMention>> {
        let (place, kind) = self.group_place(candidates)?;
        let members = self.group_members(author, room, kind, online)?;
        GroupMention::new(place, members)
    }

    /// The members that a word for a group mentions, without the author. None: they may not mention it here.
    ///
    /// Cost: all members, in the shared room.
    pub(crate) fn group_members(
        &self,
        author: MemberId,
        room: RoomId,
        kind: GroupKind,
        online: &[MemberId],
    ) -> Option<Vec<MemberId>> {
        let is_pair = self.pair_in(room);
        let inside: Vec<MemberId> = if room == RoomId::SHARED {
            self.active_members().map(|(id, _)| id).collect()
        } else {
            self.audience(room).into_iter().collect()
        };
        if is_pair || inside.len() > SMALL_ROOM && !self.is_owner(author) {
            return None;
        }
        let told =
            |id: &MemberId| *id != author && (kind == GroupKind::Room || online.binary_search(id).is_ok());
        let mut members: Vec<MemberId> = inside.into_iter().filter(told).collect();
        members.sort_unstable();
        (members.len() <= GROUP_MAX).then_some(members)
    }

    /// Where a text mentions a group, and which.
    pub(crate) fn group_place(&self, candidates: &Candidates) -> Option<(Range<usize>, GroupKind)> {
        candidates.group(|key| self.member_named(key).is_some())
    }

    /// The group that was told of a message, where its new text still mentions one: nobody else is told.
    fn same_group(&self, candidates: &Candidates, told: &GroupMention) -> Option<Arc<GroupMention>> {
        let (place, _) = self.group_place(candidates)?;
        GroupMention::new(place, told.members.to_vec())
    }

    /// A message that was looked up, as it is now; for one member, who has to see it.
    ///
    /// Errors: `NoSuchMessage`; `Outdated` where memory does not have it and it was changed since it was looked up.
    pub(super) fn found_for<'a>(
        &'a self,
        by: MemberId,
        found: &'a Versioned,
    ) -> Result<&'a Message, Refusal> {
        // Changes since then are among the newest.
        let message = match (self.at(found.message.id), self.later_change(found)) {
            (Some(message), _) => message,
            (None, None) => &found.message,
            (None, Some(change)) if change.is_removal() => return Err(Refusal::NoSuchMessage),
            (None, Some(_)) => return Err(Refusal::Outdated),
        };
        if self.sees(by, message.room) { Ok(message) } else { Err(Refusal::NoSuchMessage) }
    }

    /// What a reply in a room quotes.
    fn quote(
        &self,
        room: RoomId,
        answered: Option<&(Versioned, Excerpt)>,
    ) -> Result<Option<Box<Quote>>, Refusal> {
        let Some((found, excerpt)) = answered else { return Ok(None) };
        let Message { id, author, room: its_room, .. } = &found.message;
        let excerpt = match (self.at(*id), self.later_change(found)) {
            _ if *its_room != room => return Err(Refusal::NoSuchMessage),
            (Some(message), Some(_)) => Excerpt::of(&message.body),
            (None, Some(change)) if change.kind == ChangeKind::Content => return Err(Refusal::Outdated),
            (None, Some(change)) if change.is_removal() => return Err(Refusal::NoSuchMessage),
            (_, None) | (None, Some(_)) => excerpt.clone(),
        };
        Ok(Some(Box::new(Quote { message: *id, author: *author, excerpt: Some(excerpt) })))
    }
}

/// A message to post.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub author: MemberId,
    /// Without files, it is not empty.
    pub body: Body,
    /// Files that the author has uploaded and not sent, up to [`crate::chat::FILES_PER_MESSAGE`]; with another text for a
    /// picture, if there is one.
    pub files: Vec<(FileId, Option<AltText>)>,
    /// The message of the same room that it answers.
    pub answers: Option<Seq>,
    /// Those who are online, in the order of their ids: a word may mention them.
    pub online: Vec<MemberId>,
    /// By which a repeated request is known.
    pub nonce: Option<Nonce>,
}

impl NewMessage {
    fn posted(
        self,
        state: &State,
        room: RoomId,
        candidates: &Candidates,
        (quote, next): (Option<Box<Quote>>, Seq),
    ) -> Result<Event, Refusal> {
        let files = state.files_to_send(&self)?;
        let mentions = state.mentions(candidates, next);
        let group = state.group_mention(candidates, self.author, room, &self.online);
        let Self { author, body, nonce, .. } = self;
        let amendments = Amendments::default();
        Ok(Event::Posted { author, room, body, mentions, group, quote, files, nonce, amendments })
    }

    /// Tells if a record in flight is of this nonce, or of one of these files.
    fn meets(&self, record: &Record) -> bool {
        let Event::Posted { author, nonce, files, .. } = &record.event else { return false };
        let same = *author == self.author && nonce.is_some() && *nonce == self.nonce;
        same || files.iter().any(|(id, _)| self.files.iter().any(|(own, _)| own == id))
    }
}

/// Another text for a message.
#[derive(Clone, Debug)]
pub struct NewText {
    /// Empty only where the message has files.
    pub body: Body,
    /// The text that is to be replaced; an edit of another one is refused. None: whichever it is.
    pub known: Option<TextVersion>,
}

impl Chat {
    /// Posts in a room. Returns the message's id; where the author used the nonce before, the earlier message's.
    ///
    /// Errors: `NonceReused` if that one has another text or room, or was edited or removed since; `NoSuchMessage` if
    /// what it answers is not in the room (any more).
    pub fn post(&self, room: RoomId, message: NewMessage, now: Timestamp) -> Result<Seq, Refusal> {
        let author = message.author;
        let candidates = Candidates::of(&message.body);
        let kept = self.kept_by_nonce(author, message.nonce.as_ref())?;
        // Of all that is decided and not applied yet, only who is in the room, and a message with the same nonce or
        // file matter.
        let other = |record: &Record| record.event.commutes_with_messages() && !message.meets(record);
        let _turn = message.answers.map(|id| self.turn_to_change(id)).transpose()?;
        let mut tries = 0;
        loop {
            // Where it is gone, the reply may have arrived before.
            let answered = message.answers.map(|id| self.answered(id)).transpose();
            let done = self.commit(now, other, |state, next| {
                state.must_speak(author, room)?;
                if let Some(id) = state.sent_before(Some(room), &message, kept.as_ref())? {
                    return Ok(Decision::AlreadyRecorded(id));
                }
                let answered = answered.as_ref().map_err(|refusal| *refusal)?;
                let quote = state.quote(room, answered.as_ref())?;
                let posted = message.clone().posted(state, room, &candidates, (quote, next))?;
                Ok(Decision::Record(vec![posted]))
            });
            match (done, answered) {
                (Err(Refusal::Outdated), Ok(Some((found, _)))) if self.again(&found, &mut tries) => {}
                (done, _) => return done,
            }
        }
    }

    /// Posts to another member (or in one's notes), and begins the conversation where it has not begun. Otherwise as
    /// [`Self::post`].
    pub fn post_privately(
        &self,
        other: MemberId,
        message: NewMessage,
        now: Timestamp,
    ) -> Result<Seq, Refusal> {
        let author = message.author;
        // One that has begun does not keep others waiting.
        let begun = self.state().pair(author, other);
        if let Some(room) = begun {
            return self.post(room, message, now);
        }
        let (candidates, mut opened) = (Candidates::of(&message.body), 0);
        let kept = self.kept_by_nonce(author, message.nonce.as_ref())?;
        let first = self.commit(now, conflicts_with_all, |state, next| {
            opened = 0;
            state.active(author)?;
            state.active_other(other)?;
            let begun = state.pair(author, other);
            if let Some(id) = state.sent_before(begun, &message, kept.as_ref())? {
                return Ok(Decision::AlreadyRecorded(id));
            }
            let room = begun.unwrap_or(RoomId(next));
            if message.answers.is_some() {
                return Err(Refusal::NoSuchMessage);
            }
            let mut events = vec![message.clone().posted(state, room, &candidates, (None, next))?];
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

    /// Gives one's own message another text. The one before is erased, from the disk too.
    ///
    /// Errors: `Outdated` if the text is not the one that was known; `NoSuchMessage`, `NotTheirs`.
    pub fn edit(
        &self,
        by: MemberId,
        id: Seq,
        NewText { body, known }: NewText,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let candidates = Candidates::of(&body);
        self.change_message(by, id, now, State::may_edit, |state, message| {
            if message.body == body {
                return Ok(None);
            }
            // Its files may have gone meanwhile, without which it would say nothing.
            let empty = body.is_none() && message.files.is_empty();
            if empty || known.is_some_and(|known| known != message.body.version()) {
                return Err(Refusal::Outdated);
            }
            let mentions = state.mentions(&candidates, id);
            let group = message.group.as_ref().and_then(|told| state.same_group(&candidates, told));
            let forgets = state.change_to_forget(id, message.room, &[]);
            let room = message.room;
            let edited = Message { mentions, group, ..message.clone() };
            let notified = edited.notified().into_iter().collect();
            let Message { mentions, group, .. } = edited;
            let body = body.clone();
            Ok(Some(Event::Edited { message: id, room, body, mentions, group, notified, forgets }))
        })
    }

    /// Removes a message. Its text is erased, from the disk too.
    ///
    /// Errors: `NoSuchMessage`, `NotTheirs`.
    pub fn remove(&self, by: MemberId, id: Seq, now: Timestamp) -> Result<(), Refusal> {
        let mut room = RoomId::SHARED;
        self.change_message(by, id, now, State::may_remove, |state, message| {
            room = message.room;
            Ok(Some(state.removal_of(message)))
        })?;
        self.recall(room);
        Ok(())
    }

    /// A message that is to be answered, with what a reply quotes of it.
    fn answered(&self, id: Seq) -> Result<(Versioned, Excerpt), Refusal> {
        let found = self.find(id)?.ok_or(Refusal::NoSuchMessage)?;
        let excerpt = Excerpt::of(&found.message.body);
        Ok((found, excerpt))
    }

    pub(super) fn change_message(
        &self,
        by: MemberId,
        id: Seq,
        now: Timestamp,
        may: impl Fn(&State, MemberId, &Message) -> bool,
        mut change: impl FnMut(&State, &Message) -> Result<Option<Event>, Refusal>,
    ) -> Result<(), Refusal> {
        self.with_message(id, |found| {
            self.change(now, conflicts_with_all, |state| {
                state.active(by)?;
                let message = state.found_for(by, found)?;
                if !may(state, by, message) {
                    return Err(Refusal::NotTheirs);
                }
                Ok(change(state, message)?.into_iter().collect())
            })
        })
    }

    /// Looks a message up and does something with it, once more where it was changed meanwhile: others may react to it
    /// at any time.
    pub(super) fn with_message(
        &self,
        id: Seq,
        mut act: impl FnMut(&Versioned) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let _turn = self.turn_to_change(id)?;
        let mut tries = 0;
        loop {
            // Its author and room are for ever, so it may be looked up before the decision.
            let found = self.find(id)?.ok_or(Refusal::NoSuchMessage)?;
            match act(&found) {
                Err(Refusal::Outdated) if self.again(&found, &mut tries) => {}
                done => return done,
            }
        }
    }

    /// None: memory has the message.
    fn turn_to_change(&self, id: Seq) -> Result<Option<Permit<'_>>, Refusal> {
        let held = self.state().at(id).is_some();
        (!held).then(|| self.changing_old.acquire().map_err(|_| Refusal::Busy)).transpose()
    }

    /// Tells if a message is to be looked up once more, as it is not as it was.
    fn again(&self, found: &Versioned, tries: &mut usize) -> bool {
        *tries += 1;
        *tries < TRIES && self.state().later_change(found).is_some()
    }

    /// Recalls which messages came before those that are known of a room, where one of these was removed: otherwise
    /// they would count as read. Where that cannot be read now, they do for a while.
    pub(super) fn recall(&self, room: RoomId) {
        let (before, missing) = {
            let state = self.state();
            if !state.window.has_gap(room) {
                return;
            }
            state.missing(room)
        };
        let found = self.looked_up.ask(|archive| archive.ids_before(room, before, missing));
        let Ok(Some(mut ids)) = found else { return };
        let all = ids.len() < missing;
        let mut state = self.state_mut();
        ids.retain(|id| !state.is_removed(*id));
        state.window.mark_incomplete_until(room, before, &ids, all);
    }
}

//! History: messages page by page, and catching up for those who were away.

use std::collections::{BTreeSet, HashMap};

use crate::chat::Chat;
use crate::chat::message::{Message, MessageChange, MessageView};
use crate::chat::model::{MemberId, Refusal, RoomId, Seq};
use crate::chat::search::SearchResults;
use crate::chat::state::State;

/// Text of a run of messages, in bytes as HTML has it: as many messages are given at once, but at least one. A page
/// of 50 messages of nothing but quotation marks would be 1.2 MB.
pub const RUN_BYTES_MAX: usize = 256 * 1024;

/// Counts the messages, from the first on, that one run may have where `used` bytes are taken already; at least one
/// where none are.
fn within<'a>(messages: impl IntoIterator<Item = &'a Message>, mut used: usize) -> usize {
    let fits = |message: &&Message| {
        let first = used == 0;
        used = used.saturating_add(message.size_as_html());
        first || used <= RUN_BYTES_MAX
    };
    messages.into_iter().take_while(fits).count()
}

fn just_before(id: Seq) -> Seq {
    Seq(id.0.saturating_sub(1))
}

fn size_of(messages: &[MessageView]) -> usize {
    messages.iter().map(|view| view.message.size_as_html()).sum()
}

/// A run of messages for a page, oldest first.
#[derive(Debug)]
pub struct History {
    pub messages: Vec<MessageView>,
    pub before: Before,
    /// These reach to the newest.
    pub newest: bool,
    /// The number up to which this is the whole truth.
    pub seq: Seq,
}

/// The reason why a run of messages begins where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Older messages, which can be asked for.
    More,
    /// Nothing: the conversation begins here.
    Beginning,
    /// Messages that are not kept any more.
    Evicted,
}

/// A part of a room's history.
#[derive(Clone, Copy, Debug)]
pub enum HistoryRange {
    /// The newest `limit` messages, or those just before `before` (exclusive).
    Before { before: Option<Seq>, limit: usize },
    /// Up to `before` messages that come before `id`, which need not exist, and up to `after` from it on. Where these
    /// reach to the newest, more before it, so that there are as many in all.
    Around { id: Seq, before: usize, after: usize },
}

/// Messages and changes after some number.
#[derive(Debug)]
pub struct CatchUp {
    /// The first messages after it, oldest first.
    pub messages: Vec<MessageView>,
    /// These are all.
    pub newest: bool,
    /// Changes of messages before, each with its present view unless it was removed. None: there were so many that
    /// some are forgotten.
    pub changes: Option<Vec<(MessageChange, Option<MessageView>)>>,
    /// The number up to which this is the whole truth.
    pub seq: Seq,
}

/// The rooms of a question for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Of this one.
    Room(RoomId),
    /// Of all that this member is in, and of these, which they may preview.
    RoomsOf(MemberId, &'a [RoomId]),
}

impl History {
    /// The first of these messages that somebody who has seen what is up to `seen` has not, and that is not
    /// their own.
    pub fn unseen(&self, seen: Option<Seq>, own: MemberId) -> Option<Seq> {
        let news = |message: &&Message| seen.is_some_and(|seen| message.id > seen) && message.author != own;
        self.messages.iter().map(|view| &view.message).find(news).map(|message| message.id)
    }

    /// Tells if no message is missing between those that were seen and these.
    pub fn goes_on_from(&self, seen: Option<Seq>) -> bool {
        let known = |first: &MessageView| seen.is_some_and(|seen| first.message.id <= seen);
        self.before != Before::More || self.messages.first().is_none_or(known)
    }

    /// Of a room that does not exist yet.
    pub fn empty(seq: Seq) -> Self {
        Self { messages: Vec::new(), before: Before::Beginning, newest: true, seq }
    }

    /// Appends what comes after these, and drops the oldest that [`RUN_BYTES_MAX`] does not allow.
    fn then(mut self, later: CatchUp) -> Self {
        let used = size_of(&later.messages);
        let count = within(self.messages.iter().rev().map(|view| &view.message), used);
        let cut = self.messages.len() - count;
        self.messages.drain(..cut);
        self.messages.extend(later.messages);
        let before = if cut > 0 { Before::More } else { self.before };
        Self { messages: self.messages, before, newest: later.newest, seq: later.seq }
    }
}

impl CatchUp {
    /// Returns how many messages before these a page of `before` and `after` shows.
    fn number_before(&self, before: usize, after: usize) -> usize {
        if self.newest { before + after - self.messages.len() } else { before }
    }
}

impl SearchResults {
    /// Keeps what [`RUN_BYTES_MAX`] allows; the rest is found by going on.
    #[must_use]
    pub fn within_a_run(mut self) -> Self {
        let count = within(self.messages.iter().map(|view| &view.message), 0);
        if count < self.messages.len() {
            self.messages.truncate(count);
            self.more = self.messages.last().map(|view| view.message.id);
        }
        self
    }
}

impl Scope<'_> {
    pub(in crate::chat) fn has(self, state: &State, room: RoomId) -> bool {
        match self {
            Self::Room(only) => room == only,
            Self::RoomsOf(member, others) => others.contains(&room) || state.is_in(member, room),
        }
    }

    /// These rooms, one by one.
    fn rooms(self, state: &State) -> Vec<RoomId> {
        match self {
            Self::Room(only) => vec![only],
            Self::RoomsOf(member, others) => {
                let own = state.member(member).into_iter().flat_map(|member| &member.rooms);
                let rooms: BTreeSet<RoomId> =
                    [RoomId::SHARED].iter().chain(others).chain(own).copied().collect();
                rooms.into_iter().collect()
            }
        }
    }
}

impl State {
    /// Tells if a message of this room is in memory, unless it was removed.
    pub fn is_in_window(&self, room: RoomId, id: Seq) -> bool {
        id > self.window.evicted_through_in(room)
    }

    /// The newest `limit` messages of a room, or those just before message `before` (exclusive), as far as
    /// [`RUN_BYTES_MAX`] allows.
    pub fn history(&self, room: RoomId, before: Option<Seq>, limit: usize) -> History {
        let (page, more) = self.window.page(room, before, limit);
        let page: Vec<&Message> = page.collect();
        let left_out = page.len() - within(page.iter().rev().copied(), 0);
        History {
            messages: self.resolve_all_names(page.into_iter().skip(left_out).cloned()),
            before: match self.window.evicted_through_in(room) {
                _ if more || left_out > 0 => Before::More,
                forgotten if forgotten == Seq::default() => Before::Beginning,
                _ => Before::Evicted,
            },
            newest: before.is_none_or(|id| id > self.window.newest_in(room)),
            seq: self.last,
        }
    }

    /// Returns a part of a room's history as far as memory has it. None: the archive has to be read for some of it, by
    /// [`Chat::range`].
    pub fn range(&self, room: RoomId, range: HistoryRange) -> Option<History> {
        let history = match range {
            HistoryRange::Before { before, limit } => self.history(room, before, limit),
            HistoryRange::Around { id, before, after } => {
                match self.since(Scope::Room(room), just_before(id), after) {
                    Some(later) => {
                        self.history(room, Some(id), later.number_before(before, after)).then(later)
                    }
                    None if just_before(id) <= self.last && self.window.remembers() => return None,
                    None => self.history(room, None, before + after),
                }
            }
        };
        (history.before != Before::Evicted || !self.window.remembers()).then_some(history)
    }

    /// The first `limit` messages after `after` (exclusive) of these rooms, as far as [`RUN_BYTES_MAX`] allows, or
    /// nothing where some of them are not kept any more, or where `after` is from another history than this.
    pub(in crate::chat) fn since(&self, scope: Scope, after: Seq, limit: usize) -> Option<CatchUp> {
        let forgotten = |room: RoomId| self.window.evicted_through_in(room) > after;
        if after > self.last
            || (self.window.evicted_through() > after && scope.rooms(self).into_iter().any(forgotten))
        {
            return None;
        }
        let mut later = self.window.after(after).filter(|message| scope.has(self, message.room));
        let first: Vec<&Message> = later.by_ref().take(limit).collect();
        let count = within(first.iter().copied(), 0);
        let newest = count == first.len() && later.next().is_none();
        let messages = self.resolve_all_names(first.into_iter().take(count).cloned());
        Some(CatchUp { messages, newest, changes: None, seq: self.last })
    }

    /// Returns the changes after `after` in these rooms, each message once. None: some of them are forgotten.
    pub(in crate::chat) fn changed_since(&self, scope: Scope, after: Seq) -> Option<Vec<MessageChange>> {
        let forgotten = |room| self.rooms.get(&room).is_some_and(|room| room.changes_forgotten > after);
        if scope.rooms(self).into_iter().any(forgotten) {
            return None;
        }
        let changes = self.changes.iter().map(|(change, _)| change);
        let later = changes.skip_while(|change| change.seq <= after);
        Some(
            later.filter(|change| change.message <= after && scope.has(self, change.room)).copied().collect(),
        )
    }
}

impl Chat {
    /// The newest `limit` messages of a room, or those just before message `before` (exclusive), as far as
    /// [`RUN_BYTES_MAX`] allows: from memory, and what it has let go from the archive. Ask first whether the member
    /// sees the room.
    pub fn history(&self, room: RoomId, before: Option<Seq>, limit: usize) -> Result<History, Refusal> {
        let recent = self.state().history(room, before, limit);
        if recent.before != Before::Evicted {
            return Ok(recent);
        }
        let end = recent.messages.first().map(|view| view.message.id).or(before);
        let missing = limit - recent.messages.len();
        // One more, to know whether there are more.
        let older = self.old.ask(|archive| archive.before(room, end.unwrap_or(recent.seq), missing + 1))?;
        let Some(mut older) = older else { return Ok(recent) };
        let count = within(older.iter().rev().take(missing), size_of(&recent.messages));
        let more = older.len() > count;
        older.drain(..older.len() - count);
        let mut messages = self.state().resolve_all_names(older);
        messages.extend(recent.messages);
        let before = if more { Before::More } else { Before::Beginning };
        Ok(History { messages, before, ..recent })
    }

    /// Returns a part of a room's history, from memory and from the archive. Ask first whether the member sees the
    /// room.
    pub fn range(&self, room: RoomId, range: HistoryRange) -> Result<History, Refusal> {
        match range {
            HistoryRange::Before { before, limit } => self.history(room, before, limit),
            HistoryRange::Around { id, before, after } => {
                let Some(later) = self.later(Scope::Room(room), just_before(id), after)? else {
                    return self.history(room, None, before + after);
                };
                Ok(self.history(room, Some(id), later.number_before(before, after))?.then(later))
            }
        }
    }

    /// The first `limit` messages of these rooms after `after` (exclusive), as far as [`RUN_BYTES_MAX`] allows;
    /// nothing where some of them are not kept any more, or where `after` is from another history than this. What was
    /// changed is left out.
    pub fn later(&self, scope: Scope, after: Seq, limit: usize) -> Result<Option<CatchUp>, Refusal> {
        let (rooms, seq) = {
            let state = self.state();
            match state.since(scope, after, limit) {
                None if after <= state.last() => (scope.rooms(&state), state.last()),
                in_memory => return Ok(in_memory),
            }
        };
        let found = self.old.ask(|archive| archive.after(&rooms, after, limit + 1))?;
        let Some(mut found) = found else { return Ok(None) };
        // The archive may know more than was true when it was asked.
        found.retain(|message| message.id <= seq);
        let count = within(found.iter().take(limit), 0);
        let newest = found.len() <= count;
        found.truncate(count);
        let messages = self.state().resolve_all_names(found);
        Ok(Some(CatchUp { messages, newest, changes: None, seq }))
    }

    /// Returns what was posted, edited and deleted after a record.
    pub fn since(&self, scope: Scope, after: Seq, limit: usize) -> Result<Option<CatchUp>, Refusal> {
        if !self.state().goes_on_from(after) {
            return Ok(None);
        }
        let Some(mut missed) = self.later(scope, after, limit)? else { return Ok(None) };
        let changes = self.state().changed_since(scope, after);
        if let Some(mut changes) = changes {
            // What comes after is told by whatever tells what comes after.
            changes.retain(|change| change.seq <= missed.seq);
            missed.changes = Some(self.with_current_text(changes)?);
        }
        Ok(Some(missed))
    }

    /// Changes with what the messages say now. Of what was edited and is not kept any more, nobody knows that.
    fn with_current_text(
        &self,
        changes: Vec<MessageChange>,
    ) -> Result<Vec<(MessageChange, Option<MessageView>)>, Refusal> {
        let (mut now, old) = {
            let state = self.state();
            let edited = changes.iter().filter(|change| !change.is_removal());
            let (in_memory, old): (Vec<&MessageChange>, Vec<&MessageChange>) =
                edited.partition(|change| state.is_in_window(change.room, change.message));
            let found = in_memory.into_iter().filter_map(|change| state.message(change.message));
            let found = found.map(|(_, view)| (view.message.id, view));
            (
                found.collect::<HashMap<Seq, MessageView>>(),
                old.into_iter().map(|change| change.message).collect::<Vec<_>>(),
            )
        };
        if !old.is_empty()
            && let Some(found) = self.old.ask(|archive| archive.some(&old))?
        {
            now.extend(self.state().resolve_all_names(found).into_iter().map(|view| (view.message.id, view)));
        }
        let with_text = changes.into_iter().map(|change| (change, now.remove(&change.message)));
        Ok(with_text.filter(|(change, view)| change.is_removal() || view.is_some()).collect())
    }
}

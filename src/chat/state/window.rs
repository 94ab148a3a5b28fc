//! The messages that memory holds, and which of them it lets go.
//!
//! Rooms share it max-min fairly: when it is full, the room that holds most lets its oldest message go. Conversations
//! and notes, of which one member may have many, give way before rooms: each beyond a small share, and all of them
//! together beyond half. So a room in use keeps its newest messages, as many as fit its share, whatever is posted
//! elsewhere.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::mem;
use std::ops::Bound;

use crate::chat::message::Message;
use crate::chat::model::{RoomId, Seq};
use crate::chat::room::UNREAD_MAX;

/// Least cost of a message, in bytes: turns a number of messages into a bound of memory.
pub const HISTORY_BYTES_PER_MESSAGE: usize = 1024;
/// Most that one conversation may hold while memory is full, in bytes; an eighth of all, where that is less.
const PRIVATE_SHARE: usize = 64 * 1024;
/// The shared room, which everyone reads, counts as if it held so many times less: opening many rooms does not empty
/// it.
const SHARED_WEIGHT: usize = 8;

/// See the module's text. Changes cost O(log messages), and depend on nothing but what was changed before.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::chat) struct Window {
    /// In bytes, as [`cost`] counts.
    budget: usize,
    /// The newest ids of each room are known beyond the messages that are held: an archive has those.
    remembers: bool,
    messages: BTreeMap<Seq, Message>,
    rooms: HashMap<RoomId, RoomWindow>,
    public: RoomClass,
    private: RoomClass,
    /// The newest message of all that was let go.
    forgotten: Seq,
}

/// One room's part. Invariant: one without ids exists only where something was let go.
#[derive(Debug, Default, PartialEq, Eq)]
struct RoomWindow {
    /// Messages, oldest first. Those up to `forgotten` are not held; of them, as many are known as make
    /// [`UNREAD_MAX`] with the others.
    ids: VecDeque<Seq>,
    /// The newest that was let go.
    forgotten: Seq,
    /// An archive has more before those that are known.
    has_older: bool,
    private: bool,
    cost: usize,
}

/// Rooms that are treated alike.
#[derive(Debug, Default, PartialEq, Eq)]
struct RoomClass {
    cost: usize,
    /// By [`rank`], lowest first. Invariant: exactly the rooms with a cost above 0.
    ranks: BTreeSet<(usize, RoomId)>,
}

/// A message's share of the budget, in bytes.
fn cost(message: &Message) -> usize {
    message.bytes().max(HISTORY_BYTES_PER_MESSAGE)
}

fn rank(room: RoomId, cost: usize) -> usize {
    if room == RoomId::SHARED { cost / SHARED_WEIGHT } else { cost }
}

impl RoomWindow {
    /// The index in `ids` of the oldest message that is held.
    fn held_from(&self) -> usize {
        self.ids.partition_point(|id| *id <= self.forgotten)
    }

    fn oldest(&self) -> Option<Seq> {
        self.ids.get(self.held_from()).copied()
    }

    /// Forgets ids that nobody asks for.
    fn trim(&mut self, remembers: bool) {
        let known_max = if remembers { UNREAD_MAX } else { 0 };
        while self.ids.len() > known_max && self.ids.front().is_some_and(|id| *id <= self.forgotten) {
            self.ids.pop_front();
            self.has_older = remembers;
        }
        if self.ids.capacity() > 4 * self.ids.len() + UNREAD_MAX {
            self.ids.shrink_to(2 * self.ids.len());
        }
    }
}

impl Window {
    /// Nothing yet, and place for `history` messages of average length.
    pub(in crate::chat) fn new(history: usize) -> Self {
        Self {
            budget: history.saturating_mul(HISTORY_BYTES_PER_MESSAGE),
            remembers: false,
            messages: BTreeMap::new(),
            rooms: HashMap::new(),
            public: RoomClass::default(),
            private: RoomClass::default(),
            forgotten: Seq::default(),
        }
    }

    /// Sets if ids of evicted messages are known from now on.
    pub(in crate::chat) fn remember(&mut self, remembers: bool) {
        self.remembers = remembers;
        self.rooms.values_mut().for_each(|part| part.trim(remembers));
    }

    /// Tells if ids are known of evicted messages, which is where the log has an archive.
    pub(in crate::chat) fn remembers(&self) -> bool {
        self.remembers
    }

    /// Takes in a new message. Gives those that it lets go for it; never the new one.
    pub(in crate::chat) fn add(&mut self, message: Message, private: bool) -> Vec<Message> {
        let (id, room) = (message.id, message.room);
        let part = self.rooms.entry(room).or_default();
        part.private = private;
        part.ids.push_back(id);
        part.trim(self.remembers);
        let cost = part.cost + cost(&message);
        self.messages.insert(id, message);
        self.charge(room, cost);
        self.fit(id)
    }

    /// Changes a message that is held. Gives those that it lets go for that.
    pub(in crate::chat) fn change(&mut self, id: Seq, how: impl FnOnce(&mut Message)) -> Vec<Message> {
        let Some(message) = self.messages.get_mut(&id) else { return Vec::new() };
        let before = cost(message);
        how(message);
        let (room, after) = (message.room, cost(message));
        let held = self.rooms.get(&room).map_or(0, |part| part.cost);
        self.charge(room, held - before + after);
        self.fit(id)
    }

    /// Forgets a message that was removed, also where only its id is known.
    pub(in crate::chat) fn remove(&mut self, room: RoomId, id: Seq) -> Option<Message> {
        let part = self.rooms.get_mut(&room)?;
        if let Ok(index) = part.ids.binary_search(&id) {
            part.ids.remove(index);
        }
        let held = part.cost;
        let message = self.messages.remove(&id);
        if let Some(message) = &message {
            self.charge(room, held - cost(message));
        }
        self.drop_if_empty(room);
        message
    }

    /// Forgets a room. Gives the messages that were held of it.
    pub(in crate::chat) fn remove_room(&mut self, room: RoomId) -> Vec<Message> {
        self.charge(room, 0);
        let ids = self.rooms.remove(&room).map(|part| part.ids).unwrap_or_default();
        ids.iter().filter_map(|id| self.messages.remove(id)).collect()
    }

    fn drop_if_empty(&mut self, room: RoomId) {
        let empty = |part: &RoomWindow| part.ids.is_empty() && part.forgotten == Seq::default();
        if self.rooms.get(&room).is_some_and(empty) {
            self.rooms.remove(&room);
        }
    }

    /// Notes what a room holds now.
    fn charge(&mut self, room: RoomId, cost: usize) {
        let Some(part) = self.rooms.get_mut(&room) else { return };
        let class = if part.private { &mut self.private } else { &mut self.public };
        let before = mem::replace(&mut part.cost, cost);
        class.cost = class.cost - before + cost;
        class.ranks.remove(&(rank(room, before), room));
        if cost > 0 {
            class.ranks.insert((rank(room, cost), room));
        }
    }

    /// Lets go what is too much, but not this message.
    fn fit(&mut self, kept: Seq) -> Vec<Message> {
        let mut gone = Vec::new();
        while self.public.cost + self.private.cost > self.budget {
            let Some(message) = self.fullest(kept).and_then(|room| self.evict(room)) else { break };
            gone.push(message);
        }
        gone
    }

    /// The room that is to let a message go, and not this one.
    fn fullest(&self, kept: Seq) -> Option<RoomId> {
        let may = |room: &RoomId| self.rooms.get(room).and_then(RoomWindow::oldest) != Some(kept);
        let fullest = |class: &RoomClass| class.ranks.iter().rev().map(|(_, room)| *room).find(may);
        let share = PRIVATE_SHARE.min(self.budget / 8);
        let beyond = self.private.ranks.last().is_some_and(|(held, _)| *held > share);
        if beyond || self.private.cost > self.budget / 2 {
            fullest(&self.private).or_else(|| fullest(&self.public))
        } else {
            fullest(&self.public).or_else(|| fullest(&self.private))
        }
    }

    /// Lets the oldest message of a room go.
    fn evict(&mut self, room: RoomId) -> Option<Message> {
        let part = self.rooms.get_mut(&room)?;
        let message = self.messages.remove(&part.oldest()?)?;
        part.forgotten = message.id;
        part.trim(self.remembers);
        let held = part.cost - cost(&message);
        self.forgotten = self.forgotten.max(message.id);
        self.charge(room, held);
        Some(message)
    }

    /// Returns the number before which ids of a room are missing, and how many; where nothing was let go so far, one
    /// at least, which tells if there are others.
    pub(in crate::chat) fn missing(&self, room: RoomId) -> (Seq, usize) {
        let nothing = RoomWindow::default();
        let part = self.rooms.get(&room).unwrap_or(&nothing);
        let least = usize::from(part.forgotten == Seq::default());
        let before = part.ids.front().copied().unwrap_or(Seq(u64::MAX));
        (before, UNREAD_MAX.saturating_sub(part.ids.len()).max(least))
    }

    /// Tells if ids are missing that an archive may have.
    pub(in crate::chat) fn has_gap(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|part| part.has_older && part.ids.len() < UNREAD_MAX)
    }

    /// Takes up ids of a room that were missing before one, oldest first. `all`: there are no more. What came too
    /// late is left out.
    pub(in crate::chat) fn mark_incomplete_until(
        &mut self,
        room: RoomId,
        before: Seq,
        ids: &[Seq],
        all: bool,
    ) {
        let part = self.rooms.entry(room).or_default();
        if part.ids.front().is_none_or(|front| *front == before) {
            ids.iter().rev().for_each(|id| part.ids.push_front(*id));
            part.has_older = !all;
            part.forgotten = part.forgotten.max(ids.last().copied().unwrap_or_default());
            self.forgotten = self.forgotten.max(part.forgotten);
            part.trim(self.remembers);
        }
        self.drop_if_empty(room);
    }
}

impl Window {
    /// A message, if it is held.
    pub(in crate::chat) fn get(&self, id: Seq) -> Option<&Message> {
        self.messages.get(&id)
    }

    /// All after one, oldest first.
    pub(in crate::chat) fn after(&self, id: Seq) -> impl Iterator<Item = &Message> {
        self.messages.range((Bound::Excluded(id), Bound::Unbounded)).map(|(_, message)| message)
    }

    /// All of some rooms before one, or all, newest first.
    ///
    /// Cost: O(log rooms) for each, and a step for each room; what others hold counts for nothing.
    pub(in crate::chat) fn before(
        &self,
        rooms: &[RoomId],
        id: Option<Seq>,
    ) -> impl Iterator<Item = &Message> {
        let parts = rooms.iter().filter_map(|room| self.rooms.get(room));
        let mut parts: Vec<_> = parts
            .map(|part| {
                let end = id.map_or(part.ids.len(), |id| part.ids.partition_point(|other| *other < id));
                part.ids.range(part.held_from()..end.max(part.held_from())).rev()
            })
            .collect();
        let first = parts.iter_mut().enumerate().filter_map(|(index, ids)| Some((*ids.next()?, index)));
        let mut newest: BinaryHeap<(Seq, usize)> = first.collect();
        std::iter::from_fn(move || {
            let (id, index) = newest.pop()?;
            newest.extend(parts[index].next().map(|id| (*id, index)));
            Some(id)
        })
        .filter_map(|id| self.get(id))
    }

    /// The newest `limit` of a room, or those just before one, oldest first; and whether it holds more before them.
    pub(in crate::chat) fn page(
        &self,
        room: RoomId,
        before: Option<Seq>,
        limit: usize,
    ) -> (impl Iterator<Item = &Message>, bool) {
        let part = self.rooms.get(&room);
        let (from, len) = part.map_or((0, 0), |part| (part.held_from(), part.ids.len()));
        let end = part.zip(before).map_or(len, |(part, before)| part.ids.partition_point(|id| *id < before));
        let end = end.max(from);
        let start = end.saturating_sub(limit).max(from);
        let ids = part.into_iter().flat_map(move |part| part.ids.range(start..end));
        (ids.filter_map(|id| self.get(*id)), start > from)
    }

    /// The newest message of all that was let go.
    pub(in crate::chat) fn evicted_through(&self) -> Seq {
        self.forgotten
    }

    /// The newest message of a room that was let go.
    pub(in crate::chat) fn evicted_through_in(&self, room: RoomId) -> Seq {
        self.rooms.get(&room).map(|part| part.forgotten).unwrap_or_default()
    }

    /// The newest message of a room, held or not.
    pub(in crate::chat) fn newest_in(&self, room: RoomId) -> Seq {
        let part = self.rooms.get(&room);
        part.map(|part| part.ids.back().copied().unwrap_or(part.forgotten)).unwrap_or_default()
    }

    /// The messages of a room that are known, newest first, also where only an archive has them.
    pub(in crate::chat) fn known_in(&self, room: RoomId) -> impl Iterator<Item = Seq> {
        self.rooms.get(&room).into_iter().flat_map(|part| part.ids.iter().rev().copied())
    }
}

#[cfg(test)]
impl Window {
    /// Lets go of each room what the other does not hold.
    pub(in crate::chat) fn level_with(&mut self, other: &Self) -> Vec<Message> {
        let mut gone = Vec::new();
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for room in rooms {
            let held = |window: &Self| window.page(room, None, usize::MAX).0.count();
            while held(self) > held(other) {
                gone.extend(self.evict(room));
            }
        }
        gone
    }

    /// Forgets that something was let go.
    pub(in crate::chat) fn forget_what_was(&mut self) {
        self.forgotten = Seq::default();
        self.rooms.values_mut().for_each(|part| (part.forgotten, part.has_older) = Default::default());
        self.rooms.retain(|_, part| !part.ids.is_empty());
    }
}

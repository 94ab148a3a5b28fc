//! Rooms: who is in them, who may see them, and what is unread.

use std::collections::{BTreeSet, VecDeque};

use super::model::{MemberId, RoomId, RoomName, Seq, Topic};
use super::state::State;

/// Unread messages are counted up to here: "99+" is all that anybody wants to know.
pub const UNREAD_MAX: usize = 100;

/// A room.
#[derive(Debug, PartialEq, Eq)]
pub struct Room {
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Who is in it. (Of the shared room: nobody is listed, as everybody is.)
    pub members: BTreeSet<MemberId>,
    /// The messages that are in memory.
    pub(super) said: VecDeque<Seq>,
    /// The newest message that is not in memory any more.
    pub(super) forgotten: Seq,
}

/// What kind of room it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomKind {
    /// The one that everybody is in.
    Shared,
    /// One that a member opened.
    Named {
        /// What it is called.
        name: RoomName,
        /// What it is about.
        topic: Topic,
        /// Whether everybody may see and join it, or only those whom its members add.
        open: bool,
    },
    /// A conversation of two, or the notes of one.
    Pair(MemberId, MemberId),
}

/// A room, as a member's list shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub room: RoomId,
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Messages of others that the member has not seen, up to [`UNREAD_MAX`].
    pub unread: usize,
    /// The newest message, of those that are kept in memory; 0 where there is none.
    pub newest: Seq,
}

impl Room {
    pub(super) fn new(kind: RoomKind) -> Self {
        Self { kind, members: BTreeSet::new(), said: VecDeque::new(), forgotten: Seq::default() }
    }

    /// The newest message ever said here; 0 where nothing was.
    pub(super) fn newest(&self) -> Seq {
        self.said.back().copied().unwrap_or(self.forgotten)
    }
}

impl RoomKind {
    /// In a conversation, the one who is not `member` (who may talk to themselves).
    pub fn partner(&self, member: MemberId) -> Option<MemberId> {
        match self {
            Self::Pair(one, other) => Some(if *one == member { *other } else { *one }),
            _ => None,
        }
    }
}

/// The policies: what a member may do is asked here and nowhere else.
impl State {
    /// Whether a member is in a room: then its messages come to them, and they may speak.
    pub fn is_in(&self, member: MemberId, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|found| room == RoomId::SHARED || found.members.contains(&member))
    }

    /// Whose streams a room's messages go to. (Of the shared room: everybody's.)
    pub fn audience(&self, room: RoomId) -> BTreeSet<MemberId> {
        self.rooms.get(&room).map(|found| found.members.clone()).unwrap_or_default()
    }

    /// Whether a member may see a room and read what is said there.
    pub fn sees(&self, member: MemberId, room: RoomId) -> bool {
        self.is_in(member, room) || self.is_open(room)
    }

    /// Whether everybody may see and join a room.
    pub fn is_open(&self, room: RoomId) -> bool {
        matches!(self.rooms.get(&room), Some(Room { kind: RoomKind::Named { open: true, .. }, .. }))
    }
}

impl State {
    /// A room that this member may see. There is no other way to find one.
    pub fn room_for(&self, member: MemberId, room: RoomId) -> Option<&Room> {
        self.rooms.get(&room).filter(|_| self.sees(member, room))
    }

    /// The conversation of two members, if it has begun.
    pub fn pair(&self, one: MemberId, other: MemberId) -> Option<RoomId> {
        self.pairs.get(&(one.min(other), one.max(other))).copied()
    }

    /// The rooms that a member is in, the shared one first, and then by what was said last. (A
    /// conversation in which nothing was said is none yet.)
    pub fn rooms_of(&self, member: MemberId) -> Vec<Listed> {
        let own = self.member(member).into_iter().flat_map(|member| &member.rooms);
        let listed = |id: &RoomId| {
            let room = self.rooms.get(id)?;
            let (kind, newest) = (room.kind.clone(), room.newest());
            let begun = newest != Seq::default() || !matches!(kind, RoomKind::Pair(..));
            begun.then(|| Listed { room: *id, kind, unread: self.unread(member, *id), newest })
        };
        let mut rooms: Vec<Listed> = own.filter_map(listed).collect();
        rooms.sort_by_key(|listed| std::cmp::Reverse(listed.newest.max(listed.room.0)));
        listed(&RoomId::SHARED).into_iter().chain(rooms).collect()
    }

    /// The rooms that a member could join.
    pub fn rooms_beside(&self, member: MemberId) -> Vec<(RoomId, &Room)> {
        let open = self.rooms.iter().filter(|(id, _)| self.is_open(**id) && !self.is_in(member, **id));
        let mut rooms: Vec<_> = open.map(|(id, room)| (*id, room)).collect();
        rooms.sort_by_key(|(id, _)| *id);
        rooms
    }

    /// How many rooms there are, conversations among them.
    pub fn room_count(&self) -> usize {
        self.rooms.len()
    }

    /// Up to where a member has seen a room.
    pub fn mark_of(&self, member: MemberId, room: RoomId) -> Seq {
        self.marks.get(&(member, room)).copied().unwrap_or_default()
    }

    /// How many messages of others a member has not seen, up to [`UNREAD_MAX`].
    pub fn unread(&self, member: MemberId, room: RoomId) -> usize {
        let seen = self.mark_of(member, room);
        let said = self.rooms.get(&room).into_iter().flat_map(|room| room.said.iter().rev());
        let unseen = said.take_while(|id| **id > seen);
        let of_others =
            unseen.filter(|id| self.message(**id).is_some_and(|(_, message, _)| message.author != member));
        of_others.take(UNREAD_MAX).count()
    }

    pub(super) fn enter(&mut self, member: MemberId, room: RoomId, now: Seq) {
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), self.members.get_mut(&member)) {
            one.rooms.insert(room);
            found.members.insert(member);
            self.mark(member, room, now);
        }
    }

    pub(super) fn go(&mut self, member: MemberId, room: RoomId) {
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), self.members.get_mut(&member)) {
            one.rooms.remove(&room);
            found.members.remove(&member);
            self.marks.remove(&(member, room));
        }
    }

    pub(super) fn mark(&mut self, member: MemberId, room: RoomId, up_to: Seq) {
        // A room that they left since has none.
        if self.is_in(member, room) {
            let mark = self.marks.entry((member, room)).or_default();
            *mark = up_to.max(*mark);
        }
    }
}

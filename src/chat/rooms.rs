//! Rooms: who is in them, who may see them, what is unread, and the verbs about them.

use std::collections::{BTreeMap, BTreeSet};

use super::commit_queue::Decision;
use super::event::{Event, ReadMarker, Record};
use super::model::{MemberId, Naming, Refusal, RoomId, RoomName, Seq, Timestamp, Topic};
use super::state::State;
use super::{Chat, conflicts_with_all};

/// Unread messages are counted up to here: "99+" is all that anybody wants to know.
pub const UNREAD_MAX: usize = 100;

#[derive(Debug, PartialEq, Eq)]
pub struct Room {
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Who opened it, or began the conversation, where that is known.
    pub(super) opened_by: Option<MemberId>,
    /// Who is in it. (Of the shared room: nobody is listed, as everybody is.)
    pub members: BTreeSet<MemberId>,
    pub(super) departed: BTreeSet<MemberId>,
    /// Who is invited to come back, and by whom.
    pub(super) invited: BTreeMap<MemberId, MemberId>,
    /// Up to here, changes of its messages may not be known any more.
    pub(super) changes_forgotten: Seq,
}

/// What kind of room it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomKind {
    /// The one that everybody is in.
    Shared,
    /// One that a member opened.
    Named {
        name: RoomName,
        topic: Topic,
        /// Whether everybody may see and join it, or only those whom its members add.
        open: bool,
    },
    /// A conversation of two, or the notes of one.
    Pair(MemberId, MemberId),
}

/// A room, as a member's list shows it.
#[derive(Clone, Debug)]
pub struct RoomSummary {
    pub room: RoomId,
    /// What kind of room it is.
    pub kind: RoomKind,
    /// Messages of others that the member has not seen, up to [`UNREAD_MAX`].
    pub unread: usize,
    /// Of these, how many mention the member.
    pub mentions: usize,
    /// The newest message; 0 where there is none.
    pub newest: Seq,
}

impl Room {
    pub(super) fn new(kind: RoomKind) -> Self {
        Self {
            kind,
            opened_by: None,
            members: BTreeSet::new(),
            departed: BTreeSet::new(),
            invited: BTreeMap::new(),
            changes_forgotten: Seq::default(),
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.kind, RoomKind::Named { open: true, .. })
    }

    pub(super) fn is_named(&self) -> bool {
        matches!(self.kind, RoomKind::Named { .. })
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
        self.rooms.get(&room).is_some_and(Room::is_open)
    }

    /// Whether a room is a conversation of two, or one's notes.
    pub(super) fn pair_in(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|room| matches!(room.kind, RoomKind::Pair(..)))
    }

    /// Refuses whoever may not say something in a room.
    pub(super) fn must_speak(&self, member: MemberId, room: RoomId) -> Result<(), Refusal> {
        self.active(member)?;
        if !self.is_in(member, room) {
            return Err(Refusal::NoSuchRoom);
        }
        if self.is_over(member, room) { Err(Refusal::PartnerGone) } else { Ok(()) }
    }

    /// Whether a room is a conversation with somebody who is no member any more.
    pub fn is_over(&self, member: MemberId, room: RoomId) -> bool {
        let partner = self.rooms.get(&room).and_then(|room| room.kind.partner(member));
        partner.is_some_and(|partner| self.active(partner).is_err())
    }

    /// Refuses whoever may not change a room, add to it or leave it: all but those inside one that members
    /// opened. To the others it is not there.
    pub(super) fn must_manage(&self, member: MemberId, room: RoomId) -> Result<(), Refusal> {
        let named = self.rooms.get(&room).is_some_and(Room::is_named);
        if named && self.is_in(member, room) { Ok(()) } else { Err(Refusal::NoSuchRoom) }
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

    /// The rooms that a member is in: the shared one, those with unread messages, and the rest, each by what was said last.
    pub fn rooms_of(&self, member: MemberId) -> Vec<RoomSummary> {
        let own = self.member(member).into_iter().flat_map(|member| &member.rooms);
        let listed = |id: &RoomId| {
            let room = self.rooms.get(id)?;
            let (kind, newest) = (room.kind.clone(), self.window.newest_in(*id));
            let (unread, mentions) = self.unread(member, *id);
            Some(RoomSummary { room: *id, kind, unread, mentions, newest })
        };
        let mut rooms: Vec<RoomSummary> = own.filter_map(listed).collect();
        rooms.sort_by_key(|listed| (listed.unread == 0, std::cmp::Reverse(listed.newest.max(listed.room.0))));
        listed(&RoomId::SHARED).into_iter().chain(rooms).collect()
    }

    /// The rooms that a member could join, in no order.
    pub fn rooms_beside(&self, member: MemberId) -> impl Iterator<Item = (RoomId, &Room)> {
        let rooms = self.rooms.iter().map(|(id, room)| (*id, room));
        rooms.filter(move |(_, room)| room.is_open() && !room.members.contains(&member))
    }

    /// The newest of the rooms that a member opened; 0 where there is none.
    pub fn newest_opened(&self, member: MemberId) -> RoomId {
        self.member(member).and_then(|member| member.opened.last().copied()).unwrap_or(RoomId::SHARED)
    }

    /// A room of this kind that a member opened after another.
    fn opened_after(&self, member: MemberId, known: RoomId, kind: &RoomKind) -> Option<RoomId> {
        let mut opened = self.member(member)?.opened.iter().rev().take_while(|room| **room > known);
        opened.find(|room| self.rooms.get(room).is_some_and(|room| room.kind == *kind)).copied()
    }

    /// What a room that members opened is called, and what it is about.
    fn naming(&self, room: RoomId) -> Option<Naming> {
        match &self.rooms.get(&room)?.kind {
            RoomKind::Named { name, topic, .. } => Some(Naming { name: name.clone(), topic: topic.clone() }),
            _ => None,
        }
    }

    /// Refuses a name that could deceive those who see the rooms that `by` sees. A room keeps the name that it has.
    fn may_be_called(&self, by: MemberId, now: Option<&RoomName>, name: &RoomName) -> Result<(), Refusal> {
        if now == Some(name) {
            return Ok(());
        }
        if let Some(mix) = name.mixed_scripts() {
            return Err(Refusal::RoomNameMixed(mix));
        }
        if name.is_like_our_own() {
            return Err(Refusal::RoomNameReserved);
        }
        let is_like = |room: &Room| match &room.kind {
            RoomKind::Named { name: other, .. } => now != Some(other) && name.is_look_alike_of(other),
            _ => false,
        };
        let deceives = self.rooms.iter().any(|(id, room)| is_like(room) && self.sees(by, *id));
        if deceives { Err(Refusal::RoomLooksTaken) } else { Ok(()) }
    }

    /// Up to where a member has seen a room.
    pub fn read_marker_of(&self, member: MemberId, room: RoomId) -> Seq {
        self.marks.get(&(member, room)).copied().unwrap_or_default()
    }

    /// How many messages of others a member has not seen, up to [`UNREAD_MAX`], and how many mention them, as far as
    /// that is known.
    pub fn unread(&self, member: MemberId, room: RoomId) -> (usize, usize) {
        (
            self.unseen(member, room).take(UNREAD_MAX).count(),
            self.unread_mentions.in_room(member, room).count(),
        )
    }

    /// The messages that mention a member and that they have not seen, as far as that is known, oldest first.
    pub fn mentions_of(&self, member: MemberId, room: RoomId) -> Vec<Seq> {
        self.unread_mentions.in_room(member, room).collect()
    }

    /// The messages that a member has not seen, newest first. None of them is their own: whoever posts has seen what
    /// is before.
    fn unseen(&self, member: MemberId, room: RoomId) -> impl Iterator<Item = Seq> {
        let seen = self.read_marker_of(member, room);
        self.window.known_in(room).take_while(move |id| *id > seen)
    }

    pub(super) fn open_room(&mut self, room: RoomId, by: Option<MemberId>, kind: RoomKind) {
        self.rooms.insert(room, Room { opened_by: by, ..Room::new(kind) });
        if let Some(by) = by {
            self.update_member(by, |member| {
                member.opened.insert(room);
            });
        }
    }

    pub(super) fn open_pair(
        &mut self,
        room: RoomId,
        by: Option<MemberId>,
        (one, other): (MemberId, MemberId),
    ) {
        self.pairs.insert((one, other), room);
        self.rooms.insert(room, Room { opened_by: by, ..Room::new(RoomKind::Pair(one, other)) });
        for member in [one, other] {
            self.add_to_room(member, room);
        }
    }

    pub(super) fn advance_read_marker(&mut self, ReadMarker { member, room, up_to }: ReadMarker) {
        // A room that they left since has none, and who is no member has none at all.
        if self.is_in(member, room) && self.active(member).is_ok() {
            let mark = self.marks.entry((member, room)).or_default();
            *mark = up_to.max(*mark);
            self.unread_mentions.read(member, room, up_to);
        }
    }
}

impl Chat {
    /// Recalls which messages came before those that are known of a room, where one of these was removed: otherwise
    /// they would count as read. Where that cannot be read now, they do for a while.
    pub(super) fn recall(&self, room: RoomId) {
        let (as_of, before, missing) = {
            let state = self.state();
            if !state.window.has_gap(room) {
                return;
            }
            let (before, missing) = state.window.missing(room);
            (state.last(), before, missing)
        };
        let found = self.looked_up.ask(|archive| archive.ids_before(room, before, missing));
        let Ok(mut ids) = found else { return };
        let all = ids.len() < missing;
        let mut state = self.state_mut();
        let gone = |id: &Seq| {
            let later = state.changes.iter().filter(|(change, _)| change.seq > as_of);
            later.into_iter().any(|(change, _)| change.removed && change.message == *id)
        };
        ids.retain(|id| !gone(id));
        state.window.mark_incomplete_until(room, before, &ids, all);
    }

    /// Opens a room, with its first member in it. Where the member opened the same one after `known`, the newest that
    /// they had opened when they decided, if that is said, they asked twice, and it is that one.
    pub fn open_room(
        &self,
        by: MemberId,
        Naming { name, topic }: Naming,
        open: bool,
        known: Option<RoomId>,
        now: Timestamp,
    ) -> Result<RoomId, Refusal> {
        let opened = self.commit(now, conflicts_with_all, |state, next| {
            let kind = RoomKind::Named { name: name.clone(), topic: topic.clone(), open };
            let twin = known.and_then(|known| state.opened_after(by, known, &kind));
            if let Some(room) = twin {
                return Ok(Decision::AlreadyRecorded(room.0));
            }
            self.may_open_a_room(state, by)?;
            state.may_be_called(by, None, &name)?;
            let room = RoomId(next);
            Ok(Decision::Record(vec![
                Event::RoomOpened { by: Some(by), name, topic, open },
                Event::Joined { room, member: by },
            ]))
        })?;
        Ok(RoomId(opened))
    }

    /// Gives a room another name and topic, in place of those that were `known`, if that is said. Anybody who is in
    /// it may.
    pub fn change_room(
        &self,
        by: MemberId,
        room: RoomId,
        naming: Naming,
        known: Option<&Naming>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_manage(by, room)?;
            let current = state.naming(room).ok_or(Refusal::NoSuchRoom)?;
            match known {
                _ if current == naming => Ok(Vec::new()),
                Some(known) if *known != current => Err(Refusal::Outdated),
                _ => {
                    state.may_be_called(by, Some(&current.name), &naming.name)?;
                    Ok(vec![Event::RoomChanged { room, name: naming.name, topic: naming.topic }])
                }
            }
        })
    }

    /// These members have seen these rooms' messages up to there. What is no news, or about a room that they
    /// are not in, is passed over.
    pub fn read(&self, marks: Vec<(MemberId, RoomId, Seq)>, now: Timestamp) -> Result<(), Refusal> {
        let other = |record: &Record| record.event.commutes_with_messages();
        self.change(now, other, |state| {
            let news = |(member, room, up_to): (MemberId, RoomId, Seq)| {
                let up_to = up_to.min(state.last());
                let news = state.active(member).is_ok()
                    && state.is_in(member, room)
                    && up_to > state.read_marker_of(member, room)
                    && state.unseen(member, room).next().is_some();
                news.then_some(Event::Read { member, room, up_to })
            };
            Ok(marks.into_iter().filter_map(news).collect())
        })
    }
}

//! The rooms of a member, what is unread in them, and invitations.

use crate::chat::model::{MemberId, RoomId, Seq};
use crate::chat::notification::NotificationLevel;
use crate::chat::room::{Room, RoomKind, UNREAD_MAX};
use crate::chat::state::State;

/// A room, as a member's list shows it.
#[derive(Clone, Debug)]
pub struct RoomSummary {
    pub room: RoomId,
    pub kind: RoomKind,
    /// Messages of others that the member has not seen, up to [`UNREAD_MAX`].
    pub unread: usize,
    /// Of these, how many notify the member; none where they have muted the room.
    pub mentions: usize,
    pub level: NotificationLevel,
    /// The newest message; 0 where there is none.
    pub newest: Seq,
}

impl RoomSummary {
    pub fn is_muted(&self) -> bool {
        self.level == NotificationLevel::Nothing
    }
}

/// An invitation, as the one who is invited sees it: nothing but the room's name, and who wants them there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub room: RoomId,
    pub kind: RoomKind,
    pub by: MemberId,
}

impl State {
    /// The conversation of two members, if it has begun.
    pub fn pair(&self, one: MemberId, other: MemberId) -> Option<RoomId> {
        self.pairs.get(&(one.min(other), one.max(other))).copied()
    }

    /// The rooms that a member is in: the shared one, those with unread messages, the rest, and those that they muted,
    /// each by what was said last.
    pub fn rooms_of(&self, member: MemberId) -> Vec<RoomSummary> {
        let own = self.member(member).into_iter().flat_map(|member| &member.rooms);
        let listed = |id: &RoomId| {
            let room = self.rooms.get(id)?;
            let (kind, newest) = (room.kind.clone(), self.window.newest_in(*id));
            let (unread, mentions) = self.unread(member, *id);
            let level = self.notification_level(member, *id);
            Some(RoomSummary { room: *id, kind, unread, mentions, level, newest })
        };
        let mut rooms: Vec<RoomSummary> = own.filter_map(listed).collect();
        rooms.sort_by_key(|listed| {
            let order = std::cmp::Reverse(listed.newest.max(listed.room.0));
            (listed.is_muted(), listed.is_muted() || listed.unread == 0, order)
        });
        listed(&RoomId::SHARED).into_iter().chain(rooms).collect()
    }

    /// The rooms that a member could join, in no order.
    pub fn rooms_beside(&self, member: MemberId) -> impl Iterator<Item = (RoomId, &Room)> {
        let rooms = self.rooms.iter().map(|(id, room)| (*id, room));
        rooms.filter(move |(_, room)| room.is_open() && !room.members.contains(&member))
    }

    /// The rooms whose messages a member may see.
    pub fn rooms_seen_by(&self, member: MemberId) -> Vec<RoomId> {
        self.rooms.keys().copied().filter(|room| self.sees(member, *room)).collect()
    }

    /// The newest of the rooms that a member opened; 0 where there is none.
    pub fn newest_opened(&self, member: MemberId) -> RoomId {
        self.member(member).and_then(|member| member.opened.last().copied()).unwrap_or(RoomId::SHARED)
    }

    /// Counts the messages of others that a member has not seen, up to [`UNREAD_MAX`], and those that mention them, as
    /// far as that is known.
    pub fn unread(&self, member: MemberId, room: RoomId) -> (usize, usize) {
        (self.unseen(member, room).take(UNREAD_MAX).count(), self.unread_mentions_in(member, room))
    }

    /// Counts the unread messages that notify a member; none in a room that they have muted.
    pub(super) fn unread_mentions_in(&self, member: MemberId, room: RoomId) -> usize {
        if self.tells(member, room) { self.unread_mentions.in_room(member, room).count() } else { 0 }
    }

    /// The messages that mention a member and that they have not seen, as far as that is known, oldest first.
    pub fn mentions_of(&self, member: MemberId, room: RoomId) -> Vec<Seq> {
        self.unread_mentions.in_room(member, room).collect()
    }

    /// The messages of others that a member has not seen, newest first. Where they marked one as unread, their own may
    /// follow it; those that memory let go are not told apart.
    pub(in crate::chat) fn unseen(&self, member: MemberId, room: RoomId) -> impl Iterator<Item = Seq> {
        let seen = self.read_marker_of(member, room);
        let others = move |id: &Seq| self.at(*id).is_none_or(|message| message.author != member);
        self.window.known_in(room).take_while(move |id| *id > seen).filter(others)
    }

    /// To which rooms a member is invited, the oldest room first.
    pub fn invitations_of(&self, member: MemberId) -> Vec<Invitation> {
        let own = self.active(member).ok().into_iter().flat_map(|member| &member.invitations);
        let invitation = |room: &RoomId| {
            let found = self.rooms.get(room)?;
            Some(Invitation { room: *room, kind: found.kind.clone(), by: *found.invited.get(&member)? })
        };
        own.filter_map(invitation).collect()
    }

    pub fn invited_to(&self, room: RoomId) -> Vec<MemberId> {
        self.rooms.get(&room).map(|room| room.invited.keys().copied().collect()).unwrap_or_default()
    }
}

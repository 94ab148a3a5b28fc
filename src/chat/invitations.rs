//! How members come into rooms and leave them. Who left a room comes back by their own decision alone: others can
//! only invite them.

use super::event::Event;
use super::model::{MemberId, Refusal, RoomId, Seq, Timestamp};
use super::rooms::{Room, RoomKind};
use super::state::State;
use super::{Chat, conflicts_with_all};

/// What becomes of adding someone to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Joined,
    /// They left it before, so they are invited.
    Invited,
}

/// An invitation, as the one who is invited sees it: nothing but the room's name, and who wants them there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    pub room: RoomId,
    /// What kind of room it is.
    pub kind: RoomKind,
    pub by: MemberId,
}

/// What `apply` does.
impl State {
    pub(super) fn add_to_room(&mut self, member: MemberId, room: RoomId) {
        let one = self.members.get_mut(&member).filter(|member| !member.is_former());
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), one) {
            one.rooms.insert(room);
            one.invitations.remove(&room);
            found.members.insert(member);
            found.departed.remove(&member);
            found.invited.remove(&member);
        }
    }

    pub(super) fn remove_from_room(&mut self, member: MemberId, room: RoomId) {
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), self.members.get_mut(&member)) {
            one.rooms.remove(&room);
            found.members.remove(&member);
            found.departed.insert(member);
            self.marks.remove(&(member, room));
            self.unread_mentions.read(member, room, Seq(u64::MAX));
        }
    }

    /// Who left a room comes back by their own decision alone.
    pub(super) fn note_departure(&mut self, member: MemberId, room: RoomId) {
        self.rooms.get_mut(&room).map(|found| found.departed.insert(member));
    }

    pub(super) fn invite(&mut self, member: MemberId, room: RoomId, by: MemberId) {
        if let (Some(found), Some(one)) = (self.rooms.get_mut(&room), self.members.get_mut(&member)) {
            one.invitations.insert(room);
            found.invited.insert(member, by);
        }
    }

    pub(super) fn drop_invitation(&mut self, member: MemberId, room: RoomId) {
        self.update_member(member, |one| {
            one.invitations.remove(&room);
        });
        self.rooms.get_mut(&room).map(|found| found.invited.remove(&member));
    }
}

/// What pages ask.
impl State {
    /// To which rooms a member is invited, the oldest room first.
    pub fn invitations_of(&self, member: MemberId) -> Vec<Invitation> {
        let own = self.active(member).ok().into_iter().flat_map(|member| &member.invitations);
        let invitation = |room: &RoomId| {
            let found = self.rooms.get(room)?;
            Some(Invitation { room: *room, kind: found.kind.clone(), by: *found.invited.get(&member)? })
        };
        own.filter_map(invitation).collect()
    }

    /// Who is invited to a room.
    pub fn invited_to(&self, room: RoomId) -> Vec<MemberId> {
        self.rooms.get(&room).map(|room| room.invited.keys().copied().collect()).unwrap_or_default()
    }

    /// Whether a member may be in a room by their own decision, or is: it was opened by members, and is open, or they
    /// are invited.
    pub fn may_join(&self, member: MemberId, room: RoomId) -> bool {
        let named = self.rooms.get(&room).is_some_and(Room::is_named);
        named && (self.sees(member, room) || self.is_invited(member, room))
    }

    /// Whether a member is invited to a room.
    pub fn is_invited(&self, member: MemberId, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|room| room.invited.contains_key(&member))
    }
}

impl Chat {
    /// A member joins a room that is open, or to which they are invited.
    pub fn join(&self, member: MemberId, room: RoomId, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.active(member)?;
            if !state.may_join(member, room) {
                return Err(Refusal::NoSuchRoom);
            }
            if state.is_in(member, room) {
                return Ok(Vec::new());
            }
            self.may_join_one_more(state, member, room)?;
            Ok(vec![Event::Joined { room, member }])
        })
    }

    /// A member adds another to a room that they are in. One who left it is invited instead, once.
    pub fn add(
        &self,
        by: MemberId,
        room: RoomId,
        member: MemberId,
        now: Timestamp,
    ) -> Result<Added, Refusal> {
        let mut added = Added::Joined;
        self.change(now, conflicts_with_all, |state| {
            state.must_manage(by, room)?;
            state.active_other(member)?;
            let found = state.rooms.get(&room).ok_or(Refusal::NoSuchRoom)?;
            if found.members.contains(&member) {
                return Ok(Vec::new());
            }
            self.may_add(state, member, room)?;
            if !found.departed.contains(&member) {
                return Ok(vec![Event::Joined { room, member }]);
            }
            added = Added::Invited;
            let invited = Event::Invited { room, member, by };
            Ok(if state.is_invited(member, room) { Vec::new() } else { vec![invited] })
        })?;
        Ok(added)
    }

    /// A member does not accept an invitation; they can be invited again.
    pub fn decline(&self, member: MemberId, room: RoomId, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.active(member)?;
            if !state.is_invited(member, room) {
                return Err(Refusal::NoSuchRoom);
            }
            Ok(state.and_its_end(Event::InvitationDeclined { room, member }, member, room))
        })
    }

    /// A member leaves a room. What is said there afterwards does not come to them any more. A room that
    /// is of no use to anyone then is deleted.
    pub fn leave(&self, member: MemberId, room: RoomId, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_manage(member, room)?;
            Ok(state.and_its_end(Event::Left { room, member }, member, room))
        })
    }
}

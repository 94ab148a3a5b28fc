//! The policies: what a member may see and do is asked here and nowhere else.

use std::collections::BTreeSet;

use super::State;
use crate::chat::message::Message;
use crate::chat::model::{MemberId, Refusal, RoomId};
use crate::chat::room::{Room, RoomKind};

impl State {
    /// Tells if a member is in a room: then its messages come to them, and they may post. All are in the shared one.
    pub fn is_in(&self, member: MemberId, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|found| room == RoomId::SHARED || found.members.contains(&member))
    }

    /// Whose streams a room's messages go to. (Of the shared room: everybody's.)
    pub fn audience(&self, room: RoomId) -> BTreeSet<MemberId> {
        self.rooms.get(&room).map(|found| found.members.clone()).unwrap_or_default()
    }

    /// Tells if a member may find a room and read its messages.
    pub fn sees(&self, member: MemberId, room: RoomId) -> bool {
        self.is_in(member, room) || self.is_open(room)
    }

    /// Tells if all members may see and join a room.
    pub fn is_open(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(Room::is_open)
    }

    /// Tells if a room is a conversation of two, or one's notes.
    pub(in crate::chat) fn pair_in(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|room| matches!(room.kind, RoomKind::Pair(..)))
    }

    /// Refuses whoever may not say something in a room.
    pub(in crate::chat) fn must_speak(&self, member: MemberId, room: RoomId) -> Result<(), Refusal> {
        self.active(member)?;
        if !self.is_in(member, room) {
            return Err(Refusal::NoSuchRoom);
        }
        if self.is_over(member, room) { Err(Refusal::PartnerGone) } else { Ok(()) }
    }

    /// Tells if a member may say something in a room.
    pub fn may_speak(&self, member: MemberId, room: RoomId) -> bool {
        self.must_speak(member, room).is_ok()
    }

    /// Tells if a room is a conversation with a former member: nobody posts there.
    pub fn is_over(&self, member: MemberId, room: RoomId) -> bool {
        let partner = self.rooms.get(&room).and_then(|room| room.kind.partner(member));
        partner.is_some_and(|partner| self.active(partner).is_err())
    }

    /// Refuses whoever may not change a room, add to it or leave it: all but those inside one that members
    /// opened. To the others it is not there.
    pub(in crate::chat) fn must_manage(&self, member: MemberId, room: RoomId) -> Result<(), Refusal> {
        let named = self.rooms.get(&room).is_some_and(Room::is_named);
        if named && self.is_in(member, room) { Ok(()) } else { Err(Refusal::NoSuchRoom) }
    }

    /// A room that this member may see. There is no other way to find one.
    pub fn room_for(&self, member: MemberId, room: RoomId) -> Option<&Room> {
        self.rooms.get(&room).filter(|_| self.sees(member, room))
    }

    /// Tells if a member may be in a room by their own decision, or is: it was opened by members, and is open, or they
    /// are invited.
    pub fn may_join(&self, member: MemberId, room: RoomId) -> bool {
        let named = self.rooms.get(&room).is_some_and(Room::is_named);
        named && (self.sees(member, room) || self.is_invited(member, room))
    }

    pub fn is_invited(&self, member: MemberId, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|room| room.invited.contains_key(&member))
    }

    /// Tells if a member may edit a message: their own, in a room that they are in.
    pub fn may_edit(&self, member: MemberId, message: &Message) -> bool {
        message.author == member && self.is_in(member, message.room)
    }

    /// Tells if a member may remove a message: one that they may edit, and an owner any that they see and that is
    /// not in a conversation of two.
    pub fn may_remove(&self, member: MemberId, message: &Message) -> bool {
        self.may_edit(member, message) || self.moderates(member, message.room)
    }

    /// Tells if a member may remove the messages of others in a room.
    pub fn moderates(&self, member: MemberId, room: RoomId) -> bool {
        self.is_owner(member) && !self.pair_in(room) && self.sees(member, room)
    }

    pub fn is_owner(&self, member: MemberId) -> bool {
        self.member(member).is_some_and(|member| member.owner)
    }

    /// Refuses whoever is no owner.
    pub fn must_own(&self, member: MemberId) -> Result<(), Refusal> {
        self.active(member)?;
        if self.is_owner(member) { Ok(()) } else { Err(Refusal::OwnersOnly) }
    }

    /// Refuses to let go of the only owner.
    pub(in crate::chat) fn must_not_be_last_owner(&self, member: MemberId) -> Result<(), Refusal> {
        let others = self.members.iter().any(|(id, other)| other.owner && *id != member);
        if others || !self.is_owner(member) { Ok(()) } else { Err(Refusal::LastOwner) }
    }
}

//! How much of the chat there is, and how much of it one member may take.

use super::Chat;
use super::model::{MemberId, Refusal, RoomId};
use super::state::State;

/// The rooms that one member opened hold at most this part of all memberships.
const OPENERS_PART: usize = 10;

impl State {
    /// How many memberships in rooms there are, conversations and the shared room included: each has its read marker.
    fn memberships(&self) -> usize {
        self.marks.len()
    }

    /// How many members the rooms that one opened have together.
    fn held_by_rooms_of(&self, opener: MemberId) -> usize {
        let rooms = self.member(opener).into_iter().flat_map(|member| &member.opened);
        rooms.filter_map(|room| self.rooms.get(room)).map(|room| room.members.len()).sum()
    }
}

impl Chat {
    /// Members who were removed give their place back; in memory they stay, as authors, so that those are bounded too.
    pub(super) fn has_place_for_a_member(&self, state: &State) -> bool {
        let (limit, ever) = (self.limits.members, state.member_count());
        ever < limit || (ever < 2 * limit && state.everybody().count() < limit)
    }

    /// Refuses one more room, with so many members.
    pub(super) fn has_place_for_a_room(&self, state: &State, members: usize) -> Result<(), Refusal> {
        if state.room_count() >= self.limits.rooms {
            return Err(Refusal::RoomsFull);
        }
        self.has_place_for_memberships(state, members)
    }

    /// Refuses a room of a member's own beyond those that one may have.
    pub(super) fn may_open_a_room(&self, state: &State, by: MemberId) -> Result<(), Refusal> {
        if state.active(by)?.opened.len() >= self.limits.rooms_per_member {
            return Err(Refusal::OwnRoomsFull(self.limits.rooms_per_member));
        }
        self.has_place_for_a_room(state, 1)?;
        self.has_place_in_rooms_of(state, by)
    }

    /// Refuses one more member of a room.
    pub(super) fn has_place_in(&self, state: &State, room: RoomId) -> Result<(), Refusal> {
        self.has_place_for_memberships(state, 1)?;
        match state.rooms.get(&room).and_then(|room| room.opened_by) {
            Some(opener) => self.has_place_in_rooms_of(state, opener),
            None => Ok(()),
        }
    }

    fn has_place_for_memberships(&self, state: &State, more: usize) -> Result<(), Refusal> {
        let full = state.memberships() + more > self.limits.memberships;
        if full { Err(Refusal::MembershipsFull) } else { Ok(()) }
    }

    fn has_place_in_rooms_of(&self, state: &State, opener: MemberId) -> Result<(), Refusal> {
        let full = state.held_by_rooms_of(opener) >= self.limits.memberships / OPENERS_PART;
        if full { Err(Refusal::RoomFull) } else { Ok(()) }
    }
}

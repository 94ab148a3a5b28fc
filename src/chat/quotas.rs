//! How much of the chat there is, and how much of it one member may take.

use super::Chat;
use super::event::Event;
use super::model::{MemberId, Refusal, RoomId, Seq};
use super::state::State;

/// The rooms that one member opened hold at most this part of all memberships.
const OPENERS_PART: usize = 10;

impl State {
    /// How many memberships in rooms there are, conversations and the shared room included: each has its read marker.
    fn memberships(&self) -> usize {
        self.marks.len()
    }

    /// Whether a room is of no use to anyone once this member is neither in it nor invited to it: only they are, and
    /// others cannot join it or would find no messages. Messages that may be kept count.
    pub fn ends_with(&self, member: MemberId, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|found| {
            let mut people = found.members.iter().chain(found.invited.keys()).peekable();
            let unused = !self.is_open(room) || self.window.newest_in(room) == Seq::default();
            found.is_named() && unused && people.peek().is_some() && people.all(|other| *other == member)
        })
    }

    /// This, after which a member is neither in a room nor invited to it; and the room's end, where it ends with them.
    pub(super) fn and_its_end(&self, event: Event, member: MemberId, room: RoomId) -> Vec<Event> {
        let end = self.ends_with(member, room).then_some(Event::RoomDeleted { room });
        [event].into_iter().chain(end).collect()
    }

    /// The rooms that end with a member.
    pub(super) fn ending_with(&self, member: MemberId) -> impl Iterator<Item = Event> {
        let rooms = self.rooms.keys().filter(move |room| self.ends_with(member, **room));
        rooms.map(|room| Event::RoomDeleted { room: *room })
    }

    pub(super) fn delete_room(&mut self, room: RoomId) {
        let opener = self.rooms.remove(&room).and_then(|room| room.opened_by);
        if let Some(opener) = opener {
            self.change(opener, |member| {
                member.opened.remove(&room);
            });
        }
        let gone = self.window.remove_room(room);
        self.forget(&gone);
        let changes = self.changes.iter_mut().filter(|(change, _)| change.room == room);
        changes.for_each(|(change, _)| change.removed = true);
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

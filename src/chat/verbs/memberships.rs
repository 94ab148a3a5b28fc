//! How members come into rooms and leave them. Who left a room comes back by their own decision alone: others can
//! only invite them.

use crate::chat::Chat;
use crate::chat::commit_queue::conflicts_with_all;
use crate::chat::event::Event;
use crate::chat::model::{MemberId, Refusal, RoomId, Timestamp};
use crate::chat::state::State;

/// The outcome of adding someone to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    Joined,
    /// They left it before, so they are invited.
    Invited,
}

impl State {
    /// Tells if a room is of no use to anyone once this member is neither in it nor invited to it: only they are, and
    /// others cannot join it or would find no messages. Evicted messages count too.
    pub fn ends_with(&self, member: MemberId, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|found| {
            let mut people = found.members.iter().chain(found.invited.keys()).peekable();
            let unused = !self.is_open(room) || !self.has_messages(room);
            found.is_named() && unused && people.peek().is_some() && people.all(|other| *other == member)
        })
    }

    /// This, after which a member is neither in a room nor invited to it; and the room's end, where it ends with them.
    fn and_its_end(&self, event: Event, member: MemberId, room: RoomId) -> Vec<Event> {
        let end = self.ends_with(member, room).then(|| self.end_of(room));
        [event].into_iter().chain(end).collect()
    }

    /// The rooms that end with a member.
    pub(super) fn ending_with(&self, member: MemberId) -> impl Iterator<Item = Event> {
        let rooms = self.rooms.keys().filter(move |room| self.ends_with(member, **room));
        rooms.map(|room| self.end_of(*room))
    }

    fn end_of(&self, room: RoomId) -> Event {
        Event::RoomDeleted { open: self.is_open(room), room }
    }
}

impl Chat {
    /// Joins a room that is open, or to which the member is invited.
    ///
    /// Errors: `NoSuchRoom`, also where they may not see it; those of `may_join_one_more`.
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

    /// Adds a member to a room that `by` is in. One who left it is invited instead, once.
    ///
    /// Errors: `NoSuchRoom`, `NoSuchMember`, those of `may_add`.
    pub fn add(
        &self,
        by: MemberId,
        room: RoomId,
        member: MemberId,
        now: Timestamp,
    ) -> Result<Added, Refusal> {
        let mut added = Added::Joined;
        self.change(now, conflicts_with_all, |state| {
            added = Added::Joined;
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

    /// Declines an invitation; the member can be invited again. A room that is of no use to anyone then is deleted.
    ///
    /// Errors: `NoSuchRoom` where there is no invitation.
    pub fn decline(&self, member: MemberId, room: RoomId, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.active(member)?;
            if !state.is_invited(member, room) {
                return Err(Refusal::NoSuchRoom);
            }
            Ok(state.and_its_end(Event::InvitationDeclined { room, member }, member, room))
        })
    }

    /// Leaves a room. A room that is of no use to anyone then is deleted.
    pub fn leave(&self, member: MemberId, room: RoomId, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_manage(member, room)?;
            Ok(state.and_its_end(Event::Left { room, member }, member, room))
        })
    }
}

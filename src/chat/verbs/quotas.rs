//! How much of the chat there is, and how much of it one member may take: a part of what is free (dynamic thresholds;
//! Choudhury and Hahne, 1998). So what is free may be used by anyone, no few fill a pot, and who holds little gets more.

use crate::chat::Chat;
use crate::chat::member::SESSIONS_PER_MEMBER;
use crate::chat::model::{MemberId, Refusal, RoomId, Seq};
use crate::chat::room::Room;
use crate::chat::state::State;

/// The rooms that one member opened hold at most this part of all memberships.
const OPENERS_PART: usize = 10;

/// They hold at most this part of the memberships that are free.
const ROOMS_OF_ONE: usize = 8;

/// Of anything else, one member holds at most this part of what is free: after 200 who take all that they may,
/// 4 % of it are left.
const ONE_MEMBER: usize = 64;

/// Divides the free rest of a limit.
fn share(limit: usize, taken: usize, part: usize) -> usize {
    limit.saturating_sub(taken) / part
}

impl State {
    /// Counts memberships, conversations and the shared room included: each has its read marker.
    fn memberships(&self) -> usize {
        self.marks.len()
    }

    /// Counts the rooms that members opened: neither conversations nor the shared one.
    fn named_rooms(&self) -> usize {
        self.rooms.len() - self.pairs.len() - 1
    }

    /// Counts those of them that a member is in.
    fn named_rooms_of(&self, member: MemberId) -> usize {
        let rooms = self.member(member).into_iter().flat_map(|member| &member.rooms);
        rooms.filter(|room| !self.pair_in(**room)).count()
    }

    /// The conversations that a member began, their notes included.
    fn begun_by(&self, member: MemberId) -> impl Iterator<Item = &RoomId> + Clone {
        let rooms = self.member(member).into_iter().flat_map(|member| &member.rooms);
        let begun = move |room: &Room| !room.is_named() && room.opened_by == Some(member);
        rooms.filter(move |room| self.rooms.get(room).is_some_and(begun))
    }

    pub(super) fn has_messages(&self, room: RoomId) -> bool {
        self.window.newest_in(room) != Seq::default()
    }

    /// Adds up the members of the rooms that one opened.
    fn held_by_rooms_of(&self, opener: MemberId) -> usize {
        let rooms = self.member(opener).into_iter().flat_map(|member| &member.opened);
        rooms.filter_map(|room| self.rooms.get(room)).map(|room| room.members.len()).sum()
    }
}

impl Chat {
    /// Members who were removed give their place back; in memory they stay, as authors, so that those are bounded too.
    pub(super) fn has_place_for_a_member(&self, state: &State) -> bool {
        let (limit, ever) = (self.limits.members, state.member_count());
        ever < limit || (ever < 2 * limit && state.active_members().count() < limit)
    }

    /// Tells if a member who was removed may return. Former members hold no place.
    pub(super) fn has_place_for_a_return(&self, state: &State) -> bool {
        state.active_members().count() < self.limits.members
    }

    /// Refuses a room beyond those that a member may have opened.
    pub(super) fn may_open_a_room(&self, state: &State, by: MemberId) -> Result<(), Refusal> {
        let own = state.active(by)?.opened.len();
        let (limit, taken) = (self.limits.rooms, state.named_rooms());
        if taken >= limit {
            return Err(Refusal::RoomsFull);
        }
        if own >= self.limits.rooms_per_member {
            return Err(Refusal::OwnRoomsFull(own));
        }
        if own >= self.share_of_one(limit, taken) {
            return Err(Refusal::RoomShareFull(own));
        }
        self.has_place_for_memberships(state, 1)?;
        if state.named_rooms_of(by) >= self.memberships_of_one(state) {
            return Err(Refusal::MembershipShareFull);
        }
        self.has_place_in_rooms_of(state, by)
    }

    /// Refuses a conversation, with so many members, beyond those that one member may have begun. Those without
    /// messages have a pot of their own, or they would be a way to fill memory.
    pub(in crate::chat) fn may_begin(
        &self,
        state: &State,
        by: MemberId,
        members: usize,
    ) -> Result<(), Refusal> {
        let begun = state.begun_by(by);
        let own_used = begun.clone().filter(|room| state.has_messages(**room)).count();
        let used = state.pairs.values().filter(|room| state.has_messages(**room)).count();
        let limit = self.limits.conversations;
        for (own, taken, limit) in [(own_used, used, limit), (begun.count(), state.pairs.len(), 2 * limit)] {
            if taken >= limit {
                return Err(Refusal::RoomsFull);
            }
            if own >= self.share_of_one(limit, taken) {
                return Err(Refusal::ConversationShareFull);
            }
        }
        self.has_place_for_memberships(state, members)
    }

    /// Refuses a room that a member joins by their own decision.
    pub(super) fn may_join_one_more(
        &self,
        state: &State,
        member: MemberId,
        room: RoomId,
    ) -> Result<(), Refusal> {
        self.has_place_in(state, room)?;
        let full = state.named_rooms_of(member) >= self.memberships_of_one(state);
        if full { Err(Refusal::MembershipShareFull) } else { Ok(()) }
    }

    /// Refuses a member of a room whom another adds. That takes up half of what they may join at most.
    pub(super) fn may_add(&self, state: &State, member: MemberId, room: RoomId) -> Result<(), Refusal> {
        self.has_place_in(state, room)?;
        let full = state.named_rooms_of(member) >= self.memberships_of_one(state).div_ceil(2);
        if full { Err(Refusal::TheirMembershipShareFull) } else { Ok(()) }
    }

    /// Limits the sessions of one member while so many are open in all.
    pub(super) fn sessions_of_one(&self, open: usize) -> usize {
        self.share_of_one(self.limits.sessions, open).min(SESSIONS_PER_MEMBER)
    }

    /// Limits what one member may hold of a pot: a part of the free rest, and in any case the equal share of as many
    /// members as the chat takes, at least one.
    fn share_of_one(&self, limit: usize, taken: usize) -> usize {
        let equal = limit / self.limits.members.max(1);
        share(limit, taken, ONE_MEMBER).max(equal).max(1)
    }

    fn memberships_of_one(&self, state: &State) -> usize {
        self.share_of_one(self.limits.memberships, state.memberships())
    }

    fn has_place_in(&self, state: &State, room: RoomId) -> Result<(), Refusal> {
        self.has_place_for_memberships(state, 1)?;
        match state.rooms.get(&room).and_then(|room| room.opened_by) {
            Some(opener) => self.has_place_in_rooms_of(state, opener),
            None => Ok(()),
        }
    }

    pub(super) fn has_place_for_memberships(&self, state: &State, more: usize) -> Result<(), Refusal> {
        let full = state.memberships() + more > self.limits.memberships;
        if full { Err(Refusal::MembershipsFull) } else { Ok(()) }
    }

    fn has_place_in_rooms_of(&self, state: &State, opener: MemberId) -> Result<(), Refusal> {
        let limit = self.limits.memberships;
        let most = share(limit, state.memberships(), ROOMS_OF_ONE).max(1).min(limit / OPENERS_PART);
        if state.held_by_rooms_of(opener) >= most { Err(Refusal::RoomFull) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::share;
    use crate::chat::tests::{LIMITS, message, name, new_room, new_session, register};
    use crate::chat::*;

    const NOW: Timestamp = Timestamp(0);

    fn chat(limits: Limits) -> Chat {
        Chat::open(Box::<MemoryLog>::default(), limits, Box::new(|_| {})).unwrap()
    }

    fn open(chat: &Chat, by: MemberId) -> Result<RoomId, Refusal> {
        chat.open_room(by, new_room("Garden", true), NOW)
    }

    fn write_to(chat: &Chat, by: MemberId, other: MemberId) -> Result<Seq, Refusal> {
        chat.post_privately(other, message(by, "hi"), NOW)
    }

    fn sign_in(chat: &Chat, member: MemberId, session: u16) -> Result<(), Refusal> {
        chat.open_session(member, new_session(session, None), NOW, |_| Duration::ZERO)
    }

    #[test]
    fn one_holds_a_part_of_what_is_free() {
        let shares = [(0, 12), (36, 8), (99, 0), (100, 0), (101, 0)];
        assert!(shares.iter().all(|(taken, most)| share(100, *taken, 8) == *most));
    }

    /// Members who open all rooms and sessions, begin all conversations and join all rooms that they may.
    fn greedy(chat: &Chat) -> Vec<MemberId> {
        let all: Vec<_> =
            (0..200).map(|n| register(chat, &format!("greedy{n}"), 1_000 + n).unwrap()).collect();
        let mut rooms = Vec::new();
        for (n, one) in (0..).zip(&all) {
            rooms.extend(std::iter::from_fn(|| open(chat, *one).ok()));
            (0..20).for_each(|session| sign_in(chat, *one, 2_000 + 20 * n + session).unwrap());
            // Every other conversation is emptied again.
            for (m, other) in all.iter().enumerate() {
                let begun = chat.state().pair(*one, *other).is_some();
                match write_to(chat, *one, *other) {
                    Ok(id) if m % 2 == 0 && !begun => chat.remove(*one, id, NOW).unwrap(),
                    Err(_) => break,
                    Ok(_) => {}
                }
            }
        }
        for one in &all {
            let full = |room| chat.join(*one, room, NOW) == Err(Refusal::MembershipShareFull);
            let _ = rooms.iter().any(|room| full(*room));
        }
        all
    }

    #[test]
    fn who_comes_after_many_who_took_all_they_could_is_served() {
        let limits = Limits {
            members: 1_000,
            sessions: 2_000,
            rooms: 1_000,
            conversations: 1_000,
            rooms_per_member: 200,
            memberships: 20_000,
            ..LIMITS
        };
        let chat = chat(limits);
        let ann = register(&chat, "ann", 1).unwrap();
        let club = open(&chat, ann).unwrap();
        let all = greedy(&chat);
        assert!(chat.state().named_rooms() > 900 && chat.state().memberships() > 15_000);
        assert_eq!(open(&chat, all[199]), Err(Refusal::RoomShareFull(1)));
        assert_eq!(write_to(&chat, all[199], ann), Err(Refusal::ConversationShareFull));
        let bob = register(&chat, "bob", 2).unwrap();
        // Those who hold much do not take up what others may do by having to do with them.
        for one in &all {
            let _ = write_to(&chat, *one, bob);
            let rooms: Vec<_> = chat.state().member(*one).unwrap().opened.iter().copied().collect();
            for room in rooms {
                let _ = chat.add(*one, room, bob, NOW);
            }
        }
        assert_eq!(chat.join(bob, club, NOW), Ok(()));
        assert!(open(&chat, bob).is_ok());
        assert!(write_to(&chat, bob, ann).is_ok());
        sign_in(&chat, bob, 3).unwrap();
        assert!(chat.state().sessions().len() < limits.sessions);
    }

    #[test]
    fn conversations_without_messages_take_no_place_of_others_and_are_bounded() {
        let chat = chat(Limits { conversations: 4, ..LIMITS });
        let all = ["ann", "bob", "cyd", "dan"];
        let all: Vec<_> = (1..).zip(all).map(|(n, who)| register(&chat, who, n).unwrap()).collect();
        let empty = |by, other| chat.remove(by, write_to(&chat, by, other)?, NOW);
        assert_eq!(empty(all[0], all[0]), Ok(()));
        assert!(write_to(&chat, all[0], all[1]).is_ok(), "an empty one does not count");
        assert_eq!(write_to(&chat, all[0], all[2]), Err(Refusal::ConversationShareFull));
        assert!(write_to(&chat, all[1], all[2]).is_ok(), "another's first message does not count");
        assert_eq!(empty(all[2], all[2]), Ok(()));
        assert_eq!(empty(all[2], all[3]), Ok(()));
        assert_eq!(empty(all[2], all[0]), Err(Refusal::ConversationShareFull));
    }

    #[test]
    fn a_session_is_refused_only_where_no_place_is_left() {
        let chat = chat(Limits { sessions: 3, ..LIMITS });
        let [ann, bob, cyd] =
            [("ann", 1), ("bob", 2), ("cyd", 3)].map(|(who, n)| register(&chat, who, n).unwrap());
        let dan = |n| chat.register(name("dan"), PasswordHash("hash".into()), new_session(n, None), NOW);
        assert_eq!(dan(4), Err(Refusal::SessionsFull));
        sign_in(&chat, ann, 5).unwrap();
        assert_eq!(chat.state().member(ann).map(|ann| ann.sessions.len()), Some(1));
        chat.end_sessions(bob, SessionsToEnd::Others(crate::chat::tests::digest(9)), NOW).unwrap();
        dan(6).unwrap();
        assert_eq!(sign_in(&chat, bob, 7), Err(Refusal::SessionsFull));
        assert!(chat.state().member(cyd).is_some_and(|cyd| cyd.sessions.len() == 1));
    }
}

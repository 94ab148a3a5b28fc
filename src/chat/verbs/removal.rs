//! Members who are removed, and who come back.
//!
//! A former member returns as the same member: their messages are theirs again, and so are their notes and
//! conversations, with nothing unread in them. They are a plain member of the shared room and of no other, until they
//! join or are added again, and read times in the chat's zone. They have their name, or, where it was freed and someone
//! else took it (or one that looks like it), another.

use crate::chat::Chat;
use crate::chat::commit_queue::conflicts_with_all;
use crate::chat::event::Event;
use crate::chat::member::Member;
use crate::chat::model::{MemberId, Refusal, RoomId, Timestamp, TokenDigest};
use crate::chat::names::Username;
use crate::chat::state::State;

impl State {
    /// The conversations and notes that a member has, or had before they were removed.
    fn conversations_of(&self, member: MemberId) -> Vec<RoomId> {
        let own = self.pairs.iter().filter(|((one, other), _)| *one == member || *other == member);
        own.map(|(_, room)| *room).collect()
    }

    /// Returns the name under which a removed member comes back: their own if they kept it or it is free, else
    /// `other`.
    ///
    /// Errors: `NameTaken` or `NameLooksTaken`, of `other` if that is given.
    pub fn name_on_return(&self, member: MemberId, other: Option<&Username>) -> Result<Username, Refusal> {
        let own = &self.member(member).ok_or(Refusal::NoSuchMember)?.name;
        if self.names.keeps(member) {
            return Ok(own.clone());
        }
        match (self.name_is_free(own), other) {
            (Err(_), Some(other)) => self.name_is_free(other).map(|()| other.clone()),
            (free, _) => free.map(|()| own.clone()),
        }
    }

    /// This name, or the first variant of it that no one has: with one more digit. Cost: looks at all names, a few
    /// times.
    pub fn free_name_like(&self, name: &Username) -> Option<Username> {
        const VARIANTS: std::ops::RangeInclusive<u8> = 2..=5;
        let variants =
            VARIANTS.filter_map(|digit| Username::choose(&format!("{}{digit}", name.as_str())).ok());
        std::iter::once(name.clone()).chain(variants).find(|name| self.name_is_free(name).is_ok())
    }

    /// Errors: `NameTaken`, `NameLooksTaken`. Cost: looks at all names.
    pub fn name_is_free(&self, name: &Username) -> Result<(), Refusal> {
        if self.names.has(name.key()) {
            Err(Refusal::NameTaken)
        } else if self.names.has_like(name) {
            Err(Refusal::NameLooksTaken)
        } else {
            Ok(())
        }
    }
}

impl Chat {
    /// Removes a member. `free_name`: others may take the name from then on.
    ///
    /// Errors: `OwnersOnly`, `NoSuchMember`, `LastOwner`.
    pub fn remove_member(
        &self,
        by: MemberId,
        member: MemberId,
        free_name: bool,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_own(by)?;
            let Member { sessions, rooms, .. } = state.active_other(member)?;
            state.must_not_be_last_owner(member)?;
            let forgotten = state.forgetting_revoked(sessions.len(), now);
            // Said one by one, so that whoever hears of ended sessions hears of these.
            let ended = sessions.iter().map(|digest| Event::SessionRevoked { member, digest: *digest });
            let left = rooms.iter().copied().collect();
            let removed = Event::MemberRemoved { member, name_freed: free_name, left };
            let all = forgotten.into_iter().chain(ended).chain([removed]);
            Ok(all.chain(state.ending_with(member)).collect())
        })
    }

    /// Lets the bearer of `token` set a new password for somebody who was removed, and return by that, within
    /// [`crate::chat::RESET_TIME`] and while `by` is an owner.
    ///
    /// Errors: `OwnersOnly`, `NoSuchMember` where they are a member.
    pub fn offer_return(
        &self,
        by: MemberId,
        member: MemberId,
        token: TokenDigest,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_own(by)?;
            let former = state.member(member).is_some_and(Member::is_former);
            if !former {
                return Err(Refusal::NoSuchMember);
            }
            Ok(vec![Event::ResetOffered { by: Some(by), member, digest: token }])
        })
    }

    /// Returns the event by which a member who takes up such an offer returns; None: they were not removed.
    pub(super) fn return_of(
        &self,
        state: &State,
        member: MemberId,
        name: Option<&Username>,
    ) -> Result<Option<Event>, Refusal> {
        if state.active(member).is_ok() {
            return Ok(None);
        }
        let name = state.name_on_return(member, name)?;
        if !self.has_place_for_a_return(state) {
            return Err(Refusal::MembersFull);
        }
        let conversations = state.conversations_of(member);
        self.has_place_for_memberships(state, 1 + conversations.len())?;
        if state.sessions().len() >= self.limits.sessions {
            return Err(Refusal::SessionsFull);
        }
        Ok(Some(Event::MemberReturned { member, name, conversations }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::tests::{LIMITS, digest, message, name, new_session, register, say};
    use crate::chat::{FreshStart, Limits, MemoryLog, PasswordHash};

    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn chat(limits: Limits) -> Chat {
        Chat::open(Box::<MemoryLog>::default(), limits, Box::new(|_| {})).unwrap()
    }

    /// An owner, and a member who has some sessions.
    fn two(chat: &Chat, sessions: u16) -> [MemberId; 2] {
        let [ann, bob] = [("ann", 1), ("bob", 2)].map(|(who, n)| register(chat, who, n).unwrap());
        for n in 1..sessions {
            chat.open_session(bob, new_session(100 + n, None), Timestamp(0), |_| std::time::Duration::ZERO)
                .unwrap();
        }
        [ann, bob]
    }

    fn comes_back(
        chat: &Chat,
        token: u16,
        other: Option<&str>,
        session: u16,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let (password, session) = (PasswordHash("new".into()), new_session(session, None));
        let start = FreshStart { password, name: other.map(name), session };
        chat.reset_password(&digest(token), start, now, now)
    }

    #[test]
    fn a_session_that_a_removal_ended_is_known_for_thirty_days() {
        let chat = chat(LIMITS);
        let [ann, bob] = two(&chat, 2);
        chat.remove_member(ann, bob, false, Timestamp(DAY)).unwrap();
        let known = |session: u16, day: i64| chat.state().is_revoked(&digest(session), Timestamp(day * DAY));
        assert!(known(2, 1) && known(101, 31), "each of them");
        assert!(!known(2, 32) && !known(1, 1), "not for ever, and not the owner's");
        assert!(known(2, -5), "a clock that went back forgets nothing");
        // With the next session it is gone from memory too.
        chat.open_session(ann, new_session(7, None), Timestamp(32 * DAY), |_| std::time::Duration::ZERO)
            .unwrap();
        assert!(!known(2, 2));
    }

    #[test]
    fn of_many_revoked_sessions_the_newest_are_known() {
        let chat = chat(LIMITS);
        let [ann, bob] = two(&chat, 2);
        let eve = register(&chat, "eve", 3).unwrap();
        chat.open_session(eve, new_session(200, None), Timestamp(0), |_| std::time::Duration::ZERO).unwrap();
        for who in [bob, eve] {
            chat.remove_member(ann, who, false, Timestamp(0)).unwrap();
        }
        let known = |session: u16| chat.state().is_revoked(&digest(session), Timestamp(0));
        assert_eq!([2, 101].map(known).iter().filter(|known| **known).count(), 1, "three, as is the most");
        assert!(known(3) && known(200), "the newest are");
    }

    /// A board without a battery begins in 1970, until it hears of the time.
    #[test]
    fn a_clock_that_went_back_makes_nobody_forgotten_early() {
        let chat = chat(LIMITS);
        let [ann, bob] = two(&chat, 1);
        let eve = register(&chat, "eve", 3).unwrap();
        let now = Timestamp(40 * DAY);
        chat.remove_member(ann, bob, false, now).unwrap();
        chat.remove_member(ann, eve, false, Timestamp(0)).unwrap();
        chat.open_session(ann, new_session(200, None), now, |_| std::time::Duration::ZERO).unwrap();
        assert!(chat.state().is_revoked(&digest(2), now), "bob's is no day old");
    }

    #[test]
    fn who_comes_back_is_who_they_were_and_a_plain_member() {
        let chat = chat(LIMITS);
        let [ann, bob] = two(&chat, 1);
        chat.change_role(ann, bob, true, Timestamp(0)).unwrap();
        let said = say(&chat, bob, "mine", None).unwrap();
        let private = chat.post_privately(bob, message(ann, "hi"), Timestamp(0)).unwrap();
        chat.remove_member(ann, bob, false, Timestamp(1)).unwrap();
        say(&chat, ann, "while they were away", None).unwrap();
        assert_eq!(chat.offer_return(bob, bob, digest(50), Timestamp(2)), Err(Refusal::NotAMember));
        assert_eq!(chat.offer_return(ann, ann, digest(50), Timestamp(2)), Err(Refusal::NoSuchMember));
        chat.offer_return(ann, bob, digest(50), Timestamp(2)).unwrap();
        assert!(chat.state().active(bob).is_err(), "not before the link is used");
        assert_eq!(comes_back(&chat, 50, Some("other"), 60, Timestamp(3)), Ok(()));
        assert_eq!(comes_back(&chat, 50, None, 61, Timestamp(3)), Err(Refusal::ResetOver), "once");
        let state = chat.state();
        let back = state.active(bob).unwrap();
        assert_eq!((back.name.as_str(), back.owner), ("bob", false), "their name was kept for them");
        assert_eq!(back.sessions, [digest(60)]);
        assert!(!state.is_revoked(&digest(2), Timestamp(3)));
        let room = state.pair(ann, bob).unwrap();
        assert!(state.is_in(bob, room) && !state.is_over(ann, room));
        assert!(state.may_edit(bob, state.at(said).unwrap()) && state.at(private).is_some());
        assert_eq!((state.unread(bob, RoomId::SHARED), state.unread(bob, room)), ((0, 0), (0, 0)));
    }

    #[test]
    fn who_comes_back_and_whose_name_is_taken_has_another() {
        let chat = chat(LIMITS);
        let [ann, bob] = two(&chat, 1);
        chat.remove_member(ann, bob, true, Timestamp(1)).unwrap();
        let new = register(&chat, "BOB", 3).unwrap();
        chat.offer_return(ann, bob, digest(50), Timestamp(2)).unwrap();
        assert_eq!(comes_back(&chat, 50, None, 60, Timestamp(3)), Err(Refusal::NameTaken));
        assert_eq!(comes_back(&chat, 50, Some("Ann"), 60, Timestamp(3)), Err(Refusal::NameTaken));
        assert_eq!(comes_back(&chat, 50, Some("rob"), 60, Timestamp(3)), Ok(()));
        let named = |who: &str| chat.state().active_named(name(who).key()).map(|(id, _)| id);
        assert_eq!((named("rob"), named("bob")), (Some(bob), Some(new)));
        // Whose name was freed and is free still has it again.
        chat.remove_member(ann, bob, true, Timestamp(4)).unwrap();
        chat.offer_return(ann, bob, digest(51), Timestamp(4)).unwrap();
        assert_eq!(comes_back(&chat, 51, Some("robert"), 61, Timestamp(5)), Ok(()));
        assert_eq!((named("rob"), named("robert")), (Some(bob), None));
        assert_eq!(register(&chat, "rob", 9), Err(Refusal::NameTaken));
    }

    #[test]
    fn what_an_owner_offered_is_void_once_they_are_none() {
        let chat = chat(LIMITS);
        let [ann, bob] = two(&chat, 1);
        let [mal, eve] = [("mal", 3), ("eve", 4)].map(|(who, n)| register(&chat, who, n).unwrap());
        for owner in [mal, eve] {
            chat.change_role(ann, owner, true, Timestamp(0)).unwrap();
        }
        chat.remove_member(ann, bob, false, Timestamp(1)).unwrap();
        chat.offer_return(mal, bob, digest(50), Timestamp(2)).unwrap();
        chat.change_role(ann, mal, false, Timestamp(3)).unwrap();
        assert_eq!(comes_back(&chat, 50, None, 60, Timestamp(4)), Err(Refusal::ResetOver));
        chat.offer_return(eve, bob, digest(51), Timestamp(4)).unwrap();
        chat.remove_member(ann, eve, false, Timestamp(5)).unwrap();
        assert_eq!(comes_back(&chat, 51, None, 60, Timestamp(6)), Err(Refusal::ResetOver));
        chat.offer_reset(ann, digest(52), Timestamp(6)).unwrap();
        assert_eq!(comes_back(&chat, 52, None, 61, Timestamp(7)), Ok(()), "who runs the chat is no owner");
    }

    #[test]
    fn a_full_chat_takes_nobody_back() {
        let chat = chat(Limits { members: 2, ..LIMITS });
        let [ann, bob] = two(&chat, 1);
        chat.remove_member(ann, bob, false, Timestamp(1)).unwrap();
        register(&chat, "cyd", 3).unwrap();
        chat.offer_return(ann, bob, digest(50), Timestamp(2)).unwrap();
        assert_eq!(comes_back(&chat, 50, None, 60, Timestamp(3)), Err(Refusal::MembersFull));
    }
}

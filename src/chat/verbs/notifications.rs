//! What members want to be told of, and what they have seen.

use std::collections::BTreeSet;

use super::messages::TRIES;
use crate::chat::Chat;
use crate::chat::commit_queue::conflicts_with_all;
use crate::chat::event::Event;
use crate::chat::model::{MemberId, Refusal, RoomId, Seq, Timestamp};
use crate::chat::notification::{NotificationLevel, QuietHours};
use crate::chat::state::{MENTIONS_KNOWN_MAX, State};

impl Chat {
    /// Errors: `NoSuchRoom` where the member is not in it.
    pub fn choose_notification_level(
        &self,
        member: MemberId,
        room: RoomId,
        level: NotificationLevel,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.active(member)?;
            let kind = state.room_for(member, room).map(|room| &room.kind);
            let kind = kind.filter(|_| state.is_in(member, room)).ok_or(Refusal::NoSuchRoom)?;
            if state.notification_level(member, room) == level {
                return Ok(Vec::new());
            }
            let level = Some(level).filter(|level| *level != NotificationLevel::default_of(kind));
            Ok(vec![Event::NotificationLevelChosen { member, room, level }])
        })
    }

    /// None: the member is told at any time.
    pub fn choose_quiet_hours(
        &self,
        member: MemberId,
        hours: Option<QuietHours>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let same = state.active(member)?.quiet_hours == hours;
            Ok(if same { Vec::new() } else { vec![Event::QuietHoursChosen { member, hours }] })
        })
    }

    /// Notes that a member has seen the reactions to their messages up to a record.
    pub fn see_reactions(&self, member: MemberId, up_to: Seq, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.active(member)?;
            Ok(state.reactions_seen_event(member, up_to).into_iter().collect())
        })
    }

    /// Marks everything as read: all messages in all rooms of a member, and all reactions to their messages.
    pub fn read_everything(&self, member: MemberId, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let rooms = &state.active(member)?.rooms;
            let rooms = [RoomId::SHARED].iter().chain(rooms).copied();
            let unread = rooms.filter(|room| state.unseen(member, *room).next().is_some());
            let up_to = state.last();
            let reads = unread.map(|room| Event::Read { member, room, up_to });
            Ok(reads.chain(state.reactions_seen_event(member, up_to)).collect())
        })
    }

    /// Lets a message and all that follow it in its room count as unread.
    ///
    /// Errors: `NoSuchMessage` also where the member is not in its room. Where older messages cannot be read now, the
    /// mentions among them do not count.
    pub fn mark_unread(&self, member: MemberId, message: Seq, now: Timestamp) -> Result<(), Refusal> {
        let found = self.find(message)?.ok_or(Refusal::NoSuchMessage)?.message;
        let (room, after) = (found.room, Seq(message.0.saturating_sub(1)));
        let mut tries = 0;
        loop {
            tries += 1;
            let as_of = self.state().last();
            let kept =
                self.looked_up.ask(|archive| archive.mentions_after(member, room, after, MENTIONS_KNOWN_MAX));
            let kept = kept.ok().flatten().unwrap_or_default();
            let done = self.change(now, conflicts_with_all, |state| {
                state.active(member)?;
                if state.is_removed(message) || !state.is_in(member, room) {
                    return Err(Refusal::NoSuchMessage);
                }
                if state.read_marker_of(member, room) <= after {
                    return Ok(Vec::new());
                }
                if tries < TRIES && state.has_let_go_since(room, as_of) {
                    return Err(Refusal::Outdated);
                }
                let mentions = state.notifying_after(member, room, after, &kept);
                Ok(vec![Event::MarkedUnread { member, room, after, mentions }])
            });
            if done != Err(Refusal::Outdated) {
                return done;
            }
        }
    }
}

impl State {
    fn reactions_seen_event(&self, member: MemberId, up_to: Seq) -> Option<Event> {
        let unseen = self.unread_reactions.of(member).iter().map(|reaction| reaction.id);
        let up_to = up_to.min(self.last());
        let seen = unseen.min().filter(|first| *first <= up_to);
        seen.map(|_| Event::ReactionsSeen { member, up_to })
    }

    /// Tells if an archive that was asked then may not have told all of what memory does not have of a room now.
    fn has_let_go_since(&self, room: RoomId, as_of: Seq) -> bool {
        let changed = self.changes.iter().rev().take_while(|(change, _)| change.seq > as_of);
        self.window.evicted_through_in(room) > as_of
            || changed.into_iter().any(|(change, _)| change.room == room && self.at(change.message).is_none())
    }

    /// The newest messages of a room after one that notify a member. `kept` is what an archive has, which counts where
    /// memory does not have the message.
    fn notifying_after(&self, member: MemberId, room: RoomId, after: Seq, kept: &[Seq]) -> Vec<Seq> {
        let held = self.window.known_in(room).take_while(|id| *id > after).filter_map(|id| self.at(id));
        let held = held.filter(|message| message.notifies(member)).map(|message| message.id);
        let evicted = self.window.evicted_through_in(room);
        let old = kept.iter().copied().filter(|id| *id > after && *id <= evicted && !self.is_removed(*id));
        let all: BTreeSet<Seq> = held.chain(old).collect();
        let first = all.len().saturating_sub(MENTIONS_KNOWN_MAX);
        all.into_iter().skip(first).collect()
    }
}

//! Reacting to messages, and pinning them.

use crate::chat::Chat;
use crate::chat::commit_queue::{Decision, conflicts_with_all};
use crate::chat::event::{Event, Record};
use crate::chat::message::{ChangeKind, Message, MessageChange};
use crate::chat::model::{MemberId, Refusal, RoomId, Seq, Timestamp};
use crate::chat::reaction::{Emoji, Reaction, Reactions};
use crate::chat::room::PINS_MAX;
use crate::chat::state::State;

impl Chat {
    /// Puts an emoji beside a message, or takes it back (`wanted` false). What is so already stays so.
    ///
    /// Errors: `NoSuchMessage` also where the member is not in its room, `EmojiFull`, `ReactionsFull`, `PartnerGone`.
    pub fn react(
        &self,
        member: MemberId,
        message: Seq,
        (emoji, wanted): (&Emoji, bool),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        // Many react at once, also to one message: what they decided is looked at, and not waited for. A member's own
        // reaction to it is: whoever hears that it is there already relies on that.
        let meets = |record: &Record| {
            let own = matches!(&record.event, Event::Reacted { member: other, .. } if *other == member);
            let taken_back = matches!(&record.event, Event::ReactionRemoved { .. });
            (own || taken_back) && record.change().is_some_and(|change| change.message == message)
        };
        self.mark_message(member, message, now, meets, |state, message, in_flight| {
            let reactions = reactions_after(message, in_flight);
            let forgets = || state.change_to_forget(message.id, message.room, in_flight);
            let (id, room, author) = (message.id, message.room, message.author);
            Ok(match (reactions.find(member, emoji), wanted) {
                (None, true) if !reactions.have_room_for(emoji) => return Err(Refusal::EmojiFull),
                (None, true) if reactions.are_full() => return Err(Refusal::ReactionsFull),
                (None, true) => {
                    let emoji = emoji.clone();
                    Some(Event::Reacted { message: id, room, author, member, emoji, forgets: forgets() })
                }
                (Some(reaction), false) => {
                    let reaction = reaction.id;
                    Some(Event::ReactionRemoved { message: id, room, author, reaction, forgets: forgets() })
                }
                (None, false) | (Some(_), true) => None,
            })
        })
    }

    /// Pins a message in its room, or unpins it. Any of the room's members may.
    ///
    /// Errors: as above, and `PinsFull`.
    pub fn pin(&self, by: MemberId, message: Seq, wanted: bool, now: Timestamp) -> Result<(), Refusal> {
        let meets =
            |record: &Record| matches!(record.change(), Some(MessageChange { kind: ChangeKind::Pin, .. }));
        let pinned = self.mark_message(by, message, now, meets, |state, message, in_flight| {
            let (message, room) = (message.id, message.room);
            let pins = state.pins_of(room);
            let is_pinned = pins.contains(&message);
            if is_pinned == wanted {
                return Ok(None);
            }
            if wanted && pins.len() >= PINS_MAX {
                return Err(Refusal::PinsFull);
            }
            let forgets = state.change_to_forget(message, room, in_flight);
            Ok(Some(if wanted {
                Event::Pinned { message, room, by, forgets }
            } else {
                Event::Unpinned { message, room, by, forgets }
            }))
        });
        match pinned {
            Err(Refusal::NoSuchMessage) if !wanted => self.unpin_lost(by, message, now),
            pinned => pinned,
        }
    }

    /// Unpins a message that memory let go, where no file has it.
    fn unpin_lost(&self, by: MemberId, message: Seq, now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let mut pins = state.rooms.iter().filter(|(_, room)| room.pins.contains(&message));
            let room = pins.next().map(|(id, _)| *id).filter(|_| state.at(message).is_none());
            let room = room.ok_or(Refusal::NoSuchMessage)?;
            must_mark(state, by, room)?;
            let forgets = state.change_to_forget(message, room, &[]);
            Ok(vec![Event::Unpinned { message, room, by, forgets }])
        })
    }

    /// Commits what members of a room may do with any of its messages. `meets` tells for which records in flight, of
    /// those that commute with messages, the decision waits.
    fn mark_message(
        &self,
        by: MemberId,
        id: Seq,
        now: Timestamp,
        meets: impl Fn(&Record) -> bool,
        mark: impl Fn(&State, &Message, &[&Record]) -> Result<Option<Event>, Refusal>,
    ) -> Result<(), Refusal> {
        self.with_message(id, |found| {
            let commutes = |record: &Record| record.event.commutes_with_messages() && !meets(record);
            let done = self.commit_beside(now, commutes, |state, in_flight, _| {
                state.active(by)?;
                let message = state.found_for(by, found)?;
                must_mark(state, by, message.room)?;
                let event = mark(state, message, in_flight)?;
                Ok(event
                    .map_or(Decision::AlreadyRecorded(state.last()), |event| Decision::Record(vec![event])))
            });
            done.map(drop)
        })
    }
}

/// The reactions to a message as they are when the records in flight are applied.
fn reactions_after(message: &Message, in_flight: &[&Record]) -> Reactions {
    let mut reactions = message.amendments.reactions.clone();
    for record in in_flight {
        match &record.event {
            Event::Reacted { message: id, member, emoji, .. } if *id == message.id => {
                let (id, at, member, emoji) = (record.seq, record.at, *member, emoji.clone());
                reactions.add(Reaction { id, at, member, emoji });
            }
            Event::ReactionRemoved { message: id, reaction, .. } if *id == message.id => {
                reactions.remove(*reaction);
            }
            _ => {}
        }
    }
    reactions
}

/// Refuses whoever may not react to messages of a room, or pin them.
fn must_mark(state: &State, member: MemberId, room: RoomId) -> Result<(), Refusal> {
    state.must_speak(member, room).map_err(|refusal| match refusal {
        Refusal::NoSuchRoom => Refusal::NoSuchMessage,
        other => other,
    })
}

//! Reacting to messages, and pinning them.

use crate::chat::Chat;
use crate::chat::event::Event;
use crate::chat::message::Message;
use crate::chat::model::{MemberId, Refusal, Seq, Timestamp};
use crate::chat::reaction::Emoji;
use crate::chat::room::PINS_MAX;
use crate::chat::state::State;

/// Tries where others change the same message meanwhile, and memory does not have it.
const TRIES: usize = 16;

impl Chat {
    /// Puts an emoji beside a message, or takes it back (`wanted` false). What is so already stays so.
    ///
    /// Errors: `NoSuchMessage` also where the member is not in its room, `ReactionsFull`, `PartnerGone`.
    pub fn react(
        &self,
        member: MemberId,
        message: Seq,
        (emoji, wanted): (&Emoji, bool),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.mark_message(member, message, now, |state, message| {
            let reactions = &message.amendments.reactions;
            let forgets = || state.change_to_forget(message.id, message.room);
            let (id, room, author) = (message.id, message.room, message.author);
            Ok(match (reactions.find(member, emoji), wanted) {
                (None, true) if !reactions.have_room_for(emoji) => return Err(Refusal::ReactionsFull),
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
        self.mark_message(by, message, now, |state, message| {
            let (message, room) = (message.id, message.room);
            let pins = state.rooms.get(&room).map_or(&[][..], |room| &room.pins);
            let is_pinned = pins.contains(&message);
            if is_pinned == wanted {
                return Ok(None);
            }
            if wanted && pins.len() >= PINS_MAX {
                return Err(Refusal::PinsFull);
            }
            let forgets = state.change_to_forget(message, room);
            Ok(Some(if wanted {
                Event::Pinned { message, room, by, forgets }
            } else {
                Event::Unpinned { message, room, by, forgets }
            }))
        })
    }

    /// Commits what members of a room may do with any of its messages.
    fn mark_message(
        &self,
        by: MemberId,
        id: Seq,
        now: Timestamp,
        mark: impl Fn(&State, &Message) -> Result<Option<Event>, Refusal>,
    ) -> Result<(), Refusal> {
        let mut tries = 0;
        loop {
            let done = self.change_message(
                by,
                id,
                now,
                |_, _, _| true,
                |state, message| {
                    state.must_speak(by, message.room).map_err(|refusal| match refusal {
                        Refusal::NoSuchRoom => Refusal::NoSuchMessage,
                        other => other,
                    })?;
                    mark(state, message)
                },
            );
            tries += 1;
            if done != Err(Refusal::Outdated) || tries == TRIES {
                return done;
            }
        }
    }
}

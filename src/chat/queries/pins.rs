//! The pinned messages of a room.

use crate::chat::Chat;
use crate::chat::message::{Message, MessageView};
use crate::chat::model::{Refusal, RoomId, Seq};
use crate::chat::state::State;

/// A pinned message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedMessage {
    pub id: Seq,
    /// None: memory let it go, and no file has it.
    pub view: Option<MessageView>,
}

impl State {
    /// The pinned messages of a room, oldest pin first.
    pub fn pins_of(&self, room: RoomId) -> &[Seq] {
        self.rooms.get(&room).map_or(&[], |room| &room.pins)
    }

    /// The same with what they say, newest pin first. None: the archive has to be read, by [`Chat::pins`].
    pub fn pinned_messages(&self, room: RoomId) -> Option<Vec<PinnedMessage>> {
        let held = |id: &Seq| self.at(*id).is_some();
        let all = !self.window.remembers() || self.pins_of(room).iter().all(held);
        all.then(|| self.pinned(room, &[]))
    }

    /// `kept`: those that memory let go.
    fn pinned(&self, room: RoomId, kept: &[Message]) -> Vec<PinnedMessage> {
        let pinned = |id: &Seq| {
            let message = self.at(*id).or_else(|| kept.iter().find(|message| message.id == *id));
            PinnedMessage { id: *id, view: message.and_then(|message| self.resolve_names(message.clone())) }
        };
        self.pins_of(room).iter().rev().map(pinned).collect()
    }
}

impl Chat {
    /// The pinned messages of a room, newest pin first, from memory and the archive.
    ///
    /// Errors: `Busy`, `NotRead`.
    pub fn pins(&self, room: RoomId) -> Result<Vec<PinnedMessage>, Refusal> {
        let missing: Vec<Seq> = {
            let state = self.state();
            state.pins_of(room).iter().copied().filter(|id| state.at(*id).is_none()).collect()
        };
        let kept = self.old.ask(|archive| archive.some(&missing))?.unwrap_or_default();
        Ok(self.state().pinned(room, &kept))
    }
}

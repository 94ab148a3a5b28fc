//! Nonces: by which a message that is sent again is known, for as long as it is there.

use super::messages::NewMessage;
use crate::chat::Chat;
use crate::chat::message::{ChangeKind, Message, Versioned};
use crate::chat::model::{MemberId, Nonce, Refusal, RoomId, Seq};
use crate::chat::state::State;

impl State {
    /// The message that a member sent with this nonce before, if it says the same in the same room, with the same files. What it said
    /// before it was edited or removed, nobody knows: then whoever sends decides. `kept` is what an archive has, where
    /// memory does not know the nonce.
    pub(super) fn sent_before(
        &self,
        room: Option<RoomId>,
        NewMessage { author, body, files, answers, nonce, .. }: &NewMessage,
        kept: Option<&Versioned>,
    ) -> Result<Option<Seq>, Refusal> {
        let known = nonce.clone().and_then(|nonce| self.nonces.get(&(*author, nonce)));
        let message = match (known, kept) {
            (Some(id), _) => self.at(*id),
            (None, Some(kept)) => {
                let is_changed =
                    self.later_change(kept).is_some_and(|change| change.kind >= ChangeKind::Content);
                Some(&kept.message).filter(|_| !is_changed)
            }
            (None, None) => return Ok(None),
        };
        let same_files = |message: &Message| {
            // One that was taken out since does not matter.
            message.files.iter().all(|(id, _)| files.iter().any(|(sent, _)| sent == id))
        };
        let same_quote = |message: &Message| message.quote.as_ref().map(|quote| quote.message) == *answers;
        let same = message.filter(|message| {
            Some(message.room) == room && message.body == *body && same_files(message) && same_quote(message)
        });
        same.map(|message| Some(message.id)).ok_or(Refusal::NonceReused)
    }
}

impl Chat {
    /// The message that a member sent with this nonce, where memory may have let it go. To be asked before the
    /// decision: what is decided meanwhile with the same nonce is in memory when that is made.
    pub(super) fn kept_by_nonce(
        &self,
        author: MemberId,
        nonce: Option<&Nonce>,
    ) -> Result<Option<Versioned>, Refusal> {
        let Some(nonce) = nonce else { return Ok(None) };
        let as_of = {
            let state = self.state();
            if state.window.evicted_through() == Seq::default() || state.knows_nonce(author, nonce) {
                return Ok(None);
            }
            state.last()
        };
        let message = self.looked_up.ask(|archive| archive.by_nonce(author, nonce))?.flatten();
        Ok(message.map(|message| Versioned { message, as_of }))
    }
}

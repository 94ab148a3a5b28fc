//! Files, for those who may see them.

use std::cmp::Reverse;

use crate::chat::Chat;
use crate::chat::file::{FileId, FileRecord, OwnedKey, SentFile};
use crate::chat::message::MessageView;
use crate::chat::model::{MemberId, Refusal, RoomId, Seq};
use crate::chat::state::State;

impl State {
    /// The newest `limit` files of a room before one, of those that are kept, newest first. None: the archive has to be
    /// read, by [`Chat::files_of_room`].
    ///
    /// Cost: O(messages of the room in memory).
    pub fn files_of_room(&self, room: RoomId, before: FileId, limit: usize) -> Option<Vec<SentFile>> {
        if self.window.remembers() && self.window.evicted_through_in(room) != Seq::default() {
            return None;
        }
        let messages = self.window.page(room, None, usize::MAX).0;
        let files = messages.flat_map(|message| message.files.iter().map(|file| (message.id, file)));
        let kept = files.filter(|(_, (id, file))| *id < before && !file.gone);
        let mut found: Vec<SentFile> =
            kept.map(|(message, (id, file))| SentFile { message, id: *id, file: file.clone() }).collect();
        found.sort_by_key(|found| Reverse(found.id));
        found.truncate(limit);
        Some(found)
    }
}

impl Chat {
    /// A file of a message that this member sees, or that they have uploaded and not sent; nothing where there is none
    /// for them.
    ///
    /// Errors: `Busy` and `NotRead` where memory let its message go.
    pub fn file_for(&self, member: MemberId, id: FileId) -> Result<Option<FileRecord>, Refusal> {
        if let Some(unsent) = self.state().unsent_file(member, id) {
            return Ok(Some(unsent.file.clone()));
        }
        let view = self.message_with_file(member, id)?;
        let mut files = view.iter().flat_map(|view| view.message.files.iter());
        Ok(files.find(|(file, _)| *file == id).map(|(_, file)| file.clone()))
    }

    /// The message that has a file, if this member sees it.
    pub fn message_with_file(&self, member: MemberId, id: FileId) -> Result<Option<MessageView>, Refusal> {
        let Some(message) = self.message_of_file(id)? else { return Ok(None) };
        let view = self.message_for(member, message)?;
        Ok(view.filter(|view| view.message.files.iter().any(|(file, _)| *file == id)))
    }

    /// The message that has a file, wherever it is kept.
    pub(in crate::chat) fn message_of_file(&self, id: FileId) -> Result<Option<Seq>, Refusal> {
        let (in_memory, evicted) = {
            let state = self.state();
            (state.message_with(id).map(|message| message.id), state.window.evicted_through() > id.0)
        };
        match in_memory {
            None if evicted => Ok(self.old.ask(|archive| archive.message_of_file(id))?.flatten()),
            in_memory => Ok(in_memory),
        }
    }

    /// The same from the archive; nothing where there is none.
    pub fn files_of_room(
        &self,
        room: RoomId,
        before: FileId,
        limit: usize,
    ) -> Result<Vec<SentFile>, Refusal> {
        Ok(self.old.ask(|archive| archive.files_of_room(room, before, limit))?.unwrap_or_default())
    }

    /// The names of all bytes that files have in the archive.
    pub fn file_keys(&self) -> Result<Vec<OwnedKey>, Refusal> {
        let kept = self.old.ask(|archive| archive.file_keys())?;
        Ok(kept.unwrap_or_default())
    }
}

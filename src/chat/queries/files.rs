//! Files, for those who may see them.

use crate::chat::Chat;
use crate::chat::file::{FileId, FileKey, FileRecord};
use crate::chat::model::{MemberId, Refusal, Seq};

impl Chat {
    /// A file of a message that this member sees, or that they have uploaded and not sent; nothing where there is none
    /// for them.
    ///
    /// Errors: `Busy` and `NotRead` where memory let its message go.
    pub fn file_for(&self, member: MemberId, id: FileId) -> Result<Option<FileRecord>, Refusal> {
        if let Some(unsent) = self.state().unsent_file(member, id) {
            return Ok(Some(unsent.file.clone()));
        }
        let Some(message) = self.message_of_file(id)? else { return Ok(None) };
        let view = self.message_for(member, message)?;
        let mut files = view.iter().flat_map(|view| view.message.files.iter());
        Ok(files.find(|(file, _)| *file == id).map(|(_, file)| file.clone()))
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

    /// The names of all bytes that files have.
    pub fn file_keys(&self) -> Result<Vec<FileKey>, Refusal> {
        let kept = self.old.ask(|archive| archive.file_keys())?;
        Ok(kept.unwrap_or_default())
    }
}

//! Files are uploaded, and go if nobody sends them.

use crate::chat::Chat;
use crate::chat::commit_queue::{Decision, conflicts_with_all};
use crate::chat::event::Event;
use crate::chat::file::{FileId, FileRecord};
use crate::chat::model::{MemberId, Refusal, Timestamp};

impl Chat {
    /// Adds a file whose bytes lie where they stay. No message has it yet.
    ///
    /// Errors: `UnsentFilesFull` where too many wait already; then the bytes are the caller's to remove.
    pub fn add_file(&self, owner: MemberId, file: FileRecord, now: Timestamp) -> Result<FileId, Refusal> {
        let added = self.commit(now, conflicts_with_all, |state, _| {
            state.active(owner)?;
            if !state.has_room_for_unsent(owner) {
                return Err(Refusal::UnsentFilesFull);
            }
            Ok(Decision::Record(vec![Event::FileAdded { owner, file }]))
        })?;
        Ok(FileId(added))
    }

    /// Lets go of files that nobody sent since they were added before `then`. Their bytes are to be removed after.
    pub fn drop_unsent_files(&self, then: Timestamp, now: Timestamp) -> Result<(), Refusal> {
        // Most of the time there is none, and nobody is to wait for that.
        if self.state().unsent_since_before(then).is_empty() {
            return Ok(());
        }
        self.change(now, conflicts_with_all, |state| {
            let ids = state.unsent_since_before(then);
            Ok(if ids.is_empty() { Vec::new() } else { vec![Event::FilesDropped { ids }] })
        })
    }
}

//! Files are uploaded, taken out of messages, and go if nobody sends them.

use crate::chat::Chat;
use crate::chat::commit_queue::{Decision, conflicts_with_all};
use crate::chat::event::Event;
use crate::chat::file::{FileId, FileKey, FileRecord, OwnedKey};
use crate::chat::model::{MemberId, Refusal, RoomId, Timestamp};
use crate::chat::state::State;

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
            Ok(Decision::Record(vec![Event::FileAdded { owner, file: file.clone() }]))
        })?;
        Ok(FileId(added))
    }

    /// Removes a file that its owner has not sent, or one of a message of theirs; a message that was nothing else goes
    /// with it. The bytes are to be removed after: see [`Self::dropped_files`].
    ///
    /// Errors: `NoSuchFile`, `NotTheirs`.
    pub fn remove_file(&self, by: MemberId, id: FileId, now: Timestamp) -> Result<(), Refusal> {
        if self.state().unsent_file(by, id).is_some() {
            return self.change(now, conflicts_with_all, |state| {
                let there = state.unsent_file(by, id).is_some();
                there.then(|| vec![Event::FilesDropped { ids: vec![id] }]).ok_or(Refusal::NoSuchFile)
            });
        }
        let message = self.message_of_file(id)?.ok_or(Refusal::NoSuchFile)?;
        let mut removed = RoomId::SHARED;
        let no_file = |error| if error == Refusal::NoSuchMessage { Refusal::NoSuchFile } else { error };
        self.change_message(by, message, now, State::may_edit, |state, message| {
            if !message.files.iter().any(|(file, _)| *file == id) {
                return Err(Refusal::NoSuchFile);
            }
            removed = message.room;
            if message.body.is_none() && message.files.len() == 1 {
                return Ok(Some(state.removal_of(message)));
            }
            let forgets = state.change_to_forget(message.id, message.room, &[]);
            let (message, room) = (message.id, message.room);
            Ok(Some(Event::FileRemoved { message, room, file: id, gone: false, forgets }))
        })
        .map_err(no_file)?;
        self.recall(removed);
        Ok(())
    }

    /// Notes that memory holds the bytes with these names no more. Messages keep the files' names and say so.
    pub fn let_files_go(&self, keys: &[FileKey], now: Timestamp) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            let mut events = Vec::new();
            for (id, message) in keys.iter().filter_map(|key| state.file_of_key(*key)) {
                events.push(match message.and_then(|message| state.at(message)) {
                    None => Event::FilesDropped { ids: vec![id] },
                    Some(message) => {
                        let forgets = state.change_to_forget(message.id, message.room, &[]);
                        let (message, room) = (message.id, message.room);
                        Event::FileRemoved { message, room, file: id, gone: true, forgets }
                    }
                });
            }
            events.dedup();
            Ok(events)
        })
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

    /// The names of bytes that nothing has any more, and whose they were. They stay so until
    /// [`Self::forget_dropped_files`].
    ///
    /// Locks: the log's. Errors: of the log.
    pub fn dropped_files(&self) -> Result<Vec<OwnedKey>, Refusal> {
        let mut keys = self.commit_queue.with_log(|log| log.dropped_files())?;
        keys.extend(&self.state().dropped_files);
        Ok(keys)
    }

    /// To be called when these bytes are removed.
    pub fn forget_dropped_files(&self, keys: &[FileKey]) -> Result<(), Refusal> {
        self.commit_queue.with_log(|log| log.forget_dropped_files(keys))?;
        self.state_mut().dropped_files.retain(|dropped| !keys.contains(&dropped.key));
        Ok(())
    }
}

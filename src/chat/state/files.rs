//! Files come and go. Those of messages are the messages'.

use super::State;
use crate::chat::file::{FileId, UNSENT_FILES_MAX, UNSENT_FILES_PER_MEMBER, UnsentFile};
use crate::chat::model::{MemberId, Timestamp};

impl State {
    pub(super) fn add_file(&mut self, id: FileId, file: UnsentFile) {
        self.unsent_files.insert(id, file);
    }

    pub(super) fn drop_files(&mut self, ids: &[FileId]) {
        for id in ids {
            self.unsent_files.remove(id);
        }
    }

    /// A file that this member has uploaded and not sent.
    pub fn unsent_file(&self, owner: MemberId, id: FileId) -> Option<&UnsentFile> {
        self.unsent_files.get(&id).filter(|file| file.owner == owner)
    }

    /// Files that nobody sent since they were added before `then`, in order.
    pub(in crate::chat) fn unsent_since_before(&self, then: Timestamp) -> Vec<FileId> {
        let old = self.unsent_files.iter().filter(|(_, file)| file.added < then);
        let mut old: Vec<FileId> = old.map(|(id, _)| *id).collect();
        old.sort();
        old
    }

    pub(in crate::chat) fn has_room_for_unsent(&self, owner: MemberId) -> bool {
        let own = self.unsent_files.values().filter(|file| file.owner == owner).count();
        own < UNSENT_FILES_PER_MEMBER && self.unsent_files.len() < UNSENT_FILES_MAX
    }
}

//! Files come and go. Those of messages are the messages'.

use super::State;
use crate::chat::file::{FileId, FileKey, FileRecord, UNSENT_FILES_MAX, UNSENT_FILES_PER_MEMBER, UnsentFile};
use crate::chat::message::Message;
use crate::chat::model::{MemberId, Seq, Timestamp};

impl State {
    pub(super) fn add_file(&mut self, id: FileId, file: UnsentFile) {
        self.unsent_files.insert(id, file);
    }

    pub(super) fn drop_unsent(&mut self, ids: &[FileId]) {
        for id in ids {
            if let Some(unsent) = self.unsent_files.remove(id) {
                self.drop_bytes(unsent.owner, &unsent.file);
            }
        }
    }

    /// A message came, and has these files from now on.
    pub(super) fn attach_files(&mut self, message: &Message) {
        for (id, _) in message.files.iter() {
            self.unsent_files.remove(id);
            self.file_messages.insert(*id, message.id);
        }
    }

    /// Memory has this message no more. What becomes of its bytes is the archive's to say, if there is one and
    /// the message is not removed.
    pub(super) fn detach_files(&mut self, message: &Message) {
        for (id, file) in message.files.iter() {
            self.file_messages.remove(id);
            self.drop_bytes(message.author, file);
        }
    }

    pub(super) fn remove_file(&mut self, message: Seq, id: FileId, gone: bool) {
        let mut removed = None;
        let let_go = self.window.change(message, |message| {
            let file = message.files.iter().find(|(file, _)| *file == id);
            removed = file.map(|(_, file)| (message.author, file.clone()));
            let files = message.files.iter().cloned();
            message.files = if gone {
                files
                    .map(|(other, file)| (other, FileRecord { gone: file.gone || other == id, ..file }))
                    .collect()
            } else {
                files.filter(|(other, _)| *other != id).collect()
            };
        });
        if !gone {
            self.file_messages.remove(&id);
        }
        if let Some((owner, file)) = removed {
            self.drop_bytes(owner, &file);
        }
        self.forget(&let_go);
    }

    fn drop_bytes(&mut self, owner: MemberId, file: &FileRecord) {
        if !self.window.remembers() {
            self.dropped_files.extend(file.owned_keys(owner));
        }
    }

    /// The message of the window that has a file.
    pub(in crate::chat) fn message_with(&self, file: FileId) -> Option<&Message> {
        self.file_messages.get(&file).and_then(|message| self.at(*message))
    }

    /// The file with these bytes, and whose message or upload has it. Cost: O(files in memory).
    pub(in crate::chat) fn file_of_key(&self, key: FileKey) -> Option<(FileId, Option<Seq>)> {
        let has = |file: &FileRecord| file.keys().any(|other| other == key);
        let unsent =
            self.unsent_files.iter().find(|(_, unsent)| has(&unsent.file)).map(|(id, _)| (*id, None));
        unsent.or_else(|| {
            self.file_messages.iter().find_map(|(id, message)| {
                let files = &self.at(*message)?.files;
                files.iter().any(|(other, file)| other == id && has(file)).then_some((*id, Some(*message)))
            })
        })
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

    pub fn unsent_files_of(&self, owner: MemberId) -> impl Iterator<Item = FileId> {
        self.unsent_files.iter().filter(move |(_, file)| file.owner == owner).map(|(id, _)| *id)
    }

    /// Whether this member may upload one more before sending one.
    pub fn has_room_for_unsent(&self, owner: MemberId) -> bool {
        let own = self.unsent_files_of(owner).count();
        own < UNSENT_FILES_PER_MEMBER && self.unsent_files.len() < UNSENT_FILES_MAX
    }
}

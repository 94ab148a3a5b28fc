//! What follows from every change of the chat, at once.

use std::sync::Arc;

use super::file_upkeep::FileUpkeep;
use super::page_cache::PageCache;
use super::read_markers::MarkerInbox;
use crate::chat::{Configuration, Record, State, StateChange, Title};
use crate::live::Live;
use crate::views::Site;

/// Is told of each change right after it, in order, and never waits: see [`crate::chat::Watcher`].
pub(super) struct ChatWatcher {
    pub(super) live: Live,
    pub(super) files: Arc<FileUpkeep>,
    pub(super) marks: Arc<MarkerInbox>,
    pub(super) pages: Arc<PageCache>,
    pub(super) site: Arc<Site>,
    /// Of a chat whose owners chose none.
    pub(super) default_title: String,
}

impl ChatWatcher {
    pub(super) fn told(&self, change: &StateChange) {
        match change {
            StateChange::Applied(records) => self.applied(records),
            StateChange::Restored(state) => self.restored(state),
        }
    }

    fn applied(&self, records: &[Record]) {
        self.live.committed(records);
        self.files.committed(records);
        self.marks.committed(records);
        if let Some(newest) = records.last() {
            self.pages.forget_before(newest.seq);
        }
        for record in records {
            if let Some(change) = record.change() {
                self.site.rendered.forget(change.message);
            }
            if let Some(decided) = record.event.configuration() {
                self.rename(decided);
            }
        }
    }

    /// Nothing that was made of the former state is kept.
    fn restored(&self, state: &State) {
        self.live.restored(state.last());
        self.files.restored(state);
        self.pages.forget_all();
        self.site.rendered.forget_all();
        self.rename(state.configuration());
    }

    fn rename(&self, decided: &Configuration) {
        self.site.rename(decided.title.as_ref().map_or(&self.default_title, Title::as_str));
    }
}

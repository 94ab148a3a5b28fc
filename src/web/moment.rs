//! One moment of the chat, from which a page is read.

use super::context::Context;
use super::http_error::HttpError;
use crate::chat::{Member, MemberId, Refusal, StateReadGuard};
use crate::views::sidebar::PersonRow;

/// The source of a member's page: all of it is read under one guard, and rendered once that is dropped. Old messages
/// are read from the archive before or after it.
pub(super) struct Moment<'a> {
    pub(super) state: StateReadGuard<'a>,
    /// In the order of ids. The reader is among them, also where the page has no stream.
    pub(super) online: Vec<MemberId>,
    /// While it stays, so do those who are online.
    pub(super) presence: u64,
    /// The chat's database does not answer.
    pub(super) cut_off: bool,
    reader: MemberId,
}

impl<'a> Moment<'a> {
    /// Locks: those of presence, released before the state's, which is held until this is dropped.
    pub(super) fn now(cx: &Context<'a>) -> Self {
        let presence = cx.app.live.presence_changes();
        let (mut online, reader) = (cx.app.live.here(), cx.visitor.member);
        if let Err(at) = online.binary_search(&reader) {
            online.insert(at, reader);
        }
        Self { state: cx.app.chat.state(), online, presence, cut_off: cx.app.is_silent(), reader }
    }

    /// What memory has, or else what the archive has; then the moment is another one, as nothing is held while it is read.
    pub(super) fn or_archive<T>(
        self,
        cx: &Context<'a>,
        held: Option<T>,
        ask: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<(Self, T), HttpError> {
        if let Some(held) = held {
            return Ok((self, held));
        }
        drop(self);
        let found = ask()?;
        Ok((Self::now(cx), found))
    }

    pub(super) fn is_online(&self, member: MemberId) -> bool {
        self.online.binary_search(&member).is_ok()
    }

    pub(super) fn person(&self, id: MemberId, member: &Member) -> PersonRow {
        PersonRow { id, here: self.is_online(id), own: id == self.reader, name: member.name.clone() }
    }
}

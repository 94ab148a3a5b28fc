//! The argument of a member's handlers.

use super::App;
use super::cookies::Name;
use super::request::Request;
use crate::chat::{MemberId, TokenDigest, Username};
use crate::secrets::{digest, frame_key};
use crate::text::Language;
use crate::time_zone::Zone;

#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) app: &'a App,
    pub(super) request: &'a Request,
    pub(super) visitor: &'a Visitor,
}

/// A member, and the session of the browser that asks.
pub(super) struct Visitor {
    pub(super) member: MemberId,
    pub(super) name: Username,
    /// As chosen; `None` follows the chat.
    pub(super) zone: Option<Zone>,
    pub(super) language: Option<Language>,
    /// The session's token, in this cookie.
    pub(super) token: String,
    pub(super) cookie: Name,
}

impl Visitor {
    pub(super) fn digest(&self) -> TokenDigest {
        digest(&self.token)
    }

    /// See [`frame_key`].
    pub(super) fn frame_key(&self) -> String {
        frame_key(&self.token)
    }
}

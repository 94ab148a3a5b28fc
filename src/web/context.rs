//! What the handler of a member's request is given.

use super::App;
use super::request::Request;
use super::sessions::Visitor;

/// A request of a member.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) app: &'a App,
    pub(super) request: &'a Request,
    pub(super) visitor: &'a Visitor,
}

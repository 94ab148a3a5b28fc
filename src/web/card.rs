//! A page that is one card: a form, or one thing that is said.

use super::App;
use super::fault::Fault;
use super::reply::Reply;
use super::request::Request;
use super::sessions::Visitor;
use crate::views::entry::FormFault;
use crate::views::{Kind, Page};

/// A card in the middle, for a visitor or a stranger.
pub(super) fn card(
    app: &App,
    request: &Request,
    visitor: Option<&Visitor>,
    name: &str,
    content: &maud::Markup,
    fault: Option<&Fault>,
) -> Reply {
    let page = Page {
        site: &app.site,
        now: request.now,
        locale: request.locale,
        name,
        member: visitor.map(|visitor| (visitor.member, visitor.name.as_str())),
        kind: Kind::Card,
        beside: None,
    };
    Reply::page(fault, page.with(content))
}

pub(super) fn form_fault(request: &Request, fault: &Fault) -> FormFault {
    FormFault { field: fault.field, text: fault.text(request.locale.language) }
}

//! A page that is one card: a form, or one thing that is said.

use super::App;
use super::fault::Fault;
use super::people::sidebar;
use super::reply::Reply;
use super::request::Request;
use super::sessions::Visitor;
use crate::views::entry::FormFault;
use crate::views::header::Header;
use crate::views::{Kind, Page};

/// A card: beside the list of rooms for a member, in the middle for a stranger.
pub(super) fn card(
    app: &App,
    request: &Request,
    visitor: Option<&Visitor>,
    name: &str,
    content: &maud::Markup,
    fault: Option<&Fault>,
) -> Reply {
    let sidebar = visitor.map(|visitor| sidebar(app, request, visitor, None));
    let header = visitor.zip(sidebar.as_ref()).map(|(visitor, sidebar)| Header {
        site: &app.site,
        locale: request.locale,
        member: visitor.member,
        name: &visitor.name,
        sidebar,
        head: None,
    });
    let page = Page {
        site: &app.site,
        now: request.now,
        locale: request.locale,
        name,
        header: header.as_ref(),
        kind: Kind::Card,
    };
    Reply::page(fault, page.with(content))
}

pub(super) fn form_fault(request: &Request, fault: &Fault) -> FormFault {
    FormFault { field: fault.field, text: fault.text(request.locale.language) }
}

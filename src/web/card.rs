//! A page that is one card: a form, or one thing that is said.

use super::App;
use super::fault::Fault;
use super::people::sidebar;
use super::reply::Reply;
use super::request::Request;
use super::sessions::Visitor;
use crate::views::entry::{FormFault, Offer};
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
        asks_for_zone: visitor.zone.is_none(),
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
    FormFault { field: fault.field, text: fault.text(request.locale.language), offer: None }
}

/// The same for a form at this path, which comes with these fields where what is offered is taken.
pub(super) fn form_fault_at(
    app: &App,
    request: &Request,
    fault: &Fault,
    path: &str,
    fields: &[(&str, &str)],
) -> FormFault {
    let offer = fault.offer.as_ref().map(|name| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("username", name.as_str());
        query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
        Offer { name: name.as_str().to_owned(), href: app.site.path(path) + "?" + &query.finish() }
    });
    FormFault { offer, ..form_fault(request, fault) }
}

//! A page that is one card: a form, or one thing that is said.

use maud::html;

use super::App;
use super::http_error::HttpError;
use super::outcome::Outcome;
use super::people::sidebar;
use super::reply::Reply;
use super::request::Request;
use super::sessions::Visitor;
use crate::views::header::Header;
use crate::views::sidebar::Sidebar;
use crate::views::sign_in::{FieldError, Offer};
use crate::views::{Layout, Page, outcome_line};

/// A card: beside the list of rooms for a member, in the middle for a stranger.
pub(super) fn card(
    app: &App,
    request: &Request,
    visitor: Option<&Visitor>,
    name: &str,
    content: &maud::Markup,
    fault: Option<&HttpError>,
) -> Reply {
    let sidebar = visitor.map(|visitor| sidebar(app, request, visitor, None));
    let header =
        visitor.zip(sidebar.as_ref()).map(|(visitor, sidebar)| header(app, request, visitor, sidebar, None));
    let told = visitor.filter(|_| fault.is_none()).and_then(|visitor| Outcome::told(app, request, visitor));
    let content = html! { (outcome_line(told.as_deref())) (content) };
    let page = Page {
        site: &app.site,
        now: request.now,
        locale: request.locale,
        name,
        header: header.as_ref(),
        kind: Layout::Card,
    };
    Reply::page(fault, page.with(&content))
}

/// What stands above each page of a member; `head` is what a room says of itself there.
pub(super) fn header<'a>(
    app: &'a App,
    request: &Request,
    visitor: &'a Visitor,
    sidebar: &'a Sidebar,
    head: Option<&'a maud::Markup>,
) -> Header<'a> {
    Header {
        site: &app.site,
        locale: request.locale,
        member: visitor.member,
        name: &visitor.name,
        sidebar,
        asks_for_zone: visitor.zone.is_none(),
        head,
    }
}

pub(super) fn form_fault(request: &Request, fault: &HttpError) -> FieldError {
    FieldError { field: fault.field, text: fault.text(request.locale.language), offer: None }
}

/// Returns what is wrong with the form at this path, with the link that fills it with the offered name and these fields.
pub(super) fn form_fault_at(
    app: &App,
    request: &Request,
    fault: &HttpError,
    path: &str,
    fields: &[(&str, &str)],
) -> FieldError {
    let offer = fault.offer.as_ref().map(|name| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("username", name.as_str());
        query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
        Offer { value: name.as_str().to_owned(), href: app.site.path(path) + "?" + &query.finish() }
    });
    FieldError { offer, ..form_fault(request, fault) }
}

//! A page that is one card: a form, or one thing that is said.

use maud::{Markup, html};

use super::App;
use super::context::Context;
use super::http_error::HttpError;
use super::outcome::Outcome;
use super::reply::Reply;
use super::request::Request;
use super::sidebar::sidebar;
use crate::views::header::Header;
use crate::views::sidebar::Sidebar;
use crate::views::sign_in::{FieldError, Offer};
use crate::views::{Layout, Page, outcome_line};

/// A card of a member, beside the list of rooms.
pub(super) fn member_card(cx: &Context, name: &str, content: &Markup, fault: Option<&HttpError>) -> Reply {
    let sidebar = sidebar(cx, None);
    let told = if fault.is_none() { Outcome::told(cx) } else { None };
    let content = html! { (outcome_line(told.as_deref())) (content) };
    let page = Page {
        site: &cx.app.site,
        now: cx.request.now,
        locale: cx.request.locale,
        name,
        header: Some(&header(cx, &sidebar, None)),
        kind: Layout::Card,
    };
    Reply::page(fault, page.with(&content))
}

/// A card of someone who is not signed in, in the middle.
pub(super) fn stranger_card(
    app: &App,
    request: &Request,
    name: &str,
    content: &Markup,
    fault: Option<&HttpError>,
) -> Reply {
    let page = Page {
        site: &app.site,
        now: request.now,
        locale: request.locale,
        name,
        header: None,
        kind: Layout::Card,
    };
    Reply::page(fault, page.with(content))
}

/// What stands above each page of a member; `head` is what a room says of itself there.
pub(super) fn header<'a>(cx: &Context<'a>, sidebar: &'a Sidebar, head: Option<&'a Markup>) -> Header<'a> {
    let Context { app, request, visitor } = *cx;
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

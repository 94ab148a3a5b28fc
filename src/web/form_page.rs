//! A page that is one card: a form, or one thing that is said.

use maud::{Markup, html};

use super::context::Context;
use super::http_error::HttpError;
use super::moment::Moment;
use super::outcome::Outcome;
use super::reply::Reply;
use super::request::Request;
use super::{App, sidebar};
use crate::views::header::Header;
use crate::views::sidebar::Sidebar;
use crate::views::sign_in::{FieldError, Offer};
use crate::views::{Layout, Page, outcome_line};

/// Header and sidebar of a member's page.
pub(super) struct PageShell<'a> {
    pub(super) sidebar: Sidebar<'a>,
    /// The result of the form that led to the page.
    pub(super) told: Option<String>,
    cut_off: bool,
}

pub(super) struct PageBody<'a> {
    pub(super) name: &'a str,
    /// A room's part of the header.
    pub(super) head: Option<&'a Markup>,
    pub(super) kind: Layout,
    pub(super) content: &'a Markup,
}

impl<'a> PageShell<'a> {
    /// `current`: the path of the room that is shown.
    pub(super) fn read(cx: &Context<'a>, moment: &Moment, current: Option<&str>) -> Self {
        let (sidebar, told) = (sidebar::read(cx, moment, current), Outcome::told(cx, &moment.state));
        Self { sidebar, told, cut_off: moment.cut_off }
    }

    pub(super) fn page(self, cx: &Context, body: &PageBody, error: Option<&HttpError>) -> Reply {
        let Context { app, request, visitor } = *cx;
        let header = Header {
            site: &app.site,
            locale: request.locale,
            member: visitor.member,
            name: &visitor.name,
            sidebar: &sidebar::arrange(self.sidebar),
            asks_for_zone: visitor.zone.is_none(),
            head: body.head,
        };
        let page = Page {
            site: &app.site,
            now: request.now,
            locale: request.locale,
            name: body.name,
            header: Some(&header),
            kind: body.kind,
            cut_off: self.cut_off,
        };
        Reply::page(error, page.with(body.content))
    }

    pub(super) fn card(self, cx: &Context, name: &str, content: &Markup, error: Option<&HttpError>) -> Reply {
        let told = self.told.as_deref().filter(|_| error.is_none());
        let content = html! { (outcome_line(told)) (content) };
        self.page(cx, &PageBody { name, head: None, kind: Layout::Card, content: &content }, error)
    }
}

/// A card of a member that shows nothing of the state.
pub(super) fn member_card(cx: &Context, name: &str, content: &Markup, error: Option<&HttpError>) -> Reply {
    let shell = PageShell::read(cx, &Moment::now(cx), None);
    shell.card(cx, name, content, error)
}

/// A card of someone who is not signed in, in the middle.
pub(super) fn stranger_card(
    app: &App,
    request: &Request,
    name: &str,
    content: &Markup,
    error: Option<&HttpError>,
) -> Reply {
    let page = Page {
        site: &app.site,
        now: request.now,
        locale: request.locale,
        name,
        header: None,
        kind: Layout::Card,
        cut_off: app.is_silent(),
    };
    Reply::page(error, page.with(content))
}

pub(super) fn form_fault(request: &Request, error: &HttpError) -> FieldError {
    FieldError { field: error.field(), text: error.text(request.locale.language), offer: None }
}

/// Returns what is wrong with the form at this path, with the link that fills it with the offered name and these fields.
pub(super) fn form_fault_at(
    app: &App,
    request: &Request,
    error: &HttpError,
    path: &str,
    fields: &[(&str, &str)],
) -> FieldError {
    let offer = error.offer().map(|name| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("username", name.as_str());
        query.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty()));
        Offer { value: name.as_str().to_owned(), href: app.site.path(path) + "?" + &query.finish() }
    });
    FieldError { offer, ..form_fault(request, error) }
}

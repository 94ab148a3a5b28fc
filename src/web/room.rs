//! The shared room.

use serde_json::{Value, json};

use super::App;
use super::entry::go_on;
use super::fault::{Fault, NONCE_REUSED};
use super::form::Fields;
use super::reply::Reply;
use super::request::Request;
use super::routes::Answer;
use super::sessions::{Sessions, Visitor};
use crate::chat::{Body, History, Message, Nonce, Seq, Username};
use crate::secrets::draw_nonce;
use crate::views::room::{COMPOSE, Composer, Room};
use crate::views::{Page, exact};

/// The composer's fields.
pub(super) const MESSAGE_FIELDS: &[&str] = &["message", "nonce", "next"];
/// Messages on a page.
pub(super) const PAGE: usize = 50;

pub(super) fn show(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.query(&["before", "after"])?;
    let before = fields.given("before").map(parse_id).transpose()?;
    if request.wants_json() {
        return show_json(app, before, fields.given("after").map(parse_id).transpose()?);
    }
    let history = app.chat.history(before, PAGE)?;
    let reply = page(app, request, visitor, &history, &Draft::new(), None);
    // The browser keeps its cookie for as long as the server keeps the session.
    Ok(reply.cookie(Sessions::renew(app, request, visitor)))
}

/// For programs, also those that ask again and again what came after.
fn show_json(app: &App, before: Option<Seq>, after: Option<Seq>) -> Answer {
    let history = match (before, after) {
        (_, None) => app.chat.history(before, PAGE)?,
        (None, Some(after)) => app.chat.since(after, PAGE)?.ok_or_else(Fault::gone)?,
        (Some(_), Some(_)) => return Err(Fault::bad_request("Ask for what was before or after, not both.")),
    };
    let messages = history.messages.iter().map(|(message, author)| message_json(message, author));
    Ok(Reply::json(200, &json!({ "messages": messages.collect::<Vec<_>>() })))
}

/// Digits alone: `parse` would take a sign as well.
pub(super) fn parse_id(text: &str) -> Result<Seq, Fault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits);
    id.map(Seq).ok_or_else(|| Fault::bad_request("A message's id is a whole number."))
}

/// A message for programs.
pub(super) fn message_json(message: &Message, author: &Username) -> Value {
    json!({
        "id": message.id.0,
        "author": author.as_str(),
        "text": message.body.as_str(),
        "at": exact(message.at),
    })
}

/// The composer alone, for the frame in which browsers without scripts show it.
pub(super) fn compose(app: &App, _: &Request, _: &Visitor) -> Answer {
    Ok(compose_frame(app, &Draft::new(), None))
}

/// Whether a message comes from there, and its answer leads back.
pub(super) fn is_from_frame(app: &App, fields: &Fields) -> bool {
    let path = |path: &str| path.split('#').next().map(str::to_owned);
    path(fields.get("next")) == path(&app.site.path(COMPOSE))
}

/// What stands in a composer.
pub(super) struct Draft<'a> {
    text: &'a str,
    nonce: String,
}

impl<'a> Draft<'a> {
    /// Nothing yet.
    fn new() -> Self {
        Self { text: "", nonce: draw_nonce() }
    }

    /// What could not be posted. It keeps its nonce: should it turn out to be kept after all (a disk that
    /// failed late), sending it again makes no second message.
    pub(super) fn after(fields: &'a Fields, fault: &Fault) -> Self {
        let nonce = Nonce::parse(fields.get("nonce")).ok().filter(|_| fault.error != NONCE_REUSED);
        let nonce = nonce.map_or_else(draw_nonce, |nonce| nonce.as_str().to_owned());
        Self { text: fields.get("message"), nonce }
    }
}

pub(super) fn compose_frame(app: &App, draft: &Draft, fault: Option<&Fault>) -> Reply {
    let fault_text = fault.map(|fault| fault.detail.as_str());
    let composer = Composer { nonce: &draft.nonce, draft: draft.text, fault: fault_text };
    Reply::page(fault, composer.frame(&app.site))
}

pub(super) fn post(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.form(MESSAGE_FIELDS)?;
    match try_post(app, request, visitor, &fields) {
        Ok(id) if request.wants_json() => Ok(Reply::json(201, &json!({ "id": id.0 }))),
        Ok(_) => Ok(go_on(app, fields.get("next"))),
        Err(fault) if request.wants_json() => Err(fault),
        Err(fault) if is_from_frame(app, &fields) => {
            Ok(compose_frame(app, &Draft::after(&fields, &fault), Some(&fault)))
        }
        Err(fault) => {
            // From memory alone: what was typed must come back whatever the disk does.
            let history = app.chat.state().history(None, PAGE);
            Ok(page(app, request, visitor, &history, &Draft::after(&fields, &fault), Some(&fault)))
        }
    }
}

fn try_post(app: &App, request: &Request, visitor: &Visitor, fields: &Fields) -> Result<Seq, Fault> {
    let body = Body::parse(fields.get("message"))?;
    let nonce = fields.given("nonce").filter(|nonce| !nonce.is_empty()).map(Nonce::parse).transpose()?;
    let posted = |nonce: &Nonce| app.chat.state().message_by_nonce(visitor.member, nonce).is_some();
    if !nonce.as_ref().is_some_and(posted) {
        app.post_throttle.take(&visitor.member, request.instant).map_err(Fault::too_many_messages)?;
    }
    Ok(app.chat.post(visitor.member, body, nonce, request.now)?)
}

fn page(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    history: &History,
    draft: &Draft,
    fault: Option<&Fault>,
) -> Reply {
    let fault_text = fault.map(|fault| fault.detail.as_str());
    let composer = Composer { nonce: &draft.nonce, draft: draft.text, fault: fault_text };
    let here = app.live.here();
    let here = app.chat.state().names(&here);
    let room = Room { site: &app.site, history, here, composer };
    let page = Page {
        site: &app.site,
        now: request.now,
        name: "Shared room",
        member: Some(visitor.name.as_str()),
        kind: room.kind(),
    };
    Reply::page(fault, page.with(&room.render()))
}

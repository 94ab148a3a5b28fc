//! The shared room.

use serde_json::{Value, json};

use super::App;
use super::entry::go_on;
use super::fault::Fault;
use super::form::Fields;
use super::reply::Reply;
use super::request::Request;
use super::routes::Answer;
use super::sessions::{Sessions, Visitor};
use crate::chat::{Body, History, Nonce, Seq};
use crate::secrets::draw_nonce;
use crate::views::room::{Composer, Room};
use crate::views::{Kind, Page, utc};

/// The composer's fields.
pub(super) const MESSAGE_FIELDS: &[&str] = &["message", "nonce", "next"];
/// Messages on a page.
const PAGE: usize = 50;

pub(super) fn show(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.query(&["before"])?;
    let before = fields.given("before").map(parse_id).transpose()?;
    let history = app.chat.state().history(before, PAGE);
    if request.wants_json() {
        let messages: Vec<Value> = messages(&history).collect();
        return Ok(Reply::json(200, &json!({ "messages": messages })));
    }
    let reply = page(app, request, visitor, &history, "", None);
    // The browser keeps its cookie for as long as the server keeps the session.
    Ok(reply.cookie(Sessions::renew(app, request, visitor)))
}

/// Digits alone: `parse` would take a sign as well.
fn parse_id(text: &str) -> Result<Seq, Fault> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| digits);
    id.map(Seq).ok_or_else(|| Fault::bad_request("A message's id is a whole number."))
}

fn messages(history: &History) -> impl Iterator<Item = Value> {
    history.messages.iter().map(|(message, author)| {
        json!({
            "id": message.id.0,
            "author": author.as_str(),
            "text": message.body.as_str(),
            "at": utc(message.at).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        })
    })
}

pub(super) fn post(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.form(MESSAGE_FIELDS)?;
    match try_post(app, request, visitor, &fields) {
        Ok(id) if request.wants_json() => Ok(Reply::json(201, &json!({ "id": id.0 }))),
        Ok(_) => Ok(go_on(app, fields.get("next"))),
        Err(fault) if request.wants_json() => Err(fault),
        Err(fault) => {
            let history = app.chat.state().history(None, PAGE);
            Ok(page(app, request, visitor, &history, fields.get("message"), Some(&fault)))
        }
    }
}

fn try_post(app: &App, request: &Request, visitor: &Visitor, fields: &Fields) -> Result<Seq, Fault> {
    let body = Body::parse(fields.get("message"))?;
    let nonce = fields.given("nonce").filter(|nonce| !nonce.is_empty()).map(Nonce::parse).transpose()?;
    app.post_throttle.take(&visitor.member, request.instant).map_err(Fault::too_many_messages)?;
    Ok(app.chat.post(visitor.member, body, nonce, request.now)?)
}

fn page(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    history: &History,
    draft: &str,
    fault: Option<&Fault>,
) -> Reply {
    let nonce = draw_nonce();
    let composer = Composer { nonce: &nonce, draft, fault: fault.map(|fault| fault.detail.as_str()) };
    let room = Room { site: &app.site, history, composer };
    let page = Page {
        site: &app.site,
        now: request.now,
        name: "Shared room",
        member: Some(visitor.name.as_str()),
        kind: Kind::Room,
    };
    let reply = Reply::html(fault.map_or(200, |fault| fault.status), page.with(&room.render()));
    fault.into_iter().fold(reply, Reply::hint)
}

//! WebSocket, for programs: the events of `/events`, and commands, each of which is a form.

use std::slice;

use form_urlencoded::Serializer;
use serde_json::{Map, Value};

use super::App;
use super::access::check_origin;
use super::context::{Context, Visitor};
use super::form::parse_id;
use super::http_error::{HttpError, SocketError};
use super::reply::{HandlerResult, Reply, WEBSOCKET_VERSION};
use super::request::Request;
use super::room_access::RoomPath;
use super::sessions::Sessions;
use super::{posting, rooms, streams};
use crate::chat::RoomId;
use crate::command;
use crate::exchange::SocketSeat;
use crate::live::{Format, reload};
use crate::websocket::{CloseCode, accept_key, close_frame, text_frame};

/// Longest header that is kept with a socket, in bytes: no name of a host is longer.
const KEPT_MAX: usize = 300;

form! { SocketQuery { after; room } }

/// GET `/socket`: the handshake (RFC 6455, 4.2), and what was missed after `after`.
pub(super) fn open(cx: &Context) -> HandlerResult {
    check_origin(cx.app, cx.request)?;
    let accept = accepted(cx.request)?;
    let fields = cx.request.query(SocketQuery::default())?;
    let (rooms, gone) = streams::shown_rooms(cx, &fields.room)?;
    let gone = gone.iter().flat_map(|room| text_frame(&format!(r#"{{"event":"gone","data":{}}}"#, room.0)));
    let begun = streams::begin(cx, Format::Socket, rooms, fields.after.given())?;
    let Some((frames, ticket)) = begun else {
        let frames = [reload(Format::Socket), close_frame(CloseCode::Normal, "")].concat();
        return Ok(Reply::socket(accept, frames, None));
    };
    let seat = ticket.map(|ticket| SocketSeat { ticket, headers: kept_headers(cx) });
    Ok(Reply::socket(accept, gone.chain(frames).collect::<Vec<u8>>(), seat))
}

/// The answer to the key of a handshake.
fn accepted(request: &Request) -> Result<String, HttpError> {
    let is_version = request.header("sec-websocket-version")? == Some(WEBSOCKET_VERSION);
    if request.method == "HEAD" || !request.lists("upgrade", "websocket") || !is_version {
        return Err(SocketError::NotUpgraded.into());
    }
    let key = request.header("sec-websocket-key")?.filter(|_| request.lists("connection", "upgrade"));
    key.and_then(accept_key).ok_or(SocketError::NoHandshake.into())
}

/// What commands on this socket have in common as requests. Where they come from was checked once and for all.
fn kept_headers(cx: &Context) -> Vec<(&'static str, String)> {
    let mut headers = vec![("cookie", cx.app.cookies.of_program(&cx.visitor.token))];
    for name in ["host", "accept-language"] {
        let value = cx.request.header(name).ok().flatten().filter(|value| value.len() <= KEPT_MAX);
        headers.extend(value.map(|value| (name, value.to_owned())));
    }
    headers
}

/// POST `/socket`: one command, as on a socket: `do` says which form it is, and the rest are its fields. The answer is that of
/// the form, in the same frame.
pub(super) fn say(app: &App, request: &Request, visitor: Option<&Visitor>) -> HandlerResult {
    let mut tag = None;
    let done = app.may_show().and_then(|()| request.json()).and_then(|command| {
        tag = command::tag_of(&command).map_err(|_| SocketError::Tag)?;
        let visitor = visitor.ok_or_else(|| Sessions::error(app, request))?;
        carry_out(app, request, visitor, &command)
    });
    let reply =
        done.unwrap_or_else(|error| Reply::json_error(&app.explained(error), request.locale.language));
    Ok(reply.answering(tag.as_deref()))
}

fn carry_out(app: &App, request: &Request, visitor: &Visitor, command: &Value) -> HandlerResult {
    let fields = command.as_object().ok_or(SocketError::NoCommand)?;
    let in_room = |handler: fn(&Context, &RoomPath) -> HandlerResult| {
        let room = fields.get("room").map_or_else(|| Ok("0".into()), text_of)?;
        let path = RoomPath::Room(RoomId(parse_id(&room)?));
        let request = &request.with_form(form_of(fields, &["do", "tag", "room"])?);
        handler(&Context { app, request, visitor }, &path)
    };
    match fields.get("do").and_then(Value::as_str) {
        Some("post") => in_room(posting::post),
        Some("read") => in_room(rooms::read),
        Some("typing") => {
            let request = &request.with_form(form_of(fields, &["do", "tag"])?);
            streams::typing(&Context { app, request, visitor })
        }
        _ => Err(SocketError::UnknownCommand.into()),
    }
}

/// The fields as a form, but for those that are `apart`.
fn form_of(fields: &Map<String, Value>, apart: &[&str]) -> Result<String, HttpError> {
    let mut form = Serializer::new(String::new());
    for (name, value) in fields.iter().filter(|(name, _)| !apart.contains(&name.as_str())) {
        let values = value.as_array().map_or_else(|| slice::from_ref(value), Vec::as_slice);
        for value in values {
            form.append_pair(name, &text_of(value)?);
        }
    }
    Ok(form.finish())
}

fn text_of(value: &Value) -> Result<String, HttpError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(SocketError::Value.into()),
    }
}

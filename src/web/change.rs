//! One message: where it is, and how it is changed or removed.

use serde_json::json;

use super::App;
use super::card::card;
use super::fault::Fault;
use super::json::{message_json, parse_id};
use super::place::{address, at_message};
use super::reply::Reply;
use super::request::Request;
use super::routes::Answer;
use super::sessions::Visitor;
use crate::chat::{Body, Refusal, Said};
use crate::views::CONFIRMATION;
use crate::views::change::OneMessage;

/// The message that a request's path names; one that the visitor may not see is not there.
fn found(app: &App, request: &Request, visitor: &Visitor) -> Result<Said, Fault> {
    let id = request.path.split('/').nth(2).and_then(|id| parse_id(id).ok());
    let said = id.map(|id| app.chat.message_for(visitor.member, id)).transpose()?;
    said.flatten().ok_or_else(Fault::no_such_message)
}

/// GET `/messages/ID`: to its place; as JSON, the message.
pub(super) fn go_to(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let said = found(app, request, visitor)?;
    if request.wants_json() {
        return Ok(Reply::json(200, &message_json(&said)));
    }
    to_its_place(app, visitor, &said)
}

fn to_its_place(app: &App, visitor: &Visitor, said: &Said) -> Answer {
    let room = address(app, visitor, said.message.room)?;
    Ok(Reply::see_other(at_message(&room, said.message.id)))
}

/// GET `/messages/ID/about`.
pub(super) fn about(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let said = found(app, request, visitor)?;
    Ok(page(app, request, visitor, &said, None))
}

/// `typed`: a text that could not be taken, and why.
fn page(
    app: &App,
    request: &Request,
    visitor: &Visitor,
    said: &Said,
    typed: Option<(&str, &Fault)>,
) -> Reply {
    let state = app.chat.state();
    let may_edit = state.may_edit(visitor.member, &said.message);
    let may_remove = state.may_remove(visitor.member, &said.message);
    drop(state);
    let draft = typed.map_or(said.message.body.as_str(), |(text, _)| text);
    let fault = typed.map(|(_, fault)| fault);
    let page = OneMessage {
        site: &app.site,
        zone: visitor.zone,
        said,
        draft: may_edit.then_some(draft),
        may_remove,
        fault: fault.map(|fault| &*fault.detail),
    };
    card(app, request, Some(visitor), "Message", &page.render(), fault)
}

/// POST `/messages/ID/edit`.
pub(super) fn edit(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let fields = request.form(&["message"])?;
    let text = fields.get("message");
    let said = found(app, request, visitor).map_err(|fault| fault.with_unsent(text))?;
    let edit = || {
        if !app.chat.state().may_edit(visitor.member, &said.message) {
            return Err(Refusal::NotTheirs.into());
        }
        let body = Body::parse(text)?;
        app.may_write(request, visitor, body.as_str().len())?;
        Ok::<_, Fault>(app.chat.edit(visitor.member, said.message.id, body, request.now)?)
    };
    match edit() {
        Ok(()) => back(app, request, visitor, &said),
        Err(fault) if request.wants_json() || matches!(fault.status, 403 | 404) => {
            Err(fault.with_unsent(text))
        }
        Err(fault) => Ok(page(app, request, visitor, &said, Some((text, &fault)))),
    }
}

/// POST `/messages/ID/remove`.
pub(super) fn remove(app: &App, request: &Request, visitor: &Visitor) -> Answer {
    let said = found(app, request, visitor)?;
    request.form(&[CONFIRMATION.0])?;
    // As a message or an edit: owners remove many at once, where one floods a room.
    app.may_write(request, visitor, 0)?;
    app.chat.remove(visitor.member, said.message.id, request.now)?;
    back(app, request, visitor, &said)
}

fn back(app: &App, request: &Request, visitor: &Visitor, said: &Said) -> Answer {
    if request.wants_json() {
        return Ok(Reply::json(200, &json!({ "id": said.message.id.0 })));
    }
    to_its_place(app, visitor, said)
}

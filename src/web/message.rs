//! One message: where it is, and how it is changed or removed.

use std::slice;

use serde_json::json;

use super::App;
use super::context::{Context, Visitor};
use super::form::FieldText;
use super::form_page::PageShell;
use super::http_error::HttpError;
use super::json::message_json;
use super::linked::linked;
use super::moment::Moment;
use super::outcome::Outcome;
use super::reply::{HandlerResult, Reply, respond};
use super::room_access::{address, at_message, path_of};
use crate::chat::{Body, BodyError, MessageView, NewText, Refusal, Seq, TextVersion};
use crate::views::actions::{Action, Rights};
use crate::views::message_page::{EditDraft, MessagePage};

form! { EditForm { message, version } }

/// Finds a message; one that the visitor may not see is not there.
pub(super) fn found(cx: &Context, id: Seq) -> Result<MessageView, HttpError> {
    cx.app.chat.message_for(cx.visitor.member, id)?.ok_or(Refusal::NoSuchMessage.into())
}

/// GET `/messages/ID`: to its place; as JSON, the message.
pub(super) fn go_to(cx: &Context, id: Seq) -> HandlerResult {
    let view = found(cx, id)?;
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &message_json(&cx.app.site, &view)));
    }
    to_its_place(cx.app, cx.visitor, &view)
}

pub(super) fn to_its_place(app: &App, visitor: &Visitor, view: &MessageView) -> HandlerResult {
    let room = address(app, visitor, view.message.room)?;
    Ok(Reply::see_other(at_message(&room, view.message.id)))
}

/// GET `/messages/ID/about`.
pub(super) fn about(cx: &Context, id: Seq) -> HandlerResult {
    let view = found(cx, id)?;
    Ok(page(cx, &view, None, None))
}

/// `typed`: a text that could not be taken; `fault`: of which action's form, and why.
pub(super) fn page(
    cx: &Context,
    view: &MessageView,
    typed: Option<&EditForm>,
    fault: Option<(Action, &HttpError)>,
) -> Reply {
    let moment = Moment::now(cx);
    let edit = moment.state.may_edit(cx.visitor.member, &view.message);
    let delete = moment.state.may_remove(cx.visitor.member, &view.message);
    let speak = moment.state.may_speak(cx.visitor.member, view.message.room);
    let room = moment.state.room_for(cx.visitor.member, view.message.room);
    let room = room.map(|room| path_of(&moment.state, cx.visitor.member, view.message.room, &room.kind));
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    let now = &view.message.body;
    let error = fault.map(|(_, error)| error);
    let outdated = matches!(error, Some(HttpError::MessageChanged(_)));
    // Otherwise it goes on to replace what its author saw, and nothing newer.
    let sent = typed.and_then(|form| known(&form.version).ok().flatten()).filter(|_| !outdated);
    let draft = EditDraft {
        text: typed.map_or(now.as_str(), |form| &form.message),
        version: sent.unwrap_or_else(|| now.version()),
        meanwhile: outdated.then_some(now.as_str()),
    };
    let detail = fault.map(|(action, error)| (action, error.text(cx.request.locale.language)));
    let linked = linked(cx, slice::from_ref(view));
    let page = MessagePage {
        site: &cx.app.site,
        locale: cx.request.locale,
        me: cx.visitor.member,
        said: view,
        linked: linked.get(&view.message.id).map_or(&[][..], Vec::as_slice),
        room: &cx.app.site.path(&room.unwrap_or_default()),
        origin: &cx.request.origin(),
        draft,
        rights: Rights { speak, edit, delete },
        fault: detail.as_ref().map(|(action, text)| (*action, &**text)),
    };
    shell.card(cx, cx.request.locale.texts().message.heading, &page.render(), error)
}

/// The version that a form was made from; None if it does not say.
fn known(version: &FieldText) -> Result<Option<TextVersion>, HttpError> {
    let no_version = || HttpError::BadRequest(|t| t.no_version);
    version.given().map(|version| TextVersion::parse(version).ok_or_else(no_version)).transpose()
}

/// POST `/messages/ID/edit`.
pub(super) fn edit(cx: &Context, id: Seq) -> HandlerResult {
    let form = cx.request.form(EditForm::default())?;
    let text = &*form.message;
    let view = found(cx, id).map_err(|error| error.with_unsent(text))?;
    let edit = || {
        if !cx.app.chat.state().may_edit(cx.visitor.member, &view.message) {
            return Err(Refusal::NotTheirs.into());
        }
        let body = match Body::parse(text) {
            Err(BodyError::Blank) if !view.message.files.is_empty() => Body::none(),
            body => body?,
        };
        let known = known(&form.version)?;
        cx.app.may_write(cx.request, cx.visitor, body.as_str().len())?;
        let text = NewText { body, known };
        match cx.app.chat.edit(cx.visitor.member, id, text, cx.request.now) {
            Err(Refusal::Outdated) => Err(HttpError::MessageChanged(Box::new(found(cx, id)?))),
            edited => Ok(edited?),
        }
    };
    respond(
        cx.request,
        edit(),
        |()| back(cx, &view),
        |error| {
            use HttpError::Refused;
            if matches!(error, Refused(Refusal::NotTheirs | Refusal::NoSuchMessage)) {
                return Err(error.with_unsent(text));
            }
            let now = if let HttpError::MessageChanged(now) = &error { now } else { &view };
            Ok(page(cx, now, Some(&form), Some((Action::Edit, &error))))
        },
    )
}

/// POST `/messages/ID/remove`.
pub(super) fn remove(cx: &Context, id: Seq) -> HandlerResult {
    let view = found(cx, id)?;
    cx.request.form(form![sure])?;
    // As a message or an edit: owners remove many at once, where one floods a room.
    cx.app.may_write(cx.request, cx.visitor, 0)?;
    cx.app.chat.remove(cx.visitor.member, view.message.id, cx.request.now)?;
    if cx.request.wants_json() {
        return back(cx, &view);
    }
    let room = address(cx.app, cx.visitor, view.message.room)?;
    let place = format!("{room}?at={}", view.message.id);
    Ok(Reply::see_other(Outcome::MessageDeleted.told_at(&place)))
}

fn back(cx: &Context, view: &MessageView) -> HandlerResult {
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &json!({ "id": view.message.id.0 })));
    }
    to_its_place(cx.app, cx.visitor, view)
}

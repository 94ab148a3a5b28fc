//! Pinned messages: how they are pinned and unpinned, and the list of a room's.

use serde_json::{Value, json};

use super::access::go_on;
use super::context::Context;
use super::form::parse_switch;
use super::form_page::PageShell;
use super::http_error::HttpError;
use super::json::message_json;
use super::message::to_its_place;
use super::moment::Moment;
use super::reply::{HandlerResult, Reply};
use super::room_access::{RoomAccess, RoomPath};
use crate::chat::{MessageView, PinnedMessage, Refusal, Seq};
use crate::views::pins::PinsPage;

/// GET `/chat/pins`, `/rooms/ID/pins`, `/people/NAME/pins`.
pub(super) fn list(cx: &Context, path: &RoomPath) -> HandlerResult {
    let moment = Moment::now(cx);
    let access = RoomAccess::find(&moment.state, cx.visitor.member, path)?;
    let (moment, pins) = read(cx, moment, &access)?;
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &json!({ "messages": pins_json(cx, &pins) })));
    }
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    let locale = cx.request.locale;
    let page = PinsPage {
        site: &cx.app.site,
        locale,
        path: &access.path,
        pins: &pins,
        speak: access.inside && !access.over,
    };
    let title = (locale.texts().pins.title)(&access.heading.label(locale.language));
    Ok(shell.card(cx, &title, &page.render(&title), None))
}

/// The pinned messages of a room, newest pin first; and a moment, which is another one where the archive had to be read.
pub(super) fn read<'a>(
    cx: &Context<'a>,
    moment: Moment<'a>,
    access: &RoomAccess,
) -> Result<(Moment<'a>, Vec<PinnedMessage>), HttpError> {
    let Some(room) = access.room() else { return Ok((moment, Vec::new())) };
    let held = moment.state.pinned_messages(room);
    moment.or_archive(cx, held, || cx.app.chat.pins(room))
}

/// Of what memory let go, there is its number alone.
fn pins_json(cx: &Context, pins: &[PinnedMessage]) -> Vec<Value> {
    let one = |pinned: &PinnedMessage| match &pinned.view {
        Some(view) => message_json(&cx.app.site, view),
        None => json!({ "id": pinned.id.0, "gone": true }),
    };
    pins.iter().map(one).collect()
}

/// POST `/messages/ID/pin`: pins a message (`on=1`) or unpins it.
pub(super) fn pin(cx: &Context, id: Seq) -> HandlerResult {
    let member = cx.visitor.member;
    let view = cx.app.chat.message_for(member, id)?;
    let form = cx.request.form(form![on, next])?;
    let wanted = match (parse_switch(&form.on), &view) {
        // Of what memory let go, there may be a pin.
        (Ok(false), _) => false,
        (_, None) => return Err(Refusal::NoSuchMessage.into()),
        (wanted, Some(_)) => wanted?,
    };
    must_be_inside(cx, view.as_ref())?;
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.chat.pin(member, id, wanted, cx.request.now)?;
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &json!({ "id": id.0, "pinned": wanted })));
    }
    match (form.next.given(), view) {
        (None, Some(view)) => to_its_place(cx.app, cx.visitor, &view),
        (next, _) => Ok(go_on(cx.app, next.unwrap_or_default())),
    }
}

/// Refuses those who see a message of a room that they are not in.
fn must_be_inside(cx: &Context, view: Option<&MessageView>) -> Result<(), HttpError> {
    let state = cx.app.chat.state();
    let outside = view.is_some_and(|view| !state.is_in(cx.visitor.member, view.message.room));
    if outside { Err(HttpError::Outside) } else { Ok(()) }
}

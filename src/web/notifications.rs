//! How much of a room the visitor wants to be told of.

use serde_json::json;

use super::context::Context;
use super::form_page::PageShell;
use super::http_error::HttpError;
use super::moment::Moment;
use super::reply::{HandlerResult, Reply};
use super::room_access::{RoomAccess, RoomPath};
use crate::chat::NotificationLevel;
use crate::views::notifications::LevelForm;
use crate::views::room_title::RoomTitle;

/// The word in addresses that it was saved.
const SAVED: &str = "level";

/// GET `/chat/notifications`: other rooms have it in their details.
pub(super) fn show(cx: &Context, path: &RoomPath) -> HandlerResult {
    let saved = is_saved(&cx.request.query(form![done])?.done);
    let moment = Moment::now(cx);
    let access = RoomAccess::find(&moment.state, cx.visitor.member, path)?;
    let room = access.room().ok_or(HttpError::NotFound)?;
    let level = moment.state.notification_level(cx.visitor.member, room);
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    let form = LevelForm { site: &cx.app.site, locale: cx.request.locale, path: &access.path, level, saved };
    let (title, page) = form.page(access.heading.name(cx.request.locale.language));
    Ok(shell.card(cx, &title, &page, None))
}

/// What `done` of an address says.
pub(super) fn is_saved(done: &str) -> bool {
    done == SAVED
}

/// POST `.../notifications`.
pub(super) fn choose(cx: &Context, path: &RoomPath) -> HandlerResult {
    let access = RoomAccess::inside(cx, path)?;
    let room = access.room().ok_or(HttpError::NotFound)?;
    let level = cx.request.form(form![level])?.level.given().and_then(NotificationLevel::of_word);
    let level = level.ok_or(HttpError::BadRequest(|t| t.no_level))?;
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.chat.choose_notification_level(cx.visitor.member, room, level, cx.request.now)?;
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &json!({ "level": level.word() })));
    }
    let page = if let RoomTitle::Shared = access.heading { "notifications" } else { "about" };
    let path = cx.app.site.path(&access.path);
    Ok(Reply::see_other(format!("{path}/{page}?done={SAVED}#notifications")))
}

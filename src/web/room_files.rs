//! The photos and files of a room.

use serde_json::{Value, json};

use super::context::Context;
use super::form_page::PageShell;
use super::http_error::HttpError;
use super::json::sent_file_json;
use super::moment::Moment;
use super::reply::{HandlerResult, Reply};
use super::room_access::{RoomAccess, RoomPath};
use crate::chat::{FileId, SentFile, Seq};
use crate::views::room_files::RoomFilesPage;

/// Files on a page.
const LISTED: usize = 60;

/// GET `/chat/files`, `/rooms/ID/files`, `/people/NAME/files`.
pub(super) fn list(cx: &Context, path: &RoomPath) -> HandlerResult {
    let moment = Moment::now(cx);
    let access = RoomAccess::find(&moment.state, cx.visitor.member, path)?;
    let before = cx.request.query(form![before])?.before.id()?.map(FileId);
    let (moment, mut files) = newest(cx, moment, &access, before, LISTED + 1)?;
    let next = files.len() > LISTED;
    files.truncate(LISTED);
    if cx.request.wants_json() {
        let files: Vec<Value> = files.iter().map(|sent| sent_file_json(&cx.app.site, sent)).collect();
        return Ok(Reply::json(200, &json!({ "files": files })));
    }
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    let locale = cx.request.locale;
    let page = RoomFilesPage {
        site: &cx.app.site,
        locale,
        path: &access.path,
        files: &files,
        next: files.last().filter(|_| next).map(|last| last.id),
    };
    let title = (locale.texts().files.title)(&access.heading.label(locale.language));
    Ok(shell.card(cx, &title, &page.render(&title), None))
}

/// The newest files of a room, newest first; and a moment, which is another one where the archive had to be read.
pub(super) fn newest<'a>(
    cx: &Context<'a>,
    moment: Moment<'a>,
    access: &RoomAccess,
    before: Option<FileId>,
    limit: usize,
) -> Result<(Moment<'a>, Vec<SentFile>), HttpError> {
    let before = before.unwrap_or(FileId(Seq(u64::MAX)));
    let Some(room) = access.room() else { return Ok((moment, Vec::new())) };
    let held = moment.state.files_of_room(room, before, limit);
    moment.or_archive(cx, held, || cx.app.chat.files_of_room(room, before, limit))
}

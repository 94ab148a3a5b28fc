//! Words that mention many: who is told, and the question before it is more than a few.

use serde_json::{Value, json};

use super::context::Context;
use super::http_error::{HttpError, UnsentFile};
use crate::chat::{Body, Candidates, FileId, GROUP_MAX, GroupKind, RoomId, RoomKind, SMALL_ROOM, State};
use crate::text::Locale;

/// Who mentions more is asked first.
const FEW: usize = 10;

/// How many people a word for many mentions in a text that is sent to a room. None: the visitor may not mention them.
fn told(cx: &Context, state: &State, room: RoomId, kind: GroupKind) -> Option<usize> {
    let members = state.group_members(cx.visitor.member, room, kind, &cx.app.live.here());
    members.map(|members| members.len())
}

/// Refuses a text by which more than a few would be told, unless its author was asked.
///
/// Errors: `ManyPeople`, without files.
pub(super) fn must_be_asked(cx: &Context, room: Option<RoomId>, body: &Body) -> Result<(), HttpError> {
    let Some(room) = room else { return Ok(()) };
    let (candidates, state) = (Candidates::of(body), cx.app.chat.state());
    let count = state.group_place(&candidates).and_then(|(_, kind)| told(cx, &state, room, kind));
    match count.filter(|count| *count > FEW) {
        Some(count) => Err(HttpError::ManyPeople(count, Vec::new())),
        None => Ok(()),
    }
}

/// Files that wait for the answer of their sender.
pub(super) fn waiting(cx: &Context, ids: &[FileId]) -> Vec<UnsentFile> {
    let state = cx.app.chat.state();
    let file = |id: &FileId| {
        let file = &state.unsent_file(cx.visitor.member, *id)?.file;
        Some(UnsentFile { id: *id, name: file.name.as_str().to_owned() })
    };
    ids.iter().filter_map(file).collect()
}

/// For scripts: whether the visitor may mention many by the word in this text, and how many these are. Null where it has no
/// such word, or the room is a conversation of two.
pub(super) fn group_json(cx: &Context, state: &State, room: RoomId, candidates: &Candidates) -> Value {
    let kind = state.room_for(cx.visitor.member, room).map(|room| &room.kind);
    let is_pair = kind.is_none_or(|kind| matches!(kind, RoomKind::Pair(..)));
    let Some((_, word)) = state.group_place(candidates).filter(|_| !is_pair) else { return Value::Null };
    let Some(count) = told(cx, state, room, word) else {
        let detail = refusal(cx.request.locale, state.is_owner(cx.visitor.member));
        return json!({ "allowed": false, "detail": detail });
    };
    json!({ "count": count, "allowed": true })
}

fn refusal(locale: Locale, is_owner: bool) -> String {
    let texts = &locale.texts().composer;
    if is_owner { (texts.group_too_large)(GROUP_MAX) } else { (texts.group_of_owners)(SMALL_ROOM) }
}

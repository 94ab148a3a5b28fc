//! Activity: where the visitor was mentioned, and who answered or reacted to them; and what they have seen of it.

use serde_json::{Value, json};

use super::context::Context;
use super::form::parse_id;
use super::form_page::PageShell;
use super::json::message_json;
use super::moment::Moment;
use super::outcome::Outcome;
use super::reply::{HandlerResult, Reply};
use super::room_access::{PAGE, heading_of};
use crate::chat::{Activity, ActivityEntry, ActivityKind, MemberId, Message, Refusal, RoomId, Seq};
use crate::views::activity::{ActivityPage, ActivityRow, ActivityRowKind};
use crate::views::exact;
use crate::views::room_title::RoomTitle;

/// GET `/activity`.
pub(super) fn show(cx: &Context) -> HandlerResult {
    let before = cx.request.query(form![before])?.before.id()?;
    let found = cx.app.chat.activity(cx.visitor.member, before, PAGE)?;
    if cx.request.wants_json() {
        return Ok(Reply::json(200, &activity_json(cx, &found)));
    }
    let (moment, member) = (Moment::now(cx), cx.visitor.member);
    // What is not theirs to see any more since it was looked for is left out.
    let heading = |room: RoomId| {
        let found = moment.state.room_for(member, room)?;
        moment.state.is_in(member, room).then(|| heading_of(&moment.state, member, &found.kind))
    };
    let Activity { entries, more } = found;
    let newest = before.is_none();
    let last = entries.first().map(|entry| entry.id);
    let sees = last.filter(|_| newest && moment.state.unread_activity(member).reactions > 0);
    let rows = rows(entries, heading);
    let shell = PageShell::read(cx, &moment, Some("/activity"));
    drop(moment);
    let page =
        ActivityPage { site: &cx.app.site, locale: cx.request.locale, rows: &rows, more, newest, sees };
    Ok(shell.card(cx, cx.request.locale.texts().activity.title, &page.render(), None))
}

/// Reactions to one message that follow each other become one row.
fn rows(entries: Vec<ActivityEntry>, heading: impl Fn(RoomId) -> Option<RoomTitle>) -> Vec<ActivityRow> {
    let mut rows: Vec<ActivityRow> = Vec::new();
    for ActivityEntry { id, kind, message, unread } in entries {
        let Some(room) = heading(message.message.room) else { continue };
        let (at, kind) = match kind {
            ActivityKind::Mention => (message.message.at, ActivityRowKind::Mention),
            ActivityKind::Reply => (message.message.at, ActivityRowKind::Reply),
            ActivityKind::Reaction { by, emoji, at } => {
                let member = reacting(&message.message, id);
                let emoji = emoji.as_str().to_owned();
                if let Some(row) = rows.last_mut().filter(|row| row.message.message.id == message.message.id)
                    && let ActivityRowKind::Reactions { by: others, emoji: all } = &mut row.kind
                {
                    row.unread |= unread;
                    if others.iter().all(|(other, _)| *other != member) {
                        others.push((member, by.name));
                    }
                    if !all.contains(&emoji) {
                        all.push(emoji);
                    }
                    continue;
                }
                (at, ActivityRowKind::Reactions { by: vec![(member, by.name)], emoji: vec![emoji] })
            }
        };
        rows.push(ActivityRow { id, kind, at, room, message, unread });
    }
    rows
}

fn reacting(message: &Message, reaction: Seq) -> MemberId {
    let found = message.amendments.reactions.iter().find(|other| other.id == reaction);
    found.map_or(message.author, |reaction| reaction.member)
}

fn activity_json(cx: &Context, found: &Activity) -> Value {
    let entry = |entry: &ActivityEntry| {
        let message = message_json(&cx.app.site, &entry.message);
        let mut value = json!({ "id": entry.id.0, "unread": entry.unread, "message": message });
        let kind = match &entry.kind {
            ActivityKind::Mention => "mention",
            ActivityKind::Reply => "reply",
            ActivityKind::Reaction { by, emoji, at } => {
                value["by"] = by.name.as_str().into();
                value["emoji"] = emoji.as_str().into();
                value["at"] = exact(*at).into();
                "reaction"
            }
        };
        value["kind"] = kind.into();
        value
    };
    let entries: Vec<Value> = found.entries.iter().map(entry).collect();
    json!({ "entries": entries, "before": found.more.map(|more| more.0) })
}

/// POST `/activity/seen`: the reactions up to `up_to` have been seen.
pub(super) fn seen(cx: &Context) -> HandlerResult {
    cx.app.may_hint(cx.request, cx.visitor)?;
    let up_to = parse_id(&cx.request.form(form![up_to])?.up_to)?;
    cx.app.chat.see_reactions(cx.visitor.member, up_to, cx.request.now)?;
    done(cx, cx.app.site.path("/activity"))
}

/// POST `/read-all`: everything has been read, and seen.
pub(super) fn read_all(cx: &Context) -> HandlerResult {
    cx.request.form(form![sure])?;
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.marks.release_all(cx.visitor.member);
    cx.app.chat.read_everything(cx.visitor.member, cx.request.now)?;
    done(cx, Outcome::EverythingRead.told_at(&cx.app.site.path("/activity")))
}

/// POST `/messages/ID/unread`: the message and all that follow it in its room count as unread, until the room is opened
/// anew.
pub(super) fn mark_unread(cx: &Context, id: Seq) -> HandlerResult {
    cx.request.form(form![sure])?;
    let member = cx.visitor.member;
    let view = cx.app.chat.message_for(member, id)?.ok_or(Refusal::NoSuchMessage)?;
    cx.app.may_change(cx.request, cx.visitor)?;
    cx.app.marks.hold(member, view.message.room);
    let marked = cx.app.chat.mark_unread(member, id, cx.request.now);
    if marked.is_err() {
        cx.app.marks.release(member, view.message.room);
    }
    marked?;
    done(cx, Outcome::MarkedUnread.told_at(&cx.app.site.path("/activity")))
}

fn done(cx: &Context, next: String) -> HandlerResult {
    Ok(if cx.request.wants_json() { Reply::json(200, &json!({})) } else { Reply::see_other(next) })
}

//! Search, and what one said oneself.

use std::cmp::Reverse;

use serde_json::json;

use super::App;
use super::context::{Context, Visitor};
use super::form::parse_id;
use super::form_page::PageShell;
use super::http_error::HttpError;
use super::json::{all_json, message_json};
use super::moment::Moment;
use super::reply::{HandlerResult, Reply, respond};
use super::room_access::{PAGE, heading_of};
use crate::chat::{MemberId, MessageView, NameKey, Query, Room, RoomId, Search, SearchResults, Seq, State};
use crate::views::room_title::RoomTitle;
use crate::views::search::{SearchForm, SearchPage};
use crate::views::transcript::Transcript;

/// Open rooms to choose from beside one's own; any other is searched from its own page.
const OTHERS: usize = 100;
/// Longest query that is looked at, in bytes.
const QUERY_MAX: usize = 1_000;
/// Bytes of one part of an export; most people have less to say.
const PART: usize = 1024 * 1024;
/// Messages that are read for it at once.
const BATCH: usize = 500;

/// GET `/search`.
pub(super) fn search(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![q, author, room, before])?;
    let typed = SearchForm { words: &fields.q, author: &fields.author, room: &fields.room };
    // Of a longer one, nothing is computed.
    let words = Query::of(if typed.words.len() > QUERY_MAX { "" } else { typed.words });
    let before = fields.before.id()?;
    let asked = [typed.words, typed.author].iter().any(|text| !text.trim().is_empty());
    let found = if asked { find(cx, typed, &words, before).map(Some) } else { Ok(None) };
    let on = |found: Option<SearchResults>| {
        if !cx.request.wants_json() {
            return Ok(page(cx, typed, &words, found.as_ref(), None));
        }
        let found = found.unwrap_or_else(|| SearchResults::nothing(None));
        let (messages, more) = (all_json(&cx.app.site, &found.messages), found.more.map(|more| more.0));
        let answer = json!({ "messages": messages, "before": more, "complete": !found.ended_early });
        Ok(Reply::json(200, &answer))
    };
    respond(cx.request, found, on, |error| Ok(page(cx, typed, &words, None, Some(&error))))
}

fn find(
    cx: &Context,
    typed: SearchForm,
    words: &Query,
    before: Option<Seq>,
) -> Result<SearchResults, HttpError> {
    if typed.words.len() > QUERY_MAX {
        return Err(HttpError::LongQuery);
    }
    if words.is_empty() && !typed.words.trim().is_empty() {
        return Err(HttpError::NoWords);
    }
    cx.app.may_search(cx.request, cx.visitor)?;
    let (author, rooms) = {
        let state = cx.app.chat.state();
        let named = (!typed.author.trim().is_empty()).then(|| state.member_named(&NameKey::of(typed.author)));
        let author = named.map(|found| found.map(|(id, _)| id).ok_or(HttpError::NoSuchName)).transpose()?;
        let rooms = match typed.room {
            "" => state.rooms_seen_by(cx.visitor.member),
            room => vec![RoomId(parse_id(room)?)],
        };
        (author, rooms)
    };
    let search = Search { words: words.clone(), author, rooms, before };
    Ok(cx.app.chat.search(cx.visitor.member, search, PAGE)?.within_a_run())
}

fn page(
    cx: &Context,
    typed: SearchForm,
    words: &Query,
    found: Option<&SearchResults>,
    error: Option<&HttpError>,
) -> Reply {
    let (moment, language) = (Moment::now(cx), cx.request.locale.language);
    let mut rooms = rooms_to_choose(&moment.state, cx.visitor.member, typed.room);
    let shell = PageShell::read(cx, &moment, None);
    drop(moment);
    rooms.sort_by_cached_key(|(room, heading)| {
        (*room != RoomId::SHARED, heading.name(language).to_lowercase())
    });
    let detail = error.map(|error| error.text(language));
    let results = SearchPage {
        site: &cx.app.site,
        locale: cx.request.locale,
        typed,
        rooms: &rooms,
        words,
        found,
        fault: detail.as_deref(),
    };
    shell.card(cx, &results.title(), &results.render(), error)
}

/// The rooms to choose from: one's own, the one that is `chosen`, and the largest of the others.
fn rooms_to_choose(state: &State, member: MemberId, chosen: &str) -> Vec<(RoomId, RoomTitle)> {
    let seen =
        state.rooms_seen_by(member).into_iter().filter_map(|id| Some((id, state.room_for(member, id)?)));
    let (mut rooms, mut others): (Vec<_>, Vec<_>) =
        seen.partition(|(id, room)| room.members.contains(&member) || *id == RoomId::SHARED);
    let chosen = parse_id(chosen).ok().map(RoomId);
    others.sort_by_key(|(id, room)| (Some(*id) != chosen, Reverse(room.members.len()), *id));
    rooms.extend(others.into_iter().take(OTHERS));
    rooms.into_iter().map(|(id, room)| (id, heading_of(state, member, &room.kind))).collect()
}

/// GET `/me/messages`: what the visitor said, oldest first, as JSON lines or as a page; where it is too much
/// for one answer, that says where the rest begins.
pub(super) fn own_messages(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![after, format])?;
    let after = fields.after.id()?.unwrap_or_default();
    let next = |last: Seq, format| cx.app.site.path(&format!("/me/messages?format={format}&after={last}"));
    match &*fields.format {
        "" | "lines" => {
            let mut lines = String::new();
            let rest = each_own(cx.app, cx.visitor, after, |view| {
                lines += &message_json(&cx.app.site, view).to_string();
                lines.push('\n');
                lines.len()
            })?;
            let reply = Reply::lines(lines);
            Ok(rest.into_iter().fold(reply, |reply, last| {
                reply.header("Link", format!("<{}>; rel=\"next\"", next(last, "lines")))
            }))
        }
        "html" => {
            let mut transcript = Transcript::new(&cx.app.title(), cx.request.locale, None);
            let mut page = transcript.beginning(cx.request.now);
            let mut current = None;
            let rest = each_own(cx.app, cx.visitor, after, |view| {
                if current.replace(view.message.room) != Some(view.message.room) {
                    page += &transcript.room(Some(&room_name(cx, view.message.room)));
                }
                page += &transcript.entry(view.clone());
                page.len()
            })?;
            page += &transcript.end(rest.map(|last| next(last, "html")).as_deref());
            Ok(Reply::html_text(200, page))
        }
        _ => Err(HttpError::BadRequest(|t| t.no_export_format)),
    }
}

/// Gives one's messages after one (exclusive) to `write`, which tells how many bytes there are then. What it
/// gives is the last one, if there are more.
fn each_own(
    app: &App,
    visitor: &Visitor,
    mut after: Seq,
    mut write: impl FnMut(&MessageView) -> usize,
) -> Result<Option<Seq>, HttpError> {
    loop {
        let batch = app.chat.said_by(visitor.member, after, BATCH)?;
        for view in &batch {
            after = view.message.id;
            if write(view) > PART {
                return Ok(Some(after));
            }
        }
        if batch.len() < BATCH {
            return Ok(None);
        }
    }
}

fn room_name(cx: &Context, room: RoomId) -> String {
    let (state, language) = (cx.app.chat.state(), cx.request.locale.language);
    let heading = |room: &Room| heading_of(&state, cx.visitor.member, &room.kind).name(language).to_owned();
    let name = state.room_for(cx.visitor.member, room).map(heading);
    name.unwrap_or_else(|| language.texts().transcript.left_room.to_owned())
}

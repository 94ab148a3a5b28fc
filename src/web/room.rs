//! A room: its page. (How one posts there: `posting.rs`.)

use serde_json::{Value, json};

use super::composer::{ComposerDraft, Parties};
use super::context::{Context, Visitor};
use super::day::{beginning, parse_day};
use super::form_page::{PageBody, PageShell};
use super::http_error::HttpError;
use super::json::{all_json, message_json};
use super::linked::linked;
use super::moment::Moment;
use super::page_cache::PageLookup;
use super::reply::{HandlerResult, Reply};
use super::room_access::{PAGE, RoomAccess, RoomPath};
use super::sessions::Sessions;
use crate::chat::{History, HistoryRange, MemberId, RoomId, Scope, Seq, State, Timestamp, Username};
use crate::time_zone::Zone;
use crate::views::Layout;
use crate::views::actions::Rights;
use crate::views::room::RoomPage;

/// Messages of a page, of [`PAGE`], before the first one that its reader has not seen.
const CONTEXT: usize = 10;

/// The part of a room that a page shows.
enum PageStart {
    /// A day on which nothing was said, if there is one that was asked for; the newest messages.
    Newest(Option<Timestamp>),
    /// Those before one.
    Before(Seq),
    /// Those after one.
    After(Seq),
    /// Those around one, which is the first one after a day on which nothing was said, if there is one.
    At(Seq, Option<Timestamp>),
    /// Those after one, and some before it.
    Since(Seq),
}

impl PageStart {
    /// Reads a page's address; `seen` is the reader's read marker, if messages after it are new to them.
    fn of(fields: &RoomQuery, zone: Zone, seen: Option<Seq>) -> Result<Self, HttpError> {
        let day = fields.day.given().map(parse_day).transpose()?.map(|day| beginning(day, zone));
        Ok(match (fields.at.id()?, fields.since.id()?, fields.after.id()?, fields.before.id()?) {
            (Some(at), ..) => Self::At(at, day),
            (_, Some(since), ..) => Self::Since(since),
            (_, _, Some(after), _) => Self::After(after),
            (.., Some(before)) => Self::Before(before),
            _ if day.is_some() || fields.latest.given().is_some() => Self::Newest(day),
            _ => seen.map_or(Self::Newest(None), Self::Since),
        })
    }

    fn range(&self) -> HistoryRange {
        match *self {
            Self::Newest(_) => newest(None),
            Self::Before(id) => newest(Some(id)),
            Self::After(id) => around(Seq(id.0.saturating_add(1)), 0, PAGE),
            Self::At(id, _) => around(id, PAGE / 2, PAGE / 2),
            Self::Since(id) => landing(id),
        }
    }
}

/// A page of the newest messages before one, or of all.
pub(super) fn newest(before: Option<Seq>) -> HistoryRange {
    HistoryRange::Before { before, limit: PAGE }
}

/// Unseen messages with [`CONTEXT`] before them.
pub(super) fn landing(since: Seq) -> HistoryRange {
    around(Seq(since.0.saturating_add(1)), CONTEXT, PAGE - CONTEXT)
}

fn around(id: Seq, before: usize, after: usize) -> HistoryRange {
    HistoryRange::Around { id, before, after }
}

form! { RoomQuery { before, after, at, since, latest, day, to, reply } }

pub(super) fn show(cx: &Context, path: &RoomPath) -> HandlerResult {
    if cx.request.wants_json() {
        return show_json(cx, path);
    }
    let fields = cx.request.query(RoomQuery::default())?;
    let reply = match fields.reply.id()? {
        Some(message) => {
            let draft = ComposerDraft::reply(cx, RoomAccess::of(cx, path)?.room(), Some(message))?;
            ask(cx, path, &fields, Moment::now(cx), &draft)?.0
        }
        None => show_kept(cx, path, &fields)?,
    };
    // The browser keeps its cookie for as long as the server keeps the session.
    Ok(reply.cookie(Sessions::renew(cx)))
}

/// The page as it was sent before, if it would be the same.
fn show_kept(cx: &Context, path: &RoomPath, fields: &RoomQuery) -> HandlerResult {
    let (moment, draft) = (Moment::now(cx), ComposerDraft::new());
    let lookup = PageLookup::of(cx, &moment);
    if let Some(reply) = lookup.find(cx, draft.nonce()) {
        return Ok(reply);
    }
    let (reply, is_of_one_moment) = ask(cx, path, fields, moment, &draft)?;
    Ok(if is_of_one_moment { lookup.keep(cx, reply, draft.nonce()) } else { reply })
}

/// The page, and whether all of it was read at one moment: what is read from the archive may be older than the rest.
fn ask<'a>(
    cx: &Context<'a>,
    path: &RoomPath,
    fields: &RoomQuery,
    mut moment: Moment<'a>,
    draft: &ComposerDraft,
) -> Result<(Reply, bool), HttpError> {
    let access = RoomAccess::find(&moment.state, cx.visitor.member, path)?;
    access.must_mean(&fields.to, |t| t.someone_else)?;
    let unseen = Unseen::of(&moment.state, cx.visitor, &access);
    let start = PageStart::of(fields, cx.request.locale.zone, unseen.seen.filter(|_| unseen.count > 0))?;
    let held = access.history_in_memory(&moment.state, start.range());
    let is_of_one_moment = held.is_some();
    let history = if let Some(history) = held {
        history
    } else {
        drop(moment);
        let history = access.history(cx.app, start.range())?;
        moment = Moment::now(cx);
        history
    };
    let shown = Shown { access: &access, start, unseen, history };
    Ok((page(cx, moment, &shown, draft), is_of_one_moment))
}

/// A member's unread messages of a room; nothing of one that they are not in.
#[derive(Default)]
struct Unseen {
    /// Up to where they have seen it.
    seen: Option<Seq>,
    count: usize,
    /// Those that mention them, oldest first.
    mentions: Vec<Seq>,
}

impl Unseen {
    fn of(state: &State, visitor: &Visitor, access: &RoomAccess) -> Self {
        let Some(room) = access.room().filter(|_| access.inside) else { return Self::default() };
        Self {
            seen: Some(state.read_marker_of(visitor.member, room)),
            count: state.unread(visitor.member, room).0,
            mentions: state.mentions_of(visitor.member, room),
        }
    }
}

/// For programs, also those that ask again and again what came after.
fn show_json(cx: &Context, path: &RoomPath) -> HandlerResult {
    let access = RoomAccess::of(cx, path)?;
    let fields = cx.request.query(RoomQuery::default())?;
    access.must_mean(&fields.to, |t| t.someone_else)?;
    let (before, after) = (fields.before.id()?, fields.after.id()?);
    let mut answer = match (before, after, access.room()) {
        (_, None, _) | (None, Some(_), None) => {
            let history = access.history(cx.app, newest(before))?;
            json!({ "messages": all_json(&cx.app.site, &history.messages), "seq": history.seq.0 })
        }
        (None, Some(after), Some(room)) => missed_json(cx, room, after)?,
        (Some(_), Some(_), _) => {
            return Err(HttpError::BadRequest(|t| t.before_and_after));
        }
    };
    if !access.inside {
        answer["inside"] = false.into();
    }
    Ok(Reply::json(200, &answer))
}

/// Messages after a number, and the changes of earlier ones since then.
fn missed_json(cx: &Context, room: RoomId, after: Seq) -> Result<Value, HttpError> {
    let app = cx.app;
    app.may_go_on_from(after, cx.request)?;
    let missed = app.chat.since(Scope::Room(room), after, PAGE)?.ok_or(HttpError::Gone)?;
    let last = missed.messages.last().map_or(after, |view| view.message.id);
    let seq = if missed.newest { missed.seq } else { last };
    let changes = missed.changes.as_ref().ok_or(HttpError::Gone)?;
    let edited: Vec<Value> =
        changes.iter().filter_map(|(_, view)| Some(message_json(&app.site, view.as_ref()?))).collect();
    let removed = changes.iter().filter(|(change, _)| change.is_removal());
    let removed: Vec<u64> = removed.map(|(change, _)| change.message.0).collect();
    let messages = all_json(&app.site, &missed.messages);
    Ok(json!({ "messages": messages, "seq": seq.0, "edited": edited, "removed": removed }))
}

/// The room's page with what was typed, from memory alone: that must come back whatever the disk does.
pub(super) fn page_after(cx: &Context, access: &RoomAccess, draft: &ComposerDraft) -> Reply {
    let moment = Moment::now(cx);
    let (start, history) = (PageStart::Newest(None), access.recent(&moment.state));
    let unseen = Unseen::of(&moment.state, cx.visitor, access);
    page(cx, moment, &Shown { access, start, unseen, history }, draft)
}

/// Of these members, those who are in a room, by name; in a conversation that has not begun, nobody.
pub(super) fn in_room(state: &State, room: Option<RoomId>, members: &[MemberId]) -> Vec<Username> {
    let inside = |member: &MemberId| room.is_some_and(|room| state.is_in(*member, room));
    state.names(&members.iter().copied().filter(inside).collect::<Vec<_>>())
}

struct Shown<'a> {
    access: &'a RoomAccess,
    start: PageStart,
    unseen: Unseen,
    history: History,
}

impl Shown<'_> {
    /// Live where it shows the newest messages, and nothing that was typed has to be kept.
    fn layout(&self, error: Option<&HttpError>) -> Layout {
        match self.history.newest && error.is_none() {
            _ if self.access.over => Layout::RoomToRead,
            true if self.access.inside => Layout::LiveRoom,
            true => Layout::LivePreview,
            false if !self.access.inside => Layout::RoomToRead,
            false => Layout::Room,
        }
    }
}

fn page(cx: &Context, mut moment: Moment, shown: &Shown, draft: &ComposerDraft) -> Reply {
    let (Shown { access, start, unseen, history }, error) = (shown, draft.error);
    let shell = PageShell::read(cx, &moment, Some(&access.path));
    if access.partner.is_some() {
        // Of the two in a conversation, the other one is news.
        moment.online.retain(|member| *member != cx.visitor.member);
    }
    let here = in_room(&moment.state, access.room(), &moment.online);
    let pins = access.room().map_or_else(Vec::new, |room| moment.state.pins_of(room).to_vec());
    let moderates = access.room().is_some_and(|room| moment.state.moderates(cx.visitor.member, room));
    drop(moment);
    let linked = linked(cx, &history.messages);
    // A page of what is new since a number has the line there.
    let seen = if let PageStart::Since(since) = start { Some(*since) } else { unseen.seen };
    let (at, day) = match start {
        PageStart::At(at, day) => (Some(*at), *day),
        PageStart::Newest(day) => (None, *day),
        _ => (None, None),
    };
    let room = RoomPage {
        site: &cx.app.site,
        id: access.room(),
        path: &access.path,
        heading: &access.heading,
        inside: access.inside,
        over: access.over,
        me: cx.visitor.member,
        reader: access.reader(cx.visitor.member),
        frame_key: &cx.visitor.frame_key(),
        locale: cx.request.locale,
        seen: seen.filter(|_| access.inside),
        unseen: unseen.count,
        mentions: &unseen.mentions,
        lands: matches!(start, PageStart::Since(_)),
        at,
        day,
        outcome: shell.told.as_deref().filter(|_| error.is_none()),
        history,
        pins,
        linked: &linked,
        here,
        composer: draft.composer(
            &cx.app.site,
            &access.path,
            Parties::of(cx.visitor, access),
            cx.request.locale.language,
        ),
        rights: Rights { speak: access.inside && !access.over, edit: access.inside, delete: moderates },
        layout: shown.layout(error),
    };
    let body = PageBody {
        name: &access.heading.label(cx.request.locale.language),
        head: Some(&room.head()),
        kind: room.layout,
        content: &room.render(),
    };
    shell.page(cx, &body, error)
}

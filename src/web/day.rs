//! The way to a day in a room.

use chrono::{Datelike as _, NaiveDate, NaiveTime};

use super::context::Context;
use super::form::parse_id;
use super::http_error::HttpError;
use super::reply::{HandlerResult, Reply};
use super::room_access::address;
use crate::chat::{RoomId, Seq, Timestamp};
use crate::time_zone::Zone;

/// GET `/day`: to the first message of a room since that day began, where the visitor is.
pub(super) fn day(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![room, day])?;
    let room = RoomId(if fields.room.is_empty() { Seq::default() } else { parse_id(&fields.room)? });
    let path = address(cx.app, cx.visitor, room)?;
    let day = parse_day(&fields.day)?;
    let begins = |day: NaiveDate| beginning(day, cx.request.locale.zone);
    let first = cx.app.chat.first_since(room, begins(day))?;
    let view = first.map(|id| cx.app.chat.message_for(cx.visitor.member, id)).transpose()?.flatten();
    let is_of_it = view.is_some_and(|view| day.succ_opt().is_none_or(|next| view.message.at < begins(next)));
    // Where nothing was said on that day, the page says so.
    let query = match first {
        Some(id) if is_of_it => format!("?at={id}#m{id}"),
        Some(id) => format!("?at={id}&day={day}#m{id}"),
        None => format!("?day={day}"),
    };
    Ok(Reply::see_other(path + &query))
}

/// A day as forms have it.
pub(super) fn parse_day(text: &str) -> Result<NaiveDate, HttpError> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    day.filter(|day| (0..10_000).contains(&day.year())).ok_or(HttpError::BadRequest(|t| t.no_day))
}

/// Returns the beginning of a day; where the clocks go forward at midnight, a little later.
pub(super) fn beginning(day: NaiveDate, zone: Zone) -> Timestamp {
    let times = (0..3).filter_map(|hour| NaiveTime::from_hms_opt(hour, 0, 0));
    let begins = { times }.find_map(|time| day.and_time(time).and_local_timezone(zone).earliest());
    Timestamp(begins.map_or(0, |begins| begins.timestamp_millis()))
}

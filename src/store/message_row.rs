//! Rows of messages, with what other tables have of them.

use std::sync::Arc;

use super::rows::{column, damaged, id, member_id, room_id, seq, time};
use super::sql::{Error, Row, Sql};
use super::{files, reactions};
use crate::chat::{
    Amendments, Body, Excerpt, Files, GroupMention, MemberId, Mention, Mentions, Message, Nonce, Pin, Quote,
    Reactions, Seq, Timestamp,
};

/// The columns of `messages` that [`message`] reads.
pub(super) const MESSAGE: &str = "messages.*, (SELECT string_agg(at || ' ' || length || ' ' || member, ',')
    FROM mentions WHERE message = messages.id) AS mentions,
    EXISTS (SELECT 1 FROM files WHERE message = messages.id) AS has_files,
    EXISTS (SELECT 1 FROM reactions WHERE message = messages.id) AS has_reactions";

/// Where the message has files or reactions, these are asked for.
pub(super) fn message(sql: &impl Sql, row: &Row) -> Result<Message, Error> {
    let fit = || damaged("message", row);
    let files = if column(row, "has_files")? { files::of_message(sql, id(row)?)? } else { Files::default() };
    let reactions = if column(row, "has_reactions")? {
        reactions::of_message(sql, id(row)?)?
    } else {
        Reactions::default()
    };
    let text = column::<String>(row, "text")?;
    let all_files = text.is_empty() && !files.is_empty();
    let body = if all_files { Body::none() } else { Body::from_storage(&text).ok_or_else(fit)? };
    let nonce: Option<String> = column(row, "nonce")?;
    Ok(Message {
        id: id(row)?,
        author: member_id(row, "author")?,
        room: room_id(row)?,
        at: time(row, "posted_at")?,
        mentions: mentions_from_row(&body, column(row, "mentions")?).ok_or_else(fit)?,
        group: group_from_row(&body, row)?,
        quote: quote_from_row(row)?,
        body,
        files,
        amendments: Amendments {
            edited: column::<Option<i64>>(row, "edited_at")?.map(Timestamp),
            reactions,
            pin: pin_from_row(row)?,
        },
        nonce: nonce.map(|nonce| Nonce::parse(&nonce).map_err(|_| fit())).transpose()?,
    })
}

fn quote_from_row(row: &Row) -> Result<Option<Box<Quote>>, Error> {
    let Some(message) = column::<Option<i64>>(row, "answers")? else { return Ok(None) };
    let excerpt: Option<String> = column(row, "excerpt")?;
    let excerpt = excerpt.map(|text| Excerpt::from_storage(&text));
    Ok(Some(Box::new(Quote { message: seq(message), author: member_id(row, "answered_author")?, excerpt })))
}

fn pin_from_row(row: &Row) -> Result<Option<Box<Pin>>, Error> {
    let Some(pin) = column::<Option<i64>>(row, "pin")? else { return Ok(None) };
    Ok(Some(Box::new(Pin { id: seq(pin), by: member_id(row, "pinned_by")?, at: time(row, "pinned_at")? })))
}

fn group_from_row(body: &Body, row: &Row) -> Result<Option<Arc<GroupMention>>, Error> {
    let fit = || damaged("message", row);
    let number = |name: &str| -> Result<Option<u32>, Error> {
        column::<Option<i64>>(row, name)?.map(|number| number.try_into().map_err(|_| fit())).transpose()
    };
    let Some(at) = number("group_at")? else { return Ok(None) };
    let length = number("group_length")?.ok_or_else(fit)?;
    let members: String = column(row, "group_members")?;
    let members = members.split_whitespace().map(|id| Some(MemberId(Seq(id.parse().ok()?))));
    let members: Option<Vec<MemberId>> = members.collect();
    let group = members.and_then(|members| GroupMention::from_storage(body, at, length, members));
    Ok(Some(Arc::new(group.ok_or_else(fit)?)))
}

/// Parses `at length member` of each mention, with commas between. `None` where they do not fit the message.
fn mentions_from_row(body: &Body, rows: Option<String>) -> Option<Mentions> {
    let Some(rows) = rows else { return Some(Mentions::default()) };
    let mention = |row: &str| {
        let mut numbers = row.split(' ');
        let (at, length) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        let member = MemberId(Seq(numbers.next()?.parse().ok()?));
        Some(Mention { at, length, member })
    };
    Mentions::from_storage(body, rows.split(',').map(mention).collect::<Option<_>>()?)
}

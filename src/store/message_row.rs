//! Rows of messages, with what other tables have of them.

use std::mem;
use std::sync::Arc;

use super::rows::{column, damaged, id, member_id, room_id, seq, time};
use super::sql::{Error, Row, Sql, Value};
use super::{files, reactions};
use crate::chat::{
    Amendments, Body, Excerpt, Files, GroupMention, MemberId, Mention, Mentions, Message, Nonce, Pin, Quote,
    Reactions, Seq, Timestamp,
};

/// The columns of `messages` that [`draft`] reads.
pub(super) const MESSAGE: &str = "messages.*, (SELECT string_agg(at || ' ' || length || ' ' || member, ',')
    FROM mentions WHERE message = messages.id) AS mentions,
    EXISTS (SELECT 1 FROM files WHERE message = messages.id) AS has_files,
    EXISTS (SELECT 1 FROM reactions WHERE message = messages.id) AS has_reactions";

/// Messages whose files and reactions are asked for together: all of a restored history have many.
const COMPLETED_AT_ONCE: usize = 256;

/// A message whose files and reactions are still to be asked for.
#[derive(Clone)]
pub(super) struct Draft {
    message: Message,
    has_files: bool,
    has_reactions: bool,
}

/// Reads the messages of a question that is asked with each of these sets of values, in the order of its answers.
pub(super) fn messages<'v>(
    sql: &impl Sql,
    question: &str,
    sets: &[impl AsRef<[Value<'v>]>],
) -> Result<Vec<Message>, Error> {
    let (mut messages, mut drafts) = (Vec::new(), Vec::new());
    sql.each_of(question, sets, |row| {
        drafts.push(draft(row)?);
        if drafts.len() == COMPLETED_AT_ONCE {
            messages.append(&mut complete(sql, mem::take(&mut drafts))?);
        }
        Ok(())
    })?;
    messages.append(&mut complete(sql, drafts)?);
    Ok(messages)
}

/// Asks for the files and the reactions of those that have some.
pub(super) fn complete(sql: &impl Sql, drafts: Vec<Draft>) -> Result<Vec<Message>, Error> {
    let those = |has: fn(&Draft) -> bool| -> Vec<Seq> {
        drafts.iter().filter(|draft| has(draft)).map(|draft| draft.message.id).collect()
    };
    let mut files = files::of_messages(sql, &those(|draft| draft.has_files))?;
    let mut reactions = reactions::of_messages(sql, &those(|draft| draft.has_reactions))?;
    let completed = drafts.into_iter().map(|Draft { mut message, .. }| {
        if let Some(files) = files.remove(&message.id) {
            message.files = files.into();
        }
        if let Some(reactions) = reactions.remove(&message.id) {
            message.amendments.reactions = Reactions::from_storage(reactions);
        }
        message
    });
    Ok(completed.collect())
}

pub(super) fn draft(row: &Row) -> Result<Draft, Error> {
    let (has_files, has_reactions) = (column(row, "has_files")?, column(row, "has_reactions")?);
    Ok(Draft { message: message(row, has_files)?, has_files, has_reactions })
}

/// Reads a message without its files and reactions.
fn message(row: &Row, has_files: bool) -> Result<Message, Error> {
    let fit = || damaged("message", row);
    let text = column::<String>(row, "text")?;
    let all_files = text.is_empty() && has_files;
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
        files: Files::default(),
        amendments: Amendments {
            edited: column::<Option<i64>>(row, "edited_at")?.map(Timestamp),
            reactions: Reactions::default(),
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

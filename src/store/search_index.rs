//! The full-text index: the words of each message and its files' names, without the texts.
//!
//! The messages of a room lie in blocks of consecutive ids (`word_blocks`), and each term in the index begins with
//! the id of its block. So a search touches the words of those rooms alone that are searched, and each question to
//! the index costs no more than a block, however long the chat is.

use std::borrow::Cow;
use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::files;
use super::rows::{number, seq};
use crate::chat::{INDEX_FORM, Message, Seq, index_terms, searchable_text};
use crate::log::log;

/// Size of a block: bytes of what is searched, and for each message [`MESSAGE`] more. An edit may make it twice as much.
const BLOCK: i64 = 256 * 1024;
const MESSAGE: i64 = 64;
/// Rooms whose newest block is remembered.
const ROOMS_MAX: usize = 1_000;

/// The newest block of rooms, and what it holds, so that a new message needs no look at the ones before.
/// To be forgotten where a transaction is not committed.
#[derive(Default)]
pub(super) struct Blocks(HashMap<i64, Block>);

#[derive(Clone, Copy)]
struct Block {
    first: i64,
    held: i64,
}

impl Blocks {
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// The block for a new message of a room.
    fn of_new(&mut self, change: &Transaction, room: i64, message: i64, text: &str) -> rusqlite::Result<i64> {
        let newest = match self.0.get(&room) {
            Some(block) => Some(*block),
            None => newest_block(change, room, message)?,
        };
        let more = weight(text);
        let block = match newest {
            Some(Block { first, held }) if held + more <= BLOCK => Block { first, held: held + more },
            _ => {
                begin_block(change, room, message)?;
                Block { first: message, held: more }
            }
        };
        if self.0.len() >= ROOMS_MAX {
            self.forget();
        }
        self.0.insert(room, block);
        Ok(block.first)
    }
}

fn weight(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX).saturating_add(MESSAGE)
}

fn newest_block(change: &Transaction, room: i64, message: i64) -> rusqlite::Result<Option<Block>> {
    let Some(first) = block_of(change, room, message)? else { return Ok(None) };
    Ok(Some(Block { first, held: held(change, room, first, message)? }))
}

/// The block of a message, or of one that would have this id.
pub(super) fn block_of(connection: &Connection, room: i64, message: i64) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT max(first) FROM word_blocks WHERE room = ?1 AND first <= ?2";
    connection.prepare_cached(sql)?.query_row([room, message], |row| row.get(0))
}

fn begin_block(change: &Transaction, room: i64, first: i64) -> rusqlite::Result<usize> {
    change.prepare_cached("INSERT INTO word_blocks (room, first) VALUES (?1, ?2)")?.execute([room, first])
}

/// Adds up the sizes of a room's messages from `first` to before `end`, as [`weight`] counts.
fn held(change: &Transaction, room: i64, first: i64, end: i64) -> rusqlite::Result<i64> {
    let sql = "SELECT coalesce(sum(octet_length(text) + ?4 + coalesce((
            SELECT sum(octet_length(name) + octet_length(alt) + 2) FROM files WHERE message = messages.id
        ), 0)), 0) FROM messages WHERE room = ?1 AND id >= ?2 AND id < ?3";
    change.prepare_cached(sql)?.query_row([room, first, end, MESSAGE], |row| row.get(0))
}

/// Writes the index anew where another snug wrote it in another form: it could neither be searched rightly
/// nor told what to forget.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> rusqlite::Result<()> {
    let form: i64 = connection.query_row("SELECT words_form FROM numbering", [], |row| row.get(0))?;
    if form == INDEX_FORM {
        return Ok(());
    }
    let change = connection.transaction()?;
    let messages: i64 = change.query_row("SELECT count(*) FROM messages", [], |row| row.get(0))?;
    if messages > 0 {
        log(format_args!("the words of {messages} messages are written down for search"));
    }
    change.execute("INSERT INTO words (words) VALUES ('delete-all')", [])?;
    change.execute("DELETE FROM word_blocks", [])?;
    {
        let mut blocks = Blocks::default();
        let mut query = change.prepare("SELECT id, room, text FROM messages ORDER BY id")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (message, room): (i64, i64) = (row.get(0)?, row.get(1)?);
            // What is damaged is told where it is read.
            let Ok(text) = row.get_ref(2)?.as_str() else { continue };
            let text = with_files(&change, message, text)?;
            let block = blocks.of_new(&change, room, message, &text)?;
            tell(&change, ADD, message, block, &text)?;
        }
    }
    change.execute("UPDATE numbering SET words_form = ?1", [INDEX_FORM])?;
    change.commit()
}

const ADD: &str = "INSERT INTO words (rowid, terms) VALUES (?1, ?2)";
/// The index has to be told what it knows of it.
const REMOVE: &str = "INSERT INTO words (words, rowid, terms) VALUES ('delete', ?1, ?2)";

fn tell(change: &Transaction, sql: &str, message: i64, block: i64, text: &str) -> rusqlite::Result<usize> {
    change.prepare_cached(sql)?.execute(params![message, index_terms(&prefix(block), text)])
}

/// The beginning of each term of a block. A digit never follows, so none is the beginning of another.
pub(super) fn prefix(block: i64) -> String {
    format!("{block}x")
}

/// Lets search find a new message.
pub(super) fn add(change: &Transaction, blocks: &mut Blocks, message: &Message) -> rusqlite::Result<usize> {
    let (id, text) = (number(message.id), message.searchable_text());
    let block = blocks.of_new(change, number(message.room.0), id, &text)?;
    tell(change, ADD, id, block, &text)
}

/// Takes a message out of what search finds, before its text or one of its files goes.
pub(super) fn remove(change: &Transaction, message: Seq) -> rusqlite::Result<()> {
    let Some((room, text)) = room_and_text(change, message)? else { return Ok(()) };
    let Some(block) = block_of(change, room, number(message))? else { return Ok(()) };
    tell(change, REMOVE, number(message), block, &text).map(drop)
}

/// Lets search find a message by what it is now.
pub(super) fn put_back(change: &Transaction, blocks: &mut Blocks, message: Seq) -> rusqlite::Result<()> {
    let Some((room, text)) = room_and_text(change, message)? else { return Ok(()) };
    let Some(block) = block_of(change, room, number(message))? else { return Ok(()) };
    tell(change, ADD, number(message), block, &text)?;
    let sql = "SELECT min(first) FROM word_blocks WHERE room = ?1 AND first > ?2";
    let next: Option<i64> = change.prepare_cached(sql)?.query_row([room, block], |row| row.get(0))?;
    let end = next.unwrap_or(i64::MAX);
    if held(change, room, block, end)? > 2 * BLOCK {
        blocks.0.remove(&room);
        split(change, room, block, end)?;
    }
    Ok(())
}

fn room_and_text(change: &Transaction, message: Seq) -> rusqlite::Result<Option<(i64, String)>> {
    let sql = "SELECT room, text FROM messages WHERE id = ?1";
    let mut query = change.prepare_cached(sql)?;
    let found = query.query_row([number(message)], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)));
    let Some((room, text)) = found.optional()? else { return Ok(None) };
    Ok(Some((room, with_files(change, number(message), &text)?.into_owned())))
}

/// What is searched of a message with this text.
fn with_files<'t>(change: &Transaction, message: i64, text: &'t str) -> rusqlite::Result<Cow<'t, str>> {
    Ok(searchable_text(text, files::texts_of_message(change, seq(message))?.into_iter()))
}

/// Makes blocks out of one that edits have made too large.
fn split(change: &Transaction, room: i64, first: i64, end: i64) -> rusqlite::Result<()> {
    let sql = "SELECT id, text FROM messages WHERE room = ?1 AND id >= ?2 AND id < ?3 ORDER BY id";
    let messages: Vec<(i64, String)> = change
        .prepare(sql)?
        .query_map([room, first, end], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let (mut block, mut held) = (first, 0);
    for (message, text) in messages {
        let text = with_files(change, message, &text)?;
        if held > 0 && held + weight(&text) > BLOCK {
            begin_block(change, room, message)?;
            (block, held) = (message, 0);
        }
        held += weight(&text);
        if block != first {
            tell(change, REMOVE, message, first, &text)?;
            tell(change, ADD, message, block, &text)?;
        }
    }
    Ok(())
}

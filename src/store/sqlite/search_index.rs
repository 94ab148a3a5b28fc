//! The full-text index: the words of each message and its files' names, without the texts.
//!
//! The messages of a room lie in blocks of consecutive ids (`word_blocks`), and each term in the index begins with
//! the id of its block. So a search touches the words of those rooms alone that are searched, and each question to
//! the index costs no more than a block, however long the chat is.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::chat::{INDEX_FORM, Message, Query, RoomId, Seq, Term, index_terms};
use crate::log::log;
use crate::store::rows::{id, seq};
use crate::store::search::{
    Asked, CANDIDATES, Candidates, SearchIndex, Searchable, searched_text, with_files,
};
use crate::store::sql::{Error, Sql, number, values};

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
    fn of_new(&mut self, change: &Connection, room: i64, message: i64, text: &str) -> Result<i64, Error> {
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

fn newest_block(change: &Connection, room: i64, message: i64) -> Result<Option<Block>, Error> {
    let Some(first) = block_of(change, room, message)? else { return Ok(None) };
    Ok(Some(Block { first, held: held(change, room, first, message)? }))
}

/// The block of a message, or of one that would have this id.
fn block_of(connection: &Connection, room: i64, message: i64) -> Result<Option<i64>, Error> {
    let sql = "SELECT max(first) FROM word_blocks WHERE room = ?1 AND first <= ?2";
    Ok(connection.prepare_cached(sql)?.query_row([room, message], |row| row.get(0))?)
}

fn begin_block(change: &Connection, room: i64, first: i64) -> Result<(), Error> {
    change.run("INSERT INTO word_blocks (room, first) VALUES (?1, ?2)", values![room, first])
}

/// Adds up the sizes of a room's messages from `first` to before `end`, as [`weight`] counts.
fn held(change: &Connection, room: i64, first: i64, end: i64) -> Result<i64, Error> {
    let sql = "SELECT coalesce(sum(octet_length(text) + ?4 + coalesce((
            SELECT sum(octet_length(name) + octet_length(alt) + 2) FROM files WHERE message = messages.id
        ), 0)), 0) FROM messages WHERE room = ?1 AND id >= ?2 AND id < ?3";
    Ok(change.prepare_cached(sql)?.query_row([room, first, end, MESSAGE], |row| row.get(0))?)
}

/// Writes the index anew where another snug wrote it in another form: it could neither be searched rightly
/// nor told what to forget.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), Error> {
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
            let text = with_files(&*change, seq(message), text)?;
            let block = blocks.of_new(&change, room, message, &text)?;
            tell(&change, ADD, message, block, &text)?;
        }
    }
    change.execute("UPDATE numbering SET words_form = ?1", [INDEX_FORM])?;
    Ok(change.commit()?)
}

const ADD: &str = "INSERT INTO words (rowid, terms) VALUES (?1, ?2)";
/// The index has to be told what it knows of it.
const REMOVE: &str = "INSERT INTO words (words, rowid, terms) VALUES ('delete', ?1, ?2)";

fn tell(change: &Connection, sql: &str, message: i64, block: i64, text: &str) -> Result<(), Error> {
    change.run(sql, values![message, index_terms(&prefix(block), text).as_str()])
}

/// The beginning of each term of a block. A digit never follows, so none is the beginning of another.
fn prefix(block: i64) -> String {
    format!("{block}x")
}

impl SearchIndex<Connection> for Blocks {
    fn add(&mut self, sql: &Connection, message: &Message) -> Result<(), Error> {
        let (id, text) = (number(message.id), message.searchable_text());
        let block = self.of_new(sql, number(message.room.0), id, &text)?;
        tell(sql, ADD, id, block, &text)
    }

    fn remove(&mut self, sql: &Connection, message: Seq) -> Result<(), Error> {
        let Some((room, text)) = searched_text(sql, message)? else { return Ok(()) };
        let Some(block) = block_of(sql, number(room.0), number(message))? else { return Ok(()) };
        tell(sql, REMOVE, number(message), block, &text)
    }

    fn put_back(&mut self, sql: &Connection, message: Seq) -> Result<(), Error> {
        let Some((room, text)) = searched_text(sql, message)? else { return Ok(()) };
        let room = number(room.0);
        let Some(block) = block_of(sql, room, number(message))? else { return Ok(()) };
        tell(sql, ADD, number(message), block, &text)?;
        let next = "SELECT min(first) FROM word_blocks WHERE room = ?1 AND first > ?2";
        let next: Option<i64> = sql.prepare_cached(next)?.query_row([room, block], |row| row.get(0))?;
        let end = next.unwrap_or(i64::MAX);
        if held(sql, room, block, end)? > 2 * BLOCK {
            self.0.remove(&room);
            split(sql, room, block, end)?;
        }
        Ok(())
    }

    fn remove_room(&mut self, sql: &Connection, room: RoomId) -> Result<(), Error> {
        let messages = sql.all("SELECT id FROM messages WHERE room = ?1", values![room], id)?;
        messages.into_iter().try_for_each(|message| self.remove(sql, message))?;
        sql.run("DELETE FROM word_blocks WHERE room = ?1", values![room])?;
        self.forget();
        Ok(())
    }
}

impl Searchable for Connection {
    const LOOKS_AT_ONCE: usize = 1;

    fn candidates(&self, asked: &[Asked]) -> Result<Vec<Candidates>, Error> {
        asked.iter().map(|asked| candidates(self, asked)).collect()
    }
}

fn candidates(sql: &Connection, &Asked { words, author, room, up_to }: &Asked) -> Result<Candidates, Error> {
    let Some(block) = block_of(sql, number(room.0), up_to)? else {
        return Ok(Candidates::found(Vec::new(), 0));
    };
    // The author's ids of a block are fewer than the messages that have the words, and come from an index alone.
    let newest =
        "SELECT rowid AS id FROM words WHERE words MATCH ?1 AND rowid <= ?2 AND (?4 IS NULL OR +rowid IN
            (SELECT id FROM messages WHERE author = ?4 AND room = ?5 AND id BETWEEN ?6 AND ?2))
            ORDER BY rowid DESC LIMIT ?3";
    let asked = in_block(words, block);
    let values = values![asked.as_str(), up_to, CANDIDATES, author, room, block];
    Ok(Candidates::found(sql.all(newest, values, |row| row.get("id"))?, block))
}

/// Returns the FTS5 query for the words in a block. Terms are letters, digits and signs alone: nothing in them ends
/// the quotes.
fn in_block(words: &Query, block: i64) -> String {
    let prefix = prefix(block);
    let terms = words.terms().into_iter().map(|Term { text, whole }| {
        let end = if whole { "" } else { "*" };
        format!("\"{prefix}{text}\"{end}")
    });
    terms.collect::<Vec<_>>().join(" AND ")
}

/// Makes blocks out of one that edits have made too large.
fn split(change: &Connection, room: i64, first: i64, end: i64) -> Result<(), Error> {
    let sql = "SELECT id, text FROM messages WHERE room = ?1 AND id >= ?2 AND id < ?3 ORDER BY id";
    let messages: Vec<(i64, String)> = change
        .prepare(sql)?
        .query_map([room, first, end], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let (mut block, mut held) = (first, 0);
    for (message, text) in messages {
        let text = with_files(change, seq(message), &text)?;
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

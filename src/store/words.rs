//! What search asks: the words of each message, in an index that only knows them.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::rows::number;
use crate::chat::{Body, INDEX_FORM, Seq, index_terms};
use crate::log::log;

/// Writes the index anew where another snug wrote it in another form: it could neither be searched rightly
/// nor told what to forget.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> rusqlite::Result<()> {
    let form: i64 = connection.query_row("SELECT words_form FROM numbering", [], |row| row.get(0))?;
    if form == INDEX_FORM {
        return Ok(());
    }
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("index_terms", 1, flags, |context| {
        Ok(index_terms(context.get_raw(0).as_str()?))
    })?;
    let change = connection.transaction()?;
    let messages: i64 = change.query_row("SELECT count(*) FROM messages", [], |row| row.get(0))?;
    if messages > 0 {
        log(format_args!("the words of {messages} messages are written down for search"));
    }
    change.execute("INSERT INTO words (words) VALUES ('delete-all')", [])?;
    change.execute("INSERT INTO words (rowid, terms) SELECT id, index_terms(text) FROM messages", [])?;
    change.execute("UPDATE numbering SET words_form = ?1", [INDEX_FORM])?;
    change.commit()?;
    connection.remove_function("index_terms", 1)
}

/// Lets search find a message.
pub(super) fn add(change: &Transaction, message: Seq, body: &Body) -> rusqlite::Result<usize> {
    let sql = "INSERT INTO words (rowid, terms) VALUES (?1, ?2)";
    change.prepare_cached(sql)?.execute(params![number(message), index_terms(body.as_str())])
}

/// Takes a message out of what search finds; the index has to be told what it knows of it.
pub(super) fn remove(change: &Transaction, message: Seq) -> rusqlite::Result<()> {
    let sql = "SELECT text FROM messages WHERE id = ?1";
    let text: Option<String> = change.query_row(sql, [number(message)], |row| row.get(0)).optional()?;
    let Some(text) = text else { return Ok(()) };
    let sql = "INSERT INTO words (words, rowid, terms) VALUES ('delete', ?1, ?2)";
    change.prepare_cached(sql)?.execute(params![number(message), index_terms(&text)])?;
    Ok(())
}

//! The words of messages, as lexemes under a GIN index.
//!
//! Each lexeme begins with its room and with the range of numbers in which its message is. So a search touches the words
//! of those rooms alone that are searched, and each question to the index costs no more than a range, however long the
//! chat is.

use super::connection::Connection;
use crate::chat::{INDEX_FORM, MemberId, Message, Query, RoomId, Seq, Term, index_terms};
use crate::log::log;
use crate::store::rows::{id, room_id};
use crate::store::search::{
    Asked, CANDIDATES, Candidates, SearchIndex, Searchable, searched_text, with_files,
};
use crate::store::sql::{Error, Row, Sql, Value, number, values};

/// Numbers in a range: a power of two, so that ranges of another size would never begin in the middle of one.
const RANGE: i64 = 16_384;
/// Messages whose words are written anew in one transaction.
const PART: i64 = 500;

/// Messages whose words are removed at once with their room.
const REMOVED: i64 = 1_000;

/// The table of words.
pub(super) struct Words;

impl SearchIndex<Connection> for Words {
    fn add(&mut self, sql: &Connection, message: &Message) -> Result<(), Error> {
        write(sql, message.id, message.room, &message.searchable_text())
    }

    fn remove(&mut self, sql: &Connection, message: Seq) -> Result<(), Error> {
        sql.run("DELETE FROM words WHERE message = ?1", values![message])
    }

    fn put_back(&mut self, sql: &Connection, message: Seq) -> Result<(), Error> {
        let Some((room, text)) = searched_text(sql, message)? else { return Ok(()) };
        write(sql, message, room, &text)
    }

    fn remove_room(&mut self, sql: &Connection, room: RoomId) -> Result<(), Error> {
        // The words of many messages lie in as many pages: each part is answered in time. Without this setting, a planner
        // that knows nothing of new tables yet would sort all that is left for each.
        sql.run("SET LOCAL enable_bitmapscan = off", values![])?;
        let part = "WITH part AS (SELECT id FROM messages WHERE room = ?1 AND id > ?2 ORDER BY id LIMIT ?3),
            gone AS (DELETE FROM words USING part WHERE message = part.id)
            SELECT max(id) AS last FROM part";
        let mut next = Some(-1);
        while let Some(last) = next {
            next = sql.one(part, values![room, last, REMOVED], |row| row.get("last"))?.flatten();
        }
        Ok(())
    }
}

fn write(sql: &Connection, message: Seq, room: RoomId, text: &str) -> Result<(), Error> {
    let terms = index_terms(&prefix(room, first_of_range(number(message))), text);
    sql.run(
        "INSERT INTO words (message, form, terms)
         VALUES (?1, ?2, array_to_tsvector(string_to_array(CAST(?3 AS TEXT), ' ')))
         ON CONFLICT (message) DO UPDATE SET form = excluded.form, terms = excluded.terms",
        values![message, INDEX_FORM, terms.as_str()],
    )
}

fn first_of_range(message: i64) -> i64 {
    message - message.rem_euclid(RANGE)
}

/// The beginning of each term of a room's messages in a range. No other is the beginning of it.
fn prefix(room: RoomId, first: i64) -> String {
    format!("{}x{}x", room.0, first / RANGE)
}

/// Writes the words anew that another snug wrote in another form: they could not be searched rightly.
///
/// While nodes of two versions are at work, each finds less of what the other wrote.
pub(super) fn bring_up_to_date(connection: &Connection) -> Result<(), Error> {
    let count = "SELECT count(*) AS count FROM words WHERE form <> ?1";
    let count: Option<i64> = connection.one(count, values![INDEX_FORM], |row| row.get("count"))?;
    if let Some(count @ 1..) = count {
        log(format_args!("the words of {count} messages are written down for search"));
        while connection.transaction("BEGIN", write_anew)? {}
    }
    Ok(())
}

/// Returns whether there was anything to do. Locks: the rows, before whoever edits a message takes its words out.
fn write_anew(connection: &Connection) -> Result<bool, Error> {
    let outdated = "SELECT id, room, text FROM words JOIN messages ON id = message WHERE form <> ?1 LIMIT ?2
        FOR UPDATE OF words";
    let messages = connection.all(outdated, values![INDEX_FORM, PART], |row| {
        Ok((id(row)?, room_id(row)?, row.get::<String>("text")?))
    })?;
    for (message, room, text) in &messages {
        write(connection, *message, *room, &with_files(connection, *message, text)?)?;
    }
    Ok(!messages.is_empty())
}

impl Searchable for Connection {
    const LOOKS_AT_ONCE: usize = 16;

    fn candidates(&self, asked: &[Asked]) -> Result<Vec<Candidates>, Error> {
        let questions: Vec<_> = asked.iter().map(|asked| Question::of("", asked)).collect();
        let values: Vec<_> = questions.iter().map(Question::values).collect();
        let asked = questions.iter().zip(&values).map(|(question, values)| (&*question.sql, &values[..]));
        let answers = self.ask_many(&asked.collect::<Vec<_>>())?;
        let candidates = answers.iter().zip(&questions).map(|(rows, question)| {
            let ids = rows.iter().map(|row| Row::Postgres(row).get("id")).collect::<Result<_, _>>()?;
            Ok(Candidates::found(ids, question.first))
        });
        candidates.collect()
    }
}

/// Asks for the candidates of a range.
pub(super) struct Question {
    pub(super) sql: String,
    /// In the index's own form.
    words: String,
    author: Option<MemberId>,
    room: RoomId,
    /// The range.
    first: i64,
    up_to: i64,
}

impl Question {
    /// `explain` may stand before it.
    pub(super) fn of(explain: &str, &Asked { words, author, room, up_to }: &Asked) -> Self {
        // By the words first, whatever the planner thinks of their number: the way back through all messages would take
        // longer where much is said elsewhere.
        let by_author = if author.is_some() {
            "AND message IN (SELECT id FROM messages WHERE author = ?4 AND room = ?5 AND id BETWEEN ?6 AND ?2)"
        } else {
            ""
        };
        let sql = format!(
            "{explain} WITH found AS MATERIALIZED (
                SELECT message FROM words WHERE terms @@ CAST(CAST(?1 AS TEXT) AS TSQUERY))
            SELECT message AS id FROM found WHERE message <= ?2 {by_author} ORDER BY message DESC LIMIT ?3"
        );
        let first = first_of_range(up_to);
        Self { sql, words: in_range(words, room, first), author, room, first, up_to }
    }

    pub(super) fn values(&self) -> Vec<Value<'_>> {
        let mut values = values![self.words.as_str(), self.up_to, CANDIDATES].to_vec();
        if let Some(author) = self.author {
            values.extend(values![author, self.room, self.first]);
        }
        values
    }
}

/// Returns the query for the words of a room in a range of numbers.
fn in_range(words: &Query, room: RoomId, first: i64) -> String {
    let prefix = prefix(room, first);
    let terms = words.terms().into_iter().map(|Term { text, whole }| {
        let text = text.replace('\\', r"\\").replace('\'', "''");
        let end = if whole { "" } else { ":*" };
        format!("'{prefix}{text}'{end}")
    });
    terms.collect::<Vec<_>>().join(" & ")
}

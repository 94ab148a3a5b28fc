//! Search in a database, at a cost that tells nothing of what may not be seen.

use super::archive::DatabaseReader;
use super::connection::Connection;
use super::engine::Engine;
use super::search::Words;
use super::tests::database;
use super::url::DatabaseUrl;
use super::{schema, search};
use crate::chat::{Archive, MemberId, Query, Record, RoomId, Seq};
use crate::store::journal;
use crate::store::search::{Asked, SearchIndex as _};
use crate::store::search_tests::{TestChat, have_a_secret};
use crate::store::sql::{Sql as _, values};

pub(in crate::store) struct DatabaseChat(Connection);

impl DatabaseChat {
    pub(in crate::store) fn new() -> Option<Self> {
        let engine = Engine::open(DatabaseUrl::parse(&database()?.url).unwrap()).unwrap();
        let connection = Connection::new(&engine);
        schema::bring_up_to_date(&connection).unwrap();
        Some(Self(connection))
    }
}

impl TestChat for DatabaseChat {
    fn keep(&mut self, records: &[Record]) {
        let write =
            |sql: &Connection| records.iter().try_for_each(|record| journal::write(sql, &mut Words, record));
        self.0.transaction("BEGIN", write).unwrap();
    }

    fn archive(&self) -> Box<dyn Archive> {
        Box::new(DatabaseReader::new(self.0.engine()))
    }

    fn reopen_with_words_of_another_form(&mut self) {
        self.0.run("UPDATE words SET form = 1, terms = array_to_tsvector('{former}')", values![]).unwrap();
        search::bring_up_to_date(&self.0).unwrap();
    }

    fn check(&self) {
        let lost = "SELECT count(*) AS count FROM messages FULL JOIN words ON words.message = messages.id
            WHERE words.message IS NULL OR messages.id IS NULL";
        assert_eq!(self.0.one(lost, values![], |row| row.get::<i64>("count")).unwrap(), Some(0));
    }
}

/// The pages that a question to the index touches: a measure of its work that is the same each time.
fn pages(sql: &Connection, words: &str, author: Option<u64>) -> String {
    let (words, author) = (Query::of(words), author.map(|author| MemberId(Seq(author))));
    let asked = Asked { words: &words, author, room: RoomId::SHARED, up_to: 4_000 };
    let question = search::Question::of("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF)", &asked);
    let plan = sql.all(&question.sql, &question.values(), |row| row.get::<String>("QUERY PLAN")).unwrap();
    assert!(plan.iter().any(|line| line.contains("words_by_term")), "{plan:#?}");
    plan.into_iter().find(|line| line.contains("Buffers: ")).unwrap()
}

#[test]
fn what_is_said_where_one_does_not_look_costs_nothing() {
    let Some(mut chat) = DatabaseChat::new() else { return };
    let bob = 2;
    have_a_secret(&mut chat);
    // The table is too small for the planner to think of the index.
    chat.0.batch("SET enable_seqscan = off").unwrap();
    chat.0.batch("VACUUM words").unwrap();
    let cost = |words: &str, author| pages(&chat.0, words, author);
    let _ = cost("bread", None);
    for (said, never) in [("secret", "forest"), ("s", "f"), ("secret of mine", "forest of mine")] {
        assert_eq!(cost(said, None), cost(never, None), "{said} is said there, {never} is not");
    }
    // The one who writes there and nowhere else is as one who writes nowhere.
    for words in ["dinner", "secret"] {
        assert_eq!(cost(words, Some(bob)), cost(words, Some(99)), "{words:?}");
    }
}

#[test]
fn the_words_of_a_room_go_with_it_however_many_there_are() {
    let Some(mut chat) = DatabaseChat::new() else { return };
    have_a_secret(&mut chat);
    chat.0.transaction("BEGIN", |sql| Words.remove_room(sql, RoomId(Seq(3)))).unwrap();
    let left = "SELECT count(*) AS count, count(*) FILTER (WHERE room = 0) AS shared
        FROM words JOIN messages ON id = message";
    let left = chat.0.one(left, values![], |row| Ok((row.get::<i64>("count")?, row.get::<i64>("shared")?)));
    assert_eq!(left.unwrap(), Some((400, 400)));
}

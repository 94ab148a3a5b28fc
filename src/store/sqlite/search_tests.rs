//! Search in a file, at a cost that tells nothing of what may not be seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::tests::Folder;
use super::*;
use crate::chat::{Archive, Record, Search, SearchResults};
use crate::store::search::{Asked, Candidates, SearchRun, Searchable};
use crate::store::search_tests::{
    LIMIT, TestChat, all, check_long_edits, have_a_secret, registered, search, with_file,
};
use crate::store::sql::{Error, Row, Sql, Value};

pub(in crate::store) struct FileChat {
    /// Dropped before its folder is.
    store: Option<Store>,
    folder: Folder,
}

impl FileChat {
    pub(in crate::store) fn new() -> Self {
        let folder = Folder::new();
        Self { store: Some(folder.open().unwrap()), folder }
    }
}

impl TestChat for FileChat {
    fn keep(&mut self, records: &[Record]) {
        self.store.as_mut().unwrap().keep(records).unwrap();
    }

    fn archive(&self) -> Box<dyn Archive> {
        Box::new(DatabaseReader::open(&self.folder.file()).unwrap())
    }

    fn reopen_with_words_of_another_form(&mut self) {
        self.store = None;
        let file = Connection::open(self.folder.file()).unwrap();
        file.execute("UPDATE numbering SET words_form = 1", []).unwrap();
        drop(file);
        self.store = Some(self.folder.open().unwrap());
    }

    fn check(&self) {
        assert_eq!(DatabaseReader::open(&self.folder.file()).unwrap().faults().unwrap(), [""; 0]);
    }
}

/// The steps of SQLite's that a search takes: a measure of its work that is the same each time.
fn steps(reader: &mut DatabaseReader, search: &Search) -> u64 {
    let count = Arc::<AtomicU64>::default();
    let counter = Arc::clone(&count);
    let step = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        false
    };
    reader.connection.progress_handler(1, Some(step)).unwrap();
    reader.search(search, LIMIT, Instant::now() + Duration::from_secs(60)).unwrap();
    count.load(Ordering::Relaxed)
}

fn blocks(chat: &FileChat) -> i64 {
    let file = Connection::open(chat.folder.file()).unwrap();
    file.query_row("SELECT count(*) FROM word_blocks", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_said_where_one_does_not_look_costs_nothing() {
    let mut chat = FileChat::new();
    let (ann, bob, hidden) = (1, 2, 3);
    have_a_secret(&mut chat);
    let mut reader = DatabaseReader::open(&chat.folder.file()).unwrap();
    let mut cost = |words: &str, author| steps(&mut reader, &search(words, author, &[0]));
    // The first ones read the index's own list of pages.
    let _ = (cost("bread", None), cost("bread", Some(ann)), cost("", Some(ann)));
    for (said, never) in [("secret", "forest"), ("s", "f"), ("secret of mine", "forest of mine")] {
        assert_eq!(cost(said, None), cost(never, None), "{said} is said there, {never} is not");
    }
    // The one who writes there and nowhere else is as one who writes nowhere.
    for words in ["", "dinner", "secret"] {
        assert_eq!(cost(words, Some(bob)), cost(words, Some(99)), "{words:?}");
    }
    assert_eq!(all(&reader, search("secret", None, &[0, hidden])).len(), 4_000);
    assert_eq!(all(&reader, search("", Some(bob), &[0, hidden])).len(), 4_000);
}

#[test]
fn blocks_that_edits_have_made_too_large_are_divided() {
    let mut chat = FileChat::new();
    check_long_edits(&mut chat);
    // One for each room, before.
    assert!(blocks(&chat) > 2, "{}", blocks(&chat));
}

/// A connection that is lost when it is asked for the files of a message.
struct LostOnFiles<'a>(&'a Connection);

impl Sql for LostOnFiles<'_> {
    fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<(), Error> {
        self.0.run(sql, values)
    }

    fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        visit: impl FnMut(&Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if sql.starts_with("SELECT * FROM files") {
            return Err(Error::Other("lost".into()));
        }
        self.0.each(sql, values, visit)
    }
}

impl Searchable for LostOnFiles<'_> {
    const LOOKS_AT_ONCE: usize = 1;

    fn candidates(&self, asked: &[Asked]) -> Result<Vec<Candidates>, Error> {
        self.0.candidates(asked)
    }
}

#[test]
fn a_damaged_message_is_left_out_and_a_lost_connection_fails_the_search() {
    let mut chat = FileChat::new();
    chat.keep(&[registered(1, "ann"), with_file(3, "look", "a.pdf", ""), with_file(5, "look", "b.pdf", "")]);
    let reader = DatabaseReader::open(&chat.folder.file()).unwrap();
    let look = search("look", None, &[0]);
    let mut found = SearchResults::nothing(None);
    let late = Instant::now() + Duration::from_secs(60);
    let lost = SearchRun::new(&LostOnFiles(&reader.connection), &look).run(LIMIT, late, &mut found);
    assert!(matches!(lost, Err(Error::Other(why)) if why == "lost"));
    assert_eq!(all(&reader, search("look", None, &[0])), [5, 3]);
    let file = Connection::open(chat.folder.file()).unwrap();
    file.execute("UPDATE files SET type = 'none' WHERE message = 5", []).unwrap();
    assert_eq!(all(&reader, look), [3]);
}

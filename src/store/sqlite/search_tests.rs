//! Search in a file, at a cost that tells nothing of what may not be seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::tests::Folder;
use super::*;
use crate::chat::{Archive, Record, Search};
use crate::store::search_tests::{LIMIT, TestChat, all, check_long_edits, have_a_secret, search};

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

//! Search in a file: all that may be seen is found, at a cost that tells nothing of the rest.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::tests::{Folder, registered};
use super::*;
use crate::chat::{
    AltText, Archive, Body, Event, FileId, FileKey, FileName, FileRecord, Files, MemberId, Mentions, Query,
    Record, RoomId, Search, Seq, Timestamp, Topic,
};
use crate::media::FileType;

const LIMIT: usize = 50;

fn at(seq: u64, event: Event) -> Record {
    Record { seq: Seq(seq), at: Timestamp(0), event }
}

fn posted(seq: u64, author: u64, room: u64, text: &str) -> Record {
    let (author, room) = (MemberId(Seq(author)), RoomId(Seq(room)));
    posted_with(seq, (author, room), Body::parse(text).unwrap(), Files::default())
}

fn posted_with(seq: u64, (author, room): (MemberId, RoomId), body: Body, files: Files) -> Record {
    let (mentions, amendments) = (Mentions::default(), crate::chat::Amendments::default());
    at(
        seq,
        Event::Posted {
            author,
            room,
            body,
            mentions,
            files,
            group: None,
            quote: None,
            nonce: None,
            amendments,
        },
    )
}

fn opened(seq: u64) -> Record {
    let (name, topic) = (crate::chat::RoomName::parse("Hall").unwrap(), Topic::parse("").unwrap());
    at(seq, Event::RoomOpened { by: None, name, topic, open: false })
}

fn search(words: &str, author: Option<u64>, rooms: &[u64]) -> Search {
    let author = author.map(|author| MemberId(Seq(author)));
    let rooms = rooms.iter().map(|room| RoomId(Seq(*room))).collect();
    Search { words: Query::of(words), author, rooms, before: None }
}

/// All that is found, page by page.
fn all(reader: &DatabaseReader, mut search: Search) -> Vec<u64> {
    let mut ids = Vec::new();
    loop {
        let found = reader.search(&search, LIMIT, Instant::now() + Duration::from_secs(60)).unwrap();
        assert!(!found.ended_early);
        ids.extend(found.messages.iter().map(|message| message.id.0));
        let Some(more) = found.more else { return ids };
        assert!(search.before.is_none_or(|before| more < before), "it goes on");
        search.before = Some(more);
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

fn blocks(folder: &Folder) -> i64 {
    let file = Connection::open(folder.file()).unwrap();
    file.query_row("SELECT count(*) FROM word_blocks", [], |row| row.get(0)).unwrap()
}

#[test]
fn what_is_said_where_one_does_not_look_costs_nothing() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    let (ann, bob, hidden) = (1, 2, 3);
    store.keep(&[registered(ann, "ann", "x"), registered(bob, "bob", "x"), opened(hidden)]).unwrap();
    let mut next = hidden;
    for round in 0..40 {
        let here = (0..10).map(|n| (ann, 0, format!("dinner {round} {n}")));
        let there = (0..100).map(|_| (bob, hidden, "a secret of mine, and one more secretly".to_owned()));
        let records = here.chain(there).map(|(author, room, text)| {
            next += 1;
            posted(next, author, room, &text)
        });
        store.keep(&records.collect::<Vec<_>>()).unwrap();
    }
    let mut reader = DatabaseReader::open(&folder.file()).unwrap();
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
fn blocks_that_edits_have_made_too_large_are_divided_and_all_is_found() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    let count = 2_100;
    store.keep(&[registered(1, "ann", "x"), opened(2)]).unwrap();
    let said: Vec<Record> = (0..count).map(|n| posted(n + 3, 1, n % 2 * 2, &format!("word{n}"))).collect();
    store.keep(&said).unwrap();
    assert_eq!(blocks(&folder), 2, "one for each room");
    let long = "soup ".repeat(700);
    let mut edited = Vec::new();
    for n in (0..count).step_by(7) {
        let (message, room) = (Seq(n + 3), RoomId(Seq(n % 2 * 2)));
        let body = Body::parse(&format!("edited{n} {long}")).unwrap();
        edited.push(at(
            count + 3 + n,
            Event::Edited {
                message,
                room,
                body,
                mentions: Mentions::default(),
                group: None,
                notified: [].into(),
                forgets: None,
            },
        ));
    }
    edited.chunks(50).for_each(|some| store.keep(some).unwrap());
    assert!(blocks(&folder) > 2, "{}", blocks(&folder));
    // What comes then goes into the newest block.
    let last = 2 * count + 3;
    store.keep(&[posted(last, 1, 0, "word at last")]).unwrap();

    let reader = DatabaseReader::open(&folder.file()).unwrap();
    let mut unedited: Vec<u64> = (0..count).filter(|n| n % 7 != 0).map(|n| n + 3).collect();
    let mut soups: Vec<u64> = (0..count).filter(|n| n % 7 == 0).map(|n| n + 3).collect();
    unedited.push(last);
    unedited.reverse();
    soups.reverse();
    assert_eq!(all(&reader, search("word", None, &[0, 2])), unedited);
    assert_eq!(all(&reader, search("soup edited", None, &[0, 2])), soups);
    assert_eq!(all(&reader, search("", None, &[0, 2])).len() as u64, count + 1);
    assert_eq!(all(&reader, search("word1034", None, &[0, 2])), [1034 + 3]);
    for n in (0..count).step_by(7).take(20) {
        let (message, room) = (Seq(n + 3), RoomId(Seq(n % 2 * 2)));
        store.keep(&[at(last + 1 + n, Event::Removed { message, room, sent: None, forgets: None })]).unwrap();
        assert!(!all(&reader, search(&format!("edited{n}"), None, &[0, 2])).contains(&(n + 3)));
    }
    assert_eq!(all(&reader, search("soup", None, &[0, 2])).len(), soups.len() - 20);
    assert_eq!(reader.faults().unwrap(), [""; 0]);
}

#[test]
fn a_search_that_is_late_says_up_to_where_it_looked() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    store.keep(&[registered(1, "ann", "x")]).unwrap();
    store.keep(&(2..100).map(|n| posted(n, 1, 0, "soup")).collect::<Vec<_>>()).unwrap();
    let reader = DatabaseReader::open(&folder.file()).unwrap();
    let mut soup = search("soup", None, &[0]);
    let found = reader.search(&soup, LIMIT, Instant::now()).unwrap();
    assert!(found.ended_early && found.messages.is_empty() && found.more.is_none());
    soup.before = Some(Seq(50));
    let found = reader.search(&soup, LIMIT, Instant::now()).unwrap();
    assert_eq!((found.ended_early, found.more), (true, Some(Seq(50))));
}

fn with_file(seq: u64, text: &str, name: &str, alt: &str) -> Record {
    let body = Body::parse(text).unwrap_or_else(|_| Body::none());
    let key = |part: u8| FileKey([[part; 8], seq.to_be_bytes()].concat().try_into().unwrap());
    let file = FileRecord {
        name: FileName::of(name),
        kind: FileType::Other,
        size: 1,
        dimensions: None,
        alt: AltText::of(alt),
        key: key(0),
        sha256: [0; 32],
        preview: Some(key(1)),
        gone: false,
    };
    posted_with(seq, (MemberId(Seq(1)), RoomId(Seq(0))), body, Files::from([(FileId(Seq(seq - 1)), file)]))
}

fn file_removed(seq: u64, message: u64, gone: bool) -> Record {
    let (file, message) = (FileId(Seq(message - 1)), Seq(message));
    at(seq, Event::FileRemoved { message, room: RoomId::SHARED, file, gone, forgets: None })
}

#[test]
fn a_message_is_found_by_the_names_of_its_files_while_it_has_them() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    let names = ["Urlaub_Plan-2026.final.pdf", "बजट रिपोर्ट.xlsx", "IMG_2034.JPG", "沖縄旅行.mov"];
    store.keep(&[registered(1, "ann", "x")]).unwrap();
    let texts = ["look", ""].into_iter().cycle();
    let said =
        names.iter().zip(texts).zip(1u64..).map(|((name, text), n)| with_file(n * 2 + 1, text, name, ""));
    store.keep(&said.collect::<Vec<_>>()).unwrap();
    store.keep(&[with_file(21, "", "a.jpg", "Oma mit dem roten Hut")]).unwrap();
    let found = |words: &str| all(&DatabaseReader::open(&folder.file()).unwrap(), search(words, None, &[0]));
    for (words, ids) in [
        ("urlaub", &[3][..]),
        ("plan", &[3]),
        ("2026", &[3]),
        ("look pdf", &[3]),
        ("बजट", &[5]),
        ("img_2034.jpg", &[7]),
        ("2034", &[7]),
        ("旅行", &[9]),
        ("roten hut", &[21]),
        ("\"mit dem\"", &[21]),
        ("jpg", &[21, 7]),
        ("", &[21, 9, 7, 5, 3]),
    ] {
        assert_eq!(found(words), ids, "{words}");
    }
    // By another text as well; and by no name that the message has lost.
    let (message, mentions) = (Seq(3), Mentions::default());
    let body = Body::parse("there").unwrap();
    store
        .keep(&[at(
            22,
            Event::Edited {
                message,
                room: RoomId::SHARED,
                body,
                mentions,
                group: None,
                notified: [].into(),
                forgets: None,
            },
        )])
        .unwrap();
    store.keep(&[file_removed(23, 7, false), file_removed(24, 21, true)]).unwrap();
    let removed = Event::Removed { message: Seq(9), room: RoomId::SHARED, sent: None, forgets: None };
    store.keep(&[at(25, removed)]).unwrap();
    let still = || {
        assert_eq!([found("there plan"), found("look")].concat(), [3, 7]);
        assert_eq!(
            [found("hut"), found("2034"), found("旅行"), found("jpg")],
            [vec![21], vec![], vec![], vec![21]]
        );
        assert_eq!(DatabaseReader::open(&folder.file()).unwrap().faults().unwrap(), [""; 0]);
    };
    still();
    drop(store);
    // Also in an index that is written anew.
    let file = Connection::open(folder.file()).unwrap();
    file.execute("UPDATE numbering SET words_form = 1", []).unwrap();
    drop(file);
    drop(folder.open().unwrap());
    still();
}

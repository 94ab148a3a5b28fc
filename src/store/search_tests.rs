//! Search on every engine: all that may be seen is found.

use std::time::{Duration, Instant};

use crate::chat::log_contract::samples::{self, record};
use crate::chat::{
    AltText, Archive, Body, Event, FileId, FileKey, FileName, FileRecord, Files, MemberId, Mentions, Query,
    Record, RoomId, RoomName, Search, Seq, Topic,
};
use crate::media::FileType;

/// A chat on one engine.
pub(super) trait TestChat {
    fn keep(&mut self, records: &[Record]);

    fn archive(&self) -> Box<dyn Archive>;

    /// Opens it anew, as if a snug had left its index that has another form of words.
    fn reopen_with_words_of_another_form(&mut self);

    /// Panics where its index is damaged.
    fn check(&self);
}

/// Runs a test on each engine that there is.
fn on_each(test: impl Fn(&mut dyn TestChat)) {
    test(&mut super::sqlite::search_tests::FileChat::new());
    #[cfg(feature = "postgres")]
    if let Some(mut chat) = super::postgres::search_tests::DatabaseChat::new() {
        test(&mut chat);
    }
}

pub(super) const LIMIT: usize = 50;

fn posted(seq: u64, author: u64, room: u64, text: &str) -> Record {
    let (author, room) = (MemberId(Seq(author)), RoomId(Seq(room)));
    posted_with(seq, (author, room), Body::parse(text).unwrap(), Files::default())
}

fn posted_with(seq: u64, (author, room): (MemberId, RoomId), body: Body, files: Files) -> Record {
    record(seq, samples::posted((author, room), body, files, None))
}

fn opened(seq: u64) -> Record {
    let (name, topic) = (RoomName::parse("Hall").unwrap(), Topic::parse("").unwrap());
    record(seq, Event::RoomOpened { by: None, name, topic, open: false })
}

pub(super) fn search(words: &str, author: Option<u64>, rooms: &[u64]) -> Search {
    let author = author.map(|author| MemberId(Seq(author)));
    let rooms = rooms.iter().map(|room| RoomId(Seq(*room))).collect();
    Search { words: Query::of(words), author, rooms, before: None }
}

pub(super) fn registered(seq: u64, name: &str) -> Record {
    record(seq, samples::registered(name, seq == 1))
}

fn edited(seq: u64, message: u64, room: u64, text: &str) -> Record {
    let (message, room, body) = (Seq(message), RoomId(Seq(room)), Body::parse(text).unwrap());
    let (mentions, notified) = (Mentions::default(), [].into());
    record(seq, Event::Edited { message, room, body, mentions, group: None, notified, forgets: None })
}

fn removed(seq: u64, message: u64, room: u64) -> Record {
    let (message, room) = (Seq(message), RoomId(Seq(room)));
    record(seq, Event::Removed { message, room, sent: None, forgets: None })
}

/// Lets ann (1) write of dinner in the shared room, and bob (2) of a secret in room 3.
pub(super) fn have_a_secret(chat: &mut dyn TestChat) {
    let (ann, bob, hidden) = (1, 2, 3);
    chat.keep(&[registered(ann, "ann"), registered(bob, "bob"), opened(hidden)]);
    let mut next = hidden;
    for round in 0..40 {
        let here = (0..10).map(|n| (ann, 0, format!("dinner {round} {n}")));
        let there = (0..100).map(|_| (bob, hidden, "a secret of mine, and one more secretly".to_owned()));
        let records = here.chain(there).map(|(author, room, text)| {
            next += 1;
            posted(next, author, room, &text)
        });
        chat.keep(&records.collect::<Vec<_>>());
    }
}

/// All that is found, page by page.
pub(super) fn all(archive: &dyn Archive, search: Search) -> Vec<u64> {
    all_by(archive, search, LIMIT)
}

fn all_by(archive: &dyn Archive, mut search: Search, limit: usize) -> Vec<u64> {
    let mut ids = Vec::new();
    loop {
        let found = archive.search(&search, limit, Instant::now() + Duration::from_secs(60)).unwrap();
        assert!(!found.ended_early);
        ids.extend(found.messages.iter().map(|message| message.id.0));
        let Some(more) = found.more else { return ids };
        assert!(search.before.is_none_or(|before| more < before), "it goes on");
        search.before = Some(more);
    }
}

/// Messages in two rooms of which every seventh becomes long.
pub(super) fn check_long_edits(chat: &mut dyn TestChat) {
    let count = 2_100;
    chat.keep(&[registered(1, "ann"), opened(2)]);
    let said: Vec<Record> = (0..count).map(|n| posted(n + 3, 1, n % 2 * 2, &format!("word{n}"))).collect();
    chat.keep(&said);
    chat.check();
    let long = "soup ".repeat(700);
    let edits = (0..count).step_by(7);
    let edits = edits.map(|n| edited(count + 3 + n, n + 3, n % 2 * 2, &format!("edited{n} {long}")));
    edits.collect::<Vec<_>>().chunks(50).for_each(|some| chat.keep(some));
    let last = 2 * count + 3;
    chat.keep(&[posted(last, 1, 0, "word at last")]);

    let archive = chat.archive();
    let mut unedited: Vec<u64> = (0..count).filter(|n| n % 7 != 0).map(|n| n + 3).collect();
    let mut soups: Vec<u64> = (0..count).filter(|n| n % 7 == 0).map(|n| n + 3).collect();
    unedited.push(last);
    unedited.reverse();
    soups.reverse();
    assert_eq!(all(&*archive, search("word", None, &[0, 2])), unedited);
    assert_eq!(all(&*archive, search("soup edited", None, &[0, 2])), soups);
    assert_eq!(all(&*archive, search("", None, &[0, 2])).len() as u64, count + 1);
    assert_eq!(all(&*archive, search("word1034", None, &[0, 2])), [1034 + 3]);
    for n in (0..count).step_by(7).take(20) {
        chat.keep(&[removed(last + 1 + n, n + 3, n % 2 * 2)]);
        assert!(!all(&*archive, search(&format!("edited{n}"), None, &[0, 2])).contains(&(n + 3)));
    }
    assert_eq!(all(&*archive, search("soup", None, &[0, 2])).len(), soups.len() - 20);
    chat.check();
}

#[test]
fn all_is_found_after_long_edits() {
    on_each(|chat| check_long_edits(chat));
}

#[test]
fn all_of_a_long_chat_is_found_in_pages_of_any_length() {
    on_each(|chat| {
        chat.keep(&[registered(1, "ann"), registered(2, "bob"), opened(3), opened(4)]);
        // As if much else had happened between.
        let numbers: Vec<u64> = (0..900).map(|n| 5 + n * n / 5 + n).collect();
        let said = |n: u64| if n.is_multiple_of(3) { "soup, it\u{2019}s Ann's c:\\dinner" } else { "Suppe" };
        let record = |(n, id): (u64, &u64)| posted(*id, 1 + n % 2, [0, 3, 4][(n / 5 % 3) as usize], said(n));
        let records: Vec<Record> = (0..).zip(&numbers).map(record).collect();
        records.chunks(100).for_each(|some| chat.keep(some));
        let archive = chat.archive();
        let expected = |words: &str, author: Option<u64>, rooms: &[u64]| -> Vec<u64> {
            let wanted = search(words, author, rooms);
            let messages = records.iter().rev().map(|record| record.message().unwrap());
            messages.filter(|message| wanted.finds(message)).map(|message| message.id.0).collect()
        };
        let words = [
            "soup", "sou", "s", "suppe", "dinner ann's", "it's", "c:\\", "\"ann's c\"", "'", "x:*", "",
            "nothing",
        ];
        for (n, words) in (0usize..).zip(words) {
            for (author, rooms) in
                [(None, &[0, 3][..]), (Some(2), &[4]), (Some(1), &[3, 0, 4]), (Some(7), &[0])]
            {
                let found = all_by(&*archive, search(words, author, rooms), 7 + 40 * n);
                assert_eq!(found, expected(words, author, rooms), "{words:?} {author:?} {rooms:?}");
            }
        }
        assert_eq!(expected("soup", None, &[0, 3, 4]).len(), 300);
    });
}

#[test]
fn a_search_that_is_late_says_up_to_where_it_looked() {
    on_each(|chat| {
        chat.keep(&[registered(1, "ann")]);
        chat.keep(&(2..100).map(|n| posted(n, 1, 0, "soup")).collect::<Vec<_>>());
        let reader = chat.archive();
        let mut soup = search("soup", None, &[0]);
        let found = reader.search(&soup, LIMIT, Instant::now()).unwrap();
        assert!(found.ended_early && found.messages.is_empty() && found.more.is_none());
        soup.before = Some(Seq(50));
        let found = reader.search(&soup, LIMIT, Instant::now()).unwrap();
        assert_eq!((found.ended_early, found.more), (true, Some(Seq(50))));
    });
}

pub(super) fn with_file(seq: u64, text: &str, name: &str, alt: &str) -> Record {
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
    record(seq, Event::FileRemoved { message, room: RoomId::SHARED, file, gone, forgets: None })
}

#[test]
fn a_message_is_found_by_the_names_of_its_files_while_it_has_them() {
    on_each(check_file_names);
}

fn check_file_names(chat: &mut dyn TestChat) {
    let names = ["Urlaub_Plan-2026.final.pdf", "बजट रिपोर्ट.xlsx", "IMG_2034.JPG", "沖縄旅行.mov"];
    chat.keep(&[registered(1, "ann")]);
    let texts = ["look", ""].into_iter().cycle();
    let said =
        names.iter().zip(texts).zip(1u64..).map(|((name, text), n)| with_file(n * 2 + 1, text, name, ""));
    chat.keep(&said.collect::<Vec<_>>());
    chat.keep(&[with_file(21, "", "a.jpg", "Oma mit dem roten Hut")]);
    let found = |chat: &dyn TestChat, words: &str| all(&*chat.archive(), search(words, None, &[0]));
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
        assert_eq!(found(chat, words), ids, "{words}");
    }
    // By another text as well; and by no name that the message has lost.
    chat.keep(&[edited(22, 3, 0, "there")]);
    chat.keep(&[file_removed(23, 7, false), file_removed(24, 21, true)]);
    chat.keep(&[removed(25, 9, 0)]);
    let still = |chat: &dyn TestChat| {
        assert_eq!([found(chat, "there plan"), found(chat, "look")].concat(), [3, 7]);
        assert_eq!(
            [found(chat, "hut"), found(chat, "2034"), found(chat, "旅行"), found(chat, "jpg")],
            [vec![21], vec![], vec![], vec![21]]
        );
        chat.check();
    };
    still(chat);
    // Also in an index that is written anew.
    chat.reopen_with_words_of_another_form();
    still(chat);
}

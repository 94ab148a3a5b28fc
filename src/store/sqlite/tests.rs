//! The file as a journal, and as a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::chat::log_contract::{
    check_conflicts, check_every_event, check_log_contract, check_races, verbs, verbs_that_change_messages,
    verbs_that_remove_members,
};
use crate::chat::{Event, Log, MemberId, PasswordHash, Record, Seq, Timestamp, Username};
use crate::store::Reader;

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("snug-store-{}-{count}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("chat.db")
    }

    pub(crate) fn open(&self) -> Result<Store, String> {
        // A program that another test starts holds, for a moment, whatever is open here, and the lock with it.
        let patience = Instant::now() + Duration::from_secs(1);
        loop {
            match Store::open(&self.file(), Durability::Normal) {
                Err(why) if why.ends_with("in use by another snug") && Instant::now() < patience => {
                    thread::sleep(Duration::from_millis(5));
                }
                opened => return opened,
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) fn registered(seq: u64, name: &str, password: &str) -> Record {
    let (name, password) = (Username::parse(name).unwrap(), PasswordHash(password.into()));
    let event = Event::Registered { name, password, owner: seq == 1 };
    Record { seq: Seq(seq), at: Timestamp(0), event }
}

fn has(folder: &Folder, bytes: &str) -> bool {
    let files = fs::read_dir(&folder.0).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let mut files = files.filter(|file| file.windows(bytes.len()).any(|window| window == bytes.as_bytes()));
    files.next().is_some()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_file_keeps_its_word(verbs in verbs()) {
        let folder = Folder::new();
        check_log_contract(|| Box::new(folder.open().unwrap()), verbs);
    }

    #[test]
    fn a_file_keeps_who_was_removed_and_who_came_back(verbs in verbs_that_remove_members()) {
        let folder = Folder::new();
        check_log_contract(|| Box::new(folder.open().unwrap()), verbs);
    }

    #[test]
    fn a_file_keeps_the_changes_that_memory_keeps(verbs in verbs_that_change_messages()) {
        let folder = Folder::new();
        check_log_contract(|| Box::new(folder.open().unwrap()), verbs);
    }
}

#[test]
fn a_file_keeps_every_event() {
    let folder = Folder::new();
    check_every_event(|| Box::new(folder.open().unwrap()));
}

#[test]
fn a_file_keeps_nothing_that_was_decided_without_what_others_appended() {
    let folder = Folder::new();
    check_conflicts(|| Box::new(folder.open().unwrap()), true);
}

#[test]
fn a_file_keeps_what_many_do_at_once() {
    let folder = Folder::new();
    check_races(|| Box::new(folder.open().unwrap()));
}

#[test]
fn a_password_that_was_changed_is_nowhere_in_the_file() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    store.keep(&[registered(1, "ann", "the-old-hash")]).unwrap();
    assert!(has(&folder, "the-old-hash"));
    let event = Event::PasswordChanged { member: MemberId(Seq(1)), password: PasswordHash("new".into()) };
    let change = Record { seq: Seq(2), at: Timestamp(0), event };
    // Whoever reads just now keeps it in the WAL a little longer.
    let reader = Connection::open(folder.file()).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM members").unwrap();
    let start = Instant::now();
    store.keep(&[change]).unwrap();
    assert!(start.elapsed() < BUSY_TIME, "nobody waits for a reader");
    reader.execute_batch("COMMIT").unwrap();
    store.erase_now();
    store.tidy();
    assert!(!has(&folder, "the-old-hash"));
}

#[test]
fn a_file_whose_newest_pages_are_in_the_wal_alone_opens_and_is_copied() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    for n in 1..80 {
        store.keep(&[registered(n, &format!("member{n}"), &"x".repeat(3_000))]).unwrap();
    }
    let reader = DatabaseReader::of_any(&folder.file()).unwrap();
    let copy = folder.0.join("copy.db");
    reader.copy(&copy, |_, _| {}).unwrap().publish(&copy).unwrap();
    assert_eq!(
        DatabaseReader::of_any(&folder.0.join("copy.db")).unwrap().outline().unwrap().members.len(),
        79
    );
    // As after a crash: the same two files, and nobody who has them open.
    let crashed = Folder::new();
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", folder.file().display());
        fs::copy(from, format!("{}{suffix}", crashed.file().display())).unwrap();
    }
    assert!(fs::metadata(crashed.file()).unwrap().len() < 79 * 3_000);
    assert_eq!(crashed.open().unwrap().restore(1).unwrap().newest, Seq(79));
}

#[test]
fn an_append_that_fails_leaves_nothing() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    let twice = [registered(1, "ann", "x"), registered(1, "bob", "x")];
    assert!(store.keep(&twice).is_err());
    store.keep(&[registered(1, "cyd", "x")]).unwrap();
    let kept = store.restore(1).unwrap();
    let members: Vec<_> = kept.members.iter().map(|member| (member.id, member.name.as_str())).collect();
    assert_eq!((kept.newest, members), (Seq(1), vec![(MemberId(Seq(1)), "cyd")]));
    assert_eq!(kept.read_markers, registered(1, "cyd", "x").read_markers());
    assert_eq!(kept.numbers(), [Seq(1)]);
}

#[test]
fn a_file_that_went_away_takes_nothing_and_goes_on_when_it_is_back() {
    let folder = Folder::new();
    let mut store = folder.open().unwrap();
    let aside = folder.0.join("aside");
    for path in [folder.file(), companion_path(&folder.file(), "-wal")] {
        fs::rename(&path, &aside).unwrap();
        assert!(store.keep(&[registered(1, "ann", "x")]).is_err());
        fs::write(&path, "another").unwrap();
        assert!(store.keep(&[registered(1, "ann", "x")]).is_err());
        fs::rename(&aside, &path).unwrap();
    }
    store.keep(&[registered(1, "ann", "x")]).unwrap();
}

#[test]
fn an_older_file_is_copied_and_renewed_whole_or_not_at_all() {
    let folder = Folder::new();
    drop(folder.open().unwrap());
    let version = |path: &Path| {
        let connection = Connection::open(path).unwrap();
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap()
    };
    let newest = version(&folder.file());
    let copy = folder.0.join(format!("chat.db.v{newest}"));

    let broken = ["CREATE TABLE halls (id)", "NONSENSE"];
    assert!(schema::renew_for_tests(&folder.file(), &broken).is_err());
    assert_eq!(version(&folder.file()), newest);
    let halls = "SELECT count(*) FROM sqlite_schema WHERE name = 'halls'";
    let count = |path: &Path| -> i64 {
        Connection::open(path).unwrap().query_row(halls, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count(&folder.file()), 0);

    schema::renew_for_tests(&folder.file(), &broken[..1]).unwrap();
    assert_eq!((version(&folder.file()), count(&folder.file())), (newest + 1, 1));
    assert_eq!((version(&copy), count(&copy)), (newest, 0));

    // And this program does not know that version.
    let before = fs::read(folder.file()).unwrap();
    assert!(folder.open().err().unwrap().contains("newer snug"));
    assert!(DatabaseReader::of_any(&folder.file()).err().unwrap().contains("newer snug"));
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}

#[test]
fn an_upgrade_finds_whom_messages_mention_or_leaves_the_file_as_it_was() {
    let folder = Folder::new();
    fs::write(folder.file(), include_bytes!("../../../tests/golden/v3.db")).unwrap();
    let file = Connection::open(folder.file()).unwrap();
    let member = |name: &str, freed: bool, removed: bool| -> i64 {
        let sql = "INSERT INTO members (id, registered_at, name, password, name_freed, removed_at)
            SELECT newest + 1, 0, ?1, '', ?2, ?3 FROM numbering";
        file.execute(sql, rusqlite::params![name, freed, removed.then_some(1)]).unwrap();
        file.execute("UPDATE numbering SET newest = newest + 1", []).unwrap();
        file.last_insert_rowid()
    };
    let message = |text: &dyn rusqlite::ToSql| -> i64 {
        let sql =
            "INSERT INTO messages (id, posted_at, author, text) SELECT newest + 1, 0, 1, ?1 FROM numbering";
        file.execute(sql, [text]).unwrap();
        file.execute("UPDATE numbering SET newest = newest + 1", []).unwrap();
        file.last_insert_rowid()
    };
    let (old, left) = (member("bob", true, true), member("eva", false, true));
    let first = message(&"@ann, @Zoe\u{308} and @bob; @eva, @eva.ann");
    let bob = member("bob", false, false);
    let second = message(&"@BOB, and not x@ann");
    message(&"nobody@");
    // Damaged: no UTF-8.
    file.execute("UPDATE messages SET text = CAST(x'40ff' AS TEXT) WHERE id = ?1", [message(&"@ann")])
        .unwrap();
    file.close().unwrap();

    let broken = Connection::open(folder.file()).unwrap();
    broken.execute_batch("CREATE TABLE mentions (id)").unwrap();
    let before = fs::read(folder.file()).unwrap();
    assert!(folder.open().is_err());
    assert_eq!(fs::read(folder.file()).unwrap(), before);
    broken.execute_batch("DROP TABLE mentions").unwrap();
    broken.close().unwrap();

    drop(folder.open().unwrap());
    let file = Connection::open(folder.file()).unwrap();
    let mut query = file.prepare("SELECT message, at, length, member, room FROM mentions").unwrap();
    let found: Vec<[i64; 5]> = query
        .query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let zoe: i64 = file.query_row("SELECT id FROM members WHERE name = 'Zoë'", [], |row| row.get(0)).unwrap();
    assert_eq!(found, [[first, 0, 4, 1, 0], [first, 6, 6, zoe, 0], [second, 0, 4, bob, 0]]);
    assert!(old < left && left < first);
}

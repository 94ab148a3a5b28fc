//! The log that several nodes write, each here a log of its own.

use proptest::prelude::*;
use tokio_postgres::error::SqlState;

use super::connection::Connection;
use super::engine::Engine;
use super::log::PostgresLog;
use super::tests::{TestDatabase, database};
use super::url::DatabaseUrl;
use crate::chat::log_contract::samples::{self, record};
use crate::chat::log_contract::{
    all_records, check_conflicts, check_every_event, check_log_contract, check_races, check_shared_log,
    check_unread_meanwhile, is_found_out, node_runs, scripts, verbs,
};
use crate::chat::{Appended, Body, Event, Files, Log, MemberId, News, Record, RoomId, Seq};
use crate::store::sql::{Error, Sql as _, values};

impl TestDatabase {
    fn url(&self) -> DatabaseUrl {
        DatabaseUrl::parse(&self.url).unwrap()
    }

    pub(super) fn log(&self) -> PostgresLog {
        PostgresLog::open(&self.url()).unwrap()
    }

    fn connection(&self) -> Connection {
        Connection::new(&Engine::open(self.url()).unwrap())
    }

    /// Ends all sessions of its chat on the server's side. Returns how many there were.
    pub(super) fn end_sessions(&self) -> i64 {
        let end = "SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
            WHERE application_name = ?1 AND pid <> pg_backend_pid()";
        let name = format!("snug/{}", self.schema);
        self.connection().one(end, values![name.as_str()], |row| row.get("count")).unwrap().unwrap()
    }
}

fn registered(seq: u64, name: &str) -> Record {
    record(seq, samples::registered(name, false))
}

fn posted(seq: u64, text: &str, nonce: Option<&str>) -> Record {
    let (place, body) = ((MemberId(Seq(1)), RoomId::SHARED), Body::parse(text).unwrap());
    record(seq, samples::posted(place, body, Files::default(), nonce))
}

fn marked_unread(seq: u64) -> Record {
    let (member, room) = (MemberId(Seq(1)), RoomId::SHARED);
    record(seq, Event::MarkedUnread { member, room, after: Seq(1), mentions: Vec::new() })
}

/// The numbers of the news, and that of the first record, if it is kept.
#[track_caller]
fn outcome(appended: Appended) -> (Vec<u64>, Option<u64>) {
    (numbers(appended.news), appended.first.map(|first| first.0))
}

#[track_caller]
fn numbers(news: News) -> Vec<u64> {
    let News::Records(records) = news else { panic!("the news are unknown") };
    records.iter().map(|record| record.seq.0).collect()
}

#[test]
fn talk_of_others_comes_first_and_anything_else_has_to_be_decided_again() {
    let Some(database) = database() else { return };
    let (mut one, mut other) = (database.log(), database.log());
    assert_eq!(outcome(one.append(Seq(0), &[registered(1, "ann")]).unwrap()), (vec![], Some(1)));
    assert_eq!(outcome(other.append(Seq(0), &[posted(1, "too soon", None)]).unwrap()), (vec![1], None));
    assert_eq!(outcome(other.append(Seq(1), &[posted(2, "hello", None)]).unwrap()), (vec![], Some(2)));
    // It does not matter to another post, nor to another member.
    assert_eq!(
        outcome(one.append(Seq(1), &[posted(2, "and", None), registered(3, "bob")]).unwrap()),
        (vec![2], Some(3))
    );
    // Which does matter to it.
    assert_eq!(outcome(other.append(Seq(2), &[registered(3, "bob")]).unwrap()), (vec![3, 4], None));
    assert_eq!(outcome(one.append(Seq(4), &[posted(5, "more", None)]).unwrap()), (vec![], Some(5)));
    assert_eq!(outcome(other.append(Seq(4), &[marked_unread(5)]).unwrap()), (vec![5], None));
    assert_eq!(outcome(other.append(Seq(5), &[marked_unread(6)]).unwrap()), (vec![], Some(6)));
    assert_eq!(numbers(one.follow(Seq(5)).unwrap()), [6]);
    assert_eq!(numbers(database.log().follow(Seq(0)).unwrap()), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_nonce_is_kept_once_and_what_came_with_it_is_decided_again() {
    let Some(database) = database() else { return };
    let (mut one, mut other) = (database.log(), database.log());
    one.append(Seq(0), &[registered(1, "ann")]).unwrap();
    one.append(Seq(1), &[posted(2, "hello", Some("n"))]).unwrap();
    assert_eq!(outcome(other.append(Seq(1), &[posted(2, "hello", Some("n"))]).unwrap()), (vec![2], None));
    assert_eq!(outcome(other.append(Seq(2), &[posted(3, "other", Some("m"))]).unwrap()), (vec![], Some(3)));
}

#[test]
fn numbers_that_a_fence_left_out_are_no_news() {
    let Some(database) = database() else { return };
    let (mut one, mut other) = (database.log(), database.log());
    one.append(Seq(0), &[registered(1, "ann")]).unwrap();
    numbers(other.follow(Seq(0)).unwrap());
    let fence = database.connection();
    fence.batch("UPDATE numbering SET newest = newest + 1, newest_other = newest + 1").unwrap();
    // A transaction that began before finds that something came.
    assert_eq!(outcome(one.append(Seq(1), &[registered(2, "bob")]).unwrap()), (vec![], None));
    assert_eq!(outcome(one.append(Seq(1), &[registered(2, "bob")]).unwrap()), (vec![], Some(3)));
    assert_eq!(numbers(other.follow(Seq(1)).unwrap()), [3]);
    assert_eq!(other.restore(10).unwrap().newest, Seq(3));
}

#[test]
fn news_that_are_many_come_in_parts() {
    let Some(database) = database() else { return };
    let (mut one, mut other) = (database.log(), database.log());
    one.append(Seq(0), &[registered(1, "ann")]).unwrap();
    let many: Vec<_> = (2..=140).map(|seq| posted(seq, "hello", None)).collect();
    one.append(Seq(1), &many).unwrap();
    assert!(matches!(other.follow(Seq(0)).unwrap(), News::First(_)));
    assert!(all_records(&mut other).iter().map(|record| record.seq.0).eq(1..=140));
    // Nothing is kept behind what is not known whole.
    let late = database.log().append(Seq(0), &[posted(1, "too soon", None)]).unwrap();
    assert!(matches!(late, Appended { news: News::First(_), first: None }));
}

#[test]
fn a_session_that_ends_is_replaced_and_nothing_is_lost_or_kept_twice() {
    let Some(database) = database() else { return };
    let mut log = database.log();
    log.append(Seq(0), &[registered(1, "ann")]).unwrap();
    let mut last = Seq(1);
    for _ in 0..18 {
        assert!(database.end_sessions() >= 1);
        let mut append = |_| {
            let appended = log.append(last, &[posted(last.0 + 1, "hello", None)]).unwrap();
            let (news, first) = outcome(appended);
            assert!(news.is_empty());
            first
        };
        // Where it was on its way it is fenced off, which leaves out a number, and decided again.
        last = Seq((0..2).find_map(&mut append).expect("it is kept"));
    }
    assert_eq!(log.restore(100).unwrap().messages.len(), 18);
}

#[test]
fn what_is_kept_of_a_lost_answer_is_known_however_much_others_appended_since() {
    // The server warns as it commits, so that it has to be asked what became of it; by then it has so many more of others.
    const MORE: i64 = 60;
    let Some(database) = database() else { return };
    let mut log = database.log();
    log.append(Seq(0), &[registered(1, "ann")]).unwrap();
    let warns = format!(
        "CREATE FUNCTION warn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            RAISE WARNING 'the standbys may not have it';
            INSERT INTO feed (seq, at, batch, event) SELECT seq + n, at, decode(repeat('00', 16), 'hex'), event
                FROM feed, generate_series(1, {MORE}) AS n WHERE seq = NEW.id;
            UPDATE numbering SET newest = newest + {MORE};
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION warn()"
    );
    database.connection().batch(&warns).unwrap();
    let appended = log.append(Seq(1), &[posted(2, "hello", None)]).unwrap();
    assert_eq!(appended.first, Some(Seq(2)));
    assert!(matches!(appended.news, News::Unknown));
}

#[test]
fn a_database_that_lost_history_is_found_out_and_gives_no_number_twice() {
    type Meets = fn(&mut PostgresLog) -> News;
    let follows: Meets = |log| log.follow(Seq(2)).unwrap();
    let appends: Meets = |log| log.append(Seq(2), &[posted(3, "more", None)]).unwrap().news;
    // As after a failover: another session. As where the tables of a backup take the place of those that were there.
    for (ends_session, meets) in [(true, follows), (true, appends), (false, follows), (false, appends)] {
        let Some(database) = database() else { return };
        let mut log = database.log();
        log.append(Seq(0), &[registered(1, "ann")]).unwrap();
        log.append(Seq(1), &[posted(2, "lost", None)]).unwrap();
        let other = database.connection();
        other.batch("DELETE FROM feed WHERE seq = 2; DELETE FROM messages WHERE id = 2; DELETE FROM words; UPDATE numbering SET newest = 1").unwrap();
        if ends_session {
            log.end_session();
        }
        assert!(matches!(meets(&mut log), News::Unknown));
        let snapshot = log.restore(10).unwrap();
        assert!(snapshot.newest.0 > 1_000_000 && snapshot.messages.is_empty());
        let next = snapshot.newest.next();
        let appended = log.append(snapshot.newest, &[posted(next.0, "again", None)]).unwrap();
        assert_eq!(appended.first, Some(next));
    }
}

#[test]
fn a_standby_that_took_over_gives_no_number_that_may_have_been_seen() {
    let Some(database) = database() else { return };
    let (mut log, mut other) = (database.log(), database.log());
    log.append(Seq(0), &[registered(1, "ann")]).unwrap();
    numbers(other.follow(Seq(0)).unwrap());
    // What it had not yet when the primary went was heard by people at a node that went with it.
    database.connection().batch("UPDATE numbering SET timeline = timeline - 1").unwrap();
    other.end_session();
    assert_eq!(outcome(other.append(Seq(1), &[posted(2, "hello", None)]).unwrap()), (vec![], None));
    let again = other.append(Seq(1), &[posted(2, "hello", None)]).unwrap();
    assert_eq!(outcome(again), (vec![], Some(1_000_002)));
    // Once for all.
    log.end_session();
    assert_eq!(numbers(log.follow(Seq(1)).unwrap()), [1_000_002]);
    let next = posted(1_000_003, "you", None);
    assert_eq!(outcome(log.append(Seq(1_000_002), &[next]).unwrap()), (vec![], Some(1_000_003)));
}

#[test]
fn a_refused_statement_names_its_reason_and_the_connection_goes_on() {
    let Some(database) = database() else { return };
    let connection = database.connection();
    let Err(Error::Postgres(error)) = connection.run("SELECT 1 / CAST(?1 AS BIGINT)", values![0i64]) else {
        panic!()
    };
    assert_eq!(error.code(), Some(&SqlState::DIVISION_BY_ZERO));
    let kept = connection.transaction("BEGIN", |sql| sql.run("SELECT nothing", &[]));
    assert!(kept.is_err());
    assert_eq!(
        connection.one("SELECT CAST(?1 AS BIGINT) AS n", values![7i64], |row| row.get("n")).unwrap(),
        Some(7i64)
    );
}

#[test]
fn a_database_keeps_every_event() {
    let Some(database) = database() else { return };
    check_every_event(|| Box::new(database.log()));
}

#[test]
fn a_database_keeps_nothing_that_was_decided_without_what_others_appended() {
    let Some(database) = database() else { return };
    check_conflicts(|| Box::new(database.log()), true);
}

#[test]
fn a_database_keeps_what_many_do_at_once() {
    let Some(database) = database() else { return };
    check_races(|| Box::new(database.log()));
}

#[test]
fn what_others_said_since_it_was_looked_up_counts_as_unread_again() {
    let Some(database) = database() else { return };
    check_unread_meanwhile(|| Box::new(database.log()));
}

#[test]
fn a_database_that_leaves_a_rule_out_is_found_out() {
    const OTHERS: &str = "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.newest_other := 0; RETURN NEW; END';
        CREATE TRIGGER forgets BEFORE UPDATE ON numbering FOR EACH ROW EXECUTE FUNCTION forget()";
    const NONCES: &str = "DROP INDEX messages_by_nonce";
    if database().is_none() {
        return;
    }
    for loosen in [OTHERS, NONCES] {
        let begin = || {
            let database = database().unwrap();
            drop(database.log());
            database.connection().batch(loosen).unwrap();
            move || -> Box<dyn Log> { Box::new(database.log()) }
        };
        assert!(is_found_out(8, begin), "{loosen}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn a_database_keeps_its_word(verbs in verbs()) {
        if let Some(database) = database() {
            check_log_contract(|| Box::new(database.log()), verbs);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(node_runs(12)))]
    #[test]
    fn what_several_nodes_do_at_once_is_the_same_for_all(scripts in scripts()) {
        if let Some(database) = database() {
            check_shared_log(&|| Box::new(database.log()), &scripts);
        }
    }
}

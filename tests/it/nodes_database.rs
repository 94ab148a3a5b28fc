//! What is in the database: nothing that was deleted, and what a newer snug puts there is no other's to read.

use crate::prelude::*;

#[test]
fn what_is_deleted_is_in_no_table() {
    let Some(database) = Database::shared() else { return };
    let node = Process::start(node_command(&database.url(), &[]));
    let [ann, bob] = node.members(["ann", "bob"]);
    let room = ann.open_room(false);
    let kept = ann.say_at("/chat", "sunflowers");
    for path in ["/chat", "/people/bob", &format!("/rooms/{room}")] {
        let ids = ["treasure in a message", "treasure in a draft"].map(|text| ann.say_at(path, text));
        bob.clone().json().post(path, &[("message", "an answer"), ("answers", &ids[0].to_string())]);
        ann.remove_message(ids[0]);
        ann.edit_message(ids[1], "nothing");
    }
    let tables = database.ask("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()");
    assert!(tables.lines().count() > 20, "{tables}");
    let has = |table: &str, word: &str| {
        database.ask(&format!("SELECT count(*) FROM {table} WHERE {table}::text LIKE '%{word}%'")) != "0"
    };
    for table in tables.lines() {
        assert!(!has(table, "treasure"), "{table}");
    }
    assert!(has("messages", "sunflowers") && has("words", "sunflowers"));
    assert_eq!((ann.search("q=treasure"), ann.search("q=sunflowers")), (vec![], vec![kept]));
}

impl Database {
    /// The tables and indexes in whose files a word is.
    fn files_with(&self, word: &str) -> String {
        self.ask("CHECKPOINT");
        self.ask(&format!(
            "SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class
             WHERE (relnamespace = CAST(current_schema() AS regnamespace) OR relname = 'pg_statistic')
             AND pg_relation_filepath(oid) IS NOT NULL
             AND position(convert_to('{word}', 'UTF8') IN pg_read_binary_file(pg_relation_filepath(oid))) > 0"
        ))
    }
}

#[test]
fn what_is_deleted_is_soon_in_no_file_of_the_database() {
    let Some(database) = Database::shared() else { return };
    let nodes = Nodes::start(&database.url(), 2);
    let ann = nodes.member("ann");
    let ids = ["zebrasecret", "yaksecret"].map(|word| ann.say_at("/chat", &format!("it is {word}")));
    let kept: Vec<_> = (0..20).map(|n| ann.say_at("/chat", &format!("talk goes on, {n}"))).collect();
    database.ask("ANALYZE");
    ann.remove_message(ids[0]);
    ann.edit_message(ids[1], "nothing");
    ann.say_at("/chat", "the last word");
    for word in ["zebrasecret", "yaksecret"] {
        assert_eq!(database.files_with(word), "feed messages words words_by_term");
    }
    // As if it were three days later.
    database.ask("UPDATE feed SET stamp = stamp - interval '3 days'");
    database.ask("UPDATE numbering SET swept_to = now() - interval '3 days'");
    let is_swept = "SELECT swept_to > now() - interval '1 hour' FROM numbering";
    wait_until("it is swept", || database.ask(is_swept) == "t");
    for word in ["zebrasecret", "yaksecret"] {
        assert_eq!(database.files_with(word), "");
    }
    assert_eq!(ann.search("q=talk").len(), kept.len());
    nodes.assert_calm();
}

#[test]
fn records_for_other_nodes_go_when_all_have_them() {
    let Some(database) = Database::shared() else { return };
    let nodes = Nodes::start(&database.url(), 2);
    let ann = nodes.member("ann");
    for n in 0..20 {
        ann.say_at("/chat", &format!("message {n}"));
    }
    let earlier = |time: &str| database.ask(&format!("UPDATE feed SET stamp = stamp - interval '{time}'"));
    earlier("2 minutes");
    // The newest stays, by which histories are compared.
    wait_until("all but the newest to go", || database.ask("SELECT count(*) FROM feed") == "1");
    // And nodes go on from there, also one that knows nothing yet.
    let last = ann.say_at("/chat", "the last");
    let later = Process::start(node_command(&database.url(), &[]));
    for node in nodes.running.iter().chain([&later]) {
        let ann = ann.clone().moved_to(node.address);
        wait_until("the last one", || ann.messages_at("/chat").last().unwrap()["id"] == last);
        assert_eq!(ann.messages_at("/chat").len(), 21);
    }
}

#[test]
fn a_node_that_hears_of_what_it_does_not_know_stops() {
    let Some(database) = Database::shared() else { return };
    let mut node = Process::start(node_command(&database.url(), &[]));
    node.member("ann");
    database.ask(
        "WITH head AS (UPDATE numbering SET newest = newest + 1, newest_other = newest + 1 RETURNING newest)
         INSERT INTO feed (seq, at, batch, event) SELECT newest, 0, '\\x00'::bytea, '\\xffff7f'::bytea FROM head",
    );
    assert!(!node.ends_well_within(TIMEOUT));
    // Its log is read by a thread of its own.
    wait_until("why", || node.log().contains("a newer snug writes to this chat"));
}

#[test]
fn a_database_of_a_newer_snug_is_left_as_it_is() {
    let Some(database) = Database::shared() else { return };
    drop(Process::start(node_command(&database.url(), &[])));
    database.ask("UPDATE numbering SET version = version + 1");
    let (code, _, stderr) = outcome(node_command(&database.url(), &[]));
    assert!(code == Some(1) && stderr.contains("newer snug"), "{code:?}: {stderr}");
}

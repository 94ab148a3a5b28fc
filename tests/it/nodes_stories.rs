//! The tables of who may do what, and the stories of a day, told once more by two nodes on PostgreSQL: clients go to the other
//! one with each request. Any other story is told so by its name, as `SNUG_NODES=2 cargo test --all-features -- live_order::`;
//! those that are about one process fail then: about its seats for streams, its part of a rate, how many cookies it sets.

use crate::prelude::*;

const TABLES: &[&str] =
    &["files_access::", "messages_access::messages_of_a_room", "people_access::", "rooms_access::"];
const DAY: &[&str] = &[
    "activity::",
    "day::a_day",
    "groups::",
    "live_resume::cut_anywhere_in_what_comes_live",
    "live_rooms::",
    "mentions::",
    "pins::",
    "posting::",
    "reactions::",
    "replies::",
];
/// About files that one process keeps, and about numbers that every node counts alike.
const NOT: &[&str] = &["archived::", "counts::"];

/// Has a process of its own tell the stories whose names begin so over two nodes.
#[track_caller]
fn told_over_two_nodes(stories: &[&str]) {
    if Database::shared().is_none() {
        return;
    }
    let mut told = Command::new(std::env::current_exe().unwrap());
    told.args(stories).args(NOT.iter().flat_map(|module| ["--skip", module])).arg("--test-threads=2");
    told.env("SNUG_NODES", "2");
    let output = told.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    for story in stories {
        assert!(text.contains(&format!("test {story}")), "no story of {story}: {text}");
    }
}

#[test]
fn who_may_do_what_is_the_same_at_two_nodes_by_turns() {
    told_over_two_nodes(TABLES);
}

#[test]
fn a_day_goes_by_at_two_nodes_by_turns_as_at_one() {
    told_over_two_nodes(DAY);
}

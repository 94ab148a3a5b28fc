//! With a file, noise in one room takes nothing from what others count by: unread messages, mentions and nonces
//! are known however much is posted elsewhere, and after a restart.

use crate::prelude::*;

/// A memory of so few messages that most are in the file alone.
const SHORT: [&str; 2] = ["--history", "5"];

/// What waits for someone in a room: how many messages, and how many that mention them.
fn waiting(who: &Client, path: &str) -> (u64, u64) {
    let rooms = who.read_json("/sidebar");
    let mut rooms = rooms["rooms"].as_array().unwrap().iter();
    let room = rooms.find(|room| room["path"] == path).unwrap_or_else(|| panic!("no {path}"));
    (room["unread"].as_u64().unwrap(), room["mentions"].as_u64().unwrap())
}

/// The id that a post is answered with, or its status.
fn send(who: &Client, path: &str, text: &str, nonce: &str) -> Result<u64, u16> {
    let answer = who.clone().json().post(path, &[("message", text), ("nonce", nonce)]);
    if answer.status == 201 { Ok(answer.value()["id"].as_u64().unwrap()) } else { Err(answer.status) }
}

#[test]
fn noise_changes_no_count_and_a_restart_neither() {
    let folder = TempDir::new();
    let program = folder.serve(&SHORT);
    let [ann, bob, eve] = program.members(["ann", "bob", "eve"]);
    let ids: Vec<u64> =
        (0..20).map(|n| ann.say_at("/chat", &format!("{n} {}", ["", "@bob"][n % 2]))).collect();
    ann.say_at("/people/bob", "hi");
    for place in ["/people/eve", "/people/ann", "/chat"] {
        for n in 0..30 {
            eve.say_at(place, &format!("noise {n}"));
        }
    }
    assert_eq!(waiting(&bob, "/people/ann"), (1, 0));
    assert_eq!(waiting(&bob, "/chat"), (50, 10));
    // Changes of what memory has let go count as well.
    ann.edit_message(ids[0], "now for @bob and @Bob");
    ann.edit_message(ids[1], "for no one");
    ann.edit_message(ids[3], "@bob again");
    ann.remove_message(ids[5]);
    assert_eq!(waiting(&bob, "/chat"), (49, 9));
    let up_to = ids[10].to_string();
    bob.clone().post("/chat/read", &[("up_to", &up_to)]).expect(200);
    crate::support::wait_until("they are read", || waiting(&bob, "/chat") == (39, 5));
    program.end_by("-KILL");
    for signal in ["-TERM", "-KILL"] {
        let program = folder.serve(&["--history", if signal == "-TERM" { "3" } else { "1000" }]);
        assert_eq!(waiting(&program.client_of(&bob), "/chat"), (39, 5), "{signal}");
        program.end_by(signal);
    }
}

#[test]
fn who_posts_a_lot_and_removes_it_makes_nothing_of_others_read() {
    let folder = TempDir::new();
    let program = folder.serve(&SHORT);
    let [ann, bob, eve] = program.members(["ann", "bob", "eve"]);
    for n in 0..5 {
        ann.say_at("/chat", &n.to_string());
    }
    let noise: Vec<u64> = (0..120).map(|n| eve.say_at("/chat", &format!("noise {n}"))).collect();
    assert_eq!(waiting(&bob, "/chat").0, 100);
    for id in noise {
        eve.remove_message(id);
    }
    assert_eq!(waiting(&bob, "/chat"), (5, 0));
}

#[test]
fn a_nonce_is_known_for_as_long_as_its_message_is_there() {
    let folder = TempDir::new();
    let mut program = folder.serve(&SHORT);
    let [mut ann, mut bob] = program.members(["ann", "bob"]);
    let sent: Vec<u64> = (0..4).map(|n| send(&ann, "/chat", "hello", &format!("n{n}")).unwrap()).collect();
    let private = send(&ann, "/people/bob", "hello", "private").unwrap();
    ann.edit_message(sent[1], "another");
    ann.remove_message(sent[2]);
    for round in 0..2 {
        for n in 0..20 {
            bob.say_at("/chat", &format!("noise {n}"));
        }
        let again = |nonce: &str| send(&ann, "/chat", "hello", nonce);
        assert_eq!(again("n0"), Ok(sent[0]), "{round}");
        assert_eq!([again("n1"), again("n2"), again("private")], [Err(409); 3], "{round}");
        assert_eq!(send(&ann, "/chat", "other", "n3"), Err(409), "{round}");
        assert_eq!(send(&ann, "/people/bob", "hello", "private"), Ok(private), "{round}");
        assert!(send(&bob, "/chat", "hello", &format!("n{round}")).is_ok(), "a nonce is the member's own");
        program.end_by("-KILL");
        program = folder.serve(&SHORT);
        (ann, bob) = (program.client_of(&ann), program.client_of(&bob));
    }
    let texts = |all: Vec<Value>| all.iter().filter(|message| message["text"] == "hello").count();
    assert_eq!(texts(ann.all_messages()), 4);
}

//! No slow thing occupies the server. These stories need no clock: what is slow takes until it
//! is released.

use std::sync::mpsc::{Receiver, channel};

use crate::prelude::*;

const IN_FLIGHT: usize = 64;
/// What the server lets in of each kind (its own constants say why).
const ADMITTED: usize = 32;

/// Sends `IN_FLIGHT` requests at once; the answers come as they are given.
fn crowd(
    client: &Client,
    ask: impl Fn(&mut Client, usize) -> Response + Copy + Send + 'static,
) -> Receiver<(usize, Response)> {
    let (sender, answers) = channel();
    for n in 0..IN_FLIGHT {
        let (sender, mut client) = (sender.clone(), client.clone());
        thread::spawn(move || {
            let answer = ask(&mut client, n);
            let _ = sender.send((n, answer));
        });
    }
    answers
}

fn next(answers: &Receiver<(usize, Response)>) -> (usize, Response) {
    answers.recv_timeout(TIMEOUT).expect("an answer in time")
}

/// Those who were turned away, once the share is full.
fn turned_away(answers: &Receiver<(usize, Response)>) -> Vec<(usize, Response)> {
    let refused = (ADMITTED..IN_FLIGHT).map(|_| next(answers));
    let refused: Vec<_> = refused.collect();
    for (n, answer) in &refused {
        assert_eq!(answer.status, 503, "{n}: {}", answer.head);
        let wait: u32 = answer.header("retry-after").parse().expect("seconds");
        assert!(wait >= 1);
    }
    refused
}

fn pages_are_answered(server: &Server, member: &Client) {
    for _ in 0..5 {
        member.clone().get("/chat").expect(200);
        member.clone().json().get("/chat").expect(200);
        server.visitor().get("/login").expect(200);
        server.visitor().get("/register").expect(200);
        server.visitor().get("/healthz").expect(200);
    }
}

#[test]
fn pages_are_answered_while_hashing_and_appending_take_for_ever() {
    let server = Server::open();
    let names = ["ann", "bob", "cyd", "dan"];
    let members = names.map(|name| server.member(name));
    server.hashing.shut();
    server.appending.shut();
    let visitor = server.visitor();
    let sign_ins = crowd(&visitor, move |client, n| client.login(names[n % names.len()], PASSWORD));
    let posts = crowd(&members[0], |client, n| {
        let (text, nonce) = (format!("message {n}"), format!("nonce{n}"));
        client.post("/chat", &[("message", &text), ("nonce", &nonce)])
    });
    // Who is not turned away by now has been let in, and waits.
    let refused_sign_ins = turned_away(&sign_ins);
    let refused_posts = turned_away(&posts);
    server.hashing.wait_for_held(2);
    server.appending.wait_for_held(1);
    pages_are_answered(&server, &members[1]);

    for (n, answer) in &refused_sign_ins {
        let name = input_value(&answer.body, "username");
        assert_eq!(name.as_deref(), Some(names[n % names.len()]));
        answer.body.lacks(PASSWORD);
    }
    for (n, answer) in &refused_posts {
        assert_eq!(textarea(&answer.body), format!("message {n}"));
    }
    assert!(members[1].clone().texts().is_empty(), "not kept, not shown");

    server.appending.release();
    let mut said: Vec<String> = (0..ADMITTED)
        .map(|_| {
            let (n, answer) = next(&posts);
            assert_eq!(answer.status, 303, "{}", answer.body);
            format!("message {n}")
        })
        .collect();
    server.hashing.release();
    for _ in 0..ADMITTED {
        let (_, answer) = next(&sign_ins);
        assert_eq!(answer.status, 303, "{}", answer.body);
    }
    let mut kept = members[1].clone().texts();
    said.sort();
    kept.sort();
    assert_eq!(kept, said, "each acknowledged message is there once");
}

#[test]
fn a_queue_of_hashes_holds_up_no_message() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    server.hashing.shut();
    let registrations = crowd(&server.visitor(), |client, n| client.register(&format!("guest{n}"), PASSWORD));
    for (n, answer) in turned_away(&registrations) {
        let name = input_value(&answer.body, "username");
        assert_eq!(name.as_deref(), Some(&*format!("guest{n}")));
    }
    for text in ["one", "two"] {
        ann.clone().say(text).expect(303);
    }
    assert_eq!(ann.clone().texts(), ["one", "two"]);
    pages_are_answered(&server, &ann);
    server.hashing.release();
    for _ in 0..ADMITTED {
        assert_eq!(next(&registrations).1.status, 303);
    }
}

#[test]
fn only_two_passwords_are_hashed_at_a_time() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    server.hashing.shut();
    let sign_ins = crowd(&server.visitor(), |client, _| client.login("ann", PASSWORD));
    turned_away(&sign_ins);
    server.hashing.wait_for_held(2);
    assert_eq!(server.hashing.held(), 2);
    server.hashing.release();
    for _ in 0..ADMITTED {
        assert_eq!(next(&sign_ins).1.status, 303);
    }
}

#[test]
fn a_message_that_was_let_in_is_sent_again_without_becoming_two() {
    // The journal is slow, the person is impatient and sends once more.
    let (server, [ann]) = Server::open().with_members(["ann"]);
    server.appending.shut();
    let (sender, answers) = channel();
    for _ in 0..3 {
        let (sender, mut ann) = (sender.clone(), ann.clone().json());
        thread::spawn(move || {
            let answer = ann.post("/chat", &[("message", "hello"), ("nonce", "n")]);
            let _ = sender.send((0, answer));
        });
    }
    server.appending.wait_for_held(1);
    server.appending.release();
    let ids = [(); 3].map(|()| next(&answers).1.value()["id"].clone());
    assert!(ids[0].is_u64() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(ann.clone().texts(), ["hello"]);
}

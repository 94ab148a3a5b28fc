//! One client can slow down only itself: what is shared is full of one client's work, and others are served all
//! the same. What is slow takes until it is released, so these stories need no clock.

use std::sync::mpsc::{Receiver, channel};

use snug::network::TrustedProxies;

use crate::prelude::*;

/// Where the attacker is, a neighbour behind the same address, and others elsewhere.
const LOUD: &str = "127.0.0.2";
const ELSEWHERE: &str = "127.0.0.3";
/// More than is let in of any slow work.
const CROWD: usize = 80;
/// What the server lets in of hashes and of changes.
const ADMITTED: usize = 32;
const BODY_MAX: usize = 128 * 1024;

/// Sends many requests at once; the answers come as they are given.
fn crowd(
    client: &Client,
    count: usize,
    ask: impl Fn(&mut Client, usize) -> Response + Copy + Send + 'static,
) -> Receiver<Response> {
    let (sender, answers) = channel();
    for number in 0..count {
        let (sender, mut client) = (sender.clone(), client.clone());
        thread::spawn(move || {
            let _ = sender.send(ask(&mut client, number));
        });
    }
    answers
}

fn next(answers: &Receiver<Response>) -> Response {
    answers.recv_timeout(TIMEOUT).expect("an answer in time")
}

/// Waits until the share of a crowd is full: the rest has been refused.
fn fill(answers: &Receiver<Response>) {
    for _ in ADMITTED..CROWD {
        next(answers).expect(503);
    }
}

/// Somebody else asks meanwhile, and one of the crowd gives way at once.
fn instead_of_one(
    answers: &Receiver<Response>,
    client: &Client,
    ask: impl Fn(&mut Client) -> Response + Copy + Send + 'static,
) -> Receiver<Response> {
    let (sender, answer) = channel();
    let mut client = client.clone();
    thread::spawn(move || {
        let _ = sender.send(ask(&mut client));
    });
    next(answers).expect(503);
    answer
}

#[test]
fn whoever_takes_all_turns_at_hashing_leaves_others_theirs() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    server.hashing.shut();
    let stranger = server.visitor().from(LOUD);
    let guesses = crowd(&stranger, CROWD, |client, n| client.login(&format!("nobody{n}"), PASSWORD));
    fill(&guesses);
    server.hashing.wait_for_held(2);
    let visitor = server.visitor().from(ELSEWHERE);
    let sign_in = instead_of_one(&guesses, &visitor, |client| client.login("ann", PASSWORD));
    server.hashing.release();
    next(&sign_in).expect(303);
    for _ in 1..ADMITTED {
        next(&guesses).expect(401);
    }
}

#[test]
fn whoever_takes_all_places_for_changes_leaves_others_theirs() {
    let server = Server::open();
    let loud = server.member("mallory").from(LOUD);
    let (neighbour, other) = (server.member("ann").from(LOUD), server.member("bob").from(ELSEWHERE));
    server.appending.shut();
    let posts = crowd(&loud, CROWD, |client, n| client.say(&format!("noise {n}")));
    fill(&posts);
    server.appending.wait_for_held(1);
    // Somebody elsewhere, and a colleague behind the attacker's own address.
    let elsewhere = instead_of_one(&posts, &other, |client| client.say("from elsewhere"));
    let beside = instead_of_one(&posts, &neighbour, |client| client.say("from beside"));
    server.appending.release();
    assert_eq!((next(&elsewhere).status, next(&beside).status), (303, 303));
    // What was decided is kept, whoever else came.
    for _ in 2..ADMITTED {
        next(&posts).expect(303);
    }
    let texts = other.clone().texts();
    assert!(texts.contains(&"from elsewhere".into()) && texts.contains(&"from beside".into()), "{texts:?}");
    assert_eq!(texts.len(), ADMITTED);
}

#[test]
fn all_kinds_of_changes_have_a_place_beside_one_who_posts() {
    let server = Server::open();
    let loud = server.member("mallory").from(LOUD);
    let mut other = server.member("ann").from(ELSEWHERE);
    let room = loud.clone().json().post("/rooms", &[("name", "Garden"), ("open", "yes")]).value();
    let path: &'static str = format!("/rooms/{}", room["room"]).leak();
    server.appending.shut();
    let posts = crowd(&loud, CROWD, |client, n| client.say(&format!("noise {n}")));
    fill(&posts);
    server.appending.wait_for_held(1);
    let join = instead_of_one(&posts, &other, move |client| client.post(&format!("{path}/join"), &[]));
    let zone = instead_of_one(&posts, &other, |client| client.post("/me/zone", &[("zone", "Europe/Berlin")]));
    server.appending.release();
    assert_eq!((next(&join).status, next(&zone).status), (303, 303));
    other.get(path).expect(200);
}

#[test]
fn whoever_takes_all_connections_leaves_others_theirs() {
    let server = Server::with(|settings| {
        settings.connections = 20;
        settings.connections_per_address = 20;
    });
    let ann = server.member("ann");
    let loud = server.visitor().from(LOUD);
    let silent: Vec<TcpStream> = (0..60).map(|_| loud.connect()).collect();
    // Elsewhere, and behind the attacker's own address.
    for origin in [ELSEWHERE, "127.0.0.1", "127.0.0.4", LOUD] {
        for _ in 0..3 {
            assert_eq!(server.visitor().from(origin).get("/login").status, 200, "{origin}");
            assert_eq!(ann.clone().from(origin).get("/chat").status, 200, "{origin}");
        }
    }
    drop(silent);
}

#[test]
fn many_networks_of_one_provider_take_the_connections_of_that_one_alone() {
    let server = Server::with(|settings| {
        settings.connections = 40;
        settings.trusted_proxies = TrustedProxies(vec!["127.0.0.1/32".parse().unwrap()]);
    });
    // Behind a proxy an address is known with the first head.
    let from = |address: &str| server.visitor().with_header("X-Forwarded-For", address);
    let mut held = Vec::new();
    for network in 0..40 {
        let mut stream = from("").connect();
        let request = format!(
            "POST /login HTTP/1.1\r\nHost: here\r\nX-Forwarded-For: 2001:db8:0:{network:x}::1\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nusername"
        );
        stream.write_all(request.as_bytes()).unwrap();
        held.push(stream);
    }
    for address in ["2001:db8:1::1", "203.0.113.9"] {
        assert_eq!(from(address).get("/login").status, 200, "{address}");
    }
}

#[test]
fn many_accounts_of_one_address_take_no_more_streams_than_their_address_may() {
    let server = Server::with(|settings| {
        settings.streams = 16;
        settings.streams_per_member = 4;
    });
    let accounts: Vec<Client> = (0..8).map(|n| server.member(&format!("mallory{n}")).from(LOUD)).collect();
    let (neighbour, other) = (server.member("ann").from(LOUD), server.member("bob").from(ELSEWHERE));
    // All at once: who finds no place waits a second for one.
    let held: Vec<Stream> = thread::scope(|scope| {
        let asking: Vec<_> = (0..8 * 4)
            .map(|n| {
                let account = &accounts[n % 8];
                scope.spawn(|| Stream::ask(account, "/events", "").ok())
            })
            .collect();
        asking.into_iter().filter_map(|one| one.join().unwrap()).collect()
    });
    assert!(held.len() >= 16, "what is free may be used by anyone: {}", held.len());
    for client in [&other, &neighbour] {
        let mut stream = Stream::open(client, "/events");
        client.clone().say("hello").expect(303);
        assert!(stream.message().is_some());
    }
}

#[test]
fn bodies_that_do_not_end_leave_room_for_those_of_others() {
    let server = Server::open();
    let mut ann = server.member("ann").from(ELSEWHERE);
    let mut neighbour = server.member("bob").from(LOUD);
    let loud = server.visitor().from(LOUD);
    let begins = format!(
        "POST /login HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {BODY_MAX}\r\n\r\n"
    );
    let body = vec![b'x'; BODY_MAX - 1];
    let mut held = Vec::new();
    for _ in 0..300 {
        let mut stream = loud.connect();
        stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        // Where it is refused, it need not be sent.
        let _ = stream.write_all(begins.as_bytes()).and_then(|()| stream.write_all(&body));
        held.push(stream);
    }
    for number in 0..5 {
        ann.say(&format!("{number} {}", "long ".repeat(700))).expect(303);
        neighbour.say(&format!("{number} {}", "long ".repeat(700))).expect(303);
    }
    drop(held);
}

#[test]
fn answers_that_are_not_taken_leave_room_for_those_of_others() {
    let server = Server::with(|settings| settings.post_rate = 0);
    let mut ann = server.member("ann").from(ELSEWHERE);
    let mut loud = server.member("mallory").from(LOUD);
    let mut neighbour = server.member("bob").from(LOUD);
    for _ in 0..60 {
        loud.say(&"\"".repeat(4_000)).expect(303);
    }
    let request = format!(
        "GET /chat HTTP/1.1\r\nHost: here\r\nCookie: {}\r\n\r\n",
        loud.cookie.clone().expect("a member")
    );
    let mut held = Vec::new();
    for _ in 0..60 {
        let mut stream = loud.connect();
        socket2::SockRef::from(&stream).set_recv_buffer_size(4 * 1024).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        // Something is taken, so that it is no connection that is dead.
        let mut some = [0; 1024];
        let _ = stream.read(&mut some);
        held.push(stream);
    }
    for _ in 0..5 {
        ann.get("/chat").expect(200);
        neighbour.get("/chat").expect(200);
        server.visitor().from(ELSEWHERE).get("/login").expect(200);
    }
    drop(held);
}

#[test]
fn notes_to_oneself_push_out_no_messages_of_others() {
    let (server, [mut ann, mut bob, mut loud]) =
        Server::with(|settings| settings.post_rate = 0).with_members(["ann", "bob", "mallory"]);
    for number in 0..60 {
        ann.say(&format!("shared {number}")).expect(303);
        ann.post("/people/bob", &[("message", &format!("private {number}"))]).expect(303);
    }
    let first = ann.json().post("/chat", &[("message", "once"), ("nonce", "n1")]).value();
    let mut ann = server.visitor();
    ann.login("ann", PASSWORD).expect(303);
    for number in 0..700 {
        let text = format!("{number} {}", "\u{1f4dd}".repeat(3_990));
        loud.post("/people/mallory", &[("message", &text)]).expect(303);
    }
    assert_eq!(bob.texts().len(), 50, "the newest page of the shared room");
    let private = bob.clone().json().get("/people/ann").value();
    assert_eq!(private["messages"].as_array().unwrap().len(), 50, "and of a conversation");
    let again = ann.clone().json().post("/chat", &[("message", "once"), ("nonce", "n1")]).value();
    assert_eq!(again["id"], first["id"], "what was said already is known");
    let sidebar = bob.json().get("/sidebar").value();
    for room in sidebar["rooms"].as_array().unwrap() {
        assert!(room["unread"].as_u64().unwrap() >= 50, "{room}");
    }
}

#[test]
fn streams_of_one_who_never_reads_leave_others_what_they_are_told() {
    let server = Server::with(|settings| settings.post_rate = 0);
    let (loud, ann) = (server.member("mallory").from(LOUD), server.member("ann").from(ELSEWHERE));
    let mut watching = Stream::open(&ann, "/events");
    let silent: Vec<Stream> = (0..60).map(|_| Stream::open(&loud, "/events")).collect();
    for number in 0..200 {
        ann.clone().say(&format!("{number}")).expect(303);
    }
    for number in 0..200 {
        let told = watching.message().expect("a message");
        assert_eq!(told.value()["text"], number.to_string());
    }
    drop(silent);
    wait_until("others come", || Stream::ask(&ann, "/events", "").is_ok());
}

#[test]
fn streams_that_gave_way_at_any_moment_give_their_place_to_others() {
    const TURNS: usize = 150;
    let server = Server::with(|settings| settings.streams = 4);
    let loud = server.member("ann").from(LOUD);
    let bob = server.member("bob");
    let held: Vec<Stream> = thread::scope(|scope| {
        // Three who open one after the other, and keep what they get.
        let greedy: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut held: Vec<Stream> = Vec::new();
                    for _ in 0..TURNS {
                        held.extend(Stream::ask(&loud, "/events", "").ok());
                        held.truncate(8);
                    }
                    held
                })
            })
            .collect();
        for _ in 0..TURNS {
            drop(Stream::ask(&bob, "/events", ""));
        }
        greedy.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    // Now they only hold what they have.
    for _ in 0..3 {
        wait_until("a place for another", || Stream::ask(&bob, "/events", "").is_ok());
    }
    drop(held);
}

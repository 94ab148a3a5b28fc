//! Programs that ask again and again are sent nothing while nothing is new (RFC 9110, 13.1.2).

use crate::prelude::*;

/// What a program that knows the answer with this tag is told; empty: it knows none.
fn ask(client: &Client, method: &str, path: &str, tag: &str) -> Response {
    let known = if tag.is_empty() { String::new() } else { format!("If-None-Match: {tag}\r\n") };
    client.clone().json().send(method, path, &known, b"")
}

fn tag(client: &Client, path: &str) -> String {
    let answer = ask(client, "GET", path, "").expect(200);
    assert!(answer.header("etag").ends_with('"'), "{path}: {}", answer.head);
    answer.header("etag").into()
}

#[test]
fn a_program_that_knows_the_answer_is_told_so() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    bob.say_at("/chat", "one");
    for path in ["/chat", "/sidebar", "/people", "/activity", "/chat?after=0"] {
        let first = ask(&ann, "GET", path, "").expect(200);
        let tag = tag(&ann, path);
        assert_eq!(first.header("etag"), tag, "{path}");
        let strong = tag.trim_start_matches("W/");
        for known in [&*tag, strong, "*", &format!("\"x\", {tag}"), &format!("W/\"x\",{strong} ")] {
            let answer = ask(&ann, "GET", path, known);
            assert_eq!(
                (answer.status, answer.header("etag"), answer.bytes.len()),
                (304, &*tag, 0),
                "{path} {known}"
            );
            assert_eq!(answer.header("content-length"), "", "{path} {known}");
        }
        for unknown in ["\"x\"", "W/\"\"", "x", "\"*\""] {
            let answer = ask(&ann, "GET", path, unknown).expect(200);
            assert_eq!((answer.header("etag"), &answer.body), (&*tag, &first.body), "{path} {unknown}");
        }
        let head = ask(&ann, "HEAD", path, "");
        assert_eq!((head.status, head.header("etag"), head.bytes.len()), (200, &*tag, 0), "{path}");
        assert_eq!(ask(&ann, "HEAD", path, &tag).status, 304, "{path}");
        let packed = ann.clone().with_header("Accept-Encoding", "gzip");
        assert_eq!(ask(&packed, "GET", path, &tag).status, 304, "{path}");
        let packed = ask(&packed, "GET", path, "");
        assert_eq!((packed.header("etag"), packed.unpacked()), (&*tag, first.body), "{path}");
    }
}

#[test]
fn a_change_is_another_answer() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let id = bob.say_at("/chat", "one");
    let react = format!("/messages/{id}/react");
    let changes: [&dyn Fn(); 4] = [
        &|| assert!(bob.say_at("/chat", "two") > id),
        &|| bob.edit_message(id, "three"),
        &|| drop(bob.clone().post(&react, &[("emoji", "👍"), ("on", "1")]).expect(303)),
        &|| bob.remove_message(id),
    ];
    for (number, change) in changes.iter().enumerate() {
        let before = tag(&ann, "/chat");
        change();
        let answer = ask(&ann, "GET", "/chat", &before).expect(200);
        assert_ne!(answer.header("etag"), before, "change {number}");
        assert_eq!(ask(&ann, "GET", "/chat", answer.header("etag")).status, 304, "change {number}");
    }
}

#[test]
fn anothers_tag_opens_nothing() {
    let (server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let den = ann.open_room_called("Den", false);
    ann.say_at(&den, SECRET);
    bob.say_at("/chat", "one");
    let (room, sidebar) = (tag(&ann, &den), tag(&ann, "/sidebar"));
    let answer = ask(&bob, "GET", "/sidebar", &sidebar).expect(200);
    assert_ne!(answer.header("etag"), sidebar);
    for known in [&*room, "*"] {
        ask(&eve, "GET", &den, known).expect(404);
        ask(&server.visitor(), "GET", &den, known).expect(401);
    }
    let shared = tag(&eve, "/chat");
    ann.remove_member("eve");
    ask(&eve, "GET", "/chat", &shared).expect(401);
    ask(&ann, "GET", "/people", "*").expect(304);
    // Pages for people have none; and what changes something does so.
    let page = ann.clone().with_header("If-None-Match", "*").get("/chat").expect(200);
    assert_eq!(page.header("etag"), "");
    let posted = ann.clone().json().with_header("If-None-Match", "*").post("/chat", &[("message", "two")]);
    assert_eq!((posted.status, posted.header("etag")), (201, ""));
}

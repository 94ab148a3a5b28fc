//! What RFC 9112 says, heard from outside.

use crate::prelude::*;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[test]
fn who_waits_for_leave_to_send_a_body_gets_it() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let mut wire = RawConnection::open(server.address);
    let head = post_request("/chat", ann.cookie.as_ref().unwrap(), "").replace("Content-Length: 0\r\n", "");
    let head = head.trim_end().to_owned();
    let body = "message=after+you";
    let expecting = |rest: &str| {
        format!("{head}\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n{rest}", body.len())
    };
    wire.say(expecting(""));
    let leave = wire.answer();
    assert_eq!((leave.status, leave.head.as_str()), (100, "HTTP/1.1 100 Continue"));
    wire.say(body);
    wire.answer().expect(303);
    // Who does not wait is answered as well, with or without the leave.
    wire.say(expecting(body));
    let answer = wire.answer();
    let last = if answer.status == 100 { wire.answer() } else { answer };
    assert_eq!(last.status, 303);
    // In chunks.
    wire.say(format!("{head}\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n"));
    wire.answer().expect(100);
    wire.say("9\r\nmessage=c\r\n0\r\n\r\n");
    wire.answer().expect(303);
    // Nothing to send, nothing to wait for.
    wire.say(get_request("/healthz").replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
    wire.answer().expect(200);
    assert_eq!(ann.texts(), ["after you", "after you", "c"]);
}

#[test]
fn who_waits_in_vain_is_told_at_once() {
    let server = Server::open();
    let waiting = |lines: &str| format!("POST /login HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
    assert_refused(server.address, waiting("Expect: 100-continue\r\nContent-Length: 131073\r\n"), 413);
    assert_refused(server.address, waiting("Expect: 200-ok\r\nContent-Length: 5\r\n"), 417);
    assert_refused(server.address, waiting("Expect:\r\nContent-Length: 5\r\n"), 417);
    // HTTP/1.0 knows no such leave, so it is not given.
    let mut wire = RawConnection::open(server.address);
    wire.say("POST /logout HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    wire.say("=");
    assert_ne!(wire.answer().status, 100);
}

#[test]
fn every_refusal_is_heard_and_followed_by_a_close() {
    let server = Server::open();
    let first = |line: &str| format!("{line}\r\nHost: localhost\r\n\r\n");
    let at = server.address;
    assert_refused(at, first("nonsense"), 400);
    assert_refused(at, "GET / HTTP/1.1\r\n\r\n", 400);
    assert_refused(at, first(&format!("GET /{} HTTP/1.1", "x".repeat(8192))), 414);
    assert_refused(at, first("GET / HTTP/2.0"), 505);
    assert_refused(at, first("GET / HTTP/1.2"), 505);
    assert_refused(at, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    assert_refused(at, first("CONNECT here:80 HTTP/1.1"), 501);
    assert_refused(
        at,
        get_request("/").replace("\r\n\r\n", &format!("\r\nA: {}\r\n\r\n", "x".repeat(17_000))),
        431,
    );
    let with_body = |length: usize| {
        format!(
            "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{}",
            "x".repeat(length.min(200_000))
        )
    };
    assert_refused(at, with_body(131_073), 413);
    // Already under way when the refusal comes: it is drained, so that the answer is not lost.
    assert_refused(at, with_body(200_000), 413);
}

#[test]
fn who_is_refused_may_finish_the_sentence() {
    let server = Server::open();
    let mut wire = RawConnection::open(server.address);
    wire.say("POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\nabc");
    wire.answer().expect(413);
    wire.assert_closed();
    // What comes now is drained: a reset could overtake the answer on its way.
    for _ in 0..5 {
        assert!(wire.say([b'x'; 10_000]), "the connection was reset");
    }
}

#[test]
fn a_target_longer_than_a_whole_head_may_be_is_still_too_long_a_target() {
    let server = Server::open();
    assert_refused(
        server.address,
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(30_000)),
        414,
    );
}

#[test]
fn the_largest_that_may_be_is_let_in() {
    let server = Server::open();
    let mut wire = RawConnection::open(server.address);
    wire.say(get_request(&format!("/{}", "x".repeat(8191))));
    wire.answer().expect(404);
    wire.say(get_request("/healthz").replace("\r\n\r\n", &format!("\r\nA: {}\r\n\r\n", "x".repeat(16_000))));
    wire.answer().expect(200);
    wire.say(get_request("/healthz").replace("\r\n\r\n", &format!("\r\n{}\r\n", "A: b\r\n".repeat(63))));
    wire.answer().expect(200);
    let body = "x".repeat(131_072);
    wire.say(post_request("/login", "", &body));
    assert_eq!(wire.answer().status, 400, "an unknown field");
    wire.say(get_request("/healthz"));
    wire.answer().expect(200);
}

#[test]
fn old_clients_are_closed_unless_they_ask_to_stay() {
    let server = Server::open();
    let mut wire = RawConnection::open(server.address);
    wire.say("GET /healthz HTTP/1.0\r\n\r\n");
    assert_eq!(wire.answer().body, "ok\n");
    wire.assert_closed();

    let mut wire = RawConnection::open(server.address);
    for _ in 0..3 {
        wire.say("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let answer = wire.answer();
        assert_eq!((answer.status, answer.header("connection")), (200, "keep-alive"));
    }
    wire.say("GET /healthz HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n");
    wire.answer().expect(200);
    wire.assert_closed();
}

#[test]
fn new_clients_stay_unless_they_ask_to_be_closed() {
    let server = Server::open();
    let mut wire = RawConnection::open(server.address);
    for _ in 0..50 {
        wire.say(get_request("/login"));
        let answer = wire.answer();
        assert_eq!((answer.status, answer.headers("connection").len()), (200, 0));
    }
    wire.say(get_request("/healthz").replace("\r\n\r\n", "\r\nConnection: TE , Close\r\n\r\n"));
    assert_eq!(wire.answer().header("connection"), "close");
    wire.assert_closed();
}

#[test]
fn head_is_get_without_the_body() {
    let server = Server::open();
    let mut wire = RawConnection::open(server.address);
    wire.say(get_request("/login"));
    let page = wire.answer();
    wire.say(get_request("/login").replace("GET", "HEAD") + &get_request("/healthz"));
    let head = wire.answer_to_head();
    assert_eq!((head.status, head.header("content-length")), (200, page.header("content-length")));
    assert_eq!(wire.answer().body, "ok\n", "it has no body that could be taken for an answer");
    wire.say(get_request("/nowhere").replace("GET", "HEAD"));
    wire.answer_to_head().expect(404);
    wire.say(get_request("/login").replace("GET", "head"));
    let other = wire.answer();
    assert_eq!((other.status, other.body.is_empty()), (405, false), "methods have a case");
    wire.say(get_request("/healthz"));
    wire.answer().expect(200);
}

#[test]
fn a_target_may_name_the_host_and_it_counts() {
    let server = Server::named("there");
    let mut wire = RawConnection::open(server.address);
    for target in ["http://there/healthz", "HTTP://there:80/healthz", "https://there/healthz?x", "/healthz?"]
    {
        wire.say(get_request(target));
        assert_eq!(wire.answer().body, "ok\n", "{target}");
    }
    for target in ["http://there", "http://there?x=1", "http://there/"] {
        wire.say(get_request(target));
        assert_eq!(wire.answer().location(), "/login", "{target}");
    }
    // The gate against other sites goes by the host in the target.
    let from = |origin: &str| {
        let form = post_request("http://there/login", "", "username=x&password=12345678");
        form.replace("\r\n\r\n", &format!("\r\nOrigin: {origin}\r\n\r\n"))
    };
    wire.say(from("http://there"));
    wire.answer().expect(401);
    wire.say(from("http://here"));
    wire.answer().expect(403);
    wire.say("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(wire.answer().status >= 400);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let cookie = ann.cookie.clone().unwrap();
    let mut wire = RawConnection::open(server.address);
    let chunks = format!(
        "POST /chat HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n{FORM}Transfer-Encoding: chunked\r\n\r\n\
         b\r\nmessage=two\r\n0\r\n\r\n"
    );
    let all = [
        get_request("/healthz"),
        post_request("/chat", &cookie, "message=one"),
        get_request("/nowhere"),
        chunks,
        get_request("/login").replace("GET", "PUT"),
        "\r\n\r\n".into(),
        post_request("/chat", &cookie, "message=three"),
        get_request("/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
        get_request("/healthz"),
    ];
    wire.say(all.concat());
    let (answers, _) = wire.until_the_end();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 303, 404, 303, 405, 303, 303], "and none after the close");
    assert_eq!(ann.texts(), ["one", "two", "three"]);
}

#[test]
fn a_thousand_pipelined_requests_are_answered_in_order() {
    let server = Server::open();
    // In an empty chat, one creates it first.
    server.member("ann");
    let mut wire = RawConnection::open(server.address);
    let all: String = (0..1000).map(|index| get_request(&format!("/login?next=%2Fn{index}."))).collect();
    wire.say(&all);
    for index in 0..1000 {
        let answer: Response = wire.answer();
        assert!(answer.body.contains(&format!("/n{index}.\"")), "{index}: {}", answer.head);
    }
}

#[test]
fn a_request_may_come_byte_by_byte_and_after_blank_lines() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let mut wire = RawConnection::open(server.address);
    let request =
        "\r\n\r\n\n".to_owned() + &post_request("/chat", ann.cookie.as_ref().unwrap(), "message=slow");
    for _ in 0..2 {
        request.bytes().for_each(|byte| assert!(wire.say([byte])));
        wire.answer().expect(303);
    }
    assert_eq!(ann.texts(), ["slow", "slow"]);
}

#[test]
fn nobody_can_claim_an_address_or_a_scheme_in_the_doors_own_words() {
    let mut snug = SeededProcess::run(&["--sign-in-rate", "2"]);
    for attempt in 0..4 {
        let mut mallory = snug
            .visitor()
            .with_header("X-Snug-From", &format!("192.0.2.{attempt}"))
            .with_header("X-Snug-Scheme", "https")
            .with_header("X_Snug_From", "192.0.2.9");
        let answer = mallory.login(&format!("nobody{attempt}"), "wrong password");
        assert_eq!(answer.status, if attempt < 2 { 401 } else { 429 });
    }
    let mut bob = snug.visitor().with_header("X-Snug-Scheme", "https");
    let answer = bob.register("bob", "correct horse");
    assert!(!answer.header("set-cookie").contains("Secure"));
    snug.assert_well();
}

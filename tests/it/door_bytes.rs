//! Any bytes at all: each gets a valid answer or a clean close.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::prelude::*;

const HEAD: &[u8] = b"GET /healthz?a=b HTTP/1.1\r\nHost: a:1\r\nCookie: a=b; c=d\r\nAccept: */*\r\n\
    Content-Length: 0\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";

/// Says this and then no more; every answer must be whole, one that we give, and the close clean.
fn answers_to(address: SocketAddr, bytes: &[u8]) -> Vec<Response> {
    let mut wire = RawConnection::open(address);
    wire.say(bytes);
    wire.hush();
    let (answers, end) = wire.until_the_end();
    let shown = || String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(end, End::Closed, "{:?}: {answers:?}", shown());
    for answer in &answers {
        let known =
            [100, 200, 303, 400, 401, 403, 404, 405, 408, 413, 414, 415, 417, 421, 422, 429, 431, 501, 505];
        assert!(known.contains(&answer.status), "{:?}: {answer:?}", shown());
        // tiny_http's own refusals are empty: what it refuses must not get through to it.
        let empty = answer.status >= 400 && answer.body.is_empty() && !bytes.starts_with(b"HEAD");
        assert!(!empty, "{:?}: {answer:?}", shown());
    }
    // No more is said after a refusal of the door's.
    let closes = answers.iter().position(|answer| answer.header("connection") == "close");
    assert!(closes.is_none_or(|at| at + 1 == answers.len()), "{:?}: {answers:?}", shown());
    // Without a reset, nothing stays behind in TIME_WAIT that could use the ports up.
    wire.reset();
    answers
}

#[test]
fn every_byte_at_every_place_of_a_head_gets_an_answer_or_a_close() {
    let run = || SeededProcess::run(&["--host", "a:1"]);
    let mut snugs = [run(), run(), run()];
    let addresses = [snugs[0].address, snugs[1].address, snugs[2].address];
    thread::scope(|scope| {
        for crowd in 0..6 {
            scope.spawn(move || {
                for place in (crowd..HEAD.len()).step_by(6) {
                    let address = addresses[place % 3];
                    for byte in 0..=255 {
                        let mut other = HEAD.to_vec();
                        other[place] = byte;
                        let answers = answers_to(address, &other);
                        let real = answers.iter().filter(|answer| answer.status >= 200).count();
                        // A line feed more ends the head earlier (RFC 9112, 2.2, allows to see a line's end
                        // in it), and what follows is nonsense.
                        let split =
                            byte == b'\n' && answers.last().is_some_and(|answer| answer.status == 400);
                        assert!(
                            real <= 1 || (split && real == 2),
                            "{:?} {answers:?}",
                            String::from_utf8_lossy(&other)
                        );
                        if byte == HEAD[place] {
                            assert_eq!(answers.last().map(|answer| answer.status), Some(200));
                        }
                    }
                }
            });
        }
    });
    snugs.iter_mut().for_each(SeededProcess::assert_well);
}

#[test]
fn every_byte_between_two_bytes_of_a_head_as_well() {
    let mut snug = SeededProcess::run(&["--host", "a:1"]);
    let address = snug.address;
    // Where it matters most: controls, separators, and what is no ASCII.
    let bytes = b"\0\t\n\x0b\x0c\r !\"#%&'(),/:;=?@[\\]{|}~\x7f\x80\x85\xa0\xc2\xff";
    thread::scope(|scope| {
        for crowd in 0..6 {
            scope.spawn(move || {
                for place in (crowd..=HEAD.len()).step_by(6) {
                    for byte in bytes {
                        let other = [&HEAD[..place], &[*byte], &HEAD[place..]].concat();
                        answers_to(address, &other);
                    }
                }
            });
        }
    });
    snug.assert_well();
}

#[test]
fn a_head_cut_off_anywhere_is_no_request() {
    let mut snug = SeededProcess::run(&[]);
    for end in 0..HEAD.len() {
        assert!(answers_to(snug.address, &HEAD[..end]).is_empty());
    }
    snug.assert_well();
}

/// Bytes at random, mixed with such that lead further in.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(
        &[
            "GET ",
            "POST ",
            "HEAD ",
            "get ",
            "/",
            "/login",
            "/chat",
            "*",
            "http://x/",
            " HTTP/1.1",
            " HTTP/1.0",
            " HTTP/1.1\r\nHost: localhost\r\n",
            "\r\n",
            "\r\n\r\n",
            "\n",
            "\r",
            "\n\n",
            ": ",
            ":",
            " ",
            "\t",
            "Host: localhost\r\n",
            "Content-Length: ",
            "Content-Length: 5\r\n\r\n",
            "Content-Length: 0\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\n\r\n",
            "0\r\n\r\n",
            "5\r\nhello\r\n",
            "Expect: 100-continue\r\n",
            "Connection: close\r\n",
            "Connection: keep-alive\r\n",
            "Cookie: snug=x\r\n",
            "Content-Type: application/x-www-form-urlencoded\r\n",
            "Accept: application/json\r\n",
            "username=x&password=12345678",
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "ffffffffffffffff\r\n",
            "X-Snug-From: 1.1.1.1\r\n",
            "x-snug-scheme: https\r\n",
            "Origin: null\r\n",
            "Upgrade: h2c\r\n",
            "%",
            ";",
        ][..],
    );
    let piece = prop_oneof![
        6 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..8),
        1 => vec(any::<u8>(), 1..300),
    ];
    vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

#[test]
fn random_bytes_get_an_answer_or_a_close() {
    let mut snug = SeededProcess::run(&["--sign-in-rate", "0"]);
    let config = Config { cases: 1500, failure_persistence: None, ..Config::default() };
    let tried = TestRunner::new(config).run(&noise(), |bytes| {
        answers_to(snug.address, &bytes);
        Ok(())
    });
    tried.unwrap_or_else(|fault| panic!("{fault}"));
    snug.assert_well();
}

#[test]
fn whatever_stands_in_the_headers_that_are_passed_on_reaches_the_application_whole() {
    let mut snug = SeededProcess::run(&["--trust-proxy", "127.0.0.1"]);
    for name in [
        "Host", "Accept", "Content-Type", "Cookie", "Origin", "Sec-Fetch-Site", "User-Agent",
        "X-Forwarded-For",
    ] {
        for value in [
            &b""[..],
            b" ",
            b"\t\t",
            b":",
            b"::",
            b"a\tb",
            b"\xff\xfe\xfd",
            "प्रिया=ü".as_bytes(),
            b"a; b; c; snug=; snug=x; =; ;;",
            b"text/html;q=\"\\\"\", application/json",
            &[b'x'; 8000],
            &[0xc3; 8000],
        ] {
            let mut head = b"GET /chat HTTP/1.1\r\nConnection: close\r\n".to_vec();
            if name != "Host" {
                head.extend(b"Host: localhost\r\n");
            }
            head.extend([name.as_bytes(), b": ", value, b"\r\n\r\n"].concat());
            let answers = answers_to(snug.address, &head);
            let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            assert!(matches!(statuses[..], [200 | 303 | 400 | 401]), "{name}: {value:?}: {statuses:?}");
        }
        snug.assert_page_for_a_fresh_client();
    }
    snug.assert_well();
}

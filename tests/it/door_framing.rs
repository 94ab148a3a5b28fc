//! What could be read in two ways is read in none: request smuggling, and bodies in chunks.

use crate::prelude::*;

/// A request with these header lines, and this behind them.
fn with(lines: &str, rest: &str) -> String {
    format!("POST /login HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n{rest}")
}

#[test]
fn ambiguous_lengths_are_refused() {
    let mut snug = SeededProcess::run(&[]);
    let chunks = "0\r\n\r\n";
    for lines in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\ntransfer-encoding:\tchunked\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: x\r\n",
        "Content-Length: 5\r\nTransfer-Encoding:\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\ncontent-length: 0\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: 5,6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5.0\r\n",
        "Content-Length: 5e0\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: five\r\n",
        "Content-Length: \"5\"\r\n",
        "Content-Length:\r\n",
        "Content-Length: \u{a0}5\r\n",
        "Content-Length: 5\u{2003}\r\n",
        "Content-Length: \u{665}\r\n",
        "Content-Length : 5\r\n",
        "Content-Length\t: 5\r\n",
        " Content-Length: 5\r\n",
        "Content-Length\r\n",
        ": 5\r\n",
        "Content-Length: 5\r\n Transfer-Encoding: chunked\r\n",
        "A: b\r\n\tContent-Length: 5\r\n",
        "A: b\rContent-Length: 5\r\n",
        "A: b\r\rContent-Length: 5\r\n",
        "A: b\0Content-Length: 5\r\n",
        "Content-Length: 5\r\r\n",
        "Content-Length: 5\0\r\n",
        "Content_Length\u{200b}: 5\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding: \x0bchunked\r\n",
        "Transfer-Encoding: chunked\x0c\r\n",
        "Transfer\u{ad}-Encoding: chunked\r\n",
        "Host: there\r\n",
        "Host: localhost\r\n",
        "Expect: 100-continue\r\nExpect: 100-continue\r\n",
    ] {
        assert_refused(snug.address, with(lines, chunks), 400);
    }
    for lines in [
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunkedx\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: \u{a0}chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding: \r\nTransfer-Encoding: chunked\r\n",
    ] {
        assert_refused(snug.address, with(lines, chunks), 501);
    }
    let old = "POST /login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_refused(snug.address, old, 400);
    snug.assert_well();
}

#[test]
fn request_lines_that_are_none_are_refused() {
    let mut snug = SeededProcess::run(&[]);
    for line in [
        "GET  /login HTTP/1.1", "GET /login  HTTP/1.1", " GET /login HTTP/1.1", "GET\t/login HTTP/1.1",
        "GET /login\tHTTP/1.1", "GET /login HTTP/1.1 ", "GET /lo gin HTTP/1.1", "GET /login",
        "GET /login http/1.1", "GET /login HTTP/1.1x", "GET /login HTTP/1", "GET /login HTTP/11.1",
        "GET /login\rX HTTP/1.1", "GET /log\0in HTTP/1.1", "GET /login#here HTTP/1.1",
        "GET /\u{fc} HTTP/1.1", "GET login HTTP/1.1", "GET ftp://here/login HTTP/1.1",
        "GET http:///login HTTP/1.1", "G(T /login HTTP/1.1", "\u{fc} /login HTTP/1.1", "HTTP/1.1 200 OK",
    ] {
        let request = format!("{line}\r\nHost: localhost\r\n\r\n");
        let mut wire = snug.wire();
        wire.say(&request);
        let (answers, end) = wire.until_the_end();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(
            matches!(statuses[..], [400 | 505]) && end == End::Closed,
            "{request:?}: {statuses:?} {end:?}"
        );
    }
    snug.assert_well();
}

fn chunked(chunks: &str) -> String {
    with("Transfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n", chunks)
}

#[test]
fn bodies_in_chunks_are_taken_as_they_were_sent() {
    let mut snug = SeededProcess::run(&[]);
    let says = |chunks: &str| {
        let cookie = format!("Cookie: {}\r\n", snug.cookie());
        let head =
            "POST /chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        let mut wire = snug.wire();
        // Another request right behind tells where the body was taken to end.
        let chunked = format!("{head}{cookie}Transfer-Encoding: chunked\r\n\r\n{chunks}");
        wire.say(chunked + &get_request("/healthz"));
        let status = wire.answer().status;
        assert_eq!(wire.answer().body, "ok\n", "{chunks:?}");
        status
    };
    assert_eq!(says("9\r\nmessage=o\r\n2\r\nne\r\n0\r\n\r\n"), 303);
    assert_eq!(says("00b\r\nmessage=two\r\n0000\r\n\r\n"), 303);
    assert_eq!(says("D;a=b;c=\"d\"\r\nmessage=three\r\n0;e\r\n\r\n"), 303);
    assert_eq!(says("0\r\n\r\n"), 422);
    let single = "message=four".chars().map(|c| format!("1\r\n{c}\r\n")).collect::<Vec<_>>().concat();
    assert_eq!(says(&format!("{single}0\r\n\r\n")), 303);
    let largest = "message=".to_owned() + &"x".repeat(128 * 1024 - 8);
    assert_eq!(says(&format!("20000\r\n{largest}\r\n0\r\n\r\n")), 422, "too long for a message");
    let texts = snug.ann.texts();
    assert_eq!(texts[3..], ["one", "two", "three", "four"]);
}

#[test]
fn trailers_are_read_and_forgotten() {
    let snug = SeededProcess::run(&[]);
    let mut wire = snug.wire();
    wire.say(chunked("3\r\na=b\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n") + &get_request("/healthz"));
    assert_ne!(wire.answer().status, 501, "the body is whole");
    assert_eq!(wire.answer().body, "ok\n");
}

#[test]
fn absurd_chunks_are_refused() {
    let mut snug = SeededProcess::run(&[]);
    let mut faults = Vec::new();
    for chunks in [
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "-0\r\n\r\n",
        "+0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "\n5\r\nhello\r\n0\r\n\r\n",
        "5\n\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
        "\u{a0}5\r\nhello\r\n0\r\n\r\n",
        "5_0\r\nhello\r\n0\r\n\r\n",
        "5g\r\nhello\r\n0\r\n\r\n",
        "\r\nhello\r\n0\r\n\r\n",
        ";a\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhelloXX0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "4\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5;\n\r\nhello\r\n0\r\n\r\n",
        "5;a\0\r\nhello\r\n0\r\n\r\n",
        "5;a\rb\r\nhello\r\n0\r\n\r\n",
        "0\r\nX\r\n",
        "0\n\n",
        "10000000000000000\r\nhello\r\n0\r\n\r\n",
        "99999999999999999999999999999999\r\n",
    ] {
        let mut wire = snug.wire();
        wire.say(chunked(chunks) + &get_request("/smuggled"));
        wire.hush();
        let (answers, end) = wire.until_the_end();
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        if !matches!(statuses[..], [400 | 413]) || end != End::Closed {
            faults.push(format!("{chunks:?}: {statuses:?} {end:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    snug.assert_well();
}

#[test]
fn chunks_that_never_end_are_cut_off() {
    let mut snug = SeededProcess::run(&[]);
    let large = "x".repeat(140_000);
    assert_refused(snug.address, chunked(&format!("ffffffffffffffff\r\n{large}")), 413);
    assert_refused(snug.address, chunked(&format!("7fffffffffffffff\r\n{large}")), 413);
    assert_refused(snug.address, chunked(&"1\r\nx\r\n".repeat(140_000)), 413);
    // What is longer than the door reads, in a size, an extension, a trailer or in empty pieces.
    for endless in ["0", "5;", "5;a=", "0\r\nA: ", "0\r\nA: b\r\n"] {
        let filler = endless.chars().last().filter(char::is_ascii_digit).unwrap_or('a');
        let filler = if endless.ends_with('\n') { "A: b\r\n".into() } else { filler.to_string() };
        let mut wire = snug.wire();
        let taken = wire.say(chunked(&(endless.to_owned() + &filler.repeat(3_000_000 / filler.len()))));
        let refused = matches!(wire.next_answer(false), Ok(answer) if matches!(answer.status, 400 | 413));
        assert!(refused || !taken, "{endless:?} was taken");
    }
    snug.assert_well();
}

#[test]
fn bodies_that_are_cut_off_are_nobodys_message() {
    let mut snug = SeededProcess::run(&[]);
    let whole = crate::support::post_request("/chat", &snug.cookie(), "message=cut+off+in+the+middle");
    let body = whole.find("message=").unwrap();
    for end in body..whole.len() {
        let mut wire = RawConnection::open(snug.address);
        wire.say(&whole.as_bytes()[..end]);
        wire.hush();
        let (answers, closed) = wire.until_the_end();
        assert!(answers.iter().all(|answer| answer.status == 400) && closed == End::Closed, "{answers:?}");
    }
    snug.assert_well();
}

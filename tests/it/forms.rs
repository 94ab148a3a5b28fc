//! Forms that no browser would send.

use crate::prelude::*;

const FORM: &str = "application/x-www-form-urlencoded";

/// What is sent to which path as what, and the status that it deserves.
const BAD: &[(u16, &str, &str, &[u8])] = &[
    // Missing.
    (401, "/login", FORM, b""),
    (401, "/login", FORM, b"username=ann"),
    (401, "/login", FORM, b"password=correct+horse"),
    (422, "/register", FORM, b""),
    (422, "/register", FORM, b"username=bob"),
    (422, "/register", FORM, b"password=correct+horse"),
    (422, "/register", FORM, b"username=&password="),
    (422, "/chat", FORM, b""),
    (422, "/chat", FORM, b"message"),
    (422, "/chat", FORM, b"message=&nonce=n1"),
    (422, "/chat", FORM, b"nonce=n1"),
    (422, "/chat", FORM, b"&&&"),
    // Repeated.
    (400, "/login", FORM, b"username=ann&username=ann&password=x"),
    (400, "/login", FORM, b"username=ann&password=x&password=y"),
    (400, "/login", FORM, b"next=/chat&next=/&username=ann&password=x"),
    (400, "/register", FORM, b"username=bob&user%6eame=eve&password=correct+horse"),
    (400, "/register", FORM, b"username=bob&password=correct+horse&code=1&code=2"),
    (400, "/chat", FORM, b"message=a&message=b"),
    (400, "/chat", FORM, b"message=a&nonce=1&nonce=1"),
    // Extra.
    (400, "/login", FORM, b"username=ann&password=x&admin=1"),
    (400, "/login", FORM, b"Username=ann&password=x"),
    (400, "/register", FORM, b"username[]=bob&password=correct+horse"),
    (400, "/register", FORM, b"username=bob&password=correct+horse&next=/chat"),
    (400, "/chat", FORM, b"message=a&by=bob"),
    (400, "/chat", FORM, b"message=a&=b"),
    (400, "/logout", FORM, b"everywhere=1"),
    // Badly encoded.
    (400, "/login", FORM, b"%"),
    (400, "/login", FORM, b"username=%&password=x"),
    (400, "/login", FORM, b"username=%4&password=x"),
    (400, "/login", FORM, b"username=%zz&password=x"),
    (400, "/login", FORM, b"user%zzname=ann&password=x"),
    (400, "/chat", FORM, b"message=%u0041"),
    (400, "/chat", FORM, b"message=100%"),
    (400, "/chat", FORM, b"message=a%%41"),
    // Not UTF-8.
    (400, "/register", FORM, b"username=%FF&password=correct+horse"),
    (400, "/register", FORM, b"username=\xFF\xFE&password=correct+horse"),
    (400, "/register", FORM, b"username=bob&password=correct%C0%AFhorse"),
    (400, "/chat", FORM, b"message=%ED%A0%80"),
    (400, "/chat", FORM, b"message=%F4%90%80%80"),
    (400, "/chat", FORM, b"message=%E0%A4"),
    (400, "/chat", FORM, b"message=%E0%A4&nonce=%AA"),
    (400, "/chat", FORM, b"mess%FFage=a"),
    // NUL.
    (400, "/login", FORM, b"username=ann%00&password=x"),
    (400, "/login", FORM, b"username=ann\0&password=x"),
    (400, "/chat", FORM, b"message=a%00b"),
    (400, "/chat", FORM, b"message%00=a"),
    // Out of bounds.
    (422, "/chat", FORM, b"message=a&nonce=with+space"),
    (422, "/chat", FORM, b"message=a&nonce=%C3%A9"),
    // Something else altogether.
    (415, "/login", "application/json", b"{\"username\":\"ann\"}"),
    (415, "/login", "multipart/form-data; boundary=x", b"--x--"),
    (415, "/register", "text/plain", b"username=bob&password=correct+horse"),
    (415, "/chat", "", b"message=a"),
    (415, "/chat", "application/x-www-form-urlencodedx", b"message=a"),
    (415, "/logout", "text/plain", b"x"),
    (400, "/chat", "text/plain\r\nContent-Type: application/x-www-form-urlencoded", b"message=a"),
];

#[test]
fn every_bad_form_is_told_so_and_changes_nothing() {
    let (server, [ann]) = Server::with(|settings| settings.sign_in_rate = 0).with_members(["ann"]);
    let kept = server.appending.count();
    for (status, path, kind, body) in BAD {
        let told = String::from_utf8_lossy(body);
        let answer = ann.clone().post_body(path, kind, body);
        assert_eq!(answer.status, *status, "POST {path} {kind} {told}");
        assert!(answer.body.contains("</html>"), "POST {path} {kind} {told}");
        assert!(answer.headers("set-cookie").is_empty(), "{path} {told}");
    }
    assert_eq!(server.appending.count(), kept, "nothing happened");
    assert!(ann.clone().is_in());
}

#[test]
fn whoever_says_who_they_are_is_that_or_says_nothing() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let says = |author: &str| ann.clone().post("/chat", &[("message", "half a thought"), ("author", author)]);
    for other in ["bob", "", "an", "ann "] {
        let page = says(other);
        let is_ann = other.trim() == "ann";
        assert_eq!(page.status, if is_ann { 303 } else { 409 }, "{other:?}");
        assert!(is_ann || textarea(&page.body) == "half a thought");
    }
    says("ANN").expect(303);
    assert_eq!(ann.clone().texts().len(), 2);
}

#[test]
fn a_form_that_is_too_large_is_refused() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    for path in ["/login", "/register", "/chat", "/logout"] {
        let large = [&b"username="[..], &vec![b'x'; 1_000_000]].concat();
        let answer = server.visitor().post_body(path, FORM, &large);
        assert_eq!(answer.status, 413, "{path}");
    }
    // Without a length, the server has to count.
    let chunk = format!("{:x}\r\n{}\r\n", 100_000, "x".repeat(100_000));
    let body = format!("{}0\r\n\r\n", chunk.repeat(10));
    let extra = format!("Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n");
    ann.send("POST", "/chat", &extra, body.as_bytes()).expect(413);
    assert!(ann.texts().is_empty());
}

#[test]
fn a_good_form_in_chunks_is_a_good_form() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let extra = format!("Content-Type: {FORM}\r\nTransfer-Encoding: chunked\r\n");
    let body = b"8\r\nmessage=\r\n5\r\nhello\r\n0\r\n\r\n";
    ann.send("POST", "/chat", &extra, body).expect(303);
    assert_eq!(ann.texts(), ["hello"]);
    let broken = b"zz\r\nmessage=\r\n0\r\n\r\n";
    let answer = ann.send("POST", "/chat", &extra, broken);
    assert!((400..500).contains(&answer.status), "{}", answer.status);
    assert_eq!(ann.texts(), ["hello"]);
}

#[test]
fn a_form_is_a_form_whatever_stands_after_its_type() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    for kind in [
        "application/x-www-form-urlencoded;charset=UTF-8",
        "Application/X-WWW-Form-Urlencoded ; charset=utf-8",
    ] {
        ann.post_body("/chat", kind, b"message=a").expect(303);
    }
}

#[test]
fn bad_queries_are_refused_as_bad_forms_are() {
    let server = Server::with(|settings| settings.invite_code = InviteCode::parse("sesame"));
    for path in [
        "/login?next=%zz", "/login?next=%FF", "/login?next=%00", "/login?next=/a&next=/b",
        "/register?code=%", "/register?code=a&code=b",
    ] {
        let answer = server.visitor().get(path);
        assert_eq!(answer.status, 400, "{path}");
        answer.body.shows("</html>");
    }
    for path in ["/login?utm_source=mail", "/register?x=1&code=a", "/login?"] {
        assert_eq!(server.visitor().get(path).status, 200, "{path}");
    }
}

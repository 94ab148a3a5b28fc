//! What holds for every path: methods, pages that are not there, the layout, and what is typed.

use std::time::SystemTime;

use chrono::DateTime;
use chrono_tz::Tz;

use crate::prelude::*;

const PATHS: [(&str, &str); 7] = [
    ("/", "GET, HEAD"),
    ("/register", "GET, HEAD, POST"),
    ("/login", "GET, HEAD, POST"),
    ("/logout", "GET, HEAD, POST"),
    ("/chat", "GET, HEAD, POST"),
    ("/healthz", "GET, HEAD"),
    ("/robots.txt", "GET, HEAD"),
];
/// Text that would be a script where it is not escaped.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

/// Every kind of page that this server can show, by its name.
fn pages(server: &Server, member: &Client, typed: &str) -> Vec<(&'static str, String)> {
    let (mut member, mut visitor) = (member.clone(), server.visitor());
    let encoded: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
    let mut ask = |path: &str| visitor.get(&format!("{path}{encoded}")).body;
    let mut pages = vec![
        ("sign in", ask("/login?next=")),
        ("register", ask("/register?code=")),
        ("unknown", ask("/nothing/")),
        ("unknown query", ask("/nothing?")),
        ("room", member.get("/chat").body),
        ("bad before", member.get(&format!("/chat?before={encoded}")).body),
        ("sign out", member.get("/logout").body),
        ("wrong method", visitor.send("PATCH", "/chat", "", b"").body),
    ];
    let fields = [("username", typed), ("password", "wrong horse"), ("next", typed)];
    pages.push(("wrong password", visitor.post("/login", &fields).body));
    let fields = [("username", typed), ("password", PASSWORD), ("code", typed)];
    pages.push(("wrong name", visitor.post("/register", &fields).body));
    let fields = [("message", typed), ("nonce", typed), ("next", typed)];
    pages.push(("bad message", member.post("/chat", &fields).body));
    let fields = [("message", typed), ("next", typed)];
    pages.push(("signed out", visitor.post("/chat", &fields).body));
    let mut forged = visitor.clone().with_header("Origin", typed);
    pages.push(("foreign", forged.post("/chat", &fields).body));
    pages
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    for (path, allow) in PATHS {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW", "get"] {
            let answer = ann.send(method, path, "", b"");
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.headers("allow"), [allow], "{method} {path}");
            assert!(answer.body.contains("</html>"), "{method} {path}");
        }
    }
    for path in ["/", "/healthz"] {
        let answer = ann.post(path, &[]);
        assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
    }
    let program = ann.clone().json().send("PUT", "/chat", "", b"").expect(405);
    assert_eq!(program.header("allow"), "GET, HEAD, POST");
    assert!(ann.is_in());
}

#[test]
fn head_is_get_without_the_body() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    for client in [ann, server.visitor()] {
        for path in ["/", "/register", "/login", "/logout", "/chat", "/healthz", "/x"] {
            let (get, head) = (client.clone().get(path), client.clone().send("HEAD", path, "", b""));
            assert_eq!(head.body, "", "{path}");
            // All but the clock's.
            let lines = |head: &str| -> Vec<String> {
                let lines = head.lines().filter(|line| !line.starts_with("Date:"));
                lines.map(str::to_owned).collect()
            };
            assert_eq!(lines(&head.head), lines(&get.head), "{path}");
        }
    }
}

#[test]
fn a_page_that_is_not_there_still_looks_like_the_house() {
    let server = Server::open();
    let mut visitor = server.visitor();
    for path in [
        "/nothing", "/chat/", "/Chat", "//chat", "/chat/../login", "/%63hat", "/favicon.ico", "/.env",
        "/nothing?x=%zz",
    ] {
        let answer = visitor.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"));
        for part in ["<header", "<main", "<footer", "<style>", "href=\"/\""] {
            assert!(answer.body.contains(part), "{part} at {path}");
        }
        assert_eq!(visitor.post(path, &[("x", "y")]).status, 404, "{path}");
    }
}

#[test]
fn whoever_watches_over_the_house_is_told_that_it_stands() {
    let server = Server::open();
    let answer = server.visitor().get("/healthz").expect(200);
    assert_eq!(answer.body.trim_end(), "ok");
    assert!(answer.header("content-type").starts_with("text/plain"));
}

#[test]
fn crawlers_are_let_in_to_be_told_that_nothing_is_to_be_listed() {
    let server = Server::open();
    let answer = server.visitor().get("/robots.txt");
    assert_eq!((answer.status, answer.header("x-robots-tag")), (200, "noindex"));
    assert!(answer.header("content-type").starts_with("text/plain"));
    assert!(answer.body.ends_with("User-agent: *\nDisallow:\n"), "{}", answer.body);
}

#[test]
fn every_page_has_a_header_the_content_and_a_footer() {
    let (server, [ann]) =
        Server::with(|settings| settings.title = "Our & <i>House</i>".into()).with_members(["ann"]);
    let title = "Our &amp; &lt;i&gt;House&lt;/i&gt;";
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = DateTime::from_timestamp(since.unwrap().as_secs().cast_signed(), 0).unwrap();
    let year = now.with_timezone(&Tz::Asia__Kolkata).format("%Y").to_string();
    for (name, page) in pages(&server, &ann, "no name") {
        let header = between(&page, "<header", "</header>");
        assert!(header.contains(title), "{name}: {header}");
        let footer = between(&page, "<footer", "</footer>");
        assert!(footer.contains(title), "{name}: {footer}");
        assert!(footer.contains(&format!("© {year}")), "{name}: {footer}");
        assert!(between(&page, "<title>", "</title>").contains(title), "{name}");
        for part in ["main", "h1"] {
            let opened = page.matches(&format!("<{part}")).count();
            assert_eq!(opened, 1, "<{part}> on the page {name}");
        }
        assert!(page.starts_with("<!DOCTYPE html>"), "{name}");
        assert!(page.contains("<html lang=\"en\" dir=\"ltr\">"), "{name}");
        assert!(page.contains("name=\"viewport\""), "{name}");
        assert!(!page.contains("user-scalable"), "{name}: zoom is allowed");
        assert!(page.contains("class=\"skip\" href=\"#content\""), "{name}");
        assert!(!page.contains("<i>"), "{name}");
    }
}

#[test]
fn nothing_that_is_typed_becomes_markup() {
    let server = Server::with(|settings| {
        settings.title = "<script>alert(1)</script>".into();
        settings.invite_code = InviteCode::parse(HOSTILE);
        settings.sign_in_rate = 0;
    });
    let mut ann = server.visitor();
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", HOSTILE)];
    ann.post("/register", &fields).expect(303);
    ann.say(HOSTILE).expect(303);
    let hostile = [
        HOSTILE,
        "</textarea><script>alert(1)</script>",
        "</title></style></script><script>alert(1)</script>",
        "--><svg onload=alert(1)>",
        "x\" autofocus onfocus=\"alert(1)",
        "/\"><script>alert(1)</script>",
    ];
    for typed in hostile {
        for (name, page) in pages(&server, &ann, typed) {
            // Our one script, the texts that it says, and the parts that it puts in; they alert nobody.
            let page = page.replace("<script id=\"texts\" type=\"application/json\">", "");
            let page = page.replace("<script id=\"message-parts\" type=\"text/html\"", "");
            let scripts = page.matches("<script").count();
            let ours = page.matches("<script>").count() + page.matches("<script src=\"/script-").count();
            assert!(scripts == ours && ours <= 1, "{name} with {typed}");
            for raw in ["<script>alert", "<img", "<svg onload", "\" onfocus=", "\" autofocus onf"] {
                assert!(!page.contains(raw), "{raw} on the page {name} with {typed}");
            }
        }
    }
    let page = ann.get("/chat").body;
    assert!(articles(&page)[0].markup.contains("&lt;script&gt;alert(1)"));
    let fields = [("username", HOSTILE), ("password", "x")];
    let again = server.visitor().post("/login", &fields).body;
    assert_eq!(input_value(&again, "username").as_deref(), Some(HOSTILE));
    let draft = ann.post("/chat", &[("message", HOSTILE), ("nonce", "*")]);
    assert_eq!(textarea(&draft.body), HOSTILE);
}

#[test]
fn a_hostile_name_cannot_join() {
    let server = Server::open();
    for name in ["<script>", "a\"b", "a'b", "a&b", "a<b", "a>b", "{{a}}"] {
        server.visitor().register(name, PASSWORD).expect(422);
    }
}

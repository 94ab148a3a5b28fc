//! What every answer says to the browser about itself.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use crate::prelude::*;

/// What the chat answers to this member's GET, as long as it is no whole answer: a stream begins so.
fn beginning(client: &Client, path: &str) -> Response {
    PendingStream::on(client.connect(), client, path, "").begun().1
}

/// One answer of every kind.
fn answers() -> Vec<Response> {
    let server = Server::with(|settings| settings.sign_in_rate = 1);
    let (mut visitor, mut ann) = (server.visitor(), server.member("ann"));
    ann.say("https://example.org/ and \"more\"");
    let mut forged = ann.clone().with_header("Sec-Fetch-Site", "cross-site");
    vec![
        visitor.get("/"),
        visitor.get("/login?next=/chat"),
        visitor.get("/register"),
        visitor.get("/chat"),
        visitor.get("/healthz"),
        visitor.get("/robots.txt"),
        visitor.get("/nothing"),
        visitor.send("PUT", "/chat", "", b""),
        visitor.clone().json().get("/chat"),
        visitor.login("ann", "wrong"),
        visitor.login("ann", "wrong"),
        visitor.register("ANN", PASSWORD),
        visitor.register("", ""),
        visitor.say("unsent"),
        ann.get("/chat"),
        ann.clone().json().get("/chat"),
        beginning(&ann, "/events"),
        beginning(&ann, "/chat/live"),
        ann.send("HEAD", "/chat", "", b""),
        ann.clone().json().say(" "),
        ann.say("hello"),
        ann.say(" "),
        ann.get("/logout"),
        ann.post_body("/chat", "text/plain", b"x"),
        forged.say("forged"),
        ann.post("/logout", &[]),
    ]
}

#[test]
fn what_never_changes_may_be_kept() {
    let server = Server::open();
    let list = server.visitor().get("/emoji.txt");
    assert_eq!(list.headers("Cache-Control"), ["public, max-age=31536000, immutable"]);
    assert_eq!(list.headers("Content-Type"), ["text/plain; charset=utf-8"]);
    assert!(list.body.contains("\n👍 +1 thumbsup|thumbs up\n"), "{}", list.body.len());
}

#[test]
fn every_answer_says_how_it_may_be_used() {
    for answer in answers() {
        let only = |name: &str| {
            let values = answer.headers(name);
            assert_eq!(values.len(), 1, "{name} in {}", answer.head);
            values[0].to_owned()
        };
        assert_eq!(only("X-Content-Type-Options"), "nosniff");
        assert_eq!(only("Referrer-Policy"), "same-origin");
        assert_eq!(only("Cache-Control"), "no-store");
        assert_eq!(only("X-Robots-Tag"), "noindex");
        assert_eq!(only("Cross-Origin-Resource-Policy"), "same-origin");
        assert_eq!(only("Cross-Origin-Opener-Policy"), "same-origin");
        assert!(only("Permissions-Policy").split(", ").all(|feature| feature.ends_with("=()")));
        assert!(answer.headers("Server").is_empty(), "{}", answer.head);
        assert!(answer.headers("Strict-Transport-Security").is_empty(), "nobody asked for it");
        assert!(only("Content-Type").contains(['/']));
        let policy = only("Content-Security-Policy");
        let parts: Vec<&str> = policy.split(';').map(str::trim).collect();
        for part in ["default-src 'none'", "frame-ancestors 'self'", "form-action 'self'", "base-uri 'none'"]
        {
            assert!(parts.contains(&part), "{part} in {policy}");
        }
        policy.lacks("unsafe");
        assert!(!policy.contains("http"), "nobody else's sources: {policy}");
        assert!(answer.headers("access-control-allow-origin").is_empty());
    }
}

#[test]
fn what_the_door_refuses_is_not_kept_or_listed_either() {
    let (server, full) = (Server::open(), Server::with(|settings| settings.connections = 1));
    let visitor = server.visitor();
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(9_000));
    let mut answers = vec![
        visitor.send_raw(b"GET / HTTP/1.1\r\n\r\n"),
        visitor.send_raw(b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n"),
        visitor.send_raw(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n"),
        visitor.send_raw(b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        visitor.send_raw(long.as_bytes()),
    ];
    // One that was served keeps its place.
    let mut other = RawConnection::open(full.address);
    other.say(get_request("/healthz"));
    other.answer().expect(200);
    answers.push(full.visitor().send_raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [400, 505, 413, 501, 414, 503]);
    for answer in answers {
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        let (_, advice) = answer.body.split_once("</h1>\n<p>").expect("what to do, for people");
        assert!(advice.split(". ").count() == 2 && advice.ends_with("</html>\n"), "{advice}");
        let expected = [
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
            ("X-Robots-Tag", "noindex"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ];
        for (name, value) in expected {
            assert_eq!(answer.headers(name), [value], "{name} in {}", answer.head);
        }
        assert!(answer.headers("Server").is_empty(), "{}", answer.head);
    }
}

#[test]
fn browsers_are_told_to_come_by_https_only_where_that_was_asked_for_and_they_did() {
    let server = Server::with(|settings| {
        settings.trusted_proxies.0.push("127.0.0.1/32".parse().unwrap());
        settings.hsts = Some(31_536_000);
    });
    let mut secure = server.visitor().with_header("X-Forwarded-Proto", "https");
    for path in ["/login", "/chat", "/nothing", "/healthz"] {
        let answer = secure.get(path);
        assert_eq!(answer.headers("Strict-Transport-Security"), ["max-age=31536000"], "{path}");
        assert!(server.visitor().get(path).headers("Strict-Transport-Security").is_empty(), "{path}");
    }
}

#[test]
fn who_signs_out_leaves_no_page_in_the_browser_and_other_chats_their_cookies() {
    let (server, [mut ann]) = Server::named("chat.lan").with_members(["ann"]);
    assert_eq!(ann.post("/logout", &[]).headers("Clear-Site-Data"), ["\"cache\""]);
    // Over plain http from elsewhere, browsers heed neither, and complain.
    let request =
        b"POST /logout HTTP/1.1\r\nHost: chat.lan\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let answer = server.visitor().send_raw(request).expect(303);
    assert!(answer.headers("Clear-Site-Data").is_empty());
    assert!(answer.headers("Cross-Origin-Opener-Policy").is_empty());
}

/// The tag of a member's page that names the script.
fn script_source(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<script src=\"/script-")?;
    let start = page.len() - rest.len() - "<script src=\"/script-".len();
    page[start..].split_inclusive("</script>").next()
}

#[test]
fn the_policy_names_our_style_and_our_script_by_what_they_are() {
    let (mut styles, mut scripts) = (0, 0);
    for answer in answers() {
        let policy = answer.header("Content-Security-Policy");
        for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
            let end = format!("</{tag}>");
            for rest in answer.body.split(&format!("<{tag}>")).skip(1) {
                let (asset, _) = rest.split_once(&end).unwrap();
                let hash = Base64::encode_string(&Sha256::digest(asset));
                let allowed = between(policy, directive, ";");
                assert!(allowed.contains(&format!("'sha256-{hash}'")), "<{tag}> is not allowed by {policy}");
                *(if tag == "style" { &mut styles } else { &mut scripts }) += 1;
            }
            // No other way in: no attributes, and no source but the one script.
            let texts = "<script id=\"texts\" type=\"application/json\">"; // which browsers do not run
            let parts = "<script id=\"message-parts\" type=\"text/html\""; // nor these
            let mut rest = answer.body.replace(texts, "").replace(parts, "");
            if let Some(source) = script_source(&answer.body) {
                rest = rest.replace(source, "");
                assert!(policy.contains(&format!("'{}'", between(source, "integrity=\"", "\""))), "{policy}");
                scripts += usize::from(tag == "script");
            }
            assert!(!rest.contains(&format!("<{tag} ")), "{rest}");
        }
    }
    assert!(styles >= 10 && scripts >= 3, "{styles} and {scripts} seen");
}

#[test]
fn no_page_has_styles_or_scripts_in_its_tags() {
    for answer in answers() {
        let assets = |text: &str, tag: &str| -> String {
            let (start, end) = (format!("<{tag}>"), format!("</{tag}>"));
            let mut pieces = text.split(&start);
            let first = pieces.next().unwrap().to_owned();
            pieces.fold(first, |kept, piece| kept + piece.split_once(&end).map_or("", |(_, rest)| rest))
        };
        let body = answer.body.replace(script_source(&answer.body).unwrap_or("none"), "");
        let markup = assets(&assets(&body, "style"), "script");
        for tag in markup.split('<').skip(1) {
            let tag = tag.split('>').next().unwrap();
            let attributes = tag.split(' ').skip(1).map(str::to_ascii_lowercase);
            for attribute in attributes {
                assert!(!attribute.starts_with("style="), "<{tag}>");
                assert!(!attribute.starts_with("on"), "<{tag}>");
                assert!(!attribute.contains("javascript:"), "<{tag}>");
            }
            assert!(!tag.starts_with("object"));
            // Nothing else is fetched from anywhere, but our own frames where scripts do not run.
            if tag.starts_with("iframe") {
                let ours = [" src=\"/chat/live?seen=", " src=\"/chat/compose\""];
                assert!(ours.iter().any(|src| tag.contains(src)), "<{tag}>");
            }
            assert_eq!(tag.contains(" src="), tag.starts_with("iframe"), "<{tag}>");
        }
        let scripted = markup
            .split("<noscript>")
            .map(|rest| rest.split_once("</noscript>").map_or(rest, |(_, rest)| rest));
        assert!(scripted.into_iter().all(|rest| !rest.contains("<iframe")), "{markup}");
    }
}

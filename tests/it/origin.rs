//! The gate against other sites.

use crate::prelude::*;

/// The header lines of a request that claims to come from somewhere.
type Claims<'a> = &'a [(&'a str, &'a str)];

fn claiming(client: &Client, claims: Claims) -> Client {
    let client = client.clone();
    claims.iter().fold(client, |client, (name, value)| client.with_header(name, value))
}

#[test]
fn our_own_pages_and_programs_pass() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let own = format!("http://{}", server.address);
    let shouted = own.to_uppercase();
    let passing: [Claims; 8] = [
        &[],
        &[("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "none")],
        &[("Sec-Fetch-Site", "same-origin"), ("Origin", &own)],
        &[("Sec-Fetch-Site", "none"), ("Origin", "null")],
        &[("Origin", &own)],
        &[("Origin", &shouted)],
        &[("Referer", "http://evil.example/")],
    ];
    for claims in passing {
        assert_eq!(claiming(&ann, claims).say("hello").status, 303, "{claims:?}");
    }
    assert_eq!(ann.clone().texts().len(), passing.len());
}

#[test]
fn other_sites_are_refused() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let port = server.address.port();
    let own = format!("http://{}", server.address);
    let other_port = format!("http://127.0.0.1:{}", port ^ 1);
    let other_host = format!("http://localhost:{port}");
    let other_scheme = format!("https://127.0.0.1:{port}");
    let inside = format!("http://127.0.0.1:{port}.evil.example");
    let user = format!("http://evil@127.0.0.1:{port}");
    let path = format!("{own}/");
    let list = format!("{own} http://evil.example");
    let refused: [Claims; 19] = [
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site")],
        &[("Sec-Fetch-Site", "")],
        &[("Sec-Fetch-Site", "whatever")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", &own)],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", &own)],
        &[("Origin", "null")],
        &[("Origin", "")],
        &[("Origin", "http://evil.example")],
        &[("Origin", "http://127.0.0.1")],
        &[("Origin", &other_port)],
        &[("Origin", &other_host)],
        &[("Origin", &other_scheme)],
        &[("Origin", &inside)],
        &[("Origin", &user)],
        &[("Origin", &path)],
        &[("Origin", &list)],
        &[("Origin", &own), ("Origin", "http://evil.example")],
        &[("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
    ];
    for claims in refused {
        let answer = claiming(&ann, claims).say("forged");
        let repeated = claims.len() == 2 && claims[0].0 == claims[1].0;
        let status = if repeated { 400 } else { 403 };
        assert_eq!(answer.status, status, "{claims:?}");
        assert!(answer.body.contains("</html>"), "{claims:?}");
    }
    assert!(ann.clone().texts().is_empty());
}

#[test]
fn the_gate_goes_by_the_name_under_which_the_house_was_opened() {
    let (server, [ann]) = Server::named("chat.lan").with_members(["ann"]);
    let post = |host: &str, origin: &str| -> Response {
        let body = "message=hello";
        let request = format!(
            "POST /chat HTTP/1.1\r\n{host}Origin: {origin}\r\nCookie: {}={}\r\n\
             Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            server.cookie_name(),
            ann.token(),
            body.len()
        );
        ann.send_raw(request.as_bytes())
    };
    let here = "Host: chat.lan:8080\r\n";
    post(here, "http://chat.lan:8080").expect(303);
    post("Host: chat.lan\r\n", "http://chat.lan").expect(303);
    post("Host: [::1]:80\r\n", "http://[::1]:80").expect(303);
    // A port that goes without saying is the same as none.
    post("Host: chat.lan:80\r\n", "http://chat.lan").expect(303);
    post("Host: CHAT.lan\r\n", "http://chat.lan:80").expect(303);
    post("Host: chat.lan:443\r\n", "http://chat.lan").expect(403);
    post(here, "http://chat.lan").expect(403);
    post(here, "http://chat.lan:8081").expect(403);
    post(here, "https://chat.lan:8080").expect(403);
    post("Host:\r\n", "http://").expect(403);
    let two = "Host: chat.lan\r\nHost: evil.example\r\n";
    post(two, "http://evil.example").expect(400);
    assert_eq!(ann.clone().texts().len(), 5);
}

#[test]
fn a_refused_request_leaves_nothing_behind() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let (hashed, kept) = (server.hashing.count(), server.appending.count());
    let mut forged = claiming(&ann, &[("Sec-Fetch-Site", "cross-site")]);
    let answers = [
        forged.say("forged"),
        forged.post("/logout", &[]),
        forged.login("ann", PASSWORD),
        forged.register("eve", PASSWORD),
    ];
    for answer in answers {
        assert_eq!(answer.status, 403);
        assert!(answer.headers("set-cookie").is_empty());
        answer.body.shows("another site");
    }
    assert_eq!(server.hashing.count(), hashed);
    assert_eq!(server.appending.count(), kept);
    assert!(ann.clone().is_in());
    server.member("eve");
}

#[test]
fn a_foreign_form_is_foreign_before_it_is_wrong() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let mut forged = claiming(&ann, &[("Sec-Fetch-Site", "cross-site")]);
    forged.post_body("/chat", "text/plain", b"%").expect(403);
}

#[test]
fn links_from_elsewhere_may_be_followed() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let claims = [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")];
    let mut visitor = claiming(&ann, &claims);
    for path in ["/chat", "/logout"] {
        assert_eq!(visitor.get(path).status, 200, "{path}");
    }
    assert!(ann.clone().is_in());
}

#[test]
fn a_browser_that_tells_a_site_is_believed_on_every_form() {
    // What Chromium sends from a page of ours, on localhost and on a LAN.
    let server = Server::open();
    let own = format!("http://{}", server.address);
    let claims: [Claims; 2] = [&[("Sec-Fetch-Site", "same-origin"), ("Origin", &own)], &[("Origin", &own)]];
    for (claims, name) in claims.into_iter().zip(["ann", "bob"]) {
        let mut browser = claiming(&server.visitor(), claims);
        browser.register(name, PASSWORD).expect(303);
        browser.say("hello").expect(303);
        browser.post("/logout", &[]).expect(303);
        browser.login(name, PASSWORD).expect(303);
        let taken = browser.register(name, PASSWORD);
        assert!(field_error(&taken.body, "username").is_some());
    }
}

#[test]
fn a_proxy_that_hides_how_it_was_reached_is_told_of_once_a_minute() {
    let snug = Process::local(&[]);
    let forged = |origin: &str| snug.visitor().with_header("Origin", origin).login("ann", PASSWORD).status;
    for origin in ["null", "https://nas.local", "https://nas.local", "http://evil.example"] {
        assert_eq!(forged(origin), 403, "{origin}");
    }
    let (address, log) = (snug.address, snug.kill());
    let lines: Vec<&str> = log.lines().collect();
    let [line] = lines[..] else { panic!("{log}") };
    for said in ["https://nas.local ", &format!("http://{address};"), "--trust-proxy", "--host nas.local"] {
        assert!(line.contains(said), "{said} in {line}");
    }
}

#[test]
fn what_is_told_of_a_refused_origin_is_one_short_line_of_plain_text() {
    for (origin, said) in [
        ("http://nas.local\u{202E}\u{9B}31m", "http://nas.local?????31m"),
        (&*format!("http://{}", "x".repeat(9_000)), "http://xxx"),
        (&format!("http://{}:99", "[::1]".repeat(500)), "has to pass on Host"),
        ("https://127.0.0.1:99", "--host 127.0.0.1:99\n"),
        ("http://127.0.0.1", "--trust-proxy for its address\n"),
        ("http://[2001:db8::1]:99", "--host [2001:db8::1]:99"),
    ] {
        let snug = Process::local(&[]);
        snug.visitor().with_header("Origin", origin).login("ann", PASSWORD).expect(403);
        let log = snug.kill();
        assert!(log.len() < 600 && log.matches('\n').count() == 1 && log.contains(said), "{log}");
        assert!(log.trim_end().chars().all(|c| c.is_ascii() && !c.is_control()), "{log}");
    }
    // The same place by another scheme: the proxy is there, and says too little.
    let snug = Process::local(&["--trust-proxy", "192.0.2.1"]);
    let request = "POST /login HTTP/1.1\r\nHost: chat.example\r\nOrigin: https://chat.example\r\n\
                   X-Forwarded-Proto: https\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    snug.visitor().send_raw(request.as_bytes()).expect(403);
    let log = snug.kill();
    log.shows("has to send X-Forwarded-Proto, and --trust-proxy").lacks("--host");
}

#[test]
fn whoever_is_refused_is_told_what_to_do_and_gets_the_message_back() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let forms = |path: &str, claim: (&str, &str)| {
        let fields = [("message", "a <long> letter"), ("version", "1")];
        claiming(&ann, &[claim]).post(path, &fields)
    };
    for path in ["/chat", "/messages/1/edit", "/people/ann"] {
        let page = forms(path, ("Origin", "https://chat.example")).expect(403);
        page.body.shows("tell the person who runs it").shows("a &lt;long&gt; letter</textarea>");
    }
    let page = forms("/chat", ("Sec-Fetch-Site", "cross-site"));
    assert!(page.status == 403 && page.body.contains("This came from another site"), "{}", page.body);
    assert!(ann.clone().texts().is_empty());
}

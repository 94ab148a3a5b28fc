//! Names to which the chat answers: a website that makes its name mean this machine is no page of ours.

use crate::prelude::*;

/// A request that asks for this host.
fn ask(client: &Client, host: &str, line: &str, more: &str) -> Response {
    let head = format!("{line} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n");
    client.send_raw(head.as_bytes())
}

#[test]
fn a_chat_for_this_machine_turns_strange_names_away() {
    let server = Server::open();
    let visitor = server.visitor();
    let (port, status) = (server.address.port(), |host: &str| ask(&visitor, host, "GET /login", "").status);
    for own in [
        "localhost", "LOCALHOST", "localhost.", "chat.localhost:99", "127.0.0.1", "127.0.0.2:1", "[::1]:8080",
    ] {
        assert_eq!(status(own), 200, "{own}");
    }
    assert_eq!(status(&format!("localhost:{port}")), 200);
    for strange in [
        "evil.example",
        &format!("evil.example:{port}"),
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "[2001:db8::1]",
        "me@localhost",
        "localhost:no",
    ] {
        assert_eq!(status(strange), 421, "{strange}");
    }
    // An absolute target says it as well. Without a name there is no browser.
    ask(&visitor, "localhost", "GET http://evil.example/login", "").expect(421);
    visitor.send_raw(b"GET /login HTTP/1.0\r\n\r\n").expect(200);
}

#[test]
fn it_says_which_name_it_saw_and_how_to_allow_it_and_no_more() {
    let (_server, [mut ann]) =
        Server::with(|settings| settings.title = "Secret".into()).with_members(["ann"]);
    let page = ask(&ann, "nas.local:8080", "GET /login", "");
    assert_eq!(page.header("content-type"), "text/plain; charset=utf-8");
    page.body.shows("--host nas.local:8080").lacks("Secret");
    let json = ask(&ann, "nas.local", "GET /chat", "Accept: application/json\r\n");
    assert_eq!((json.status, &json.value()["error"]), (421, &"unknown_host".into()));
    // Also with a session, and for what changes something.
    let cookie = format!("Cookie: {}\r\nContent-Length: 0\r\n", ann.cookie.clone().unwrap());
    for line in ["GET /chat", "HEAD /chat", "GET /events", "POST /logout", "GET /nothing", "GET /healthz"] {
        assert_eq!(ask(&ann, "evil.example", line, &cookie).status, 421, "{line}");
    }
    assert!(ann.is_in());
}

#[test]
fn a_name_that_is_given_is_answered_to() {
    let command = snug(&[
        "--listen", "127.0.0.1:0", "--host", "nas.local,Chat.Example:8443", "--host", "[2001:db8::1]",
    ]);
    let program = Process::start(command);
    let status = |host: &str| ask(&program.visitor(), host, "GET /login", "").status;
    for own in ["nas.local", "NAS.local:9", "chat.example:8443", "[2001:DB8::1]:80", "localhost"] {
        assert_eq!(status(own), 200, "{own}");
    }
    for other in ["chat.example", "chat.example:8444", "evil.example"] {
        assert_eq!(status(other), 421, "{other}");
    }
    let mut by_environment = snug(&["--listen", "127.0.0.1:0"]);
    by_environment.env("SNUG_HOST", "nas.local, other.local");
    let program = Process::start(by_environment);
    ask(&program.visitor(), "other.local", "GET /login", "").expect(200);
    for (wrong, advice) in [("http://nas.local/", "nas.local:8080"), ("b\u{fc}cher.example", "xn-- form")] {
        let (code, _, stderr) = outcome(snug(&["--host", wrong]));
        assert_eq!(code, Some(2), "{stderr}");
        stderr.shows(advice);
    }
}

#[test]
fn behind_a_proxy_any_name_will_do_unless_some_are_given() {
    for (more, status) in [(&[][..], 200), (&["--host", "chat.example"], 421)] {
        let program = Process::local(&[&["--trust-proxy", "127.0.0.1"], more].concat());
        let visitor = program.visitor();
        assert_eq!(ask(&visitor, "other.example", "GET /login", "").status, status);
        ask(&visitor, "chat.example", "GET /login", "").expect(200);
        // Nobody owns it yet, and others may reach it: so that is for whoever reads the console.
        let register = ask(&visitor, "chat.example", "GET /register", "");
        register.body.shows("name=\"code\"");
    }
}

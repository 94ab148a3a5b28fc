//! What the cookie is called: each chat on a host has its own.

use crate::prelude::*;

/// The name and value of each cookie that an answer sets, and the rest of the line.
fn set(answer: &crate::support::Response) -> Vec<(String, String, String)> {
    let parts = |line: &&str| {
        let (pair, rest) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned(), rest.trim().to_owned())
    };
    answer.headers("set-cookie").iter().map(parts).collect()
}

/// The same browser at another chat: it sends both what it has.
fn goes_to(server: &Server, browser: &Client) -> Client {
    let mut there = server.visitor();
    there.cookie.clone_from(&browser.cookie);
    there
}

/// The same browser, coming through a proxy that speaks https.
fn by_https(browser: &Client) -> Client {
    browser.clone().with_header("X-Forwarded-Proto", "https")
}

fn behind_a_proxy(base: &str) -> Server {
    Server::with(|settings| {
        settings.trusted_proxies.0.push("127.0.0.1/32".parse().unwrap());
        settings.base_path = base.into();
    })
}

/// The first member of a chat that others may reach.
fn first(server: &Server, visitor: Client, base: &str) -> Client {
    let mut ann = visitor;
    let code = server.first_code.clone().unwrap();
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", &*code)];
    ann.post(&format!("{base}/register"), &fields).expect(303);
    ann
}

#[test]
fn two_chats_on_one_host_do_not_sign_each_other_out() {
    let (one, other) = (Server::open(), Server::open());
    let ann = one.member("ann");
    let mut both = goes_to(&other, &ann);
    both.register("ann", PASSWORD).expect(303);
    let mut there = goes_to(&one, &both);
    assert!(both.is_in() && there.is_in());
    assert!(there.get("/chat").header("set-cookie").starts_with(&one.cookie_name()));
    both = goes_to(&other, &there);
    both.post("/logout", &[]).expect(303);
    assert!(!both.is_in());
    assert!(goes_to(&one, &both).is_in(), "{:?}", both.cookie);
}

#[test]
fn over_https_nobody_else_can_have_set_it() {
    for base in ["", "/chat"] {
        let server = behind_a_proxy(base);
        let mut ann = first(&server, by_https(&server.visitor()), base);
        let name = format!("__Host-{}", server.cookie_name());
        let cookies = set(&ann.get(&format!("{base}/chat")));
        let [(own, token, rest)] = &cookies[..] else { panic!("{cookies:?}") };
        assert_eq!((&**own, &**token), (&*name, ann.token()));
        assert_eq!(rest, "HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000; Secure");
        let gone = set(&ann.post(&format!("{base}/logout"), &[]));
        let line = "HttpOnly; SameSite=Lax; Path=/; Max-Age=0; Secure".to_owned();
        assert_eq!(gone, [(name, String::new(), line)]);
        assert_eq!(ann.cookie, None);
    }
}

#[test]
fn who_moves_to_https_stays_signed_in() {
    let server = behind_a_proxy("/chat");
    let ann = first(&server, server.visitor(), "/chat");
    let mut moved = by_https(&ann);
    let answer = moved.clone().json().get("/chat/sidebar").expect(200);
    let cookies = set(&answer);
    let names: Vec<&str> = cookies.iter().map(|(name, ..)| &**name).collect();
    assert_eq!(names, [format!("__Host-{}", server.cookie_name()), server.cookie_name()]);
    assert_eq!((&*cookies[0].1, &*cookies[1].1), (ann.token(), ""));
    assert_eq!(cookies[1].2, "HttpOnly; SameSite=Lax; Path=/chat; Max-Age=0", "as it was set");
    moved.get("/chat/chat").expect(200);
    assert!(moved.cookie.as_ref().is_some_and(|cookie| !cookie.contains("; ")), "{:?}", moved.cookie);
    assert_eq!(set(&moved.get("/chat/sidebar")), []);
}

#[test]
fn signing_out_ends_every_session_of_the_browser_here() {
    let server = behind_a_proxy("");
    let plain = first(&server, server.visitor(), "");
    let mut bob = by_https(&plain);
    bob.cookie = None;
    bob.login("ann", PASSWORD).expect(303);
    bob.cookie = Some(format!("{}; {}", plain.cookie.clone().unwrap(), bob.cookie.unwrap()));
    let kept = bob.clone();
    bob.post("/logout", &[]).expect(303);
    assert_eq!(bob.cookie, None);
    assert!(!kept.clone().is_in() && !plain.clone().is_in());
}

#[test]
fn what_it_was_called_before_is_nothing_to_a_chat_that_never_gave_it() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let mut old = ann.clone();
    old.cookie = Some(format!("snug={}", ann.token()));
    assert!(!old.is_in());
    let answers = [old.get("/chat"), old.get("/login"), old.post("/logout", &[])];
    for answer in answers {
        assert!(set(&answer).iter().all(|(name, ..)| *name == server.cookie_name()), "{}", answer.head);
    }
}

#[cfg(feature = "sqlite")]
mod kept {
    use std::fs;

    use rusqlite::Connection;

    use super::set;
    use crate::support::{Client, GOLDEN, Process, TempDir, outcome, snug};

    /// What a chat calls its cookie.
    fn name(program: &Process) -> String {
        let answer = program.visitor().post("/logout", &[]);
        set(&answer).remove(0).0
    }

    fn old_cookie(program: &Process) -> Client {
        let mut ann = program.visitor();
        ann.cookie = Some(GOLDEN[2].1.into());
        ann
    }

    #[test]
    fn a_file_keeps_its_name_and_another_file_has_another() {
        let folder = TempDir::new();
        let first = folder.serve(&[]);
        first.member("ann");
        let own = name(&first);
        assert!(own.strip_prefix("snug-").is_some_and(|id| id.len() == 12), "{own}");
        drop(first);
        assert_eq!(name(&folder.serve(&[])), own);
        let (lines, data) = (folder.file("chat.jsonl"), folder.file("new.db"));
        for command in [["export", "--data", &folder.data(), &lines], ["import", "--data", &data, &lines]] {
            let (code, _, stderr) = outcome(snug(&command));
            assert_eq!(code, Some(0), "{stderr}");
        }
        let imported = Process::serve(&data, &[]);
        assert_ne!(name(&imported), own);
        assert_ne!(name(&Process::local(&[])), name(&Process::local(&[])), "in memory it is drawn");
    }

    #[test]
    fn the_name_of_before_is_taken_after_an_upgrade_and_replaced() {
        let folder = TempDir::new();
        fs::write(folder.data(), GOLDEN[2].0).unwrap();
        let server = folder.serve(&[]);
        let mut ann = old_cookie(&server);
        let token = GOLDEN[2].1.strip_prefix("snug=").unwrap();
        let cookies = set(&ann.clone().json().get("/people"));
        let own = name(&server);
        let line = |age| format!("HttpOnly; SameSite=Lax; Path=/; Max-Age={age}");
        assert_eq!(
            cookies,
            [(own.clone(), token.into(), line(2_592_000)), ("snug".into(), String::new(), line(0))]
        );
        ann.get("/chat");
        assert_eq!(ann.cookie, Some(format!("{own}={token}")));
        // Somebody else's of that name stays.
        let mut neighbour = server.client_of(&ann);
        neighbour.cookie = Some(format!("{}; snug=neighbour", ann.cookie.clone().unwrap()));
        neighbour.post("/logout", &[]).expect(303);
        assert_eq!(neighbour.cookie.as_deref(), Some("snug=neighbour"));
    }

    #[test]
    fn who_signs_out_with_the_name_of_before_is_out() {
        let folder = TempDir::new();
        fs::write(folder.data(), GOLDEN[2].0).unwrap();
        let server = folder.serve(&[]);
        let mut ann = old_cookie(&server);
        ann.post("/logout", &[]).expect(303);
        assert_eq!(ann.cookie, None);
        assert!(!old_cookie(&server).is_in());
    }

    #[test]
    fn the_name_of_before_is_over_30_days_after_the_upgrade() {
        let folder = TempDir::new();
        fs::write(folder.data(), GOLDEN[2].0).unwrap();
        for (days, taken) in [(29, true), (31, false)] {
            drop(folder.serve(&[]));
            let file = Connection::open(folder.data()).unwrap();
            let sql = "UPDATE numbering SET chat_id_since = (unixepoch() - ?1) * 1000";
            assert_eq!(file.execute(sql, [days * 24 * 60 * 60]).unwrap(), 1);
            drop(file);
            let server = folder.serve(&[]);
            assert_eq!(old_cookie(&server).is_in(), taken, "{days} days");
        }
    }
}

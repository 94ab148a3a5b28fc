//! Slowing down those who guess, and nobody else.
//!
//! Rates are low where it matters, so that a bucket does not refill while a slow machine works.

use crate::prelude::*;

fn server(rate: u32) -> Server {
    Server::with(|settings| settings.sign_in_rate = rate)
}

/// Wrong passwords until the answer is another one; how many there were, and that answer's status.
fn guess(client: &Client, name: &str) -> (usize, u16) {
    for count in 0..40 {
        let status = client.clone().login(name, "wrong horse").status;
        if status != 401 {
            return (count, status);
        }
    }
    panic!("nobody stops a guesser");
}

#[test]
fn ten_wrong_passwords_then_one_has_to_wait() {
    let (server, [_]) = Server::open().with_members(["ann"]);
    let thief = server.visitor().from("127.0.0.2");
    let (wrong, status) = guess(&thief, "ann");
    assert!(wrong >= 10, "only {wrong} attempts");
    assert_eq!(status, 429);
}

#[test]
fn who_has_to_wait_is_told_how_long_and_keeps_the_name() {
    let server = server(1);
    server.member("ann");
    let mut client = server.visitor();
    client.login("ann", "wrong horse").expect(401);
    let hashed = server.hashing.count();
    for password in ["wrong horse", PASSWORD] {
        let answer = client.login("ann", password).expect(429);
        let wait: u32 = answer.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(input_value(&answer.body, "username").as_deref(), Some("ann"));
        answer.body.shows("Too many attempts").lacks(password);
        assert!(answer.headers("set-cookie").is_empty());
    }
    assert_eq!(server.hashing.count(), hashed, "no work for guessers");
}

#[test]
fn guessing_at_a_name_that_nobody_has_is_counted_the_same() {
    let server = server(2);
    server.member("ann");
    for (from, name) in [("127.0.0.2", "ann"), ("127.0.0.3", "nobody")] {
        let (wrong, status) = guess(&server.visitor().from(from), name);
        assert_eq!((wrong, status), (2, 429), "{name}");
    }
}

#[test]
fn an_address_that_guessed_waits_whatever_the_name() {
    let server = server(2);
    server.member("ann");
    let mut client = server.visitor().from("127.0.0.2");
    client.login("bob", "wrong horse").expect(401);
    client.login("cyd", "wrong horse").expect(401);
    client.login("ann", PASSWORD).expect(429);
    let mut elsewhere = server.visitor().from("127.0.0.3");
    elsewhere.login("ann", PASSWORD).expect(303);
}

#[test]
fn an_account_is_protected_from_many_addresses_in_any_letter_case() {
    let server = server(3);
    server.member("Straße");
    for (from, name) in [("127.0.0.2", "STRASSE"), ("127.0.0.3", "straße"), ("127.0.0.4", " Strasse ")] {
        let mut thief = server.visitor().from(from);
        assert_eq!(thief.login(name, "wrong horse").status, 401, "{name}");
    }
    let mut thief = server.visitor().from("127.0.0.5");
    thief.login("Straße", "wrong horse").expect(429);
}

#[test]
fn strangers_cannot_lock_the_owner_out() {
    let server = server(2);
    let mut owner = server.member("ann");
    for n in 2..12 {
        let mut stranger = server.visitor().from(&format!("127.0.0.{n}"));
        stranger.login("ann", "wrong horse");
        stranger.login("ann", "wrong horse");
    }
    let mut stranger = server.visitor().from("127.0.0.99");
    stranger.login("ann", "wrong horse").expect(429);
    assert!(owner.is_in(), "a session is not touched");
    assert_eq!(server.visitor().login("ann", PASSWORD).status, 429, "where she never was");
    assert_eq!(owner.login("ann", PASSWORD).status, 303, "in her own browser");
}

#[test]
fn the_owner_may_guess_where_strangers_have_used_the_account_up() {
    let server = server(2);
    let mut owner = server.member("ann");
    let (_, status) = guess(&server.visitor().from("127.0.0.2"), "ann");
    assert_eq!(status, 429);
    owner.login("ann", "a typing errer").expect(401);
    owner.login("ann", PASSWORD).expect(303);
}

#[test]
fn a_rate_of_zero_is_no_limit() {
    let server = server(0);
    server.member("ann");
    for _ in 0..30 {
        server.visitor().login("ann", "wrong horse").expect(401);
    }
    server.visitor().login("ann", PASSWORD).expect(303);
}

#[test]
fn guessing_the_invite_code_is_counted_too() {
    let server = Server::with(|settings| {
        settings.sign_in_rate = 2;
        settings.invite_code = InviteCode::parse("sesame");
    });
    let register = |from: &str, code: &str| {
        let fields = [("username", "ann"), ("password", PASSWORD), ("code", code)];
        server.visitor().from(from).post("/register", &fields)
    };
    register("127.0.0.2", "aaa").expect(403);
    register("127.0.0.2", "aab").expect(403);
    for code in ["aac", "sesame"] {
        let answer = register("127.0.0.2", code).expect(429);
        assert_ne!(answer.header("retry-after"), "");
        assert_eq!(input_value(&answer.body, "username").as_deref(), Some("ann"));
    }
    register("127.0.0.3", "sesame").expect(303);
}

#[test]
fn who_guesses_codes_from_many_networks_stops_nobody_but_their_own_neighbours() {
    let server = Server::with(|settings| {
        settings.sign_in_rate = 3;
        settings.invite_code = InviteCode::parse("abcd-efgh-jkmn");
        settings.trusted_proxies.0.push("127.0.0.1/32".parse().unwrap());
    });
    let first = server.first_code.clone().expect("a code for the owner");
    let mut names = 0;
    let mut register = |from: &str, code: &str| {
        names += 1;
        let (name, proxied) = (format!("ann{names}"), server.visitor().with_header("X-Forwarded-For", from));
        let fields = [("username", &*name), ("password", PASSWORD), ("code", code)];
        proxied.clone().post("/register", &fields).status
    };
    assert_eq!(register("198.51.100.1", &first), 303);
    let mut tried = 0;
    for subnet in 0..1_500 {
        if register(&format!("2001:db8:0:{subnet:x}::1"), "abcd-efgh-jkmm") == 403 {
            tried += 1;
        }
    }
    assert!((12..20).contains(&tried), "{tried} guesses of one /48 were looked at");
    assert_eq!(register("2001:db8:0:9::9", "abcd-efgh-jkmn"), 429, "a right one from there as well");
    for (from, code) in [("2001:db8:1::1", "abcd-efgh-jkmn"), ("192.0.2.1", "ABCD EFGH JKMN")] {
        assert_eq!(register(from, code), 303, "{from}");
    }
}

#[test]
fn twenty_people_behind_one_address_all_get_in_at_once() {
    let server = server(1);
    let names = ["ann", "bob", "cyd", "dan"];
    for name in names {
        server.member(name);
    }
    thread::scope(|scope| {
        let people: Vec<_> = (0..20)
            .map(|n| {
                let mut client = server.visitor();
                scope.spawn(move || {
                    let answer = client.login(names[n % names.len()], PASSWORD);
                    (answer.status, client.is_in())
                })
            })
            .collect();
        for person in people {
            assert_eq!(person.join().unwrap(), (303, true));
        }
    });
}

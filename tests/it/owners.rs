//! Owners: who they are, and what they decide about people and about the chat.

mod chat;
mod freed_names;
mod removal;

use crate::prelude::*;

/// Long enough for a slow machine, and well before a stream looks after its session by itself.
const AT_ONCE: Duration = Duration::from_secs(8);

fn owns(client: &Client) -> bool {
    match client.clone().get("/owner").status {
        200 => true,
        403 => false,
        other => panic!("neither owner nor member: {other}"),
    }
}

fn role(by: &Client, name: &str, owner: &str) -> u16 {
    by.clone().post(&format!("/people/{name}/role"), &[("owner", owner)]).status
}

/// Removes a member, whose name anybody may take then.
#[track_caller]
fn remove_and_free(by: &Client, name: &str) {
    by.clone().post(&format!("/people/{name}/remove"), &[("free", "yes")]).expect(303);
}

/// What programs read of a member's list.
fn listed(client: &Client) -> Vec<Value> {
    client.clone().json().get("/sidebar").value()["rooms"].as_array().unwrap().clone()
}

fn paths(client: &Client) -> Vec<String> {
    listed(client).iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_first_member_owns_the_chat_and_nobody_else() {
    let (mut server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    for round in ["at first", "after a restart"] {
        assert_eq!([&ann, &bob, &cyd].map(owns), [true, false, false], "{round}");
        let leads = |who: &Client| who.clone().get("/me").body.contains("href=\"/owner\"");
        assert_eq!([&ann, &bob].map(leads), [true, false], "{round}");
        let about = |name: &str| bob.clone().get(&format!("/people/{name}/about")).body;
        assert!(about("ann").contains("Owner, member since"), "{round}");
        assert!(!about("cyd").contains("Owner, member since"), "{round}");
        server.restarts(|| {});
    }
}

#[test]
fn an_owner_makes_another_one_who_may_take_it_from_the_first() {
    let (mut server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    assert_eq!(role(&ann, "bob", "yes"), 303);
    assert_eq!([&ann, &bob].map(owns), [true, true]);
    assert_eq!(role(&ann, "BOB", "yes"), 303, "once more is as good as once");
    assert_eq!(role(&bob, "ann", "no"), 303);
    assert_eq!([&ann, &bob].map(owns), [false, true]);
    assert_eq!((role(&ann, "ann", "yes"), role(&ann, "bob", "no")), (403, 403));
    for wrong in ["", "maybe", "YES"] {
        assert_eq!(role(&bob, "ann", wrong), 400, "{wrong}");
    }
    server.restarts(|| {});
    assert_eq!([&ann, &bob].map(owns), [false, true]);
}

#[test]
fn the_last_owner_stays_one() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    for what in [("role", ("owner", "no")), ("remove", ("free", "yes")), ("remove", ("free", ""))] {
        let path = format!("/people/ann/{}", what.0);
        let page = ann.clone().post(&path, &[what.1]);
        assert_eq!(page.status, 409, "{what:?}");
        assert!(page.body.contains("A chat needs an owner"), "said in words: {}", page.body);
        let answer = ann.clone().json().post(&path, &[what.1]);
        assert_eq!((answer.status, &answer.value()["error"]), (409, &"last_owner".into()), "{what:?}");
    }
    assert!(owns(&ann));
    // With another one, the first may go.
    ann.make_owner("bob");
    ann.remove_member("ann");
    assert!(!ann.clone().is_in() && owns(&bob));
    assert_eq!(role(&bob, "bob", "no"), 409);
}

#[test]
fn whoever_is_no_owner_decides_nothing() {
    let (server, [_ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let before = server.records().len();
    for (path, fields) in [
        ("/owner", &[("title", "Bob's"), ("registration", "closed"), ("code", "")][..]),
        ("/owner", &[("title", ""), ("registration", ""), ("code", "")]),
        ("/people/bob/role", &[("owner", "yes")]),
        ("/people/cyd/role", &[("owner", "yes")]),
        ("/people/ann/role", &[("owner", "no")]),
        ("/people/ann/remove", &[]),
        ("/people/cyd/remove", &[("free", "yes")]),
        ("/people/bob/remove", &[]),
    ] {
        let page = bob.clone().post(path, fields);
        let answer = bob.clone().json().post(path, fields);
        assert_eq!((page.status, answer.status), (403, 403), "{path}: {}", answer.body);
    }
    assert_eq!(server.records().len(), before, "nothing happened");
    assert!(cyd.clone().is_in());
    // Nor are they offered what they may not do.
    let about = bob.clone().get("/people/cyd/about").body;
    about.lacks("/people/cyd/remove").lacks("/people/cyd/role");
}

/// Registers with this code; the status.
fn registers(visitor: &Client, name: &str, code: &str) -> u16 {
    visitor.clone().post("/register", &[("username", name), ("password", PASSWORD), ("code", code)]).status
}

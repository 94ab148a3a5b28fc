//! Who left a room comes back when they want to, and not because others do.

use crate::prelude::*;

const BOB: &str = "\u{2068}bob\u{2069}";
/// How members are told of it.
const INVITED: &str = "<h2>Invited</h2><ul class=\"rows\"><li><bdi>bob</bdi></li>";

/// A room by invitation of ann and cyd, which bob left.
fn left_by_bob() -> (Server, [Client; 3], u64) {
    let (server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let room = ann.open_room(false);
    ann.say_at(&format!("/rooms/{room}"), SECRET);
    for name in ["bob", "cyd"] {
        ann.add_to_room(room, name);
    }
    bob.leave_room(room);
    (server, [ann, bob, cyd], room)
}

fn invitations(who: &Client) -> Value {
    who.clone().json().get("/sidebar").value()["invitations"].clone()
}

#[test]
fn who_left_is_invited_and_comes_back_by_accepting() {
    let (server, [ann, bob, cyd], room) = left_by_bob();
    let (here, about) = (format!("/rooms/{room}"), format!("/rooms/{room}/about"));
    let mut stream = Stream::open(&bob, "/events?format=html");
    let kept = server.appending.count();
    let answer = ann.clone().post(&format!("{here}/add"), &[("username", "Bob")]).expect(303);
    let (told, _) = answer.location().split_once('#').unwrap();
    let told = ann.clone().get(told).body;
    told.shows(format!("{BOB} left this room before, so {BOB} was invited instead.")).shows(INVITED);
    assert!(cyd.clone().get(&about).body.contains(INVITED), "all members see it");
    stream.next_of("rooms");

    // Once is enough, whoever says it.
    cyd.add_to_room(room, "bob");
    let id = ann.clone().json().get("/people?like=bob").value()["people"][0]["id"].clone();
    let answer = ann.clone().json().post(&format!("{here}/add"), &[("username", "bob")]);
    assert_eq!((answer.status, answer.value()), (200, json!({ "invited": id })));
    assert_eq!(server.appending.count(), kept + 1);
    assert_eq!(invitations(&bob), json!([{ "room": room, "name": NAME, "by": "ann" }]));
    assert!(
        bob.clone()
            .get("/sidebar")
            .body
            .contains("Invitations <span class=\"count\" data-count=\"1\">1</span>")
    );

    // Of the room, its name and who invited, and nothing else.
    let rooms = bob.clone().get("/rooms").body;
    rooms.shows("\u{2068}ann\u{2069} invited you to").shows(NAME);
    for path in ["/rooms", "/sidebar", "/search?q=treasure", &here, &about, &format!("{here}/live")] {
        let answer = bob.clone().get(path);
        assert!(!answer.body.contains(SECRET) && !answer.body.contains(TOPIC), "{path}");
        assert_eq!(answer.status == 404, path.starts_with(&here), "{path}");
    }
    bob.clone().post(&here, &[("message", "x")]).expect(404);

    assert_eq!(bob.clone().post(&format!("{here}/join"), &[]).location(), here);
    assert!(bob.clone().get(&here).body.contains(SECRET));
    assert_eq!(invitations(&bob), json!([]));
    assert!(!ann.clone().get(&about).body.contains(INVITED));
    // Who has been let in once more and leaves once more is asked once more.
    bob.leave_room(room);
    ann.add_to_room(room, "bob");
    bob.clone().get(&here).expect(404);
}

#[test]
fn an_invitation_can_be_declined_and_repeated() {
    let (_house, [ann, bob, cyd], room) = left_by_bob();
    let decline = |who: &Client| who.clone().post(&format!("/rooms/{room}/decline"), &[]).status;
    let join = |who: &Client| who.clone().post(&format!("/rooms/{room}/join"), &[]).status;
    assert_eq!((decline(&bob), join(&bob)), (404, 404), "nobody invited him yet");
    ann.add_to_room(room, "bob");
    assert_eq!((decline(&cyd), decline(&ann)), (404, 404), "they are inside");
    assert_eq!(decline(&bob), 303);
    assert_eq!((decline(&bob), join(&bob)), (404, 404));
    assert_eq!(invitations(&bob), json!([]));
    cyd.add_to_room(room, "bob");
    assert_eq!(invitations(&bob)[0]["by"], "cyd");
    assert_eq!(join(&bob), 303);
}

#[test]
fn an_open_room_can_be_joined_with_and_without_an_invitation() {
    let (_server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let room = ann.open_room(true);
    for who in [&bob, &cyd] {
        who.clone().post(&format!("/rooms/{room}/join"), &[]).expect(303);
        who.leave_room(room);
    }
    ann.add_to_room(room, "bob");
    let about = format!("/rooms/{room}/about");
    assert!(!cyd.clone().get(&about).body.contains("Invited"), "who only looks in is not told");
    for who in [&bob, &cyd] {
        who.clone().post(&format!("/rooms/{room}/join"), &[]).expect(303);
    }
    assert_eq!(invitations(&bob), json!([]));
}

#[test]
fn an_invitation_goes_with_its_member_and_outlives_who_invited() {
    let (mut server, [ann, bob, cyd], room) = left_by_bob();
    cyd.add_to_room(room, "bob");
    ann.remove_member("cyd");
    server.restarts(|| {});
    assert_eq!(invitations(&bob)[0]["by"], "cyd");
    ann.clone().post("/people/bob/remove", &[("free", "yes")]).expect(303);
    let new = server.member("bob");
    assert_eq!(invitations(&new), json!([]));
    assert!(!ann.clone().get(&format!("/rooms/{room}/about")).body.contains("Invited"));
    // The new one never left.
    ann.add_to_room(room, "bob");
    new.clone().get(&format!("/rooms/{room}")).expect(200);
}

#[test]
fn an_invitation_is_seen_and_accepted_in_a_browser() {
    for scripts in [true, false] {
        let (server, [ann]) = Server::open().with_members(["ann"]);
        let Some(bob) = BrowserUser::arrives(&server, "bob", scripts) else { return };
        bob.registers();
        let room = ann.open_room(false);
        ann.add_to_room(room, "bob");
        bob.client(&server).leave_room(room);
        bob.opens("/chat");
        ann.add_to_room(room, "bob");
        if scripts {
            bob.browser.wait_for_text(".invited", "Invitations 1");
        } else {
            bob.reloads();
        }
        bob.follows("a.invited");
        bob.browser.wait_for_text(".invitation", "invited you to");
        bob.turns_page(|browser| browser.click(".invitation form:first-of-type button"));
        bob.is_at(&format!("/rooms/{room}"));
        bob.has_a_quiet_console();
    }
}

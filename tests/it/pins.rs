//! Pinned messages: any member of a room pins and unpins, all who see it see them, and each is told at once.

use crate::prelude::*;

impl Client {
    pub(crate) fn pins(&self, id: u64, on: bool) -> Response {
        self.clone().json().post(&format!("/messages/{id}/pin"), &[("on", if on { "1" } else { "0" })])
    }

    /// The pinned messages of a room, newest pin first: each one's number, and who pinned it.
    #[track_caller]
    fn pinned_at(&self, path: &str) -> Vec<(u64, String)> {
        let list = self.read_json(&format!("{path}/pins"));
        let list = list["messages"].as_array().unwrap();
        let one = |one: &Value| {
            (one["id"].as_u64().unwrap(), one["pinned"]["by"].as_str().unwrap_or("gone").to_owned())
        };
        list.iter().map(one).collect()
    }
}

/// Pairs, as they are compared.
fn all<const N: usize>(pins: [(u64, &str); N]) -> Vec<(u64, String)> {
    pins.map(|(id, by)| (id, by.to_owned())).into()
}

#[test]
fn members_pin_and_unpin_what_anyone_said() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let [plan, offer] = ["Sunday at **eight**", "I bring cake"].map(|text| ann.say_at("/chat", text));
    ann.page("/chat/pins").shows("No pinned messages yet");
    ann.page("/chat").shows("class=\"pins-link\" href=\"/chat/pins\"").shows("data-ids=\"\" hidden");
    for (client, id) in [(&bob, plan), (&ann, offer)] {
        assert_eq!(client.pins(id, true).expect(200).value(), json!({ "id": id, "pinned": true }));
    }
    assert_eq!(ann.pinned_at("/chat"), all([(offer, "ann"), (plan, "bob")]));
    let page = ann.page("/chat");
    page.shows(format!("data-ids=\"{plan} {offer}\"")).shows("aria-label=\"2 pinned messages\"");
    page.shows("Pinned by \u{2068}bob\u{2069}").shows("Pinned by \u{2068}ann\u{2069}");
    let list = ann.page("/chat/pins");
    list.shows(format!("href=\"/messages/{plan}\"")).shows("Sunday at <strong>eight</strong>");
    assert!(list.find("cake") < list.find("Sunday"), "the newest pin is first");
    // Once more, it stays as it is.
    ann.pins(plan, true).expect(200);
    assert_eq!(bob.pinned_at("/chat"), all([(offer, "ann"), (plan, "bob")]));

    // A form leads back to where it stood.
    let unpin = [("on", "0"), ("next", "/chat/pins")];
    assert_eq!(
        ann.clone().post(&format!("/messages/{plan}/pin"), &unpin).expect(303).location(),
        "/chat/pins"
    );
    let answer = ann.clone().post(&format!("/messages/{plan}/pin"), &[("on", "1")]).expect(303);
    assert_eq!(answer.location(), format!("/chat?at={plan}#m{plan}"));
    bob.pins(plan, false).expect(200);
    bob.pins(plan, false).expect(200);
    assert_eq!(ann.pinned_at("/chat"), all([(offer, "ann")]));
    for on in ["", "yes", "2"] {
        bob.clone().json().post(&format!("/messages/{plan}/pin"), &[("on", on)]).expect(400);
    }
    bob.pins(999, true).expect(404);
    bob.pins(999, false).expect(404);
}

#[test]
fn a_room_has_up_to_twenty_pins() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let ids: Vec<u64> = (1..=21).map(|n| ann.say_at("/chat", &format!("message {n}"))).collect();
    for id in &ids[..20] {
        ann.pins(*id, true).expect(200);
    }
    let refused = ann.pins(ids[20], true).expect(409).value();
    assert_eq!(refused["error"], "pins_full");
    refused["detail"].as_str().unwrap().shows("20 pinned messages already. Unpin one first.");
    ann.clone()
        .post(&format!("/messages/{}/pin", ids[20]), &[("on", "1")])
        .expect(409)
        .body
        .shows("Unpin one");
    ann.pins(ids[0], false).expect(200);
    ann.pins(ids[20], true).expect(200);
    assert_eq!(ann.pinned_at("/chat").len(), 20);
    // Each room has its own.
    let note = ann.say_at("/people/ann", "a note");
    ann.pins(note, true).expect(200);
    assert_eq!(ann.pinned_at("/people/ann"), all([(note, "ann")]));
}

#[test]
fn who_sees_a_room_sees_its_pins_and_who_is_in_it_pins() {
    let (_server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    for open in [true, false] {
        let room = ann.open_room_about(if open { "Garden" } else { "Cellar" }, "", open);
        let path = format!("/rooms/{room}");
        ann.add_to_room(room, "bob");
        let id = ann.say_at(&path, SECRET);
        bob.pins(id, true).expect(200);
        ann.page(&format!("{path}/about")).shows("Pinned messages").shows(SECRET);
        bob.leave_room(room);
        for outside in [&bob, &cyd] {
            let refused = outside.pins(id, false);
            if open {
                assert_eq!(refused.expect(403).value()["error"], "outside");
                assert_eq!(outside.pinned_at(&path), all([(id, "bob")]));
                let list = outside.page(&format!("{path}/pins"));
                list.shows(SECRET).lacks("/pin\"");
                outside.page(&path).shows(format!("data-ids=\"{id}\""));
            } else {
                assert_eq!(refused.expect(404).value()["error"], "no_such_message");
                outside.clone().get(&format!("{path}/pins")).expect(404);
            }
        }
        assert_eq!(ann.pinned_at(&path), all([(id, "bob")]));
    }
    cyd.clone().get("/people/bob/pins").expect(200).body.shows("No pinned messages yet");
    let id = cyd.say_at("/people/bob", "the address");
    bob.pins(id, true).expect(200);
    assert_eq!(cyd.pinned_at("/people/bob"), all([(id, "bob")]));
    ann.pins(id, true).expect(404);
}

#[test]
fn what_is_deleted_is_pinned_no_more() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let [one, other] = ["one", "other"].map(|text| ann.say_at("/chat", text));
    bob.pins(one, true).expect(200);
    bob.pins(other, true).expect(200);
    // An edit leaves it there, as it is now.
    ann.clone().post(&format!("/messages/{other}/edit"), &[("message", "another")]).expect(303);
    ann.page("/chat/pins").shows("another");
    ann.clone().post(&format!("/messages/{one}/remove"), &[]).expect(303);
    assert_eq!(bob.pinned_at("/chat"), all([(other, "bob")]));
    bob.page("/chat").shows(format!("data-ids=\"{other}\""));
    bob.pins(one, false).expect(404);
}

#[test]
fn streams_tell_of_pins_at_once_and_after_sleep() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", "Sunday at eight");
    let (mut json, mut html) =
        (Stream::open(&bob, "/events"), Stream::open(&bob, "/events?format=html&room=0"));
    ann.pins(id, true).expect(200);
    let told = json.next_of("pinned");
    assert_eq!((&told.value()["id"], &told.value()["pinned"]["by"]), (&json!(id), &json!("ann")));
    html.next_of("pinned").data.shows(format!("id=\"m{id}\"")).shows("Pinned by").shows("Sunday at eight");
    ann.pins(id, false).expect(200);
    assert!(json.next_of("pinned").value().get("pinned").is_none());
    html.next_of("pinned").data.shows("Sunday at eight").lacks("Pinned by");
    // Who slept over several of them is told of the last.
    ann.pins(id, true).expect(200);
    let mut woken = Stream::open(&bob, &format!("/events?after={id}"));
    let caught_up = woken.next_of("pinned").value();
    assert_eq!(caught_up["pinned"]["by"], "ann");
    let missed = bob.read_json(&format!("/chat?after={id}"));
    assert_eq!(missed["edited"][0]["pinned"]["by"], "ann");
}

#[test]
fn a_pin_outlives_what_memory_let_go() {
    let (_server, [ann, bob]) = Server::alone(|settings| (settings.history, settings.post_rate) = (3, 0))
        .with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", SECRET);
    ann.pins(id, true).expect(200);
    (1..=9).for_each(|n| _ = ann.say_at("/chat", &format!("message {n}")));
    assert_eq!(ann.pinned_at("/chat"), all([(id, "gone")]));
    let list = bob.page("/chat/pins");
    list.lacks(SECRET)
        .shows("This message is no longer kept.")
        .shows(format!("action=\"/messages/{id}/pin\""));
    ann.pins(id, true).expect(404);
    let mut stream = Stream::open(&ann, "/events?format=html&room=0");
    bob.clone().post(&format!("/messages/{id}/pin"), &[("on", "0"), ("next", "/chat/pins")]).expect(303);
    assert_eq!(stream.next_of("stale").value()["id"], id);
    assert_eq!(ann.pinned_at("/chat"), all([]));
    bob.pins(id, false).expect(404);
}

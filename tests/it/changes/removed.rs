//! Messages that were removed.

use super::*;

/// What waits for somebody in a room: how many messages, and how many that call them.
fn waiting(who: &Client, path: &str) -> (u64, u64) {
    let rooms = who.read_json("/sidebar");
    let mut rooms = rooms["rooms"].as_array().unwrap().iter();
    let room = rooms.find(|room| room["path"] == path).unwrap_or_else(|| panic!("no {path}"));
    (room["unread"].as_u64().unwrap(), room["mentions"].as_u64().unwrap())
}

#[test]
fn a_removed_message_is_gone_everywhere_and_told_to_all() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let begin = bob.read_json("/chat")["seq"].as_u64().unwrap();
    let ids = ["one", SECRET, "three"].map(|text| bob.say_at("/chat", text));
    let mut program = Stream::open(&ann, "/events");
    let mut script = Stream::open(&ann, "/events?format=html");
    let mut bare = Stream::open(&ann, "/chat/live");
    bare.page_until(ids[1]);
    let answer = bob.clone().post(&format!("/messages/{}/remove", ids[1]), &[("sure", "yes")]).expect(303);
    // Where it stood, there is the room.
    let back = answer.location().split('#').next().unwrap().to_owned();
    assert!(!bob.page(&back).contains(SECRET));
    for stream in [&mut program, &mut script] {
        let told = stream.next_change();
        assert_eq!((&*told.kind, told.value()), ("removed", json!({ "id": ids[1], "room": 0 })));
    }
    bare.rest();
    let left = [ids[0], ids[2]];
    for path in ["/chat", &back] {
        let page = ann.page(path);
        page.lacks(SECRET);
        assert_eq!(articles(&page).iter().map(|one| one.id).collect::<Vec<_>>(), left);
    }
    let messages = ann.read_json("/chat")["messages"].clone();
    assert_eq!(messages.as_array().unwrap().len(), 2);
    assert_eq!(ann.read_json(&format!("/chat?after={begin}"))["messages"], messages);
    for path in ["", "/about"] {
        ann.clone().get(&format!("/messages/{}{path}", ids[1])).expect(404);
    }
    let mut bare = Stream::open(&ann, "/chat/live");
    assert!(!bare.page_until(ids[2]).contains(SECRET));
    let mut missed = Stream::resume(&ann, "/events", begin);
    assert_eq!(outline(&missed.changes_until(ids[2])), [("message", ids[0]), ("message", ids[2])]);
    // And everything goes on.
    let next = ann.say_at("/chat", "next");
    for stream in [&mut program, &mut script, &mut missed] {
        assert_eq!(stream.ids_until(next), [next]);
    }
    bare.page_until(next);
}

#[test]
fn who_stood_in_its_group_gets_its_head_and_its_day() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let ids = ["one", "two", "three"].map(|text| ann.say_at("/chat", text));
    let groups = |page: &str| articles(page).iter().map(|one| one.grouped).collect::<Vec<_>>();
    assert_eq!(groups(&ann.page("/chat")), [false, true, true]);
    ann.remove_message(ids[0]);
    let after = ann.page("/chat");
    assert_eq!(groups(&after), [false, true]);
    assert_eq!(after.matches("class=\"day\"").count(), 1);
    let mut missed = Stream::resume(&ann, "/events?format=html", ids[0]);
    assert_eq!(missed.next_change().kind, "message");
    ann.edit_message(ids[1], "two, with a head");
    let mut live = Stream::open(&ann, "/events?format=html");
    ann.edit_message(ids[2], "three, below it");
    assert!(live.next_change().data.contains("class=\"grouped\""));
    assert_eq!(groups(&ann.page("/chat")), [false, true]);
}

#[test]
fn what_was_removed_waits_for_nobody() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let plain = bob.say_at("/chat", "something");
    let call = bob.say_at("/chat", "@ann, look");
    let later = bob.say_at("/chat", "something else");
    assert_eq!(waiting(&ann, "/chat"), (3, 1));
    bob.edit_message(later, "you too, @ann");
    assert_eq!(waiting(&ann, "/chat"), (3, 2));
    bob.edit_message(later, "nobody");
    assert_eq!(waiting(&ann, "/chat"), (3, 1));
    for (id, left) in [(plain, (2, 1)), (call, (1, 0)), (later, (0, 0))] {
        bob.remove_message(id);
        assert_eq!(waiting(&ann, "/chat"), left);
    }
}

#[test]
fn a_conversation_whose_only_message_was_removed_goes_on() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let id = ann.say_at("/people/bob", SECRET);
    let room = bob.read_json("/people/ann")["messages"][0]["room"].clone();
    let mut live = Stream::open(&bob, "/events");
    let mut bare = Stream::open(&bob, "/people/ann/live");
    bare.page_until(id);
    assert_eq!(waiting(&bob, "/people/ann").1, 0);
    ann.remove_message(id);
    assert_eq!(live.next_change().value(), json!({ "id": id, "room": room }));
    bare.rest();
    for (who, path) in [(&ann, "/people/bob"), (&bob, "/people/ann")] {
        assert!(!who.page(path).contains(SECRET));
        assert_eq!(who.read_json(path)["messages"], json!([]));
        // It has begun, whatever became of it: whoever has it open is not led away.
        let list = who.read_json("/sidebar")["rooms"].clone();
        assert!(list.as_array().unwrap().iter().any(|listed| listed["path"] == path), "{list}");
    }
    let next = bob.say_at("/people/ann", "what was it?");
    assert_eq!(ann.read_json("/people/bob")["messages"][0]["room"], room, "the same one");
    assert_eq!(waiting(&ann, "/people/bob"), (1, 0));
    assert_eq!(outline(&[live.next_change()]), [("message", next)]);
}

//! Words that mention many: who may, who is told, and the question before it is more than a few.

use crate::prelude::*;

/// A chat of ann, who owns it, bob, and so many others.
fn chat_of(count: usize) -> (Server, Client, Client) {
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    for number in 3..=count {
        server.member(&format!("guest{number}"));
    }
    (server, ann, bob)
}

impl Client {
    fn posts(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.clone().json().post(path, fields)
    }

    /// What scripts are told of a text before it is sent.
    #[track_caller]
    fn group_in(&self, text: &str, room: &str) -> Value {
        self.posts("/mentions", &[("message", text), ("room", room)]).expect(200).value()["group"].clone()
    }

    #[track_caller]
    fn texts_at(&self, path: &str) -> Vec<String> {
        self.messages_at(path).iter().map(|one| one["text"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    fn mentions_unread_at(&self, name: &str) -> u64 {
        let rooms = self.read_json("/sidebar")["rooms"].clone();
        let found = rooms.as_array().unwrap().iter().find(|room| room["name"] == name).cloned();
        found.unwrap()["mentions"].as_u64().unwrap()
    }
}

#[test]
fn a_word_mentions_everyone_in_a_room_in_each_language() {
    let (_server, ann, bob) = chat_of(3);
    for text in ["@room tea?", "Tee, @alle!", "चाय, @सभी?", "@Everyone tea", "＠raum Tee"] {
        bob.read_all("/chat");
        // It is kept soon after.
        wait_until("all is read", || bob.mentions_unread_at("General") == 0);
        let id = ann.posts("/chat", &[("message", text)]).expect(201).value()["id"].as_u64().unwrap();
        let message = bob.read_json(&format!("/messages/{id}"));
        assert_eq!(message["group_mention"], 2, "{text}");
        assert_eq!(bob.mentions_unread_at("General"), 1, "{text}");
        bob.page("/chat").shows("data-group=\"\"");
    }
    for text in ["`@room`", "me@room.example", "> @room", "@roommate", "room"] {
        let id = ann.say_at("/chat", text);
        assert_eq!(bob.read_json(&format!("/messages/{id}")).get("group_mention"), None, "{text}");
    }
    // Between two, there is no group.
    let id = ann.say_at("/people/bob", "@room hello");
    assert_eq!(bob.read_json(&format!("/messages/{id}")).get("group_mention"), None);
    let answer = ann.posts("/mentions", &[("message", "@room"), ("to", "3")]).expect(200).value();
    assert_eq!(answer.get("group"), None, "{answer}");
}

#[test]
fn those_who_are_online_are_here() {
    let (_server, ann, bob) = chat_of(4);
    assert_eq!(ann.group_in("@here", "0"), json!({ "count": 0, "allowed": true }));
    let _stream = Stream::open(&bob, "/events");
    let is_here = |ann: &Client| ann.group_in("@here?", "0")["count"] == 1;
    wait_until("bob to be online", || ann.at_each_node(is_here));
    let id = ann.say_at("/chat", "@here lunch");
    assert_eq!(bob.read_json(&format!("/messages/{id}"))["group_mention"], 1);
    assert_eq!(ann.group_in("@room", "0"), json!({ "count": 3, "allowed": true }));
    assert_eq!(ann.group_in("no one", "0"), Value::Null);
}

#[test]
fn in_large_rooms_only_owners_mention_everyone() {
    let (_server, ann, bob) = chat_of(21);
    let refused = bob.group_in("@room", "0");
    assert_eq!(refused["allowed"], false);
    assert_eq!(refused["detail"], "Only owners can mention everyone in rooms of more than 20.");
    assert_eq!(ann.group_in("@room", "0"), json!({ "count": 20, "allowed": true }));
    let id = bob.say_at("/chat", "@room hello");
    assert_eq!(ann.read_json(&format!("/messages/{id}")).get("group_mention"), None, "it is plain text");
    // A small room of theirs is another matter.
    let room = bob.open_room(false);
    bob.add_to_room(room, "ann");
    assert_eq!(bob.group_in("@room", &room.to_string()), json!({ "count": 1, "allowed": true }));
    ann.leave_room(room);
    ann.posts("/mentions", &[("message", "@room"), ("room", &room.to_string())]).expect(404);
}

#[test]
fn before_many_are_told_one_is_asked() {
    let (_server, ann, bob) = chat_of(14);
    let first = ann.say_at("/chat", "who comes?");
    let refused = ann.posts("/chat", &[("message", "@room tea?"), ("nonce", "n-1")]).expect(409).value();
    assert_eq!((&refused["error"], &refused["count"]), (&json!("many_people"), &json!(13)));
    assert_eq!(ann.texts_at("/chat"), ["who comes?"], "nothing was sent");

    // A page asks, with all that was typed and a button that sends it.
    let fields = [("message", "@room *tea*?"), ("nonce", "n-2"), ("reply_to", &*first.to_string())];
    let page = ann.clone().post("/chat", &fields).expect(409).body;
    page.shows("This will notify 13 people. Press Send again to send it.");
    assert_eq!(textarea(&page), "@room *tea*?");
    let composer = between(&page, "<form class=\"composer", "</form>");
    composer.shows("name=\"tell\" value=\"1\"");
    assert_eq!(input_value(composer, "nonce").unwrap(), "n-2");
    let told = [fields.as_slice(), &[("tell", "1")]].concat();
    for _ in 0..2 {
        ann.clone().post("/chat", &told).expect(303);
    }
    assert_eq!(ann.texts_at("/chat"), ["who comes?", "@room *tea*?"]);
    assert_eq!(bob.mentions_unread_at("General"), 1);
    // Without the button as well, what was sent is sent.
    ann.clone().post("/chat", &fields).expect(303);

    // The frame of the composer asks in the same way.
    let fields = [("message", "@all cake?"), ("next", "/chat/compose#message")];
    let frame = ann.clone().post("/chat", &fields).expect(409).body;
    frame.shows("notify 13 people").shows("name=\"tell\" value=\"1\"").shows("@all cake?");

    // Ten are few.
    let (_server, few, _) = chat_of(11);
    few.posts("/chat", &[("message", "@room tea?")]).expect(201);
}

#[test]
fn files_wait_for_the_answer() {
    let (_server, ann, bob) = chat_of(14);
    let parts = [
        Part::field("message", "@room the plan"),
        Part::field("nonce", "n-1"),
        Part::file("plan.txt", b"at eight"),
    ];
    let page = ann.post_parts("/chat", &parts).expect(409).body;
    let composer = between(&page, "<form class=\"composer", "</form>");
    composer.shows("With \u{2068}plan.txt\u{2069}");
    let file = between(composer, "name=\"file\" value=\"", "\"");
    let parts = [
        Part::field("message", &textarea(composer)),
        Part::field("nonce", &input_value(composer, "nonce").unwrap()),
        Part::field("file", file),
        Part::field("tell", "1"),
    ];
    ann.post_parts("/chat", &parts).expect(303);
    let sent = &bob.messages_at("/chat")[0];
    assert_eq!((&sent["text"], &sent["files"][0]["name"]), (&json!("@room the plan"), &json!("plan.txt")));
    assert_eq!(sent["files"].as_array().unwrap().len(), 1);
}

#[test]
fn an_edit_tells_no_one_more() {
    let (_server, ann, bob) = chat_of(14);
    let id = ann.say_at("/chat", "tea?");
    bob.read_all("/chat");
    let edit = format!("/messages/{id}/edit");
    ann.posts(&edit, &[("message", "@room tea?")]).expect(200);
    assert_eq!(ann.read_json(&format!("/messages/{id}")).get("group_mention"), None);
    assert_eq!(bob.mentions_unread_at("General"), 0);
    // Who was told stays told, as long as the word is there.
    let id =
        ann.posts("/chat", &[("message", "@room tea?"), ("tell", "1")]).expect(201).value()["id"].clone();
    for (text, count) in
        [("@room coffee?", json!(13)), ("coffee?", Value::Null), ("@room coffee?", Value::Null)]
    {
        ann.posts(&format!("/messages/{id}/edit"), &[("message", text)]).expect(200);
        assert_eq!(ann.read_json(&format!("/messages/{id}"))["group_mention"], count, "{text}");
    }
}

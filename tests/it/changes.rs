//! Messages that are edited and removed: what everybody sees of it, at once and when they come back.

mod removed;
mod resent;
mod returning;
mod slow;

use proptest::prelude::*;
use snug::chat::CHANGES_MAX;

use crate::prelude::*;

/// What a reader makes of what they are told.
#[derive(Default, Debug, PartialEq)]
struct Seen(BTreeMap<u64, Value>);

impl Seen {
    fn put(&mut self, message: &Value) {
        self.0.insert(message["id"].as_u64().unwrap(), message.clone());
    }

    fn hear(&mut self, told: &StreamEvent) {
        match &*told.kind {
            "message" => assert!(!self.0.contains_key(&told.id.unwrap()), "{told:?} twice"),
            "removed" => {
                self.0.remove(&told.value()["id"].as_u64().unwrap());
                return;
            }
            _ => {}
        }
        self.put(&told.value());
    }

    /// As a program that asks what came after.
    fn ask(&mut self, who: &Client, path: &str, after: u64) -> u64 {
        let answer = who.read_json(&format!("{path}?after={after}"));
        let all = |name: &str| answer[name].as_array().unwrap_or_else(|| panic!("{name}: {answer}")).clone();
        all("messages").iter().chain(&all("edited")).for_each(|message| self.put(message));
        for id in all("removed") {
            self.0.remove(&id.as_u64().unwrap());
        }
        answer["seq"].as_u64().unwrap()
    }

    fn all(self) -> Vec<Value> {
        self.0.into_values().collect()
    }
}

/// What of a page does not depend on what a message says.
fn shape(page: &str) -> (Vec<(u64, bool, String, String)>, usize) {
    let of = articles(page).into_iter();
    let shape = of.map(|one| (one.id, one.grouped, one.author, one.datetime)).collect();
    (shape, page.matches("class=\"day\"").count())
}

#[test]
fn an_edited_message_is_told_to_all_at_once_and_stays_where_it_was() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    ann.say_at("/chat", "one");
    let id = ann.say_at("/chat", SECRET);
    ann.say_at("/chat", "three");
    bob.say_at("/chat", "four");
    let (before, json_before) = (bob.page("/chat"), bob.read_json("/chat"));
    assert!(json_before["messages"].as_array().unwrap().iter().all(|message| message["edited"].is_null()));
    let mut programs = [Stream::open(&bob, "/events"), Stream::open(&ann, "/events")];
    let mut script = Stream::open(&bob, "/events?format=html");
    let mut bare = Stream::open(&bob, "/chat/live");
    bare.page_until(id);

    // As a browser does it: by its form, and back to where it stands.
    let about = ann.page(&format!("/messages/{id}/about"));
    assert_eq!(textarea(&about), SECRET);
    let answer = ann.clone().post(&format!("/messages/{id}/edit"), &[("message", "*two* <b>")]);
    assert_eq!((answer.status, answer.location()), (303, &*format!("/chat?at={id}#m{id}")));

    let now = bob.read_json(&format!("/messages/{id}"));
    assert_eq!((&now["text"], now["edited"].is_string()), (&json!("*two* <b>"), true));
    for stream in &mut programs {
        let told = stream.next_change();
        assert_eq!((&*told.kind, told.value()), ("edited", now.clone()));
        assert!(told.id > Some(id));
    }
    let after = bob.page("/chat");
    let told = script.next_change();
    assert_eq!(told.kind, "edited");
    assert!(after.contains(&told.data), "{} is the page's", told.data);
    assert!(
        told.data.contains("<em>two</em> &lt;b&gt;") && told.data.contains("class=\"edited\""),
        "{told:?}"
    );
    bare.rest();
    let mut bare = Stream::open(&bob, "/chat/live");
    let again = bare.page_until(id);
    again.shows("<em>two</em>").lacks(SECRET);

    assert_eq!(shape(&before), shape(&after));
    after.lacks(SECRET);
    let mut expected = json_before["messages"].clone();
    expected[1] = now;
    assert_eq!(bob.read_json("/chat")["messages"], expected);
}

#[test]
fn the_same_text_is_no_change() {
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = ann.say_at("/chat", "hello\nthere");
    let (mut stream, mut bare) = (Stream::open(&ann, "/events"), Stream::open(&ann, "/chat/live"));
    let happened = server.records().len();
    // As browsers send line ends.
    for same in ["hello\nthere", "hello\r\nthere"] {
        ann.edit_message(id, same);
    }
    assert_eq!(server.records().len(), happened);
    assert!(ann.read_json("/chat")["messages"][0]["edited"].is_null());
    let next = ann.say_at("/chat", "next");
    assert_eq!(outline(&[stream.next_change()]), [("message", next)]);
    bare.page_until(next);
}

#[test]
fn a_text_that_cannot_be_taken_comes_back_to_whoever_typed_it() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = ann.say_at("/chat", "hello");
    let path = format!("/messages/{id}/edit");
    for (text, error) in
        [(" \n ", "blank_message"), ("", "blank_message"), (&*"<&🙂".repeat(1_334), "long_message")]
    {
        let answer = ann.clone().post(&path, &[("message", text)]).expect(422);
        assert_eq!(textarea(&answer.body), text);
        answer.body.shows("id=\"edit-fault\"");
        let answer = ann.try_edit_message(id, text);
        assert_eq!((answer.status, &answer.value()["error"]), (422, &json!(error)));
    }
    let answer = ann.clone().post(&path, &[("message", "x"), ("room", "0")]);
    assert_eq!(answer.status, 400, "what is no field of it");
    let now = ann.read_json(&format!("/messages/{id}"));
    assert_eq!((&now["text"], &now["edited"]), (&json!("hello"), &Value::Null));
}

#[test]
fn who_may_change_what() {
    let server = Server::unlimited();
    // Whoever comes first owns the chat.
    let [ann, bob, eve] = server.members(["ann", "bob", "eve"]);
    let rooms = &[("name", "Den"), ("open", "")];
    let den = ann.clone().json().post("/rooms", rooms).value()["room"].as_u64().unwrap();
    let den = format!("/rooms/{den}");
    let open =
        bob.clone().json().post("/rooms", &[("name", "Hall"), ("open", "yes")]).value()["room"].clone();
    ann.clone().post(&format!("{den}/add"), &[("username", "bob")]).expect(303);
    let places = [
        // Where bob says something; whether ann may remove it; what eve is answered.
        ("/chat".to_owned(), 200, 403),
        (den, 200, 404),
        (format!("/rooms/{open}"), 200, 403),
        ("/people/ann".into(), 403, 404),
        ("/people/bob".into(), 404, 404),
    ];
    for (path, owner, others) in places {
        let id = bob.say_at(&path, "mine");
        let stranger = server.visitor();
        for change in [Client::try_edit_message, |who: &Client, id, _: &str| who.try_remove_message(id)] {
            assert_eq!(change(&stranger, id, "x").status, 401, "{path}");
            assert_eq!(change(&eve, id, "x").status, others, "{path}");
            assert_eq!(change(&bob, id + 1_000, "x").status, 404, "{path}");
        }
        let not_owner = if owner == 404 { 404 } else { 403 };
        assert_eq!(
            ann.try_edit_message(id, "x").status,
            not_owner,
            "an owner puts words in nobody's mouth: {path}"
        );
        let as_page = ann.clone().post(&format!("/messages/{id}/edit"), &[("message", "x")]);
        assert_eq!(as_page.status, not_owner, "{path}");
        let about = eve.clone().get(&format!("/messages/{id}/about"));
        assert_eq!(about.status, if others == 404 { 404 } else { 200 }, "{path}");
        assert!(!about.body.contains("/remove\"") && !about.body.contains("/edit\""), "{path}");
        assert_eq!(bob.read_json(&format!("/messages/{id}"))["text"], "mine");
        assert_eq!(ann.try_remove_message(id).status, owner, "{path}");
        if owner != 200 {
            bob.remove_message(id);
        }
        for answer in [ann.try_remove_message(id), bob.try_remove_message(id), bob.try_edit_message(id, "x")]
        {
            assert_eq!(answer.status, 404, "{path}");
        }
    }
    // One who is no owner removes nobody else's.
    let id = ann.say_at("/chat", "mine");
    bob.try_remove_message(id).expect(403);
    for path in ["/messages/x", "/messages/-1", "/messages/99999999999999999999999", "/messages/0"] {
        assert_eq!(ann.clone().post(&format!("{path}/remove"), &[]).status, 404, "{path}");
    }
}

#[test]
fn what_changes_in_private_reaches_no_outsider() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let open_room = |name: &str, open: &str| {
        let answer = ann.clone().json().post("/rooms", &[("name", name), ("open", open)]);
        format!("/rooms/{}", answer.value()["room"])
    };
    let (den, hall) = (open_room("Den", ""), open_room("Hall", "yes"));
    for room in [&den, &hall] {
        ann.clone().post(&format!("{room}/add"), &[("username", "bob")]).expect(303);
    }
    let places = [&*den, &*hall, "/people/bob"];
    let begin = eve.read_json("/chat")["seq"].as_u64().unwrap();
    let said: Vec<[u64; 2]> = places.map(|path| ["one", "two"].map(|text| ann.say_at(path, text))).to_vec();
    let between = eve.read_json("/chat")["seq"].as_u64().unwrap();
    let forms = ["/events?format=json", "/events?format=html"];
    let mut outside = forms.map(|target| Stream::open(&eve, target));
    let mut bare = Stream::open(&eve, "/chat/live");
    let mut inside = Stream::open(&bob, "/events");
    let mut elsewhere = Stream::open(&bob, "/chat/live");
    for [one, two] in &said {
        ann.edit_message(*one, SECRET);
        ann.remove_message(*two);
    }
    let last = bob.say_at("/chat", "last");
    let expected: Vec<_> = said.iter().flat_map(|[one, two]| [("edited", *one), ("removed", *two)]).collect();
    assert_eq!(outline(&inside.changes_until(last)), [&expected[..], &[("message", last)]].concat());
    let missed = |after: u64| forms.map(|form| Stream::resume(&eve, form, after));
    for mut stream in outside.into_iter().chain(missed(begin)).chain(missed(between)) {
        let told = stream.changes_until(last);
        assert_eq!((told.len(), &*told[0].kind), (1, "message"), "{told:?}");
    }
    outside = missed(0);
    for stream in &mut outside {
        assert!(stream.changes_until(last).iter().all(|told| !told.data.contains(SECRET)));
    }
    // Of other rooms than its own a page is not loaded anew.
    for stream in [&mut bare, &mut elsewhere] {
        assert!(!stream.page_until(last).contains(SECRET));
    }
    for after in [begin, between] {
        let answer = eve.read_json(&format!("/chat?after={after}"));
        assert_eq!((&answer["edited"], &answer["removed"]), (&json!([]), &json!([])));
    }
    eve.clone().json().get(&format!("{den}?after={begin}")).expect(404);
    // Whoever leaves hears of no change any more, also of what they had read.
    bob.clone().post(&format!("{den}/leave"), &[]).expect(303);
    ann.edit_message(said[0][0], "once more");
    let end = ann.say_at("/chat", "end");
    assert_eq!(outline(&inside.changes_until(end)), [("message", end)]);
    let mut missed = Stream::resume(&bob, "/events", last);
    assert_eq!(outline(&missed.changes_until(end)), [("message", end)]);
}

//! Messages that are edited and removed: what everybody sees of it, at once and when they come back.

use proptest::prelude::*;
use snug::chat::CHANGES_MAX;

use crate::prelude::*;

/// What nobody may see any more, or never.
const SECRET: &str = "the-treasure-is-below-the-oak";

/// In short: what, and which message.
pub(crate) fn outline(told: &[StreamEvent]) -> Vec<(&str, u64)> {
    told.iter().map(|told| (&*told.kind, told.value()["id"].as_u64().unwrap())).collect()
}

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

// ---------------------------------------------------------------- edited

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

// ---------------------------------------------------------------- removed

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

// ---------------------------------------------------------------- slow readers, and many

/// Messages that are more than the sockets' buffers hold (not a quarter of them), and less than what is kept for
/// those who are slow; said well before a reader who takes nothing is given up.
const FULL: usize = 60;

fn fills_the_line(poster: &mut Poster) {
    for n in 0..FULL {
        poster.say(&"🙂".repeat(3_900 + n % 100));
    }
}

/// A stream of which only the head was read.
fn narrow(server: &Server, client: &Client) -> Stream {
    PendingStream::narrow(server.address, client, "/events")
        .answer()
        .unwrap_or_else(|answer| panic!("{answer:?}"))
}

#[test]
fn what_was_removed_before_somebody_slow_read_it_never_comes_to_them() {
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    let (mut late, mut healthy) = (narrow(&server, &ann), Stream::open(&ann, "/events"));
    let mut poster = Poster::new(server.address, &ann);
    fills_the_line(&mut poster);
    let gone = poster.say(SECRET);
    let changed = poster.say(&format!("{SECRET}, too"));
    healthy.ids_until(changed);
    ann.remove_message(gone);
    ann.edit_message(changed, "something else");
    let last = poster.say("last");
    let told = late.changes_until(last);
    assert!(told.iter().all(|told| !told.data.contains(SECRET)), "{:?}", &told[FULL..]);
    let expected = [("message", changed), ("removed", gone), ("edited", changed), ("message", last)];
    assert_eq!(outline(&told)[FULL..], expected);
    assert_eq!(told[FULL].value()["text"], "something else");
}

#[test]
fn what_an_edit_said_before_another_never_comes_to_somebody_slow() {
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    let (mut late, mut healthy) = (narrow(&server, &ann), Stream::open(&ann, "/events"));
    let mut poster = Poster::new(server.address, &ann);
    let ids = ["one", "two"].map(|text| poster.say(text));
    fills_the_line(&mut poster);
    for id in ids {
        ann.edit_message(id, SECRET);
    }
    // Somebody was told, so that it is kept as it was told.
    let marker = poster.say("marker");
    healthy.changes_until(marker);
    ann.remove_message(ids[0]);
    ann.edit_message(ids[1], "something else");
    let last = poster.say("last");
    let told = late.changes_until(last);
    let leaked: Vec<_> = told.iter().filter(|told| told.data.contains(SECRET)).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}

#[test]
fn a_flood_of_messages_that_are_removed_at_once_ends_nobodys_stream() {
    const WATCHERS: usize = 20;
    const FLOOD: usize = 600;
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let begin = ann.say_at("/chat", "begin");
    let mut streams: Vec<Stream> = (0..WATCHERS).map(|_| Stream::open(&bob, "/events")).collect();
    let (last, views) = thread::scope(|scope| {
        let watching: Vec<_> = streams
            .iter_mut()
            .map(|stream| {
                scope.spawn(|| {
                    let mut seen = Seen::default();
                    loop {
                        let told = stream.next_change();
                        seen.hear(&told);
                        if told.data.contains("the end of it") {
                            return seen;
                        }
                    }
                })
            })
            .collect();
        let mut poster = Poster::new(server.address, &ann);
        for n in 0..FLOOD {
            let id = poster.say(&format!("{SECRET} {n}"));
            if n % 100 == 0 {
                ann.edit_message(id, &format!("kept {n}"));
            } else {
                ann.remove_message(id);
            }
        }
        let last = poster.say("the end of it");
        (last, watching.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>())
    });
    let kept: Vec<Value> = ann.all_messages().into_iter().skip(1).collect();
    assert_eq!(kept.len(), FLOOD / 100 + 1);
    for view in views {
        assert_eq!(view.all(), kept);
    }
    let mut missed = Stream::resume(&bob, "/events", begin);
    let told = missed.changes_until(last);
    assert_eq!(told.iter().map(StreamEvent::value).collect::<Vec<_>>(), kept);
    assert!(!bob.page("/chat").contains(SECRET));
}

// ---------------------------------------------------------------- coming back

#[test]
fn whoever_was_away_is_told_what_became_of_what_they_had_in_order_and_once() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let ids: Vec<u64> = (0..6).map(|n| ann.say_at("/chat", &format!("{SECRET} {n}"))).collect();
    let away = ids[5];
    ann.edit_message(ids[0], "edited once");
    ann.edit_message(ids[1], &format!("{SECRET} for a moment"));
    let new = ann.say_at("/chat", "new");
    ann.remove_message(ids[2]);
    ann.edit_message(ids[1], "edited again");
    ann.edit_message(ids[3], &format!("{SECRET} before it was removed"));
    ann.remove_message(ids[3]);
    let short = ann.say_at("/chat", SECRET);
    ann.remove_message(short);
    ann.edit_message(new, "new, and edited");
    let last = ann.say_at("/chat", "last");
    let expected = [
        ("edited", ids[0]),
        ("message", new),
        ("removed", ids[2]),
        ("edited", ids[1]),
        ("removed", ids[3]),
        ("message", last),
    ];
    let mut stream = Stream::resume(&ann, "/events", away);
    let told = stream.changes_until(last);
    assert_eq!(outline(&told), expected);
    let mut html = Stream::resume(&ann, "/events?format=html", away);
    let as_html = html.changes_until(last);
    let head =
        |told: &[StreamEvent]| told.iter().map(|told| (told.kind.clone(), told.id)).collect::<Vec<_>>();
    assert_eq!(head(&as_html), head(&told));
    assert!(told.iter().chain(&as_html).all(|told| !told.data.contains(SECRET)));
    let page = ann.page("/chat");
    for told in as_html.iter().filter(|told| told.kind != "removed") {
        assert!(page.contains(&told.data), "{} is the page's", told.data);
    }
    // From after a change on, that one is not told again.
    for (n, change) in told.iter().enumerate().take(5) {
        let mut rest = Stream::resume(&ann, "/events", change.id.unwrap());
        let mut rest = rest.changes_until(last);
        // Who has the newer message, but not what came after it, has it with its newest text already.
        rest.retain(|told| told.kind != "edited" || told.value()["id"] != new);
        assert_eq!(rest, told[n + 1..], "after {change:?}");
        assert!(rest.iter().all(|told| told.id > change.id));
    }
}

#[test]
fn whoever_missed_more_changes_than_are_known_loads_the_page_anew() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let half = CHANGES_MAX / 2;
    let (mut here, mut notes) = (Vec::new(), Vec::new());
    for n in 0..=half {
        here.push(ann.say_at("/chat", &n.to_string()));
        notes.push(ann.say_at("/people/ann", &n.to_string()));
    }
    let away = notes[half];
    for n in 0..half {
        ann.edit_message(here[n], "edited");
        ann.edit_message(notes[n], "edited");
    }
    let first = here[..3].to_vec();
    let answer = |after: u64| bob.clone().json().get(&format!("/chat?after={after}"));
    let edited = |after: u64| {
        let answer = answer(after).value();
        let ids = answer["edited"].as_array().unwrap().iter().map(|message| message["id"].as_u64().unwrap());
        ids.collect::<Vec<_>>()
    };
    // Of one message, only the newest is known.
    for n in 0..3 {
        ann.edit_message(first[0], &format!("more {n}"));
    }
    assert_eq!(edited(away), [&here[1..half], &first[..1]].concat(), "all are known still");
    // Each room has as many; one more here, and the oldest here goes, which is the second edit here.
    ann.edit_message(here[half], "edited");
    ann.edit_message(notes[half], "edited");
    let forgotten = away + 3;
    for after in [away, forgotten - 1] {
        let asked = Stream::ask(&bob, &format!("/events?after={after}"), "");
        assert!(asked.is_err_and(|answer| answer.body == "retry: 2000\n\nevent: reload\ndata:\n\n"));
        // A program is not left to believe that nothing changed.
        answer(after).expect(410);
    }
    let known = [&here[2..half], &first[..1], &here[half..]].concat();
    assert_eq!(edited(forgotten), known);
    let mut stream = Stream::resume(&bob, "/events", forgotten);
    let told: Vec<StreamEvent> = known.iter().map(|_| stream.next_change()).collect();
    assert_eq!(outline(&told), known.iter().map(|id| ("edited", *id)).collect::<Vec<_>>());
}

#[test]
fn what_is_told_of_missed_changes_is_bounded_in_bytes() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let ids: Vec<u64> = (0..100).map(|n| ann.say_at("/chat", &n.to_string())).collect();
    for id in &ids {
        ann.edit_message(*id, &"🙂".repeat(4_000));
    }
    let asked = Stream::ask(&ann, &format!("/events?after={}", ids[99]), "");
    assert!(asked.is_err_and(|answer| answer.body.contains("event: reload\n")), "1.6 MB are told at once");
}

/// What one of two members does.
#[derive(Clone, Debug)]
enum Deed {
    Say,
    Edit(usize),
    Remove(usize),
    Ask,
}

fn deeds() -> impl Strategy<Value = Vec<(bool, Deed)>> {
    let deed = prop_oneof![
        5 => Just(Deed::Say),
        3 => any::<usize>().prop_map(Deed::Edit),
        2 => any::<usize>().prop_map(Deed::Remove),
        2 => Just(Deed::Ask),
    ];
    prop::collection::vec((any::<bool>(), deed), 0..90)
}

#[test]
fn programs_that_ask_and_programs_that_listen_end_with_what_the_page_has() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let (mut late, mut often) = (Seen::default(), Seen::default());
    let (mut late_at, mut often_at) = (0, 0);
    let mut stream = Stream::open(&ann, "/events");
    let mut heard = Seen::default();
    let mut said = Vec::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for round in 0..12 {
        let tree = deeds().new_tree(&mut runner).unwrap();
        for (n, (first, deed)) in proptest::strategy::ValueTree::current(&tree).into_iter().enumerate() {
            let who = if first { &ann } else { &bob };
            let text = format!("{round} {n}");
            let message = |at: usize| said.get(at % said.len().max(1)).copied().unwrap_or_default();
            match deed {
                Deed::Say => said.push(who.say_at("/chat", &text)),
                // Some are another's, and some are gone.
                Deed::Edit(at) => drop(who.try_edit_message(message(at), &text)),
                Deed::Remove(at) => drop(who.try_remove_message(message(at))),
                Deed::Ask => often_at = often.ask(&bob, "/chat", often_at),
            }
        }
        let last = ann.say_at("/chat", "end of a round");
        said.push(last);
        for told in stream.changes_until(last) {
            heard.hear(&told);
        }
        // Those who are far behind ask until there is no more.
        for (seen, at) in [(&mut late, &mut late_at), (&mut often, &mut often_at)] {
            while *at < last {
                *at = seen.ask(&bob, "/chat", *at);
            }
        }
        let now = bob.all_messages();
        assert_eq!(late.0.values().cloned().collect::<Vec<_>>(), now);
        assert_eq!(often, late);
        assert_eq!(heard, late);
    }
}

// ---------------------------------------------------------------- sent again

fn sends(who: &Client, text: &str, nonce: &str) -> Response {
    who.clone().json().post("/chat", &[("message", text), ("nonce", nonce)])
}

#[test]
fn what_is_sent_again_after_it_was_edited_is_asked_about() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = sends(&ann, "hello", "n-1").value()["id"].as_u64().unwrap();
    ann.edit_message(id, "hello, all");
    assert_eq!(sends(&ann, "hello, all", "n-1").value()["id"], id);
    // What it said before, nobody knows any more: it may be the same, or lost if it were taken for that.
    for text in ["hello", "and this"] {
        let answer = sends(&ann, text, "n-1");
        assert_eq!((answer.status, answer.value()["error"].as_str()), (409, Some("nonce_reused")));
        let page = ann.clone().post("/chat", &[("message", text), ("nonce", "n-1")]);
        assert_eq!((page.status, textarea(&page.body)), (409, text.to_owned()));
        assert_ne!(input_value(&page.body, "nonce").as_deref(), Some("n-1"));
    }
    assert_eq!(ann.clone().texts(), ["hello, all"]);
}

#[test]
fn what_is_sent_again_after_it_was_removed_does_not_come_back() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    for (n, by) in [&bob, &ann].into_iter().enumerate() {
        // Its answer was lost on the way.
        let nonce = format!("n-{n}");
        let id = sends(&bob, SECRET, &nonce).value()["id"].as_u64().unwrap();
        by.remove_message(id);
        let answer = sends(&bob, SECRET, &nonce);
        assert_eq!((answer.status, answer.value()["error"].as_str()), (409, Some("nonce_reused")));
        assert!(ann.clone().texts().is_empty());
    }
}

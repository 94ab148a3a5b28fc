//! One stream for the windows of a browser, each of which shows another room.

use crate::prelude::*;

const HTML: &str = "/events?format=html";

/// The target of a stream beside which these rooms are shown.
fn beside(rooms: &[u64]) -> String {
    rooms.iter().map(|room| format!("&room={room}")).fold(HTML.to_owned(), |target, room| target + &room)
}

/// Reads on until somebody types in this room, and in no other.
#[track_caller]
fn typing_until(stream: &mut Stream, room: u64, name: &str) {
    loop {
        let people = stream.next_of("people").value();
        let typing = people["typing"].as_array().unwrap();
        if !typing.is_empty() {
            assert_eq!((&people["room"], &typing[0]["name"]), (&json!(room), &json!(name)), "{people}");
            return;
        }
    }
}

fn types(client: &Client, room: u64) {
    client.clone().post("/typing", &[("room", &room.to_string())]).expect(200);
}

#[test]
fn of_each_room_that_is_shown_presence_is_told_and_of_no_other() {
    let (_server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let [garden, lake, other] = ["Garden", "Lake", "Other"].map(|name| ann.open_room_about(name, "", false));
    for (room, name) in [(garden, "bob"), (lake, "bob"), (other, "cyd")] {
        ann.add_to_room(room, name);
    }
    let mut stream = Stream::open(&ann, &beside(&[0, lake, garden, lake]));
    let mut told: Vec<u64> =
        (0..3).map(|_| stream.next_of("people").value()["room"].as_u64().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, [0, garden, lake], "each once, as soon as it begins");
    for room in [lake, 0, garden] {
        types(&cyd, other);
        types(&bob, room);
        typing_until(&mut stream, room, "bob");
        bob.say_at(&format!("/rooms/{room}"), "done");
    }
}

#[test]
fn each_open_room_that_is_shown_is_previewed_live_and_caught_up_with() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let [garden, lake, other] = ["Garden", "Lake", "Other"].map(|name| ann.open_room_about(name, "", true));
    let say = |room: u64| ann.say_at(&format!("/rooms/{room}"), "hello");
    let start = say(0);
    let missed = [garden, lake, other].map(say);
    let target = beside(&[garden, lake]);
    let mut stream = Stream::open(&bob, &format!("{target}&after={start}"));
    let live = [lake, other, 0, garden].map(say);
    let told = event_ids(&stream.events_until(live[3]));
    assert_eq!(told, [missed[0], missed[1], live[0], live[2], live[3]]);
}

#[test]
fn what_one_may_not_see_is_left_out_and_where_that_is_all_there_is_no_stream() {
    let (_server, [ann, eve]) = Server::open().with_members(["ann", "eve"]);
    let [secret, open] = [false, true].map(|open| ann.open_room_about("Garden", "", open));
    let here = format!("/rooms/{secret}");
    let start = ann.say_at(&here, SECRET);
    for rooms in [&[secret][..], &[secret, secret], &[secret, 999_999]] {
        Stream::refused(&eve, &beside(rooms)).expect(404);
    }
    let target = beside(&[secret, 999_999, open]);
    let mut stream = Stream::open(&eve, &format!("{target}&after={}", start - 1));
    for room in [secret, 999_999] {
        assert_eq!(stream.next_of("gone").value(), room, "whether there is one or not");
    }
    ann.say_at(&here, SECRET);
    types(&ann, secret);
    types(&eve, 0);
    ann.clone().post(&format!("/rooms/{open}/join"), &[]).expect(303);
    types(&ann, open);
    let people = |stream: &mut Stream| stream.next_of("people").value();
    let mut told = people(&mut stream);
    while told["typing"] == json!([]) {
        assert_eq!(told["room"], open, "{told}");
        told = people(&mut stream);
    }
    let end = ann.say_at(&format!("/rooms/{open}"), "end");
    let told = stream.events_until(end);
    assert_eq!(event_ids(&told), [end]);
}

#[test]
fn a_stream_ends_when_one_of_its_rooms_is_left_or_deleted_and_goes_on_without_it() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let [garden, lake] = ["Garden", "Lake"].map(|name| ann.open_room_about(name, "", true));
    let target = beside(&[0, garden, lake]);
    bob.clone().post(&format!("/rooms/{garden}/join"), &[]).expect(303);
    let mut stream = Stream::open(&bob, &target);
    bob.leave_room(garden);
    stream.rest();
    // As a preview from now on.
    let mut stream = Stream::open(&bob, &target);
    let said = ann.say_at(&format!("/rooms/{garden}"), "hello");
    assert_eq!(stream.message().unwrap().id, Some(said));
    // Nothing was said there, so that it ends with its last member.
    ann.leave_room(lake);
    stream.rest();
    let mut stream = Stream::open(&bob, &target);
    assert_eq!(stream.next_of("gone").value(), lake);
    let said = ann.say_at(&format!("/rooms/{garden}"), "again");
    assert_eq!(stream.message().unwrap().id, Some(said));
}

#[test]
fn a_stream_has_as_many_rooms_as_a_browser_has_windows() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let most: Vec<u64> = (0..32).map(|n| n % 2).collect();
    Stream::open(&ann, &beside(&most));
    let answer = Stream::refused(&ann, &beside(&[&most[..], &[0]].concat()));
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("room was given too many times."), "{}", answer.body);
}

#[test]
fn a_page_of_another_member_is_told_so_and_hears_nothing() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let own = ann.clone().json().get("/people?like=ann").value()["people"][0]["id"].clone();
    Stream::open(&ann, &format!("{HTML}&as={own}"));
    ann.clone().get(&format!("/sidebar?as={own}")).expect(200);
    for target in ["/events?after=0", HTML, "/sidebar?path=/chat"] {
        let mut asking = bob.clone().json();
        let answer = asking.get(&format!("{target}&as={own}")).expect(409);
        assert_eq!(answer.value()["error"], "somebody_else");
        assert_eq!(answer.value()["detail"], "You are signed in as bob now. Reload the page.");
        asking.get(&format!("{target}&as=999999")).expect(409);
        asking.get(&format!("{target}&as=x")).expect(400);
    }
}

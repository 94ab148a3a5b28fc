//! Open rooms: everyone learns of them at once, and may look in.

use crate::house::{Client, House};
use crate::rooms_access::{EVERYWHERE, NAME, SECRET, comes_back, leave, open_room, remove, say};
use crate::stream::Stream;

const HTML: &str = "/events?format=html";

/// Whether the list of rooms was another, up to this message.
fn list_changed(stream: &mut Stream, last: u64) -> bool {
    let mut changed = false;
    loop {
        let told = stream.event().expect("an event");
        changed |= told.kind == "rooms";
        if told.id == Some(last) {
            return changed;
        }
    }
}

#[test]
fn everyone_is_told_at_once_of_an_open_room_and_no_one_of_another() {
    let house = House::open();
    let [mut ann, bob] = ["ann", "bob"].map(|name| house.member(name));
    let mut stream = Stream::open(&bob, HTML);
    let closed = open_room(&ann, false);
    let fields = [("name", "Gold"), ("topic", "")];
    assert_eq!(ann.post(&format!("/rooms/{closed}/about"), &fields).status, 303);
    leave(&ann, closed);
    assert!(!list_changed(&mut stream, say(&ann, "/chat", "nothing new")));
    let open = open_room(&ann, true);
    stream.next_of("rooms");
    assert!(bob.clone().get("/rooms").body.contains(NAME));
    let fields = [("name", "Harbour"), ("topic", "Boats")];
    assert_eq!(ann.post(&format!("/rooms/{open}/about"), &fields).status, 303);
    stream.next_of("rooms");
    assert!(bob.clone().get("/rooms").body.contains("Harbour"));
    // Nothing was said there, so it ends with its last member.
    leave(&ann, open);
    stream.next_of("rooms");
    assert!(!bob.clone().get("/rooms").body.contains("Harbour"));
    house.member("cyd");
    stream.next_of("rooms");
}

#[test]
fn an_open_room_is_previewed_live() {
    let house = House::open();
    let [ann, bob, cyd] = ["ann", "bob", "cyd"].map(|name| house.member(name));
    let room = open_room(&ann, true);
    let here = format!("/rooms/{room}");
    let first = say(&ann, &here, "before");
    let mut elsewhere = Stream::open(&cyd, HTML);
    let mut page = Stream::open(&bob, &format!("{here}/live"));
    let mut events = EVERYWHERE.map(|form| Stream::open(&bob, &format!("{form}&room={room}")));
    let mut missed = Stream::open(&bob, &format!("{HTML}&room={room}&after={}", first - 1));
    assert_eq!(missed.message().unwrap().id, Some(first), "what was said meanwhile is told");
    let second = say(&ann, &here, "while bob looks");
    for stream in events.iter_mut().chain([&mut missed]) {
        let told = stream.message().unwrap();
        assert_eq!(told.id, Some(second));
        assert!(told.data.contains("while bob looks"), "{told:?}");
    }
    assert!(page.page_until(second).contains("while bob looks"));
    // What changes is told as well, and others are told nothing.
    assert_eq!(ann.clone().post(&format!("/messages/{second}/remove"), &[]).status, 303);
    assert!(events.iter_mut().all(|stream| stream.next_among(&["removed"]).is_some()));
    let last = say(&ann, "/chat", "for all");
    assert_eq!(elsewhere.message().unwrap().id, Some(last));
    // To look is not to read, to write, or to be there.
    assert_eq!(bob.clone().post(&here, &[("message", "hello")]).status, 403);
    assert_eq!(bob.clone().post("/typing", &[("room", &room.to_string())]).status, 404);
    assert!(!ann.clone().get(&here).body.contains("bob</bdi></p>"));
}

#[test]
fn a_preview_ends_with_the_room_and_with_its_reader() {
    let house = House::open();
    let [ann, bob, cyd] = ["ann", "bob", "cyd"].map(|name| house.member(name));
    let room = open_room(&ann, true);
    let live = |who: &Client| Stream::open(who, &format!("{HTML}&room={room}"));
    let (mut first, mut page) = (live(&bob), Stream::open(&bob, &format!("/rooms/{room}/live")));
    let mut second = live(&cyd);
    remove(&ann, "bob");
    first.rest();
    page.rest();
    // Nothing was said, so that it is deleted.
    leave(&ann, room);
    second.rest();
    assert_eq!(Stream::refused(&cyd, &format!("{HTML}&room={room}")).status, 404);
}

#[test]
fn who_joins_and_leaves_an_open_room_is_in_it_and_previews_it() {
    let house = House::open();
    let [ann, bob] = ["ann", "bob"].map(|name| house.member(name));
    let room = open_room(&ann, true);
    let here = format!("/rooms/{room}");
    let mut preview = Stream::open(&bob, &format!("{HTML}&room={room}"));
    assert_eq!(bob.clone().post(&format!("{here}/join"), &[]).status, 303);
    let inside = say(&ann, &here, SECRET);
    assert_eq!(preview.message().unwrap().id, Some(inside));
    leave(&bob, room);
    preview.rest();
    let mut preview = Stream::open(&bob, &format!("{HTML}&room={room}"));
    let outside = say(&ann, &here, SECRET);
    assert_eq!(preview.message().unwrap().id, Some(outside));
    let list = bob.clone().json().get("/sidebar").value();
    assert!(list["rooms"].as_array().unwrap().iter().all(|line| line["room"] != room), "{list}");
    comes_back(&bob, room, &ann, "bob");
    assert!(bob.clone().get(&here).body.contains(SECRET));
}

//! Lists of rooms and people; open rooms, of which everyone learns at once, and which all may preview.

use crate::prelude::*;

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
    let (server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let mut stream = Stream::open(&bob, HTML);
    let closed = ann.open_room(false);
    let fields = [("name", "Gold"), ("topic", "")];
    ann.post(&format!("/rooms/{closed}/about"), &fields).expect(303);
    ann.leave_room(closed);
    assert!(!list_changed(&mut stream, ann.say_at("/chat", "nothing new")));
    let open = ann.open_room(true);
    stream.next_of("rooms");
    assert!(bob.clone().get("/rooms").body.contains(NAME));
    let fields = [("name", "Harbour"), ("topic", "Boats")];
    ann.post(&format!("/rooms/{open}/about"), &fields).expect(303);
    stream.next_of("rooms");
    assert!(bob.clone().get("/rooms").body.contains("Harbour"));
    // Nothing was said there, so it ends with its last member.
    ann.leave_room(open);
    stream.next_of("rooms");
    assert!(!bob.clone().get("/rooms").body.contains("Harbour"));
    server.member("cyd");
    stream.next_of("rooms");
}

#[test]
fn an_open_room_is_previewed_live() {
    let (_server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let room = ann.open_room(true);
    let here = format!("/rooms/{room}");
    let first = ann.say_at(&here, "before");
    let mut elsewhere = Stream::open(&cyd, HTML);
    let mut page = Stream::open(&bob, &format!("{here}/live"));
    let mut events = EVERYWHERE.map(|form| Stream::open(&bob, &format!("{form}&room={room}")));
    let mut missed = Stream::open(&bob, &format!("{HTML}&room={room}&after={}", first - 1));
    assert_eq!(missed.message().unwrap().id, Some(first), "what was said meanwhile is told");
    let second = ann.say_at(&here, "while bob looks");
    for stream in events.iter_mut().chain([&mut missed]) {
        let told = stream.message().unwrap();
        assert_eq!(told.id, Some(second));
        assert!(told.data.contains("while bob looks"), "{told:?}");
    }
    assert!(page.page_until(second).contains("while bob looks"));
    // What changes is told as well, and others are told nothing.
    ann.clone().post(&format!("/messages/{second}/remove"), &[]).expect(303);
    assert!(events.iter_mut().all(|stream| stream.next_among(&["removed"]).is_some()));
    let last = ann.say_at("/chat", "for all");
    assert_eq!(elsewhere.message().unwrap().id, Some(last));
    // To look is not to read, to write, or to be there.
    bob.clone().post(&here, &[("message", "hello")]).expect(403);
    bob.clone().post("/typing", &[("room", &room.to_string())]).expect(404);
    assert!(!ann.clone().get(&here).body.contains("bob</bdi></p>"));
}

#[test]
fn a_preview_ends_with_the_room_and_with_its_reader() {
    let (_server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let room = ann.open_room(true);
    let live = |who: &Client| Stream::open(who, &format!("{HTML}&room={room}"));
    let (mut first, mut page) = (live(&bob), Stream::open(&bob, &format!("/rooms/{room}/live")));
    let mut second = live(&cyd);
    ann.remove_member("bob");
    first.rest();
    page.rest();
    // Nothing was said, so that it is deleted.
    ann.leave_room(room);
    second.rest();
    Stream::refused(&cyd, &format!("{HTML}&room={room}")).expect(404);
}

#[test]
fn who_joins_and_leaves_an_open_room_is_in_it_and_previews_it() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let room = ann.open_room(true);
    let here = format!("/rooms/{room}");
    let mut preview = Stream::open(&bob, &format!("{HTML}&room={room}"));
    bob.clone().post(&format!("{here}/join"), &[]).expect(303);
    let inside = ann.say_at(&here, SECRET);
    assert_eq!(preview.message().unwrap().id, Some(inside));
    bob.leave_room(room);
    preview.rest();
    let mut preview = Stream::open(&bob, &format!("{HTML}&room={room}"));
    let outside = ann.say_at(&here, SECRET);
    assert_eq!(preview.message().unwrap().id, Some(outside));
    let list = bob.clone().json().get("/sidebar").value();
    assert!(list["rooms"].as_array().unwrap().iter().all(|line| line["room"] != room), "{list}");
    bob.rejoin(room, &ann, "bob");
    assert!(bob.clone().get(&here).body.contains(SECRET));
}

#[test]
fn open_rooms_are_listed_by_their_members_and_found_by_name_and_topic() {
    let (_server, [ann, bob, cyd]) =
        Server::with(|settings| settings.post_rate = 0).with_members(["ann", "bob", "cyd"]);
    let lake = ann.open_room_about("Lake", "Boats & <b>swimming</b>", true);
    let hills = ann.open_room_about("Hügel", "", true);
    cyd.clone().post(&format!("/rooms/{hills}/join"), &[]).expect(303);
    ann.open_room(false);
    let page = |query: &str| bob.clone().get(&format!("/rooms{query}")).body;
    let rooms = |page: &str| page.split("<ul class=\"rows beside\">").nth(1).unwrap().to_owned();
    let all = rooms(&page(""));
    let [first, second] = [hills, lake].map(|room| all.find(&format!("href=\"/rooms/{room}\"")).unwrap());
    assert!(first < second, "those with most members first: {all}");
    all.shows("2 members").shows("1 member<").shows("Boats &amp; &lt;b&gt;swimming&lt;/b&gt;");
    assert!(!page("").contains("class=\"find\""), "there are few");
    for (query, hit) in [("HUGEL", hills), ("swim", lake), ("la+boa", lake)] {
        let found = rooms(&page(&format!("?q={query}")));
        assert!(found.contains(&format!("/rooms/{hit}\"")), "{query}: {found}");
        assert_eq!(found.matches("/join\"").count(), 1, "{query}: {found}");
    }
    assert!(page("?q=Treasure").contains("No rooms found."));
    // One press.
    let answer = bob.clone().post(&format!("/rooms/{lake}/join"), &[("sure", "yes")]);
    assert_eq!((answer.status, answer.location()), (303, format!("/rooms/{lake}").as_str()));
    assert_eq!(rooms(&page("")).matches("/join\"").count(), 1);
}

#[test]
fn long_lists_come_in_parts() {
    let (server, [ann]) = Server::with(|settings| settings.register_rate = 0).with_members(["ann"]);
    let crowd: Vec<Client> = (0..120).map(|n| server.member(&format!("user{n:03}"))).collect();
    // Each opens few, as anyone may.
    let opened: Vec<u64> = crowd
        .iter()
        .enumerate()
        .map(|(n, one)| one.open_room_about(&format!("Room {n:03}"), "", true))
        .collect();
    let page = |path: &str| {
        let page = ann.clone().get(path).body;
        page.split_once("<main").map_or_else(String::new, |(_, main)| main.to_owned())
    };
    let first = page("/rooms");
    assert_eq!(first.matches("/join\"").count(), 100);
    first.shows("class=\"find\"").shows("href=\"/rooms?skip=100\"");
    let second = page("/rooms?skip=100");
    assert_eq!(second.matches("/join\"").count(), 20);
    second.shows("rel=\"prev\"").lacks("rel=\"next\"");
    let found = page("/rooms?q=room&skip=20");
    found.shows("rel=\"prev\" href=\"/rooms?q=room\"");
    for far in ["18446744073709551615", "121"] {
        assert_eq!(page(&format!("/rooms?skip={far}")).matches("/join\"").count(), 0);
    }
    for wrong in ["-1", "x"] {
        assert_eq!(ann.clone().get(&format!("/rooms?skip={wrong}")).status, 400, "{wrong}");
    }
    let count = |page: &str| page.matches("class=\"action\" href=\"/people/").count();
    let people = page("/people");
    assert_eq!(count(&people), 100);
    people.shows("href=\"/people?skip=100\"");
    assert_eq!(count(&page("/people?skip=100")), 21);
    assert_eq!(count(&page("/people?like=USER11")), 10);
    assert!(page("/people?like=nobody").contains("No people found."));
    // Search offers one's own rooms, the one that is chosen, and some of the others.
    let search = page("/search");
    assert_eq!(search.matches("<option value=\"").count(), 1 + 2 * (1 + 100));
    let last = opened[119];
    search.lacks(format!("value=\"{last}\""));
    let within = page(&format!("/search?room={last}"));
    within.shows(format!("<option value=\"{last}\" selected>"));
    assert!(within.contains("Room 119") && within.matches("<option value=\"").count() == 203);
    // Of a room, each member is a link.
    let room = ann.open_room_about("All", "", true);
    for one in &crowd {
        one.clone().post(&format!("/rooms/{room}/join"), &[]).expect(303);
    }
    let details = page(&format!("/rooms/{room}/about"));
    assert!(details.contains("<h2>121 members</h2>") && count(&details) == 10, "{details}");
    details.shows("/about?skip=0\">See all 121 members<");
    let all = page(&format!("/rooms/{room}/about?skip=0"));
    assert!(count(&all) == 100 && !all.contains("/leave\""), "{all}");
    assert_eq!(count(&page(&format!("/rooms/{room}/about?skip=100"))), 21);
    // Two owners, as none may remove so many at once.
    let other = &crowd[119];
    ann.clone().post("/people/user119/role", &[("owner", "yes")]).expect(303);
    for n in 0..101 {
        let owner = if n < 50 { &ann } else { other };
        assert_eq!(owner.clone().post(&format!("/people/user{n:03}/remove"), &[]).status, 303, "{n}");
    }
    let removed = |path: &str| page(path).matches("href=\"/owner/removed/").count();
    assert!(page("/owner/removed").contains("href=\"/owner/removed?skip=100\""));
    assert_eq!([removed("/owner/removed"), removed("/owner/removed?skip=100")], [100, 1]);
}

#[test]
fn after_each_change_of_a_room_the_page_says_so_where_it_was_made() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    let told = |path: &str, fields: &[(&str, &str)]| {
        let answer = ann.clone().post(&format!("{here}/{path}"), fields).expect(303);
        let (page, place) = answer.location().split_once('#').unwrap();
        let page = ann.clone().get(page).body;
        let (_, form) = page.split_once(&format!("id=\"{place}\"")).unwrap();
        form.split_once("</form>").unwrap().0.to_owned()
    };
    let added = told("add", &[("username", "bob")]);
    added.shows("role=\"status\">\u{2068}bob\u{2069} was added.<");
    let saved = told("about", &[("name", "Gold"), ("topic", "")]);
    saved.shows("role=\"status\">Saved<");
    bob.leave_room(room);
    // What an address says and is not so is not shown.
    let id = ann.clone().json().get("/people?like=bob").value()["people"][0]["id"].clone();
    for done in
        [format!("added&who={id}"), format!("invited&who={id}"), "added&who=99".into(), "other".into()]
    {
        let page = ann.clone().get(&format!("{here}/about?done={done}")).body;
        assert!(!page.contains("role=\"status\">\u{2068}"), "{done}: {page}");
    }
}

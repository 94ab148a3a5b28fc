//! Hostile addresses: they lead to a room or nowhere.

use super::*;

/// No names of rooms; in place of `ID` stands the number of one, and in place of `NINES` 44 digits.
const NO_ROOMS: &[&str] = &[
    "/rooms/-1", "/rooms/+1", "/rooms/+ID", "/rooms/%2BID", "/rooms/-0", "/rooms/18446744073709551615",
    "/rooms/18446744073709551616", "/rooms/NINES", "/rooms/ID.0", "/rooms/IDe0", "/rooms/0xID",
    "/rooms/%20ID", "/rooms/ID%20", "/rooms/ID%00", "/rooms/ID%0A", "/rooms/ID%2Flive",
    "/rooms/ID%3Fbefore=1", "/rooms/%FF", "/rooms/%", "/rooms/%zz", "/rooms/%D9%A1", "/rooms/ID;v=1",
    "/rooms/ID/", "/rooms/ID/live/", "/rooms/ID/LIVE", "/rooms//ID", "//rooms/ID", "/Rooms/ID", "/ROOMS/ID",
    "/rooms/./ID", "/rooms/../rooms/ID", "/chat/../rooms/ID", "/rooms/%2e%2e/chat", "/rooms/ID/live/more",
    "/chat/ID", "/chat/about", "/chat/leave", "/people/ID", "/people/nobody", "/people/nobody/live",
    "/people/bob%2Flive", "/people/bob%00", "/people/%00", "/people/%FF", "/people/bob%FF", "/people/%C3%28",
    "/people/%", "/people/bob%", "/people/bob%2", "/people/bob%zz", "/people/bob+", "/people/bob%2562",
    "/people/@bob", "/people/.", "/people/..", "/people/", "/people//bob", "/People/bob", "/people/bob/LIVE",
    "/people/bob/",
];

#[test]
fn no_strange_address_leads_anywhere() {
    for base in ["", "/base"] {
        let server = Server::with(|settings| settings.base_path = base.into());
        let [mut ann, mut bob, mut eve] = [(); 3].map(|()| server.visitor());
        for (who, name) in [(&mut ann, "ann"), (&mut bob, "bob"), (&mut eve, "eve")] {
            let fields = [("username", name), ("password", crate::support::PASSWORD)];
            who.post(&format!("{base}/register"), &fields).expect(303);
        }
        let opened = ann.clone().json().post(&format!("{base}/rooms"), &[("name", NAME), ("topic", TOPIC)]);
        let room = opened.value()["room"].as_u64().unwrap();
        ann.say_at(&format!("{base}/rooms/{room}"), SECRET);
        ann.say_at(&format!("{base}/people/bob"), SECRET);
        let long = format!("/people/{}", "b".repeat(3_000));
        let mut paths: Vec<String> = NO_ROOMS.iter().map(|path| format!("{base}{path}")).collect();
        paths.push(format!("{base}{long}"));
        paths.push(format!("{base}/rooms/{}", "9".repeat(3_000)));
        if !base.is_empty() {
            let outside = [
                "/rooms/ID", "/chat", "/people/bob", "/sidebar", "/events", "/baserooms/ID", "/BASE/rooms/ID",
            ];
            paths.extend(outside.map(str::to_owned));
            paths.push("/base%2Frooms/ID".into());
            paths.push("/base/base/rooms/ID".into());
        }
        // For her who is in the room as well: an address is either the one or none.
        for who in [&ann, &eve] {
            for json in [false, true] {
                let who = if json { who.clone().json() } else { who.clone() };
                let never = who.clone().get(&format!("{base}/rooms/1")).expect(404);
                // What would stand in a frame is refused in it.
                let framed = who.clone().get(&format!("{base}/rooms/1/live"));
                // What no route fits is refused before anybody asks who is there.
                let unrouted = who.clone().get(&format!("{base}/nowhere")).expect(404);
                for path in &paths {
                    let path = path.replace("ID", &room.to_string()).replace("NINES", &"9".repeat(44));
                    let answer = who.clone().get(&path);
                    let shape = |answer: &Response| shape(answer, 1);
                    let same = [&framed, &unrouted].into_iter().find(|one| shape(one) == shape(&answer));
                    assert_eq!(shape(&answer), shape(same.unwrap_or(&never)), "{path}");
                    let posted = who.clone().post(&path, &[("message", "x")]).status;
                    assert!([404, 405].contains(&posted), "POST {path}: {posted}");
                }
            }
        }
        assert_eq!(ann.messages_at(&format!("{base}/rooms/{room}")).len(), 1);
        assert_eq!(bob.messages_at(&format!("{base}/people/ann")).len(), 1);
    }
}

#[test]
fn a_name_leads_to_one_conversation_however_it_is_written() {
    let (_server, [ann, bob, zoe]) = Server::unlimited().with_members(["Ann", "bob", "Zoë.Ångström"]);
    let id = ann.say_at("/people/bob", SECRET);
    for path in ["/people/BOB", "/people/%62ob", "/people/b%4fb", "/people/%42%4F%42", "/people/%20bob%20"] {
        assert_eq!(ann.messages_at(path)[0]["id"], id, "{path}");
        let page = ann.clone().get(path).body;
        assert!(page.contains("data-path=\"/people/bob\""), "its own address is told: {page}");
    }
    let path = "/people/Zo%C3%AB.%C3%85ngstr%C3%B6m";
    let id = ann.say_at(path, SECRET);
    assert_eq!(ann.messages_at("/people/zo%c3%ab.%c3%a5ngstr%c3%b6m")[0]["id"], id);
    assert!(ann.clone().get("/sidebar").body.contains(&format!("href=\"{path}\"")));
    assert_eq!(zoe.messages_at("/people/ANN")[0]["id"], id);
    // The same conversation by its number: the two come there, and what it is not called stays closed.
    let room = ann.room_at(path);
    let by_number = format!("/rooms/{room}");
    assert_eq!(zoe.messages_at(&by_number)[0]["id"], id);
    for (who, status) in [(&ann, 404), (&zoe, 404), (&bob, 404)] {
        for what in ["about", "add", "join", "leave"] {
            let answer = who.clone().post(&format!("{by_number}/{what}"), &[("username", "bob")]);
            assert_eq!(answer.status, status, "{what}");
        }
    }
    bob.clone().get(&by_number).expect(404);
}

#[test]
fn strange_numbers_in_fields_lead_nowhere() {
    let (_server, [ann, eve]) = Server::unlimited().with_members(["ann", "eve"]);
    let room = ann.open_room(false);
    ann.say_at(&format!("/rooms/{room}"), SECRET);
    for number in
        ["-1", "+1", "%2B1", "", "x", "%D9%A1", "18446744073709551616", "1.0", "%00", "%FF", "1%201"]
    {
        for who in [&ann, &eve] {
            let events = who.clone().get(&format!("/events?room={number}"));
            let typing = who.clone().post_body("/typing", FORM, format!("room={number}").as_bytes());
            assert_eq!((events.status, typing.status), (400, 400), "{number}: {}", events.body);
        }
    }
    eve.clone().get(&format!("/events?room={room}&room={room}")).expect(404);
    eve.clone().post_body("/typing", FORM, format!("room=0&room={room}").as_bytes()).expect(400);
    for number in ["18446744073709551615", "1", &room.to_string(), &format!("00{room}")] {
        let events = eve.clone().get(&format!("/events?room={number}"));
        let typing = eve.clone().post("/typing", &[("room", number)]);
        assert_eq!((events.status, typing.status), (404, 404), "{number}");
    }
    // The path that a list is told is but a mark in it.
    let list = eve.clone().get(&format!("/sidebar?path=/rooms/{room}"));
    assert_eq!(list.body, eve.clone().get("/sidebar?path=/nowhere").body);
}

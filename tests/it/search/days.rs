//! Days, and the way on from them.

use super::*;

const HOUR: i64 = 60 * 60 * 1000;
/// Midnight of 1 March 2024 in UTC.
const MARCH: i64 = 1_709_251_200_000;

/// A day's address in the shared room, or what is wrong with it.
fn day(who: &Client, day: &str) -> (u16, String) {
    let answer = who.clone().get(&format!("/day?{}", query(&[("day", day), ("room", "")])));
    (answer.status, answer.location().to_owned())
}

/// What is asked of a chat with messages around 1 March: at -30, -1, 1 and 30 hours, by these ids.
fn asks_for_days(ann: &Client, ids: &[u64]) {
    let to = |id: u64| (303, format!("/chat?at={id}#m{id}"));
    let zone = |zone: &str| assert_eq!(ann.clone().post("/me/zone", &[("zone", zone)]).status, 303);
    zone("UTC");
    for (asked, id) in
        [("2024-02-28", ids[0]), ("2024-02-29", ids[1]), ("2024-03-01", ids[2]), ("2024-03-02", ids[3])]
    {
        assert_eq!(day(ann, asked), to(id), "{asked}");
    }
    // A day on which nothing was said: the next thing that was, and that is said.
    for asked in ["0001-01-01", "2024-02-20"] {
        assert_eq!(day(ann, asked), (303, format!("/chat?at={0}&day={asked}#m{0}", ids[0])));
    }
    assert_eq!(day(ann, "9999-12-31"), (303, "/chat?day=9999-12-31".into()));
    // Two hours east, an hour before midnight is the next day already; west, an hour after is the day before.
    zone("Africa/Cairo");
    assert_eq!(day(ann, "2024-03-01"), to(ids[1]));
    zone("America/New_York");
    assert_eq!(day(ann, "2024-03-01"), (303, format!("/chat?at={0}&day=2024-03-01#m{0}", ids[3])));
    assert_eq!(day(ann, "2024-02-29"), to(ids[1]));
    for bad in
        ["", "x", "2024-02-30", "2024-13-01", "31.12.2024", "2024-03-01T00:00", "2023-02-29", "\u{661}"]
    {
        assert_eq!(day(ann, bad), (400, String::new()), "{bad}");
    }
    // Far off, but days.
    for odd in ["-0001-01-01", "+262142-01-01", "99999999-01-01", "2024-3-1", " 2024-03-01"] {
        assert!([303, 400].contains(&day(ann, odd).0), "{odd}");
    }
    ann.clone().get("/day?day=2024-03-01&room=x").expect(400);
    ann.clone().get("/day").expect(400);
    ann.clone().get("/day?day=2024-03-01&room=1").expect(404);
}

#[test]
fn a_day_leads_to_its_first_message_where_one_is() {
    let (mut server, [ann]) = Server::alone(|_| {}).with_members(["ann"]);
    let ids: Vec<u64> = (0..4).map(|n| ann.say_at("/chat", &n.to_string())).collect();
    let at = |index: usize| MARCH + [-30, -1, 1, 30][index] * HOUR;
    let now: Vec<(u64, i64)> = server.records().iter().map(|record| (record.seq.0, record.at.0)).collect();
    server.restarts_older(|seq| {
        let was = now.iter().find(|(id, _)| *id == seq).unwrap().1;
        ids.iter().position(|id| *id == seq).map_or(0, |index| was - at(index))
    });
    asks_for_days(&ann, &ids);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_day_is_looked_up_in_the_file() {
    let folder = TempDir::new();
    let program = folder.serve(&FILE);
    let ann = program.member("ann");
    let mut ids: Vec<u64> = Vec::new();
    for n in 0..4 {
        // In other rooms much is said between.
        for _ in 0..5 {
            ann.say_at("/people/ann", "a note");
        }
        ids.push(ann.say_at("/chat", &n.to_string()));
    }
    program.end_by("-TERM");
    let file = rusqlite::Connection::open(folder.data()).unwrap();
    for (id, hours) in ids.iter().zip([-30, -1, 1, 30]) {
        let id = i64::try_from(*id).unwrap();
        let sql = "UPDATE messages SET posted_at = ?2 WHERE id <= ?1 AND id > ?1 - 6";
        file.execute(sql, [id, MARCH + hours * HOUR]).unwrap();
    }
    drop(file);
    let program = folder.serve(&FILE);
    asks_for_days(&program.client_of(&ann), &ids);
}

#[test]
fn in_a_room_a_day_leads_to_what_was_said_there() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob) = (member("ann"), member("bob"));
        let room = ann.open_room(false);
        ann.say_at("/chat", "elsewhere");
        let to = |room: u64| ann.clone().get(&format!("/day?day=2020-01-01&room={room}"));
        assert_eq!(to(room).location(), format!("/rooms/{room}?day=2020-01-01"), "nothing was said there");
        let id = ann.say_at(&format!("/rooms/{room}"), "here");
        assert_eq!(to(room).location(), format!("/rooms/{room}?at={id}&day=2020-01-01#m{id}"), "later");
        let id = bob.say_at("/people/ann", "between us");
        let pair = ann.room_at("/people/bob");
        assert_eq!(to(pair).location(), format!("/people/bob?at={id}&day=2020-01-01#m{id}"));
    });
}

#[test]
fn a_long_room_is_walked_both_ways_and_each_message_is_seen() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let said: Vec<u64> = (0..300).map(|n| ann.say_at("/chat", &n.to_string())).collect();
        let ids = |page: &str| articles(page).iter().map(|one| one.id).collect::<Vec<u64>>();
        for start in [0, 17, 150, 260, 299] {
            let place = ann.clone().get(&format!("/messages/{}", said[start])).location().to_owned();
            assert_eq!(place, format!("/chat?at={0}#m{0}", said[start]));
            let first = ann.clone().get(place.split('#').next().unwrap()).body;
            let mut all = ids(&first);
            assert!(all.contains(&said[start]), "{start}");
            let mut here = first.clone();
            while let Some(path) = older_link(&here) {
                here = ann.clone().get(&path).body;
                all.splice(0..0, ids(&here));
            }
            let mut here = first;
            while let Some(path) = newer(&here) {
                here = ann.clone().get(path.split('#').next().unwrap()).body;
                let some = ids(&here);
                let after: u64 = between(&path, "?after=", "#messages").parse().unwrap();
                // The last page is the room as it is live, which begins with some that were seen.
                assert!(newer(&here).is_none() || some[0] > after, "{path}: {some:?}");
                all.extend(some.into_iter().filter(|id| *id > after));
            }
            assert_eq!(all, said, "from {start}");
            assert!(
                between(&here, "<div id=\"messages\"", ">").contains("data-live"),
                "at the end it is live"
            );
        }
        // A number beyond all, and one where nothing is.
        for path in ["/chat?after=1000000", "/chat?at=18446744073709551615", "/chat?after=0", "/chat?at=0"] {
            let answer = ann.clone().get(path);
            assert_eq!(answer.status, 200, "{path}");
            assert!(!ids(&answer.body).is_empty(), "{path}");
        }
    });
}

#[test]
fn after_the_greatest_number_there_is_nothing_but_the_newest() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let said: Vec<u64> = (0..60).map(|n| ann.say_at("/chat", &n.to_string())).collect();
        let page = ann.clone().get(&format!("/chat?after={}", u64::MAX)).expect(200);
        let shown: Vec<u64> = articles(&page.body).iter().map(|one| one.id).collect();
        assert_eq!(shown, said[10..]);
    });
}

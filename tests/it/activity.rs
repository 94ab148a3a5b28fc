//! Where one was mentioned, and who answered or reacted: the number of the badge is the number of entries that are
//! marked as unread, and what one may not see is not there.

use scraper::{Html, Selector};

use crate::prelude::*;

#[test]
fn what_concerns_one_is_listed_newest_first_and_read_where_it_is_read() {
    let (_server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    assert!(ann.page("/activity").contains("No activity yet"));
    ann.has_unread_entries(&[]);
    let plain = ann.say_at("/chat", "who comes?");
    bob.say_at("/chat", "@ann, I do");
    bob.say_at("/chat", "for @cyd alone");
    let reply = cyd.answers("/chat", plain, "me too");
    cyd.answers("/chat", reply, "this is no news to ann");
    bob.say_at("/chat", "@room, at eight");
    ann.say_at("/chat", "my own @ann is none");
    ann.has_unread_entries(&[]);
    bob.say_at("/people/ann", "in private, @ann");
    bob.say_at("/chat", "@ann, and again");
    ann.has_unread_entries(&["mention @ann, and again", "mention in private, @ann"]);
    assert_eq!(
        ann.entries("").iter().map(|entry| entry.told.clone()).collect::<Vec<_>>(),
        [
            "mention @ann, and again", "mention in private, @ann", "mention @room, at eight", "reply me too",
            "mention @ann, I do"
        ]
    );
    let page = ann.page("/activity");
    for text in ["\u{2068}bob\u{2069} mentioned you", "\u{2068}cyd\u{2069} replied to you"] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let first = ann.entries("")[0].message;
    assert!(page.contains(&format!("href=\"/messages/{first}\"")));
    ann.read_all("/people/bob");
    ann.has_settled_unread(&["mention @ann, and again"]);
    bob.remove_message(first);
    ann.has_unread_entries(&[]);
    assert_eq!(ann.entries("").len(), 4, "what was deleted is gone");
}

#[test]
fn reactions_to_one_message_are_one_entry_until_something_else_happens() {
    let (_server, [mut ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let [first, second] = ["one", "two"].map(|text| ann.say_at("/chat", text));
    let react = |who: &Client, id: u64, emoji: &str, on: bool| {
        who.reacts(id, emoji, on).expect(200);
    };
    react(&bob, second, "👍", true);
    bob.say_at("/chat", "@ann");
    react(&bob, first, "👍", true);
    react(&cyd, first, "❤️", true);
    react(&cyd, first, "👍", true);
    react(&ann, first, "🎉", true); // her own is no news
    let counted = |who: &Client| who.read_json("/sidebar")["activity"].clone();
    assert_eq!(counted(&ann), json!({ "mentions": 1, "reactions": 4 }));
    let page = ann.page("/activity");
    assert!(
        page.contains("\u{2068}cyd\u{2069} and \u{2068}bob\u{2069} reacted 👍❤️ to your message"),
        "{page}"
    );
    assert!(page.contains("\u{2068}bob\u{2069} reacted 👍 to your message"), "{page}");
    assert_eq!((page.matches("class=\"hit unread\"").count(), marked(&page)), (3, 3));
    let kinds: Vec<_> = ann.entries("").into_iter().map(|entry| entry.told).collect();
    assert_eq!(kinds, ["reaction one", "reaction one", "reaction one", "mention @ann", "reaction two"]);
    react(&bob, first, "👍", false);
    assert!(ann.page("/activity").contains("\u{2068}cyd\u{2069} reacted 👍❤️ to your message"));
    let up_to = between(&ann.page("/activity"), "name=\"up_to\" value=\"", "\"").to_owned();
    ann.post("/activity/seen", &[("up_to", &up_to)]).expect(303);
    assert_eq!(counted(&ann), json!({ "mentions": 1, "reactions": 0 }));
    ann.has_unread_entries(&["mention @ann"]);
    ann.remove_message(first);
    assert_eq!(ann.entries("").len(), 2);
}

#[test]
fn older_activity_is_on_further_pages() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    for n in 1..=70 {
        bob.say_at("/chat", &format!("@ann {n}"));
    }
    let answer = ann.read_json("/activity");
    let first = ann.entries("");
    let second = ann.entries(&format!("?before={}", answer["before"]));
    let all: Vec<String> = first.iter().chain(&second).map(|entry| entry.told.clone()).collect();
    assert_eq!((first.len(), all.len()), (50, 70));
    assert_eq!(all, (1..=70).rev().map(|n| format!("mention @ann {n}")).collect::<Vec<_>>());
    let page = ann.page("/activity");
    let next = format!("/activity?before={}", answer["before"]);
    assert!(page.contains(&format!("rel=\"next\" href=\"{next}\"")), "{page}");
    assert!(ann.page(&next).contains("rel=\"prev\" href=\"/activity\""));
    // The badge counts what the pages mark, together.
    let marked: usize = [String::from("/activity"), next].iter().map(|path| marked(&ann.page(path))).sum();
    assert_eq!((marked, ann.counted()), (70, 70));
    assert_eq!(ann.clone().get("/activity?before=x").status, 400);
}

#[test]
fn what_one_may_not_see_is_not_there() {
    let (_server, [ann, bob, cyd]) = Server::open().with_members(["ann", "bob", "cyd"]);
    let room = bob.open_room(false);
    bob.add_to_room(room, "ann");
    bob.say_at(&format!("/rooms/{room}"), "@ann, read this");
    bob.say_at(&format!("/rooms/{room}"), "@cyd is not here");
    ann.has_unread_entries(&["mention @ann, read this"]);
    cyd.has_unread_entries(&[]);
    assert!(cyd.entries("").is_empty());
    ann.leave_room(room);
    ann.has_unread_entries(&[]);
    assert!(ann.entries("").is_empty());
    assert!(!ann.page("/activity").contains("read this"));
}

#[test]
fn everything_is_read_at_once() {
    let (_server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let club = bob.open_room_called("Book club", true);
    bob.add_to_room(club.rsplit_once('/').unwrap().1.parse().unwrap(), "ann");
    for path in ["/chat", &*club, "/people/ann"] {
        bob.say_at(path, "hello @ann");
    }
    assert_eq!((ann.counted(), ann.unread_at(&club)), (3, 1));
    let answer = ann.post("/read-all", &[("sure", "yes")]).expect(303);
    assert_eq!(answer.location(), "/activity?done=read");
    assert!(ann.page(answer.location()).contains("Everything is marked as read."));
    ann.has_unread_entries(&[]);
    for path in ["/chat", &*club, "/people/bob"] {
        assert_eq!(ann.unread_at(path), 0, "{path}");
    }
    bob.say_at("/chat", "one more, @ann");
    ann.has_unread_entries(&["mention one more, @ann"]);
}

#[test]
fn the_way_there_says_how_many_are_unread() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let label = |who: &Client, path: &str| {
        let page = Html::parse_document(&who.page(path));
        let link = page.select(&Selector::parse(".activity-link").unwrap()).next().expect("a link");
        (link.attr("aria-label").unwrap().to_owned(), link.attr("aria-current").map(str::to_owned))
    };
    assert_eq!(label(&ann, "/rooms"), ("Activity".into(), None));
    bob.say_at("/chat", "@ann");
    assert_eq!(label(&ann, "/me"), ("Activity, 1 mention".into(), None));
    bob.say_at("/chat", "@ann");
    assert_eq!(label(&ann, "/activity"), ("Activity, 2 mentions".into(), Some("page".into())));
    let options = |query: &str| ann.page(&format!("/switch{query}"));
    for query in ["", "?q=act"] {
        assert!(options(query).contains("aria-label=\"Activity, 2 mentions\""), "{query}");
    }
    assert!(!options("?q=gen").contains("Activity"));
}

#[test]
fn of_a_muted_room_nothing_is_told() {
    let (_server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let level = |who: &Client, path: &str| {
        let rooms = who.read_json("/sidebar")["rooms"].as_array().unwrap().clone();
        rooms.iter().find(|one| one["path"] == path).unwrap()["level"].as_str().unwrap().to_owned()
    };
    bob.say_at("/people/ann", "psst, @ann");
    let club = bob.open_room_called("Book club", true);
    bob.add_to_room(club.rsplit_once('/').unwrap().1.parse().unwrap(), "ann");
    assert_eq!(
        [level(&ann, "/chat"), level(&ann, &club), level(&ann, "/people/bob")],
        ["mentions", "mentions", "everything"]
    );
    bob.say_at(&club, "@ann, read this");
    ann.has_unread_entries(&["mention @ann, read this", "mention psst, @ann"]);
    for (path, page) in [(&*club, "about"), ("/people/bob", "about"), ("/chat", "notifications")] {
        let answer = ann.post(&format!("{path}/notifications"), &[("level", "nothing")]).expect(303);
        assert_eq!(answer.location(), format!("{path}/{page}?done=level#notifications"));
        let page = ann.page(answer.location().split('#').next().unwrap());
        assert!(page.contains("value=\"nothing\" checked") && page.contains("Saved"), "{page}");
        assert_eq!(level(&ann, path), "nothing");
    }
    ann.has_unread_entries(&[]);
    assert_eq!(ann.entries("").len(), 2, "they are there still");
    let list = ann.page("/sidebar");
    assert_eq!(list.matches("class=\"muted\"").count(), 3, "{list}");
    assert!(!list.contains("data-count=\"1\""), "{list}");
    ann.post(&format!("{club}/notifications"), &[("level", "everything")]).expect(303);
    ann.has_unread_entries(&["mention @ann, read this"]);
    for refused in ["", "loud"] {
        ann.post("/chat/notifications", &[("level", refused)]).expect(400);
    }
    bob.clone().post("/people/bob/notifications", &[("level", "nothing")]).expect(404);
}

#[test]
fn muted_rooms_are_listed_last() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let [one, other] = ["One", "Other"].map(|name| ann.open_room_called(name, true));
    ann.say_at(&other, "newest");
    let listed = |who: &Client| {
        let rooms = who.read_json("/sidebar")["rooms"].as_array().unwrap().clone();
        rooms.iter().map(|one| one["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&ann), ["/chat", &*other, &*one]);
    ann.post(&format!("{other}/notifications"), &[("level", "nothing")]).expect(303);
    assert_eq!(listed(&ann), ["/chat", &*one, &*other]);
}

#[test]
fn a_message_is_unread_again_until_its_room_is_opened_anew() {
    let (mut server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let first = bob.say_at("/chat", "@ann, later");
    bob.say_at("/chat", "and more");
    let address = between(&ann.page("/chat"), "src=\"/chat/live", "\"").replace("&amp;", "&");
    let frame = format!("/chat/live{}", address.split('#').next().unwrap());
    let mut open = Stream::open(&ann, &frame);
    ann.has_settled_unread(&[]);
    let answer = ann.post(&format!("/messages/{first}/unread"), &[("sure", "yes")]).expect(303);
    assert_eq!(answer.location(), "/activity?done=unread");
    assert!(ann.page(answer.location()).contains("Marked as unread"));
    assert_eq!(ann.unread_in_chat(), 2);
    ann.has_unread_entries(&["mention @ann, later"]);
    // The page that is open does not read it, nor does what it loads by itself.
    let more = bob.say_at("/chat", "this comes in there");
    open.page_until(more);
    drop(open);
    drop(Stream::open(&ann, &frame.replace("live?", "live?again&")));
    server.restarts(|| {});
    assert_eq!(ann.unread_in_chat(), 3);
    ann.has_unread_entries(&["mention @ann, later"]);
    ann.read_all("/chat");
    ann.has_settled_unread(&[]);
    ann.post("/messages/999/unread", &[]).expect(404);
}

#[test]
fn quiet_hours_are_two_times_or_none() {
    let (_server, [mut ann]) = Server::open().with_members(["ann"]);
    let hours = |who: &Client| {
        let page = who.page("/me");
        ["from", "to"].map(|name| input_value(&page, name).unwrap())
    };
    assert_eq!(hours(&ann), ["", ""]);
    let answer = ann.post("/me/quiet", &[("from", "22:00"), ("to", "07:00")]).expect(303);
    assert_eq!(answer.location(), "/me?saved=notifications#notifications");
    let page = ann.page("/me");
    assert!(page.contains("data-quiet=\"22:00 07:00\" data-zone=\"Asia/Kolkata\""));
    assert_eq!(hours(&ann), ["22:00", "07:00"]);
    for (from, to) in [("22:00", "22:00"), ("22:00", ""), ("late", "07:00"), ("24:00", "07:00")] {
        let refused = ann.post("/me/quiet", &[("from", from), ("to", to)]).expect(422).body;
        assert!(refused.contains("Quiet hours need two different times."), "{refused}");
        assert_eq!(input_value(&refused, "from").unwrap(), from, "what was typed is there still");
    }
    assert_eq!(hours(&ann), ["22:00", "07:00"]);
    ann.post("/me/quiet", &[("from", ""), ("to", "")]).expect(303);
    assert_eq!(hours(&ann), ["", ""]);
}

#[cfg(feature = "sqlite")]
#[test]
fn activity_outlives_the_process() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--history", "3"]);
    let [ann, bob, cyd] = snug.members(["ann", "bob", "cyd"]);
    let plain = ann.say_at("/chat", "who comes?");
    bob.say_at("/chat", "@ann, I do");
    cyd.answers("/chat", plain, "me too");
    for n in 0..5 {
        cyd.say_at("/chat", &format!("talk {n}"));
    }
    let before = ann.entries("");
    assert_eq!(before.len(), 2, "older ones are read from the file");
    ann.has_unread_entries(&["reply me too", "mention @ann, I do"]);
    snug.end_by("-TERM");
    let snug = folder.serve(&["--history", "3"]);
    let ann = snug.client_of(&ann);
    assert_eq!(ann.entries(""), before);
    ann.has_unread_entries(&["reply me too", "mention @ann, I do"]);
}

#[derive(Debug, PartialEq)]
struct Entry {
    message: u64,
    unread: bool,
    /// Kind and text.
    told: String,
}

/// The entries that a page marks as unread, by a word.
fn marked(page: &str) -> usize {
    page.matches("<b class=\"new\">New</b>").count()
}

impl Client {
    #[track_caller]
    fn answers(&self, path: &str, message: u64, text: &str) -> u64 {
        let fields = [("message", text), ("reply_to", &message.to_string())];
        self.clone().json().post(path, &fields).expect(201).value()["id"].as_u64().unwrap()
    }

    #[track_caller]
    fn entries(&self, query: &str) -> Vec<Entry> {
        let answer = self.read_json(&format!("/activity{query}"));
        let entry = |entry: &Value| Entry {
            message: entry["message"]["id"].as_u64().unwrap(),
            unread: entry["unread"].as_bool().unwrap(),
            told: [&entry["kind"], &entry["message"]["text"]].map(|text| text.as_str().unwrap()).join(" "),
        };
        answer["entries"].as_array().unwrap().iter().map(entry).collect()
    }

    /// The number of the badge.
    #[track_caller]
    fn counted(&self) -> u64 {
        self.read_json("/sidebar")["activity"]["mentions"].as_u64().unwrap()
    }

    /// These mentions and replies are unread, are marked so, and are counted; newest first.
    #[track_caller]
    fn has_unread_entries(&self, told: &[&str]) {
        let entries = self.entries("");
        let unread: Vec<&str> =
            entries.iter().filter(|entry| entry.unread).map(|entry| &*entry.told).collect();
        assert_eq!(unread, told);
        assert_eq!(self.counted(), told.len() as u64, "the badge");
        assert_eq!(marked(&self.page("/activity")), told.len(), "the page");
    }

    /// The same, once what was read is kept.
    #[track_caller]
    fn has_settled_unread(&self, told: &[&str]) {
        wait_until("the read marker", || self.counted() == told.len() as u64);
        self.has_unread_entries(told);
    }
}

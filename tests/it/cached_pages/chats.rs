//! Two chats in which the same happens at the same time: one keeps pages, the other one keeps none.

use std::collections::HashMap;

use super::secrets::Secrets;
use super::{Deed, Look};
use crate::prelude::*;

/// Of ann two.
const NAMES: [&str; BROWSERS] = ["ann", "ann", "bob", "cyd", "dan"];
pub(super) const BROWSERS: usize = 5;
/// In memory; pages reach further back than that.
const HISTORY: usize = 60;
/// 2026-03-28 22:00 in UTC, in milliseconds: the clocks change in the night.
const BEGINNING: i64 = 1_774_735_200_000;
const MINUTE: i64 = 60_000;
const LANGUAGES: [&str; 3] = ["en", "de", "hi"];
/// What browsers accept; the first one to ask is the one for whom a page is made.
const ENCODINGS: [&str; 3] = ["gzip, deflate, br", "", "gzip"];

/// The same browser at both chats.
#[derive(Clone)]
struct Browser {
    name: &'static str,
    at: [Client; 2],
}

impl Browser {
    /// Does the same at both; gives the first one's answer.
    #[track_caller]
    fn does(&mut self, what: &str, act: impl Fn(&mut Client) -> Response) -> Response {
        let [kept, fresh] = &mut self.at;
        let (kept, fresh) = (act(kept), act(fresh));
        assert_eq!(kept.status, fresh.status, "{what}: {}", fresh.asked);
        kept
    }
}

pub(super) struct Chats {
    servers: [Server; 2],
    now: i64,
    browsers: Vec<Browser>,
    /// Those whose sessions have ended.
    ended: Vec<Browser>,
    watching: HashMap<usize, [Stream; 2]>,
    rooms: [String; 5],
    said: Vec<u64>,
    secrets: Secrets,
}

impl Chats {
    pub(super) fn open() -> Self {
        let open = |page_cache| {
            let server = Server::with(|settings| {
                settings.page_cache = page_cache;
                (settings.post_rate, settings.sign_in_rate, settings.register_rate) = (0, 0, 0);
                settings.history = HISTORY;
            });
            server.standing.store(BEGINNING, Ordering::SeqCst);
            server
        };
        let servers = [Settings::default().page_cache, 0].map(open);
        let mut browsers = Vec::<Browser>::new();
        for name in NAMES {
            let member = |server: &Server| {
                if browsers.iter().any(|browser| browser.name == name) {
                    server.login(name)
                } else {
                    server.member(name)
                }
            };
            let at = servers.each_ref().map(member);
            browsers.push(Browser { name, at });
        }
        let mut rooms = [("Hall", true), ("Den", false)].into_iter().map(|(name, open)| {
            let [room, other] = browsers[0].at.each_ref().map(|ann| ann.open_room_called(name, open));
            assert_eq!(room, other);
            room
        });
        let rooms = [
            "/chat".into(),
            rooms.next().unwrap(),
            rooms.next().unwrap(),
            "/people/bob".into(),
            "/people/ann".into(),
        ];
        let (ended, watching) = (Vec::new(), HashMap::new());
        let secrets = Secrets::default();
        Self { servers, now: BEGINNING, browsers, ended, watching, rooms, said: Vec::new(), secrets }
    }

    /// Records of what happened.
    pub(super) fn happened(&self) -> usize {
        self.servers[0].records().len()
    }

    // What happens

    /// Some of it is refused, at both.
    pub(super) fn carry_out(&mut self, who: usize, deed: Deed, what: &str) {
        self.now += MINUTE / 4;
        if let Deed::Wait(minutes) = deed {
            self.now += minutes * MINUTE;
        }
        self.servers.iter().for_each(|server| server.standing.store(self.now, Ordering::SeqCst));
        let who = who % BROWSERS;
        match deed {
            Deed::Wait(_) => {}
            Deed::Watch(on) => self.watch(who, on),
            Deed::SignInAnew => self.sign_in_anew(who, what),
            Deed::Read { room } => self.read(who, &self.rooms[room % self.rooms.len()].clone(), what),
            Deed::Attach { room } => {
                let room = self.room(room);
                let parts = [Part::field("message", "a file"), Part::file("notes.txt", b"bread and cheese")];
                self.browsers[who].does(what, |client| client.post_parts(&room, &parts));
            }
            _ => self.send(who, deed, what),
        }
        let [kept, fresh] = self.servers.each_ref().map(|server| server.records().len());
        assert_eq!(kept, fresh, "{what}");
    }

    fn room(&self, number: usize) -> String {
        self.rooms[number % self.rooms.len()].clone()
    }

    fn message(&self, number: usize) -> u64 {
        self.said.get(number % self.said.len().max(1)).copied().unwrap_or_default()
    }

    /// A form.
    fn send(&mut self, who: usize, deed: Deed, what: &str) {
        let (path, fields) = self.form(deed);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        // Only an owner does this.
        let who =
            if matches!(deed, Deed::Title(_) | Deed::Role { .. } | Deed::Banish { .. }) { 0 } else { who };
        let answer = self.browsers[who].does(what, |client| client.clone().json().post(&path, &fields));
        if answer.status == 201 {
            self.said.extend(answer.value()["id"].as_u64());
        }
    }

    fn form(&self, deed: Deed) -> (String, Vec<(&'static str, String)>) {
        let on = |on: bool| if on { "1" } else { "0" }.to_owned();
        let message = |number, verb| format!("/messages/{}/{verb}", self.message(number));
        let person = |number: usize| NAMES[1 + number % (BROWSERS - 1)];
        let room = |number, verb| format!("{}/{verb}", self.room(number));
        // Only rooms have it.
        let named = |number: usize, verb| format!("{}/{verb}", self.rooms[1 + number % 2]);
        match deed {
            Deed::Say { room, words } => (self.room(room), vec![("message", said(words))]),
            Deed::Reply { message } => {
                let answered = ("reply_to", self.message(message).to_string());
                ("/chat".into(), vec![("message", said(message)), answered])
            }
            Deed::Edit { message: number } => (message(number, "edit"), vec![("message", said(number / 7))]),
            Deed::Remove { message: number } => (message(number, "remove"), vec![]),
            Deed::React { message: number, emoji, on: wanted } => {
                let emoji = ["👍", "🎉", "❤️"][emoji % 3].into();
                (message(number, "react"), vec![("emoji", emoji), ("on", on(wanted))])
            }
            Deed::Pin { message: number, on: wanted } => (message(number, "pin"), vec![("on", on(wanted))]),
            Deed::ReadAll => ("/read-all".into(), vec![]),
            Deed::MarkUnread { message: number } => (message(number, "unread"), vec![]),
            Deed::Level { room: number, level } => {
                let level = ["everything", "mentions", "nothing"][level % 3].into();
                (room(number, "notifications"), vec![("level", level)])
            }
            Deed::Zone(zone) => {
                let zone = ["", "UTC", "Pacific/Kiritimati", "Europe/Berlin", "America/St_Johns"][zone % 5];
                ("/me/zone".into(), vec![("zone", zone.into())])
            }
            Deed::Language(language) => {
                let language = ["", "en", "de", "hi"][language % 4].into();
                ("/me/language".into(), vec![("language", language)])
            }
            Deed::Quiet(on) => {
                let [from, to] = if on { ["22:00", "07:00"] } else { ["", ""] };
                ("/me/quiet".into(), vec![("from", from.into()), ("to", to.into())])
            }
            Deed::Title(word) => {
                let title = ["Home", "Our house", "snug"][word % 3].into();
                (
                    "/owner".into(),
                    vec![("title", title), ("registration", String::new()), ("code", String::new())],
                )
            }
            Deed::Naming { room, word } => {
                let (name, topic) = [("Den", ""), ("Attic", "Old things"), ("Hall", "All of us")][word % 3];
                (named(room, "about"), vec![("name", name.into()), ("topic", topic.into())])
            }
            Deed::Role { person: number, on } => {
                let owner = if on { "yes" } else { "no" }.into();
                (format!("/people/{}/role", person(number)), vec![("owner", owner)])
            }
            Deed::Leave { room } => (named(room, "leave"), vec![]),
            Deed::Join { room } => (named(room, "join"), vec![]),
            Deed::Add { room, person: number } => {
                (named(room, "add"), vec![("username", person(number).into())])
            }
            Deed::Banish { person: number } => {
                // Never of ann, by whom the chat is owned.
                let name = NAMES[2 + number % (BROWSERS - 2)];
                (format!("/people/{name}/remove"), vec![("free", "yes".into())])
            }
            other => unreachable!("{other:?} is no form"),
        }
    }

    /// What was read is kept a little later.
    fn read(&mut self, who: usize, room: &str, what: &str) {
        let reader = &mut self.browsers[who];
        let unread = |client: &Client| {
            let sidebar = client.clone().json().get("/sidebar");
            if sidebar.status != 200 {
                return 0;
            }
            let rooms = sidebar.value()["rooms"].as_array().unwrap().clone();
            rooms.iter().find(|one| one["path"] == room).map_or(0, |one| one["unread"].as_u64().unwrap())
        };
        if unread(&reader.at[1]) == 0 {
            return;
        }
        reader.does(what, |client| {
            client.clone().post(&format!("{room}/read"), &[("up_to", &u64::MAX.to_string())])
        });
        wait_until("what was read", || reader.at.iter().all(|client| unread(client) == 0));
    }

    /// Whoever is signed out and was a member signs in, or registers once more.
    fn sign_in_anew(&mut self, who: usize, what: &str) {
        self.watch(who, false);
        let browser = &mut self.browsers[who];
        let before = browser.clone();
        let name = browser.name;
        browser.does(what, |client| client.post("/logout", &[]));
        if browser.does(what, |client| client.login(name, PASSWORD)).status != 303 {
            browser.does(what, |client| client.register(name, PASSWORD));
        }
        self.ended = vec![before];
    }

    /// Opens a stream, or closes it; and waits until that is known.
    fn watch(&mut self, who: usize, on: bool) {
        let browser = &self.browsers[who];
        let here = |client: &Client| {
            let people = client.read_json("/people")["people"].as_array().unwrap().clone();
            people.iter().any(|one| one["name"] == browser.name && one["here"] == true)
        };
        // Everybody is here to themselves.
        let asks = &self.browsers[if browser.name == "ann" { 2 } else { 0 }];
        if !browser.at.iter().chain(&asks.at).all(|client| client.clone().is_in()) {
            return;
        }
        self.watching.remove(&who);
        if on {
            self.watching.insert(who, browser.at.each_ref().map(|client| Stream::open(client, "/events")));
        }
        let on = self.watching.keys().any(|other| self.browsers[*other].name == browser.name);
        wait_until("who is here", || asks.at.iter().all(|client| here(client) == on));
    }

    // What is seen of it

    /// The chat that keeps pages is asked again and again, compressed or not.
    pub(super) fn look(&mut self, browser: usize, (path, language): Look, what: &str) {
        let path = self.address(path);
        let [kept, fresh] = self.browsers[browser].at.clone();
        self.compare(&kept, &fresh, &path, LANGUAGES[language % LANGUAGES.len()], what);
    }

    pub(super) fn look_with_ended_sessions(&mut self, what: &str) {
        for Browser { at: [kept, fresh], .. } in self.ended.clone() {
            self.compare(&kept, &fresh, "/chat", LANGUAGES[0], what);
        }
    }

    fn address(&self, number: usize) -> String {
        let (room, rest) = (self.room(number / 4), number / 64);
        let message = self.message(rest / 16);
        match (number % 4, rest % 16) {
            (0 | 1, _) => room,
            (2, 0..4) => format!("{room}?latest=1"),
            (2, 4..7) => format!("{room}?at={message}"),
            (2, 7..9) => format!("{room}?before={message}"),
            (2, 9..11) => format!("{room}?since={message}"),
            (2, 11) => format!("{room}?after={message}"),
            (2, 12) => format!("{room}?reply={message}"),
            (2, _) => format!("{room}?day=2026-03-{}", 28 + rest % 4),
            (_, 0..3) => "/sidebar".into(),
            (_, 3) => "/activity".into(),
            (_, 4) => "/people".into(),
            (_, 5) => "/rooms".into(),
            (_, 6) => format!("{room}/pins"),
            (_, 7) => format!("{room}/files"),
            (_, 8) => format!("/search?q={}", ["bread", "@bob", "dinner"][rest % 3]),
            (_, 9) => "/me".into(),
            (_, 10) => format!("/messages/{message}/about"),
            (_, 11) => format!("{room}/about"),
            (_, 12) => format!("{room}/compose"),
            _ => room,
        }
    }

    fn compare(&mut self, kept: &Client, fresh: &Client, path: &str, language: &str, what: &str) {
        let ask = |client: &Client, encodings: &str, accept: &str| {
            let accepted = if encodings.is_empty() {
                String::new()
            } else {
                format!("Accept-Encoding: {encodings}\r\n")
            };
            let extra = format!("Accept: {accept}\r\nAccept-Language: {language}\r\n{accepted}");
            client.clone().send("GET", path, &extra, b"")
        };
        for (accept, encodings) in [("text/html", &ENCODINGS[..]), ("application/json", &ENCODINGS[..1])] {
            let wanted = ask(fresh, "", accept);
            let wanted = self.secrets.conceal(&self.servers[1], fresh, &wanted);
            for encodings in encodings {
                let answer = ask(kept, encodings, accept);
                let shown = self.secrets.conceal(&self.servers[0], kept, &answer);
                if shown != wanted {
                    let browser = self.browsers.iter().find(|browser| browser.at[0].cookie == kept.cookie);
                    let name = browser.map_or("a session that ended", |browser| browser.name);
                    panic!(
                        "{what}; {path} for {name} ({encodings}; {accept}; {language})\n{}",
                        difference(&shown, &wanted)
                    );
                }
            }
        }
    }
}

/// Mostly plain, and some of everything that a message may have in it.
fn said(words: usize) -> String {
    match words % 9 {
        0 => "**Dinner** is at *eight*:\n\n- bread\n- cheese\n- `olives`".into(),
        1 => format!("see https://example.org/menu?day={words} and [the map](https://example.org/map)"),
        2 => "@bob can you bring the keys, and tell @ann?".into(),
        3 => "@room > who comes?".into(),
        4 => "> who comes?\n\nall of us, @cyd and @dan too".into(),
        5 => "👍".into(),
        _ => format!("message {words} says that <bread> & \"butter\" are welcome"),
    }
}

/// Where two answers part.
fn difference(shown: &str, wanted: &str) -> String {
    let same = shown.bytes().zip(wanted.bytes()).take_while(|(one, other)| one == other).count();
    let part = |text: &str| {
        let bytes = &text.as_bytes()[same.saturating_sub(150)..text.len().min(same + 250)];
        String::from_utf8_lossy(bytes).into_owned()
    };
    format!("it answers ...{}...\nand should ...{}...", part(shown), part(wanted))
}

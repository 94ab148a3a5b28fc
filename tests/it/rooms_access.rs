//! Who sees what of rooms: every route against every relation, running streams, counts, nonces and
//! hostile addresses. What one may not see answers exactly as what never was.

mod addresses;
mod counts;
mod nonces;
mod streams;

use snug::chat::{Event, MemberId};

use crate::prelude::*;
use crate::{files_access, messages_access, people_access};

const ROUTES: &str = include_str!("../../src/web/routes.rs");

const HI: &str = "message=hi";
const SAID: (u16, u16) = (303, 201);
/// Back to where it was, or to a program that all is well.
const CHOSEN: (u16, u16) = (303, 200);
const LEVEL: &str = "level=everything";

/// For rooms alone that a member opened.
const NAMED: [&str; 5] =
    ["/rooms/:id/about", "/rooms/:id/add", "/rooms/:id/join", "/rooms/:id/decline", "/rooms/:id/leave"];

/// Names one room; for those who are not in, who see it, and who are inside. `leave` comes last: it is undone after
/// each use, as is `join`.
const TABLE: &[Row<3>] = &[
    row("GET", "/chat", "", [SIGN_IN, FINE, FINE]),
    row("POST", "/chat", HI, [REFUSED, FINE, SAID]),
    row("GET", "/chat/live", "", [REFUSED, FINE, FINE]),
    row("GET", "/chat/files", "", [SIGN_IN, FINE, FINE]),
    row("GET", "/chat/pins", "", [SIGN_IN, FINE, FINE]),
    row("GET", "/chat/compose", "", [REFUSED, FINE, FINE]),
    row("GET", "/chat/notifications", "", [SIGN_IN, FINE, FINE]),
    row("POST", "/chat/notifications", LEVEL, [REFUSED, NOT_THERE, CHOSEN]),
    row("POST", "/chat/read", "up_to=0", [REFUSED, FINE, FINE]),
    row("GET", "/rooms/:id", "", [SIGN_IN, FINE, FINE]),
    row("POST", "/rooms/:id", HI, [REFUSED, OUTSIDE, SAID]),
    row("GET", "/rooms/:id/live", "", [REFUSED, FINE, FINE]),
    row("GET", "/rooms/:id/files", "", [SIGN_IN, FINE, FINE]),
    row("GET", "/rooms/:id/pins", "", [SIGN_IN, FINE, FINE]),
    row("GET", "/rooms/:id/compose", "", [REFUSED, NOT_THERE, FINE]),
    row("POST", "/rooms/:id/notifications", LEVEL, [REFUSED, NOT_THERE, CHOSEN]),
    row("POST", "/rooms/:id/read", "up_to=0", [REFUSED, FINE, FINE]),
    row("GET", "/rooms/:id/about", "", [SIGN_IN, FINE, FINE]),
    row("POST", "/rooms/:id/about", "name=Treasure-hunters&topic=Where-to-dig", [REFUSED, NOT_THERE, DONE]),
    row("POST", "/rooms/:id/add", "username=ann", [REFUSED, NOT_THERE, DONE]),
    row("POST", "/rooms/:id/join", "", [REFUSED, DONE, DONE]),
    // Only for those who are invited.
    row("POST", "/rooms/:id/decline", "", [REFUSED, NOT_THERE, NOT_THERE]),
    row("POST", "/rooms/:id/leave", "", [REFUSED, NOT_THERE, DONE]),
    row("GET", "/people/:name", "", [SIGN_IN, FINE, FINE]),
    row("POST", "/people/:name", HI, [REFUSED, FINE, SAID]),
    row("GET", "/people/:name/live", "", [REFUSED, FINE, FINE]),
    row("GET", "/people/:name/files", "", [SIGN_IN, FINE, FINE]),
    row("GET", "/people/:name/pins", "", [SIGN_IN, FINE, FINE]),
    row("GET", "/people/:name/compose", "", [REFUSED, FINE, FINE]),
    row("POST", "/people/:name/notifications", LEVEL, [REFUSED, NOT_THERE, CHOSEN]),
    row("POST", "/people/:name/read", "up_to=0", [REFUSED, FINE, FINE]),
    row("GET", "/events", "", [REFUSED, FINE, FINE]),
    row("POST", "/typing", "room=:id", [REFUSED, NOT_THERE, FINE]),
    row("GET", "/socket", "", [REFUSED, UPGRADED, UPGRADED]),
    row("POST", "/socket", r#"{"do": "typing", "room": :id}"#, [REFUSED, NOT_THERE, FINE]),
    row("POST", "/socket", r#"{"do": "read", "room": :id, "up_to": 0}"#, [REFUSED, FINE, FINE]),
    row("POST", "/socket", r#"{"do": "post", "room": ":id", "message": "hi"}"#, [REFUSED, OUTSIDE, MADE]),
    row("POST", "/mentions", "room=:id&message=@olga", [REFUSED, NOT_THERE, FINE]),
    row("GET", "/day", "", [SIGN_IN, DONE, DONE]),
];

/// What tells of several rooms: see `assert_lists`.
const LISTS: &[(&str, &str)] =
    &[("GET", "/rooms"), ("POST", "/rooms"), ("GET", "/people"), ("GET", "/sidebar"), ("GET", "/switch")];

/// What gives messages of all rooms: see `assert_finds`.
const FINDS: &[(&str, &str)] = &[("GET", "/search"), ("GET", "/me/messages"), ("GET", "/activity")];

/// What has nothing to do with rooms. (What one does with messages, and what people and owners decide, has
/// tables of its own.)
const ELSEWHERE: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/register"),
    ("POST", "/register"),
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/logout"),
    ("POST", "/logout"),
    ("GET", "/reset"),
    ("POST", "/reset"),
    ("GET", "/emoji.txt"),
    ("GET", "/script-HASH.js"),
    ("GET", "/worker-HASH.js"),
    ("GET", "/manifest.webmanifest"),
    ("GET", "/icon-192.png"),
    ("GET", "/icon-512.png"),
    ("GET", "/icon-maskable.png"),
    ("GET", "/apple-touch-icon.png"),
    ("GET", "/shortcuts"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/robots.txt"),
];

#[test]
fn every_route_of_the_source_has_its_place_in_these_tables() {
    // An address that is made with what it leads to.
    let table =
        ROUTES.replace("SCRIPT.path", "\"/script-HASH.js\"").replace("WORKER.path", "\"/worker-HASH.js\"");
    let (_, routes) = table.split_once("const ROUTES:").expect("the table");
    let (routes, _) = routes.split_once("\n];").expect("its end");
    let routes: Vec<_> = routes.lines().filter_map(route).collect();
    // A line that is formatted in another way would be passed over.
    assert_eq!(routes.len(), routes_lines(), "every line is understood");
    let ours = TABLE.iter().map(|row| (row.method, row.route));
    let ours = ours.chain([LISTS, FINDS, ELSEWHERE].concat());
    let ours: BTreeSet<_> = ours
        .chain(messages_access::routes())
        .chain(files_access::routes())
        .chain(people_access::routes())
        .collect();
    assert_eq!(routes.into_iter().collect::<BTreeSet<_>>(), ours);
}

fn route(line: &str) -> Option<(&str, &str)> {
    let words: Vec<&str> = line.trim().strip_prefix("(\"")?.splitn(4, '"').collect();
    Some((words[0], words[2]))
}

fn routes_lines() -> usize {
    let (_, routes) = ROUTES.split_once("const ROUTES:").unwrap();
    let (routes, _) = routes.split_once("\n];").unwrap();
    ["Anyone(", "Member(", "MemberFrame(", "MemberProgram(", "Upload("]
        .iter()
        .map(|call| routes.matches(&format!(" {call}")).count())
        .sum()
}

/// A whole answer apart from the time, and from the number that was asked for.
fn shape(answer: &Response, room: u64) -> String {
    shape_but_for(answer, room, &["/rooms/", "%2Frooms%2F", "room=", "room%3D"])
}

/// One server with one room of a kind, and somebody in each relation to it.
struct Scene {
    server: Server,
    kind: Kind,
    room: u64,
    /// A number of as many digits that is no room's.
    nowhere: u64,
    ann: Client,
    people: Vec<(&'static str, Client, Rights)>,
}

impl Scene {
    fn of(kind: Kind) -> Self {
        let server = Server::unlimited();
        // She owns the chat, and nothing here is hers to see by that.
        let [olga, ann, bob, theo, lea, old, gone] =
            server.members(["olga", "ann", "bob", "theo", "lea", "old", "gone"]);
        old.clone().post("/logout", &[]);
        olga.make_owner("bob");
        let room = match kind {
            Kind::Shared => 0,
            Kind::Open | Kind::Invited => ann.open_room(kind == Kind::Open),
            Kind::Pair => {
                ann.say_at("/people/bob", SECRET);
                ann.room_at("/people/bob")
            }
            Kind::Notes => {
                ann.say_at("/people/ann", SECRET);
                ann.room_at("/people/ann")
            }
        };
        if matches!(kind, Kind::Open | Kind::Invited) {
            ann.add_to_room(room, "bob");
            ann.add_to_room(room, "lea");
            lea.leave_room(room);
            ann.add_to_room(room, "gone");
        }
        olga.remove_member("gone");
        ann.say_at(&format!("/rooms/{room}"), SECRET);
        let (beside, second) = (kind.rights_beside(), kind.rights_of_second());
        let people = vec![
            ("a stranger", server.visitor(), Rights::Out),
            ("with an old cookie", old, Rights::Out),
            ("who was removed", gone, Rights::Out),
            ("inside", ann.clone(), Rights::In),
            ("inside, or the other of the two, and an owner", bob, second),
            ("outside, or a third person", theo, beside),
            ("who left", lea, beside),
            ("an owner outside", olga, beside),
        ];
        // The number of a member or of a session, or one that will never be reached.
        let nowhere = if room < 10 { 1 } else { 10 + u64::from(room == 10) };
        assert!(room < 100, "of as many digits");
        Self { server, kind, room, nowhere, ann, people }
    }

    /// Whom a route's name means, for this visitor, to come to the scene's conversation.
    fn names(&self, who: &str) -> &'static str {
        match (self.kind, who) {
            (Kind::Pair, "inside") => "bob",
            _ => "ann",
        }
    }

    fn ask(&self, row: &Row<3>, who: &str, room: u64, json: bool) -> Ask {
        let number = room.to_string();
        let mut path = row.route.replace(":id", &number).replace(":name", self.names(who));
        if row.route == "/events" {
            path = format!("{path}?room={room}&format={}", if json { "json" } else { "html" });
        }
        if row.route == "/day" {
            path = format!("{path}?day=2020-02-29&room={room}");
        }
        let kind = if row.route == "/socket" {
            path = format!("{path}?room={room}");
            "application/json"
        } else {
            FORM
        };
        Ask { method: row.method, path, kind, body: row.form.replace(":id", &number), json }
    }

    /// Which rows lead to this scene's room.
    fn leads_here(&self, row: &Row<3>) -> bool {
        match row.route.split('/').nth(1) {
            Some("chat") => self.kind == Kind::Shared,
            Some("people") => matches!(self.kind, Kind::Pair | Kind::Notes),
            _ => true,
        }
    }

    fn check(&self) {
        for row in TABLE.iter().filter(|row| self.leads_here(row)) {
            for (who, client, rights) in &self.people {
                for json in [false, true] {
                    self.check_cell(row, who, client, *rights, json);
                }
            }
        }
        self.assert_lists();
        self.assert_finds();
    }

    fn check_cell(&self, row: &Row<3>, who: &str, client: &Client, rights: Rights, json: bool) {
        let (kind, names_people) = (self.kind, row.route.starts_with("/people"));
        // By a name, everybody comes to a conversation of their own.
        let rights = if names_people && rights != Rights::Out { Rights::In } else { rights };
        let not_named = NAMED.contains(&row.route) && !matches!(kind, Kind::Open | Kind::Invited);
        let [out, sees, inside] = row.wanted;
        let by_form = match rights {
            Rights::Out => out,
            Rights::Nothing => NOT_THERE,
            _ if not_named => NOT_THERE,
            Rights::Sees => sees,
            Rights::In => inside,
        };
        let wanted = if json { by_form.1 } else { by_form.0 };
        let ask = self.ask(row, who, self.room, json);
        let answer = ask.by(client);
        let cell = format!("{} {} {kind:?} {who} (json: {json})", row.method, row.route);
        assert_eq!(answer.status, wanted, "{cell}: {}", answer.body);
        let own = self.people.iter().any(|(name, _, rights)| *name == who && *rights == Rights::In);
        let may_read = own || rights == Rights::Sees;
        if !may_read {
            // What they sent themselves may come back.
            for secret in [SECRET, NAME, TOPIC].into_iter().filter(|secret| !row.form.contains(secret)) {
                assert!(!answer.body.contains(secret), "{cell} tells {secret}: {}", answer.body);
            }
        } else if row.method == "GET" && ["/chat", "/rooms/:id", "/people/:name"].contains(&row.route) {
            assert!(answer.body.contains(SECRET), "{cell}: {}", answer.body);
        }
        if row.method == "GET" {
            let head = Ask { method: "HEAD", ..self.ask(row, who, self.room, json) }.by(client);
            // No other answer has to do with another protocol.
            let wanted = if row.route == "/socket" && rights != Rights::Out { 426 } else { wanted };
            assert_eq!((head.status, &*head.body), (wanted, ""), "HEAD, {cell}");
        }
        if !names_people && (matches!(rights, Rights::Out | Rights::Nothing) || not_named) {
            self.assert_as_if_it_were_not(row, who, client, json);
        }
        match row.route {
            "/rooms/:id/join" if rights == Rights::Sees => client.leave_room(self.room),
            "/rooms/:id/leave" if answer.status == 303 => {
                // The last one who is inside cannot come back to a room by invitation.
                let name = if who == "inside" { "ann" } else { "bob" };
                let other =
                    self.people.iter().find(|(other, ..)| other.starts_with("inside") && *other != who);
                client.rejoin(self.room, &other.unwrap().1, name);
            }
            _ => {}
        }
    }

    /// Whatever they ask, and however: the same as for a room that never was, but for its number.
    fn assert_as_if_it_were_not(&self, row: &Row<3>, who: &str, client: &Client, json: bool) {
        if row.route.starts_with("/chat") || self.room == 0 {
            return;
        }
        let mut variants: Vec<Box<dyn Fn(Ask) -> Ask>> = vec![Box::new(|ask| ask)];
        if row.method == "GET" {
            variants.push(Box::new(|ask| Ask { method: "HEAD", ..ask }));
            for query in [
                "before=3", "after=0", "after=18446744073709551615", "before=x", "before=1&after=1",
                "format=x",
            ] {
                variants.push(Box::new(move |ask| {
                    let sign = if ask.path.contains('?') { '&' } else { '?' };
                    Ask { path: format!("{}{sign}{query}", ask.path), ..ask }
                }));
            }
        } else {
            variants.push(Box::new(|ask| Ask { body: "stranger=field".into(), ..ask }));
            variants.push(Box::new(|ask| Ask { kind: "text/plain", ..ask }));
            variants.push(Box::new(|ask| Ask { body: ask.body + "&message=%ff", ..ask }));
            variants.push(Box::new(|ask| Ask { body: ask.body + "&next=/elsewhere", ..ask }));
        }
        for method in ["PUT", "DELETE", "OPTIONS", "PATCH"] {
            variants.push(Box::new(move |ask| Ask { method, ..ask }));
        }
        for (index, variant) in variants.iter().enumerate() {
            let here = variant(self.ask(row, who, self.room, json));
            let there = variant(self.ask(row, who, self.nowhere, json));
            let (one, other) = (shape(&here.by(client), self.room), shape(&there.by(client), self.nowhere));
            assert_eq!(one, other, "{} {} {who}, variant {index}", here.method, here.path);
        }
    }

    /// The lists name what one is in, or could join, and do not stir when something happens elsewhere.
    fn assert_lists(&self) {
        let line = match self.kind {
            Kind::Shared => "href=\"/chat\" data-room=\"0\"".to_owned(),
            Kind::Open | Kind::Invited => format!("href=\"/rooms/{0}\" data-room=\"{0}\"", self.room),
            Kind::Pair | Kind::Notes => format!("data-room=\"{}\"", self.room),
        };
        let switches = ["/switch", "/switch?q=TREASURE"];
        let paths = ["/sidebar", "/sidebar?path=/chat", "/rooms", "/people", switches[0], switches[1]];
        let look = |client: &Client| paths.map(|path| client.clone().get(path).body);
        for (who, client, rights) in &self.people {
            if *rights == Rights::Out {
                for (method, path) in LISTS {
                    for json in [false, true] {
                        let ask = Ask { method, path: (*path).into(), kind: FORM, body: String::new(), json };
                        let member_program =
                            ["/sidebar", "/switch"].contains(path) || *method == "POST" || json;
                        let status = if member_program { 401 } else { 303 };
                        assert_eq!(ask.by(client).status, status, "{method} {path} {who}");
                    }
                }
                continue;
            }
            let before = look(client);
            assert_eq!(before[0].contains(&line), *rights == Rights::In, "{line} {who}: {}", before[0]);
            let address = format!("href=\"/rooms/{}\"", self.room);
            let browsed = between(&before[2], "<main", "</main>");
            assert_eq!(browsed.contains(&address), *rights == Rights::Sees, "{who}: {browsed}");
            if matches!(self.kind, Kind::Open | Kind::Invited) {
                assert_eq!(before[5].contains(NAME), *rights != Rights::Nothing, "{who}: {}", before[5]);
            }
            let head = client.clone().send("HEAD", "/sidebar", "", b"");
            assert_eq!(head.header("content-length"), before[0].len().to_string(), "{who}");
            if *rights != Rights::In {
                self.ann.say_at(&format!("/rooms/{}", self.room), SECRET);
                assert_eq!(look(client), before, "{who}");
            }
            if *rights == Rights::Nothing {
                let all = before.concat();
                for secret in [SECRET, NAME, TOPIC] {
                    assert!(!all.contains(secret), "{who}: {secret} in {all}");
                }
            }
        }
    }
}

/// What somebody said, by number and text, of all rooms and still there.
pub(crate) fn own_words(server: &Server, name: &str) -> BTreeMap<u64, String> {
    let (mut member, mut own) = (None, BTreeMap::new());
    for record in server.records() {
        match record.event {
            Event::Registered { name: who, .. } if who.as_str() == name => {
                member = Some(MemberId(record.seq));
            }
            Event::Posted { author, body, .. } if Some(author) == member => {
                own.insert(record.seq.0, body.as_str().to_owned());
            }
            Event::Edited { message, body, .. } => {
                own.entry(message.0).and_modify(|text| body.as_str().clone_into(text));
            }
            Event::Removed { message, .. } => _ = own.remove(&message.0),
            _ => {}
        }
    }
    own
}

/// What this client is called.
fn name_of(client: &Client) -> String {
    let page = client.clone().get("/me").body;
    between(&page, "<title>", " ·").to_owned()
}

impl Scene {
    /// A search finds what looking finds, and one's own words are one's own: the rest was never said.
    fn assert_finds(&self) {
        let words = SECRET.replace('-', "+");
        for (who, client, rights) in &self.people {
            if *rights == Rights::Out {
                for (method, path) in FINDS {
                    for (json, status) in [(false, 303), (true, 401)] {
                        for query in ["", "?q=oak", "?after=0", &format!("?room={}", self.room)] {
                            let path = format!("{path}{query}");
                            let ask = Ask { method, path, kind: FORM, body: String::new(), json };
                            let answer = ask.by(client);
                            assert_eq!(answer.status, status, "{method} {} {who}", ask.path);
                            assert!(!answer.body.contains(SECRET), "{method} {} {who}", ask.path);
                        }
                    }
                }
                continue;
            }
            self.assert_finds_for(who, client, *rights, &words);
            let mut lines = Vec::new();
            for line in client.clone().get("/me/messages").body.lines() {
                let one: Value = serde_json::from_str(line).unwrap();
                lines.push((one["id"].as_u64().unwrap(), one["text"].as_str().unwrap().to_owned()));
            }
            let name = name_of(client);
            assert_eq!(lines, own_words(&self.server, &name).into_iter().collect::<Vec<_>>(), "{who}");
        }
    }

    fn assert_finds_for(&self, who: &str, client: &Client, rights: Rights, words: &str) {
        let (room, nowhere) = (self.room, self.nowhere);
        // What looking gives; these rooms are short enough for one page.
        let path = format!("/rooms/{room}");
        let mut seen = if rights == Rights::Nothing { Vec::new() } else { client.messages_at(&path) };
        seen.reverse();
        let by = |author: &str| -> Vec<u64> {
            let secret = seen.iter().filter(|one| one["text"] == SECRET);
            let own = secret.filter(|one| author.is_empty() || one["author"] == author);
            own.map(|one| one["id"].as_u64().unwrap()).collect()
        };
        for author in ["", "ann", "bob", "olga", "gone"] {
            for place in [String::new(), format!("&room={room}")] {
                let query = format!("q={words}&author={author}{place}");
                assert_eq!(client.search(&query), by(author), "{query} {:?} {who}", self.kind);
            }
        }
        if rights != Rights::Nothing {
            return;
        }
        // Neither the room nor the words are there, whatever else is asked.
        let newest = client.messages_at("/chat").last().map_or(0, |one| one["id"].as_u64().unwrap());
        for json in [false, true] {
            for method in ["GET", "HEAD"] {
                let shape_of = |query: &str, number| {
                    let path = format!("/search?{query}");
                    let ask = Ask { method, path, kind: FORM, body: String::new(), json };
                    shape(&ask.by(client), number)
                };
                let before = [String::new(), "&before=0".into(), format!("&before={newest}")];
                let before = before.into_iter().chain([format!("&before={}", u64::MAX), "&before=x".into()]);
                for before in before {
                    for author in ["", "ann", "bob", "nobody"] {
                        for words in ["", words, "never+said", "o"] {
                            let query = |room: u64| format!("q={words}&author={author}&room={room}{before}");
                            let [here, there] = [room, nowhere].map(|room| shape_of(&query(room), room));
                            assert_eq!(here, there, "{} {who} (json: {json})", query(room));
                        }
                    }
                    // The same number of letters that nobody said.
                    let never = words.replace('a', "q");
                    let [said, never] = [words, &never].map(|words| {
                        let shown = words.replace('+', " ");
                        let shape = shape_of(&format!("q={words}{before}"), room);
                        shape.replace(words, "WORDS").replace(&shown, "WORDS")
                    });
                    assert_eq!(said, never, "{who} (json: {json}) {before}");
                }
                let page = shape_of("", room);
                assert!(![NAME, TOPIC, SECRET].iter().any(|secret| page.contains(secret)), "{who}: {page}");
            }
        }
    }
}

#[test]
fn whoever_left_or_was_removed_finds_nothing_more_and_keeps_their_own_words() {
    let (_server, [olga, ann, bob, eve]) = Server::unlimited().with_members(["olga", "ann", "bob", "eve"]);
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    ann.add_to_room(room, "bob");
    ann.add_to_room(room, "eve");
    let own = bob.say_at(&here, SECRET);
    let lost = bob.say_at(&here, SECRET);
    let said: Vec<u64> = (0..60).map(|_| ann.say_at(&here, SECRET)).collect();
    bob.clone().post(&format!("/messages/{lost}/remove"), &[]).expect(303);
    let first = bob.clone().json().get("/search?q=treasure").value();
    let before = first["before"].as_u64().unwrap();
    assert_eq!(before, said[10]);
    // Between two pages.
    bob.leave_room(room);
    for query in ["q=treasure", "author=ann", "author=bob", &format!("q=oak&room={room}")] {
        for before in [String::new(), format!("&before={before}")] {
            let answer = bob.clone().json().get(&format!("/search?{query}{before}")).value();
            let nothing = serde_json::json!({ "messages": [], "before": null, "complete": true });
            assert_eq!(answer, nothing, "{query}{before}");
        }
    }
    bob.clone().get(&format!("/day?room={room}&day=2020-01-01")).expect(404);
    let lines = bob.clone().get("/me/messages").body;
    let ids: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(ids.iter().map(|one| one["id"].as_u64().unwrap()).collect::<Vec<_>>(), [own]);
    let page = bob.clone().get("/me/messages?format=html").body;
    page.shows(SECRET).lacks(NAME).lacks(TOPIC);
    // Back again, and it is all there.
    bob.rejoin(room, &ann, "bob");
    assert_eq!(bob.search("author=bob"), [own]);
    olga.remove_member("eve");
    for path in ["/search?q=treasure", "/me/messages", "/day?day=2020-01-01"] {
        assert_eq!(eve.clone().json().get(path).status, 401, "{path}");
    }
}

#[test]
fn everybody_is_in_the_shared_room_and_strangers_get_nothing() {
    Scene::of(Kind::Shared).check();
}

#[test]
fn an_open_room_is_seen_by_members_and_used_by_those_inside() {
    Scene::of(Kind::Open).check();
}

#[test]
fn a_room_by_invitation_does_not_exist_for_anybody_else() {
    Scene::of(Kind::Invited).check();
}

#[test]
fn a_conversation_does_not_exist_for_a_third_person() {
    Scene::of(Kind::Pair).check();
}

#[test]
fn notes_do_not_exist_for_anybody_else() {
    Scene::of(Kind::Notes).check();
}

//! Who sees what of rooms: every route against every relation, running streams, counts, nonces and
//! hostile addresses. What one may not see answers exactly as what never was.

use snug::chat::{Event, MemberId};

use crate::prelude::*;
use crate::{messages_access, people_access};

const ROUTES: &str = include_str!("../../src/web/routes.rs");
/// What is said in the room that a story is about, what it is called, and what it is about.
pub(crate) const SECRET: &str = "the-treasure-is-below-the-oak";
pub(crate) const NAME: &str = "Treasure-hunters";
pub(crate) const TOPIC: &str = "Where-to-dig";

// ---------------------------------------------------------------- every route, every relation

/// A route, and the status of its answer by rights: as a page, and as JSON.
#[derive(Clone, Copy)]
struct Row {
    method: &'static str,
    route: &'static str,
    form: &'static str,
    out: (u16, u16),
    sees: (u16, u16),
    inside: (u16, u16),
    /// For rooms alone that a member opened.
    named: bool,
}

const fn row(
    method: &'static str,
    route: &'static str,
    form: &'static str,
    out: (u16, u16),
    sees: (u16, u16),
    inside: (u16, u16),
) -> Row {
    Row { method, route, form, out, sees, inside, named: false }
}

const fn named(row: Row) -> Row {
    Row { named: true, ..row }
}

const HI: &str = "message=hi";
const SAID: (u16, u16) = (303, 201);

/// What names one room. `leave` comes last: it is undone after each use, as is `join`.
const TABLE: &[Row] = &[
    row("GET", "/chat", "", SIGN_IN, FINE, FINE),
    row("POST", "/chat", HI, REFUSED, FINE, SAID),
    row("GET", "/chat/live", "", REFUSED, FINE, FINE),
    row("GET", "/chat/compose", "", REFUSED, FINE, FINE),
    row("POST", "/chat/read", "up_to=0", REFUSED, FINE, FINE),
    row("GET", "/rooms/:id", "", SIGN_IN, FINE, FINE),
    row("POST", "/rooms/:id", HI, REFUSED, OUTSIDE, SAID),
    row("GET", "/rooms/:id/live", "", REFUSED, FINE, FINE),
    row("GET", "/rooms/:id/compose", "", REFUSED, NOT_THERE, FINE),
    row("POST", "/rooms/:id/read", "up_to=0", REFUSED, FINE, FINE),
    named(row("GET", "/rooms/:id/about", "", SIGN_IN, FINE, FINE)),
    named(row(
        "POST",
        "/rooms/:id/about",
        "name=Treasure-hunters&topic=Where-to-dig",
        REFUSED,
        NOT_THERE,
        DONE,
    )),
    named(row("POST", "/rooms/:id/add", "username=ann", REFUSED, NOT_THERE, DONE)),
    named(row("POST", "/rooms/:id/join", "", REFUSED, DONE, DONE)),
    // Only for those who are invited.
    named(row("POST", "/rooms/:id/decline", "", REFUSED, NOT_THERE, NOT_THERE)),
    named(row("POST", "/rooms/:id/leave", "", REFUSED, NOT_THERE, DONE)),
    row("GET", "/people/:name", "", SIGN_IN, FINE, FINE),
    row("POST", "/people/:name", HI, REFUSED, FINE, SAID),
    row("GET", "/people/:name/live", "", REFUSED, FINE, FINE),
    row("GET", "/people/:name/compose", "", REFUSED, FINE, FINE),
    row("POST", "/people/:name/read", "up_to=0", REFUSED, FINE, FINE),
    row("GET", "/events", "", REFUSED, FINE, FINE),
    row("POST", "/typing", "room=:id", REFUSED, NOT_THERE, FINE),
    row("POST", "/mentions", "room=:id&message=@olga", REFUSED, NOT_THERE, FINE),
    row("GET", "/day", "", SIGN_IN, DONE, DONE),
];

/// What tells of several rooms: see `assert_lists`.
const LISTS: &[(&str, &str)] =
    &[("GET", "/rooms"), ("POST", "/rooms"), ("GET", "/people"), ("GET", "/sidebar"), ("GET", "/switch")];

/// What gives messages of all rooms: see `assert_finds`.
const FINDS: &[(&str, &str)] = &[("GET", "/search"), ("GET", "/me/messages")];

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
    ("GET", "/manifest.webmanifest"),
    ("GET", "/icon-192.png"),
    ("GET", "/icon-512.png"),
    ("GET", "/icon-maskable.png"),
    ("GET", "/apple-touch-icon.png"),
    ("GET", "/shortcuts"),
    ("GET", "/healthz"),
    ("GET", "/robots.txt"),
];

#[test]
fn every_route_of_the_source_has_its_place_in_these_tables() {
    let (_, routes) = ROUTES.split_once("const ROUTES:").expect("the table");
    let (routes, _) = routes.split_once("\n];").expect("its end");
    let route = |line: &'static str| {
        let words: Vec<&str> = line.trim().strip_prefix("(\"")?.splitn(4, '"').collect();
        Some((words[0], words[2]))
    };
    let routes: Vec<_> = routes.lines().filter_map(route).collect();
    // A line that is formatted in another way would be passed over.
    assert_eq!(routes.len(), routes_lines(), "every line is understood");
    let ours = TABLE.iter().map(|row| (row.method, row.route));
    let ours = ours.chain([LISTS, FINDS, ELSEWHERE].concat());
    let ours: BTreeSet<_> = ours.chain(messages_access::routes()).chain(people_access::routes()).collect();
    assert_eq!(routes.into_iter().collect::<BTreeSet<_>>(), ours);
}

fn routes_lines() -> usize {
    let (_, routes) = ROUTES.split_once("const ROUTES:").unwrap();
    let (routes, _) = routes.split_once("\n];").unwrap();
    ["Anyone(", "Member(", "MemberFrame(", "MemberProgram("]
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

    fn ask(&self, row: &Row, who: &str, room: u64, json: bool) -> Ask {
        let number = room.to_string();
        let mut path = row.route.replace(":id", &number).replace(":name", self.names(who));
        if row.route == "/events" {
            path = format!("{path}?room={room}&format={}", if json { "json" } else { "html" });
        }
        if row.route == "/day" {
            path = format!("{path}?day=2020-02-29&room={room}");
        }
        Ask { method: row.method, path, kind: FORM, body: row.form.replace(":id", &number), json }
    }

    /// Which rows lead to this scene's room.
    fn leads_here(&self, row: &Row) -> bool {
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

    fn check_cell(&self, row: &Row, who: &str, client: &Client, rights: Rights, json: bool) {
        let (kind, names_people) = (self.kind, row.route.starts_with("/people"));
        // By a name, everybody comes to a conversation of their own.
        let rights = if names_people && rights != Rights::Out { Rights::In } else { rights };
        let not_named = row.named && !matches!(kind, Kind::Open | Kind::Invited);
        let by_form = match rights {
            Rights::Out => row.out,
            Rights::Nothing => NOT_THERE,
            _ if not_named => NOT_THERE,
            Rights::Sees => row.sees,
            Rights::In => row.inside,
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
    fn assert_as_if_it_were_not(&self, row: &Row, who: &str, client: &Client, json: bool) {
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

// ---------------------------------------------------------------- running streams

/// The names of those who type, as the last news of it says.
fn typing(told: &StreamEvent) -> Vec<String> {
    let names = told.value()["typing"].as_array().unwrap().clone();
    names.iter().map(|typist| typist["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_private_message_reaches_all_tabs_of_its_members_and_nobody_elses() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let here = format!("/rooms/{room}");
    // Those who come back get what was said before, each what is theirs.
    let early = ann.say_at(&here, SECRET);
    let early_pair = ann.say_at("/people/bob", SECRET);
    let start = ann.say_at("/chat", "start");
    let pair = ann.room_at("/people/bob");
    let events: Vec<String> = EVERYWHERE
        .iter()
        .flat_map(|form| [(*form).to_owned(), format!("{form}&after=0"), format!("{form}&room={room}")])
        .collect();
    let open = |who: &Client, target: &String| (target.clone(), Stream::open(who, target));
    let mut inside: Vec<_> =
        [&ann, &bob].iter().flat_map(|who| events.iter().map(|target| open(who, target))).collect();
    let resumed = |who: &Client| {
        EVERYWHERE.map(|target| (target.to_owned() + "&after=0", Stream::resume(who, target, 0)))
    };
    inside.extend(resumed(&bob));
    let mut pages: Vec<_> = [&ann, &bob].map(|who| Stream::open(who, &format!("{here}/live"))).into();
    let mut pair_pages =
        [Stream::open(&ann, "/people/bob/live"), Stream::open(&bob, &format!("/rooms/{pair}/live"))];
    let mut outside: Vec<_> =
        events.iter().filter(|target| !target.contains("room=")).map(|target| open(&eve, target)).collect();
    outside.extend(resumed(&eve));
    let mut outside_page = Stream::open(&eve, "/chat/live");
    for target in
        [format!("/events?room={room}"), format!("/events?room={pair}&after=0"), format!("{here}/live")]
    {
        assert_eq!(Stream::refused(&eve, &target).status, 404, "{target}");
    }

    let secret = ann.say_at(&here, SECRET);
    let secret_pair = bob.say_at("/people/ann", SECRET);
    let end = ann.say_at("/chat", "end");

    for (target, stream) in &mut inside {
        let told = stream.events_until(end);
        let missed: &[u64] = if target.contains("after=0") { &[early, early_pair, start] } else { &[] };
        assert_eq!(event_ids(&told), [missed, &[secret, secret_pair, end]].concat(), "{target}");
        for told in told.iter().filter(|told| target.contains("json") && told.kind == "message") {
            let wanted = match told.id.unwrap() {
                id if [early, secret].contains(&id) => room,
                id if [early_pair, secret_pair].contains(&id) => pair,
                _ => 0,
            };
            assert_eq!(told.value()["room"], wanted, "{target}");
        }
    }
    for page in &mut pages {
        assert_eq!(page_ids(&page.page_until(secret)), [early, secret]);
    }
    for page in &mut pair_pages {
        assert_eq!(page_ids(&page.page_until(secret_pair)), [early_pair, secret_pair]);
    }
    for (target, stream) in &mut outside {
        let told = stream.events_until(end);
        let missed: &[u64] = if target.contains("after=0") { &[start] } else { &[] };
        assert_eq!(event_ids(&told), [missed, &[end]].concat(), "{target}");
        assert!(!told.iter().any(|told| told.data.contains(SECRET)), "{target}: {told:?}");
    }
    let page = outside_page.page_until(end);
    assert!(!page.contains(SECRET) && page_ids(&page) == [start, end], "{page}");
}

#[test]
fn an_outsider_who_is_slow_gets_what_is_theirs_and_nothing_else() {
    let (server, [ann, eve]) = Server::unlimited().with_members(["ann", "eve"]);
    let room = ann.open_room(false);
    let large = "🙂".repeat(4_000);
    let targets = ["/events", "/events?format=html", "/chat/live"];
    let slow = targets.map(|target| {
        PendingStream::narrow(server.address, &eve, target)
            .answer()
            .unwrap_or_else(|answer| panic!("{answer:?}"))
    });
    // More than the sockets' buffers hold, so that most waits in the ring, between what is private.
    let mut shared = Vec::new();
    for _ in 0..60 {
        ann.say_at(&format!("/rooms/{room}"), SECRET);
        shared.push(ann.say_at("/chat", &large));
    }
    let last = *shared.last().unwrap();
    let [mut json, mut html, mut page] = slow;
    for stream in [&mut json, &mut html] {
        let told = stream.events_until(last);
        assert_eq!(event_ids(&told), shared);
        assert!(!told.iter().any(|told| told.data.contains(SECRET)));
    }
    let page = page.page_until(last);
    page.lacks(SECRET);
    assert_eq!(page_ids(&page), shared);
}

#[test]
fn who_types_in_a_private_room_is_told_there_alone() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let type_in = |who: &Client, room: u64| {
        who.clone().post("/typing", &[("room", &room.to_string())]).expect(200);
    };
    let mut there = Stream::open(&bob, &format!("/events?format=html&room={room}"));
    let mut beside = [&bob, &eve].map(|who| Stream::open(who, "/events?format=html"));
    type_in(&ann, room);
    while typing(&there.next_of("people")) != ["ann"] {}
    // The same news are made for all rooms at once: what comes for the shared room comes after that.
    type_in(&eve, 0);
    for stream in &mut beside {
        loop {
            let names = typing(&stream.next_of("people"));
            assert!(!names.contains(&"ann".to_owned()), "{names:?}");
            if names == ["eve"] {
                break;
            }
        }
    }
}

#[test]
fn after_leaving_nothing_more_comes_while_four_go_on_posting() {
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let here = format!("/rooms/{room}");
    let first = ann.say_at(&here, "first");
    let mut elsewhere = EVERYWHERE.map(|target| Stream::open(&bob, target));
    let mut there = EVERYWHERE.map(|target| Stream::open(&bob, &format!("{target}&room={room}")));
    let mut page = Stream::open(&bob, &bob.messages_frame(&here));
    // That the page was looked at is kept soon after, and is not to fall between what follows.
    wait_until("the page is read", || bob.unread_in(room) == "0");
    let start = ann.say_at(&here, "start");
    let (done, count) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut said: Vec<u64> = thread::scope(|scope| {
        let poster = || {
            let mut own = Vec::new();
            while !done.load(Ordering::SeqCst) {
                own.push(ann.say_at(&here, SECRET));
                count.fetch_add(1, Ordering::SeqCst);
            }
            own
        };
        let posters: Vec<_> = (0..4).map(|_| scope.spawn(poster)).collect();
        wait_until("40 messages", || count.load(Ordering::SeqCst) >= 40);
        bob.leave_room(room);
        let before = count.load(Ordering::SeqCst);
        wait_until("40 more", || count.load(Ordering::SeqCst) >= before + 40);
        done.store(true, Ordering::SeqCst);
        posters.into_iter().flat_map(|poster| poster.join().unwrap()).collect()
    });
    said.push(start);
    said.sort_unstable();
    let records = server.records();
    let left = records.iter().find(|record| matches!(record.event, Event::Left { .. })).unwrap().seq.0;
    let end = ann.say_at("/chat", "end");
    let is_theirs = |ids: &[u64]| {
        let prefix = said.iter().take(ids.len()).copied().collect::<Vec<_>>();
        assert!(ids == prefix && ids.iter().all(|id| *id < left), "{ids:?}, left at {left}");
    };
    for stream in &mut elsewhere {
        let mut seen = event_ids(&stream.events_until(end));
        assert_eq!(seen.pop(), Some(end));
        is_theirs(&seen);
    }
    // What showed the room is over: it was closed, and not for the message that came after.
    for stream in &mut there {
        is_theirs(&std::iter::from_fn(|| stream.message()?.id).collect::<Vec<_>>());
    }
    let page = page_ids(&page.rest());
    assert_eq!(page.first(), Some(&first));
    is_theirs(&page[1..]);
    for target in [format!("/events?room={room}"), format!("{here}/live"), here.clone()] {
        assert_eq!(Stream::refused(&bob, &target).status, 404, "{target}");
    }
    // Nor does anything come by coming back with an old cursor.
    for target in EVERYWHERE {
        let mut back = Stream::resume(&bob, target, first);
        assert_eq!(event_ids(&back.events_until(end)), [end], "{target}");
    }
}

/// A stream that was granted before its reader left, and held after.
#[test]
fn a_stream_that_begins_while_its_reader_leaves_ends_too() {
    // Each round is two changes of bob, who may make 60 at once.
    const ROUNDS: usize = 28;
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    let mut survived = Vec::new();
    ann.add_to_room(room, "bob");
    for round in 0..ROUNDS {
        if round > 0 {
            bob.rejoin(room, &ann, "bob");
        }
        let target = format!("{}&room={room}", EVERYWHERE[round % 2]);
        let asked = thread::scope(|scope| {
            let asking = scope.spawn(|| Stream::ask(&bob, &target, ""));
            bob.leave_room(room);
            asking.join().unwrap()
        });
        let end = ann.say_at("/chat", "end");
        if let Ok(mut stream) = asked
            && std::iter::from_fn(|| stream.event()).any(|told| told.id == Some(end))
        {
            survived.push(round);
        }
    }
    assert!(survived.is_empty(), "{} of {ROUNDS} went on: {survived:?}", survived.len());
}

#[test]
fn whoever_is_added_hears_at_once_by_the_streams_that_run() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    let mut streams = EVERYWHERE.map(|target| Stream::open(&bob, target));
    let mut others = EVERYWHERE.map(|target| Stream::open(&eve, target));
    ann.say_at(&here, "before");
    ann.add_to_room(room, "bob");
    let after = ann.say_at(&here, "after");
    let pair = ann.say_at("/people/bob", "and a conversation begins");
    let end = ann.say_at("/chat", "end");
    let [json, html] = streams.each_mut().map(|stream| stream.events_until(end));
    for told in [&json, &html] {
        // What was said before may come or not: it is theirs to read from now on.
        let seen = event_ids(told);
        assert!(seen.ends_with(&[after, pair, end]), "{seen:?}");
    }
    let place = |wanted: &dyn Fn(&StreamEvent) -> bool| html.iter().position(wanted).expect("it is told");
    assert!(place(&|told| told.kind == "rooms") < place(&|told| told.id == Some(after)), "{html:?}");
    for stream in &mut others {
        assert_eq!(event_ids(&stream.events_until(end)), [end]);
    }
    let mut page = Stream::open(&bob, &format!("{here}/live"));
    page.page_until(after);
}

// ---------------------------------------------------------------- what is unread

#[test]
fn counts_are_right_for_eight_devices_and_sixteen_who_post() {
    const POSTERS: usize = 16;
    const EACH: usize = 3;
    let (mut server, [ann]) = Server::unlimited().with_members(["ann"]);
    let devices: Vec<Client> = (0..8).map(|_| server.login("ann")).collect();
    let posters: Vec<Client> = (0..POSTERS).map(|n| server.member(&format!("p{n}"))).collect();
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    (0..POSTERS).for_each(|n| ann.add_to_room(room, &format!("p{n}")));
    ann.say_at(&here, "my own");
    ann.say_at("/people/ann", "a note");
    // The shared room is read up to here.
    ann.read_all("/chat");
    wait_until("nothing is unread", || ann.unread_in(0) == "0");
    let post_all = |meanwhile: &(dyn Fn(&Client) + Sync)| {
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            for device in &devices {
                let done = &done;
                scope.spawn(move || {
                    while !done.load(Ordering::SeqCst) {
                        meanwhile(device);
                    }
                });
            }
            let posting: Vec<_> = posters
                .iter()
                .map(|poster| {
                    let here = &here;
                    scope.spawn(move || {
                        for _ in 0..EACH {
                            poster.say_at(here, "in the room");
                        }
                        poster.say_at("/chat", "for all");
                    })
                })
                .collect();
            let failed = posting.into_iter().any(|one| one.join().is_err());
            done.store(true, Ordering::SeqCst);
            assert!(!failed);
        });
    };
    let in_all = |room: u64, count: usize| {
        wait_until(&format!("{count} unread in {room}"), || {
            devices.iter().all(|device| device.unread_in(room) == count.to_string())
        });
    };

    // While devices only look at their lists, all is counted.
    post_all(&|device| drop(device.unread_in(room)));
    for device in &devices {
        assert_eq!(
            (device.unread_in(room), device.unread_in(0)),
            ((POSTERS * EACH).to_string(), POSTERS.to_string())
        );
    }
    // What ann says herself elsewhere changes nothing, and never counts.
    let notes = ann.room_at("/people/ann");
    devices[1].say_at("/people/ann", "another note");
    in_all(notes, 0);
    in_all(room, POSTERS * EACH);
    // Read on one, read on all, and not in another room; a page that runs is told.
    let mut told = Stream::open(&devices[0], "/events?format=html");
    devices[3].read_all(&here);
    in_all(room, 0);
    told.next_of("rooms");
    in_all(0, POSTERS);

    // While all of them read on, each up to what it has seen, nothing is lost or counted twice.
    post_all(&|device| {
        let newest = device.messages_at(&here).pop().unwrap()["id"].to_string();
        device.clone().post(&format!("{here}/read"), &[("up_to", &newest)]).expect(200);
    });
    let last = ann.messages_at(&here).pop().unwrap()["id"].to_string();
    devices[7].clone().post(&format!("{here}/read"), &[("up_to", &last)]).expect(200);
    in_all(room, 0);
    in_all(0, 2 * POSTERS);
    // A late and older mark takes nothing back.
    devices[2].clone().post(&format!("{here}/read"), &[("up_to", "1")]).expect(200);
    post_all(&|_| thread::yield_now());
    in_all(room, POSTERS * EACH);
    server.restarts(|| {});
    for device in &devices {
        let counts = [room, 0, notes].map(|room| device.unread_in(room));
        assert_eq!(counts, [POSTERS * EACH, 3 * POSTERS, 0].map(|count| count.to_string()));
    }
    // The others read along: for each, all but what they said themselves since.
    let p0 = posters[0].clone();
    p0.read_all(&here);
    wait_until("p0 has read", || p0.unread_in(room) == "0");
    for _ in 0..99 {
        posters[1].say_at(&here, "much");
    }
    assert_eq!(p0.unread_in(room), "99");
    posters[1].say_at(&here, "more");
    assert_eq!(p0.unread_in(room), "99+");
}

#[test]
fn a_partial_mark_leaves_the_rest_unread_and_outsiders_leave_none() {
    let (_server, [ann, bob, eve]) = Server::unlimited().with_members(["ann", "bob", "eve"]);
    let room = ann.open_room(true);
    let here = format!("/rooms/{room}");
    ann.add_to_room(room, "bob");
    let ids: Vec<u64> = (0..5).map(|_| ann.say_at(&here, "x")).collect();
    let read = |who: &Client, up_to: u64| {
        who.clone().post(&format!("{here}/read"), &[("up_to", &up_to.to_string())]).expect(200);
    };
    // HEAD and programs that fetch are nobody who looks, and of a page, its script tells what was on the screen.
    bob.clone().send("HEAD", &here, "", b"");
    bob.clone().send("HEAD", &format!("{here}/live"), "", b"");
    bob.clone().get(&here);
    bob.messages_at(&here);
    read(&bob, ids[1]);
    wait_until("three are left", || bob.unread_in(room) == "3");
    // A number beyond all is taken for what there is, and not for what is to come.
    read(&bob, u64::MAX);
    wait_until("none is left", || bob.unread_in(room) == "0");
    ann.say_at(&here, "y");
    assert_eq!(bob.unread_in(room), "1");
    // Whoever looks from outside and joins later begins with what comes then.
    read(&eve, u64::MAX);
    eve.clone().get(&here);
    eve.clone().post(&format!("{here}/join"), &[]).expect(303);
    assert_eq!(eve.unread_in(room), "0");
    ann.say_at(&here, "z");
    assert_eq!(eve.unread_in(room), "1");
    // Away and back: what was said meanwhile is no news.
    eve.leave_room(room);
    ann.say_at(&here, "away");
    eve.rejoin(room, &ann, "eve");
    assert_eq!(eve.unread_in(room), "0");
}

#[test]
fn what_was_read_just_before_the_end_is_read_after_it() {
    let (mut server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    ann.say_at("/people/bob", "one");
    let room = ann.room_at("/people/bob");
    ann.say_at("/chat", "two");
    let mut watched = Stream::open(&ann, "/events");
    // The mark for the one is being written, slowly, when that for the other comes, and then the end.
    let appending = std::sync::Arc::clone(&server.appending);
    appending.shut();
    bob.read_all("/people/ann");
    appending.wait_for_held(1);
    bob.read_all("/chat");
    thread::scope(|scope| {
        let restarting = scope.spawn(|| server.restarts(|| {}));
        // Streams end last, right before what keeps the chat is closed.
        while watched.event().is_some() {}
        appending.release();
        restarting.join().unwrap();
    });
    assert_eq!([room, 0].map(|room| bob.unread_in(room)), ["0", "0"]);
}

// ---------------------------------------------------------------- nonces, and conversations that begin

#[test]
fn a_nonce_stands_for_one_message_in_one_room() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let room = ann.open_room(false);
    let here = format!("/rooms/{room}");
    ann.add_to_room(room, "bob");
    let send = |who: &Client, path: &str| who.clone().json().post(path, &[("message", "x"), ("nonce", "n1")]);
    let first = send(&bob, &here).expect(201);
    assert_eq!(send(&bob, &here).value(), first.value());
    // Elsewhere it is another message, and none is made, nor a conversation begun.
    for path in ["/chat", "/people/ann", "/people/bob"] {
        let answer = send(&bob, path);
        assert_eq!((answer.status, &answer.value()["error"]), (409, &Value::from("nonce_reused")), "{path}");
        assert!(bob.messages_at(path).is_empty(), "{path}");
    }
    assert!(!ann.clone().get("/sidebar").body.contains("<h2>Direct messages</h2>"), "nothing has begun");
    // Others have their own.
    send(&ann, "/chat").expect(201);
    // Whoever left gets no answer by it any more.
    bob.leave_room(room);
    let (again, never) = (send(&bob, &here), send(&bob, "/rooms/1"));
    assert_eq!(shape(&again, room), shape(&never, 1));
    assert_eq!(again.status, 404);
    assert_eq!(ann.messages_at(&here).len(), 1);
}

#[test]
fn a_conversation_that_begins_from_both_sides_is_one() {
    const PAIRS: usize = 12;
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    let others: Vec<Client> = (0..PAIRS).map(|n| server.member(&format!("b{n}"))).collect();
    // Everybody has sent before anything is kept.
    server.appending.shut();
    thread::scope(|scope| {
        for (n, other) in others.iter().enumerate() {
            let ann = &ann;
            scope.spawn(move || ann.say_at(&format!("/people/B{n}"), "from ann"));
            scope.spawn(move || other.say_at("/people/ANN", "from them"));
        }
        scope.spawn(|| ann.say_at("/people/ann", "note"));
        scope.spawn(|| ann.say_at("/people/Ann", "note"));
        server.appending.wait_for_held(1);
        server.appending.release();
    });
    let mut rooms = HashSet::new();
    for (n, other) in others.iter().enumerate() {
        let (one, two) = (ann.messages_at(&format!("/people/b{n}")), other.messages_at("/people/ann"));
        assert_eq!(one, two);
        assert_eq!((one.len(), &one[0]["room"]), (2, &one[1]["room"]));
        assert!(rooms.insert(one[0]["room"].as_u64()), "a room of its own");
        // Whoever came second had written, and so read, after the first.
        let unread = |who: &Client| who.unread_in(one[0]["room"].as_u64().unwrap());
        assert_eq!([unread(&ann), unread(other)].concat().replace('0', ""), "1");
    }
    assert_eq!(ann.messages_at("/people/ann").len(), 2);
    let private = ann.clone().get("/sidebar").body;
    let private = between(&private, "<h2>Direct messages</h2>", "</ul>").matches("<li>").count();
    assert_eq!(private, PAIRS + 1);
}

// ---------------------------------------------------------------- hostile addresses

/// What names no room: in place of `ID` stands that of a room.
const NO_ROOMS: &[&str] = &[
    "/rooms/-1",
    "/rooms/+1",
    "/rooms/+ID",
    "/rooms/%2BID",
    "/rooms/-0",
    "/rooms/18446744073709551615",
    "/rooms/18446744073709551616",
    "/rooms/99999999999999999999999999999999999999999999",
    "/rooms/ID.0",
    "/rooms/IDe0",
    "/rooms/0xID",
    "/rooms/%20ID",
    "/rooms/ID%20",
    "/rooms/ID%00",
    "/rooms/ID%0A",
    "/rooms/ID%2Flive",
    "/rooms/ID%3Fbefore=1",
    "/rooms/%FF",
    "/rooms/%",
    "/rooms/%zz",
    "/rooms/%D9%A1",
    "/rooms/ID;v=1",
    "/rooms/ID/",
    "/rooms/ID/live/",
    "/rooms/ID/LIVE",
    "/rooms//ID",
    "//rooms/ID",
    "/Rooms/ID",
    "/ROOMS/ID",
    "/rooms/./ID",
    "/rooms/../rooms/ID",
    "/chat/../rooms/ID",
    "/rooms/%2e%2e/chat",
    "/rooms/ID/live/more",
    "/chat/ID",
    "/chat/about",
    "/chat/leave",
    "/people/ID",
    "/people/nobody",
    "/people/nobody/live",
    "/people/bob%2Flive",
    "/people/bob%00",
    "/people/%00",
    "/people/%FF",
    "/people/bob%FF",
    "/people/%C3%28",
    "/people/%",
    "/people/bob%",
    "/people/bob%2",
    "/people/bob%zz",
    "/people/bob+",
    "/people/bob%2562",
    "/people/@bob",
    "/people/.",
    "/people/..",
    "/people/",
    "/people//bob",
    "/People/bob",
    "/people/bob/LIVE",
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
                    let path = path.replace("ID", &room.to_string());
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
    // Twice, and once allowed.
    eve.clone().get(&format!("/events?room=0&room={room}")).expect(400);
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

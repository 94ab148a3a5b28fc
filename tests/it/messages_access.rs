//! Who may see, change and remove which message: every route of one message against every relation to it.
//! What one may not see answers exactly as a number that never was; owners are no exception.

use crate::prelude::*;

/// To its place; as JSON, the message.
const FOUND: (u16, u16) = (303, 200);
const CHANGED: (u16, u16) = (303, 200);

/// For strangers, for those who preview the message's room, for those inside, for its author who is inside, and for owners
/// who see it where it is not private: [`OUTSIDE`] if they may do no more there than others. What can be done only once
/// comes last.
const TABLE: &[Row<5>] = &[
    row("GET", "/messages/:id", "", [SIGN_IN, FOUND, FOUND, FOUND, FOUND]),
    row("GET", "/messages/:id/about", "", [SIGN_IN, FINE, FINE, FINE, FINE]),
    row("POST", "/messages/:id/edit", "message=another-text", [REFUSED, OUTSIDE, OUTSIDE, CHANGED, OUTSIDE]),
    row("POST", "/messages/:id/unread", "", [REFUSED, NOT_THERE, CHANGED, CHANGED, OUTSIDE]),
    row("POST", "/messages/:id/pin", "on=1", [REFUSED, OUTSIDE, CHANGED, CHANGED, OUTSIDE]),
    row(
        "POST",
        "/messages/:id/react",
        "emoji=%F0%9F%91%8D&on=1",
        [REFUSED, OUTSIDE, CHANGED, CHANGED, OUTSIDE],
    ),
    row("POST", "/messages/:id/remove", "", [REFUSED, OUTSIDE, OUTSIDE, CHANGED, CHANGED]),
];

/// For the story that compares all tables with the source.
pub(crate) fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().map(|row| (row.method, row.route))
}

/// An answer without the message's number.
fn shape(answer: &Response, id: u64) -> String {
    shape_but_for(answer, id, &["/messages/", "%2Fmessages%2F"])
}

/// One server with one room of a kind, somebody in each relation to it, and messages of several of them.
struct Scene {
    _house: Server,
    kind: Kind,
    /// Where its members say something.
    path: String,
    people: Vec<(&'static str, Client, Rights, bool)>,
    /// Who said it, and what it is now.
    said: Vec<(&'static str, u64)>,
    /// Numbers that are no message's: of a member, of a session, of one that was removed in the shared room.
    nowhere: Vec<u64>,
}

impl Scene {
    fn of(kind: Kind) -> Self {
        let (server, [olga, ann, bob, cyd, theo, lea, old, gone]) =
            Server::unlimited().with_members(["olga", "ann", "bob", "cyd", "theo", "lea", "old", "gone"]);
        old.clone().post("/logout", &[]);
        olga.make_owner("bob");
        let path = match kind {
            Kind::Shared => "/chat".to_owned(),
            Kind::Open | Kind::Invited => {
                let room = ann.open_room(kind == Kind::Open);
                for name in ["bob", "cyd", "lea", "gone"] {
                    ann.add_to_room(room, name);
                }
                format!("/rooms/{room}")
            }
            Kind::Pair => {
                ann.say_at("/people/bob", "hello");
                format!("/rooms/{}", ann.room_at("/people/bob"))
            }
            Kind::Notes => {
                ann.say_at("/people/ann", "hello");
                format!("/rooms/{}", ann.room_at("/people/ann"))
            }
        };
        let named = matches!(kind, Kind::Open | Kind::Invited);
        let several = named || kind == Kind::Shared;
        let mut said = vec![("ann", ann.say_at(&path, SECRET))];
        if kind != Kind::Notes {
            said.push(("bob", bob.say_at(&path, SECRET)));
        }
        if several {
            said.extend([
                ("lea", lea.say_at(&path, SECRET)),
                ("cyd", cyd.say_at(&path, SECRET)),
                ("gone", gone.say_at(&path, SECRET)),
            ]);
        }
        if named {
            lea.leave_room(path.rsplit_once('/').unwrap().1.parse().unwrap());
        }
        olga.remove_member("gone");
        let removed = olga.say_at("/chat", "it goes");
        olga.clone().post(&format!("/messages/{removed}/remove"), &[]).expect(303);
        let (beside, second) = (kind.rights_beside(), kind.rights_of_second());
        let third = if several { Rights::In } else { Rights::Nothing };
        let people = vec![
            ("a stranger", server.visitor(), Rights::Out, false),
            ("old", old, Rights::Out, false),
            ("gone", gone, Rights::Out, false),
            ("theo", theo, beside, false),
            ("lea", lea, beside, false),
            ("olga", olga, beside, true),
            ("cyd", cyd, third, false),
            ("bob", bob, second, true),
            ("ann", ann, Rights::In, false),
        ];
        Self { _house: server, kind, path, people, said, nowhere: vec![10, 11, removed] }
    }

    fn client(&self, who: &str) -> &Client {
        &self.people.iter().find(|(name, ..)| *name == who).unwrap().1
    }

    fn check(&mut self) {
        for row in TABLE {
            for index in 0..self.said.len() {
                for person in 0..self.people.len() {
                    for json in [false, true] {
                        self.check_cell(row, index, person, json);
                    }
                }
            }
        }
    }

    fn check_cell(&mut self, row: &Row<5>, index: usize, person: usize, json: bool) {
        let (author, id) = self.said[index];
        let (who, client, rights, owner) = self.people[person].clone();
        let private = matches!(self.kind, Kind::Pair | Kind::Notes);
        let [out, sees, inside, by_author, by_owner] = row.wanted;
        let by_form = match rights {
            Rights::Out => out,
            Rights::Nothing => NOT_THERE,
            Rights::In if who == author => by_author,
            _ if owner && !private && by_owner != OUTSIDE => by_owner,
            Rights::In => inside,
            Rights::Sees => sees,
        };
        let wanted = if json { by_form.1 } else { by_form.0 };
        let ask = |method, id: u64, json| {
            let path = row.route.replace(":id", &id.to_string());
            Ask { method, path, kind: FORM, body: row.form.into(), json }
        };
        let cell =
            format!("{} {} of {author} in {:?}, {who} (json: {json})", row.method, row.route, self.kind);
        let answer = ask(row.method, id, json).by(&client);
        assert_eq!(answer.status, wanted, "{cell}: {}", answer.body);
        if matches!(rights, Rights::Out | Rights::Nothing) {
            assert!(!answer.body.contains(SECRET), "{cell}: {}", answer.body);
            self.assert_as_if_it_were_not(row, id, &client, json);
        } else if row.route == "/messages/:id" && json {
            let message = answer.value();
            assert_eq!((&message["text"], &message["author"]), (&SECRET.into(), &author.into()), "{cell}");
            assert_eq!(message["former"] == true, author == "gone", "{cell}: {message}");
        } else if row.route == "/messages/:id" {
            let place = answer.location().to_owned();
            assert!(place.ends_with(&format!("?at={id}#m{id}")), "{cell}: {place}");
            let page = client.clone().get(place.split('#').next().unwrap());
            assert!(page_ids(&page.body).contains(&id), "{cell}: {place}");
        } else if row.route.ends_with("/about") {
            // What is offered is what will be granted.
            let reacts = answer.body.contains(&format!("action=\"/messages/{id}/react\""));
            assert_eq!(reacts, rights == Rights::In, "{cell}");
            let edits = answer.body.contains(&format!("action=\"/messages/{id}/edit\""));
            let removes = answer.body.contains(&format!("action=\"/messages/{id}/remove\""));
            let author = who == author && rights == Rights::In;
            assert_eq!((edits, removes), (author, author || (owner && !private)), "{cell}");
        }
        if row.method == "GET" {
            let head = ask("HEAD", id, json).by(&client);
            assert_eq!((head.status, &*head.body), (wanted, ""), "HEAD, {cell}");
        }
        let ann = self.client("ann");
        let there = ann.messages_at(&self.path).iter().any(|message| message["id"] == id);
        assert_eq!(there, !(row.route.ends_with("/remove") && by_form == CHANGED), "{cell}");
        if !there {
            // Now it never was, for whoever removed it as for everybody.
            self.assert_as_if_it_were_not(row, id, &client, json);
            // Who is no member any more says nothing again; and who left, only by coming back.
            let speaker = if ["gone", "lea"].contains(&author) { "cyd" } else { author };
            self.said[index] = (speaker, self.client(speaker).say_at(&self.path, SECRET));
        }
    }

    /// Whatever they ask, and however: the same as for a number that is no message's.
    fn assert_as_if_it_were_not(&self, row: &Row<5>, id: u64, client: &Client, json: bool) {
        let digits = |number: u64| number.to_string().len();
        let beyond = 10u64.pow(u32::try_from(digits(id)).unwrap()) - 1;
        let newest = self.client("ann").clone().json().get("/chat").value()["seq"].as_u64().unwrap();
        let beyond = Some(beyond).filter(|number| *number > newest);
        let never = self.nowhere.iter().copied().chain(beyond);
        let never: Vec<u64> = never.filter(|number| digits(*number) == digits(id)).collect();
        let methods: &[&'static str] = if row.method == "GET" { &["GET", "HEAD"] } else { &["POST"] };
        let forms = [(FORM, row.form), (FORM, "stranger=field"), (FORM, "message=%ff"), ("text/plain", "x")];
        for method in methods {
            for (kind, body) in forms.iter().take(if *method == "POST" { 4 } else { 1 }) {
                let ask = |id: u64| {
                    let path = row.route.replace(":id", &id.to_string());
                    let ask = Ask { method, path, kind, body: (*body).into(), json };
                    shape(&ask.by(client), id)
                };
                let here = ask(id);
                for number in &never {
                    assert_eq!(here, ask(*number), "{method} {} {id} and {number}, {body}", row.route);
                }
            }
        }
    }
}

#[test]
fn in_the_shared_room_authors_change_and_owners_remove() {
    Scene::of(Kind::Shared).check();
}

#[test]
fn in_an_open_room_owners_remove_from_outside_and_who_left_changes_nothing() {
    Scene::of(Kind::Open).check();
}

#[test]
fn messages_of_a_room_by_invitation_do_not_exist_for_owners_outside() {
    Scene::of(Kind::Invited).check();
}

#[test]
fn messages_of_two_do_not_exist_for_owners_and_the_other_of_the_two_removes_none() {
    Scene::of(Kind::Pair).check();
}

#[test]
fn notes_are_their_authors_alone() {
    Scene::of(Kind::Notes).check();
}

/// No names of messages; in place of `ID` stands the number of one which its asker may see, and in place of `NINES`
/// 44 digits.
const NO_MESSAGES: &[&str] = &[
    "/messages/-1", "/messages/+ID", "/messages/%2BID", "/messages/0", "/messages/18446744073709551615",
    "/messages/18446744073709551616", "/messages/NINES", "/messages/ID.0", "/messages/IDe0",
    "/messages/0xID", "/messages/%20ID", "/messages/ID%20", "/messages/ID%00", "/messages/ID%2Fabout",
    "/messages/%FF", "/messages/%zz", "/messages/%D9%A1", "/messages/x",
];

#[test]
fn no_strange_number_leads_to_a_message() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = ann.say_at("/chat", SECRET);
    for path in NO_MESSAGES {
        let path = path.replace("ID", &id.to_string()).replace("NINES", &"9".repeat(44));
        for client in [ann.clone(), ann.clone().json()] {
            for rest in ["", "/about"] {
                let answer = client.clone().get(&format!("{path}{rest}"));
                assert_eq!(answer.status, 404, "{path}{rest}: {}", answer.body);
                assert!(!answer.body.contains(SECRET), "{path}{rest}");
            }
            for rest in ["/edit", "/remove"] {
                let answer = client.clone().post(&format!("{path}{rest}"), &[]);
                assert_eq!(answer.status, 404, "{path}{rest}: {}", answer.body);
            }
        }
    }
    for path in ["/messages", "/messages/", &format!("/messages/{id}/"), &format!("/messages/{id}/about/")] {
        assert_eq!(ann.clone().get(path).status, 404, "{path}");
    }
    for path in ["", "/about"] {
        assert_eq!(ann.clone().post(&format!("/messages/{id}{path}"), &[]).status, 405, "{path}");
    }
    for path in ["/edit", "/remove"] {
        assert_eq!(ann.clone().get(&format!("/messages/{id}{path}")).status, 405, "{path}");
    }
    assert_eq!(ann.messages_at("/chat").len(), 1);
}

#[test]
fn an_edit_that_cannot_be_taken_comes_back_as_it_was_typed() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = ann.say_at("/chat", "as it was");
    let long = "x".repeat(4_001);
    for (text, error) in [("", "blank_message"), ("\u{200b}", "blank_message"), (&*long, "long_message")] {
        let page = ann.clone().post(&format!("/messages/{id}/edit"), &[("message", text)]);
        assert_eq!((page.status, textarea(&page.body)), (422, text.to_owned()));
        let answer = ann.clone().json().post(&format!("/messages/{id}/edit"), &[("message", text)]);
        assert_eq!((answer.status, answer.value()["error"].as_str()), (422, Some(error)));
    }
    let message = ann.clone().json().get(&format!("/messages/{id}")).value();
    assert_eq!((&message["text"], message.get("edited")), (&"as it was".into(), None));
}

#[test]
fn what_was_written_for_something_that_is_gone_comes_back() {
    let (_server, [olga, ann]) = Server::unlimited().with_members(["olga", "ann"]);
    let removed = ann.say_at("/chat", "as it was");
    olga.clone().post(&format!("/messages/{removed}/remove"), &[]).expect(303);
    let room = olga.open_room(false);
    olga.add_to_room(room, "ann");
    ann.leave_room(room);
    for path in [format!("/messages/{removed}/edit"), format!("/rooms/{room}")] {
        let page = ann.clone().post(&path, &[("message", "what I think\nof it")]);
        assert_eq!((page.status, textarea(&page.body)), (404, "what I think\nof it".to_owned()), "{path}");
    }
    let edit = format!("/messages/{removed}/edit");
    let answer = ann.clone().json().post(&edit, &[("message", "too late")]);
    assert_eq!((answer.status, answer.value()["error"].as_str()), (404, Some("no_such_message")));
    assert!(answer.value()["detail"].as_str().unwrap().contains("may have been deleted"));
}

#[test]
fn edits_and_removals_of_a_private_room_are_told_to_nobody_outside() {
    let server = Server::unlimited();
    // The owner is outside.
    let [olga, ann, bob] = server.members(["olga", "ann", "bob"]);
    let room = ann.open_room(false);
    ann.add_to_room(room, "bob");
    let here = format!("/rooms/{room}");
    let start = ann.say_at("/chat", "start");
    let [kept, lost] = [0; 2].map(|_| ann.say_at(&here, "at first"));
    let pair = ann.say_at("/people/bob", "at first");
    let mut inside: Vec<Stream> = EVERYWHERE.iter().map(|target| Stream::open(&bob, target)).collect();
    let mut outside: Vec<Stream> = EVERYWHERE.iter().map(|target| Stream::open(&olga, target)).collect();
    outside.push(Stream::resume(&olga, "/events", start));
    for id in [kept, pair] {
        ann.clone().post(&format!("/messages/{id}/edit"), &[("message", SECRET)]).expect(303);
    }
    ann.clone().post(&format!("/messages/{lost}/remove"), &[]).expect(303);
    let end = ann.say_at("/chat", "end");
    for stream in &mut inside {
        let told = stream.events_until(end);
        let kinds: Vec<&str> = told.iter().filter(|told| told.id.is_some()).map(|told| &*told.kind).collect();
        assert_eq!(kinds, ["edited", "edited", "removed", "message"], "{told:?}");
        assert!(told.iter().any(|told| told.data.contains(SECRET)));
    }
    // Nor to those who come back later.
    outside.push(Stream::resume(&olga, "/events", start));
    outside.push(Stream::resume(&olga, "/events?format=html", start));
    for stream in &mut outside {
        let told = stream.events_until(end);
        assert_eq!(event_ids(&told), [end], "{told:?}");
        assert!(!told.iter().any(|told| told.data.contains(SECRET)), "{told:?}");
    }
    let missed = olga.clone().json().get(&format!("/chat?after={start}")).value();
    assert_eq!((missed["edited"].to_string(), missed["removed"].to_string()), ("[]".into(), "[]".into()));
}

#[test]
fn a_message_leads_to_its_place_among_many() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let said: Vec<u64> = (0..160).map(|n| ann.say_at("/chat", &format!("message {n}"))).collect();
    let place = ann.clone().get(&format!("/messages/{}", said[40])).location().to_owned();
    let page = ann.clone().get(place.split('#').next().unwrap()).body;
    let shown = page_ids(&page);
    assert!(shown.contains(&said[39]) && shown.contains(&said[41]), "among its neighbours: {shown:?}");
    assert!(!shown.contains(&said[159]), "{shown:?}");
    assert_eq!(
        between(&page, &format!("id=\"m{}\"", said[40]), "</article>").matches("message 40").count(),
        1
    );
}

#[cfg(feature = "sqlite")]
mod archived {
    use super::*;
    use crate::support::TempDir;

    /// With two messages in memory, all others are looked up in the file: another way, and the same rules.
    #[test]
    fn what_only_the_file_remembers_is_guarded_as_well() {
        let folder = TempDir::new();
        let snug = folder.serve(&["--history", "2"]);
        let [olga, ann, bob] = snug.members(["olga", "ann", "bob"]);
        let room = ann.open_room(false);
        ann.add_to_room(room, "bob");
        let secret = ann.say_at(&format!("/rooms/{room}"), SECRET);
        let pair = ann.say_at("/people/bob", SECRET);
        let shared = ann.say_at("/chat", "for all");
        for _ in 0..5 {
            ann.say_at("/chat", "and on");
        }
        for id in [secret, pair] {
            for client in [olga.clone(), olga.clone().json()] {
                let never = shape(&client.clone().get("/messages/10"), 10);
                assert_eq!(shape(&client.clone().get(&format!("/messages/{id}")), id), never);
                let about = client.clone().get(&format!("/messages/{id}/about"));
                assert_eq!(shape(&about, id), never);
                for what in ["edit", "remove"] {
                    let path = |id| format!("/messages/{id}/{what}");
                    let never = shape(&client.clone().post(&path(10), &[("message", "x")]), 10);
                    let here = client.clone().post(&path(id), &[("message", "x")]);
                    assert_eq!((here.status, shape(&here, id)), (404, never), "{what}");
                }
            }
            assert_eq!(bob.clone().json().get(&format!("/messages/{id}")).value()["text"], SECRET);
            bob.clone().post(&format!("/messages/{id}/remove"), &[]).expect(403);
        }
        // The author, and where it is not private the owner, reach into the file.
        ann.clone().post(&format!("/messages/{secret}/remove"), &[]).expect(303);
        olga.clone().post(&format!("/messages/{shared}/remove"), &[]).expect(303);
        for id in [secret, shared] {
            ann.clone().get(&format!("/messages/{id}")).expect(404);
            ann.clone().post(&format!("/messages/{id}/remove"), &[]).expect(404);
        }
        assert!(ann.all_messages().iter().all(|message| message["id"] != shared));
    }
}

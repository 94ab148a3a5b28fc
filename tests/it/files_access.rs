//! Who may load and remove which file: every route of one file against every relation to it. What one may not see answers
//! exactly as a number that never was.

use crate::prelude::*;

const REMOVED: (u16, u16) = (303, 200);

/// For strangers, for members who do not see the message, for those who see it, and for its author who is inside. What can be
/// done only once comes last.
const TABLE: &[Row<4>] = &[
    row("GET", "/files/:id", "", [SIGN_IN, NOT_THERE, FINE, FINE]),
    row("GET", "/files/:id/preview", "", [REFUSED, NOT_THERE, FINE, FINE]),
    row("POST", "/files/:id/remove", "", [REFUSED, NOT_THERE, OUTSIDE, REMOVED]),
];

/// What begins with no file.
const BEGINNINGS: &[(&str, &str)] = &[("POST", "/files"), ("PUT", "/files")];

/// Of uploads that are under way, which are their member's alone: see `files_resumed`.
const UPLOADS: &[(&str, &str)] =
    &[("POST", "/files/uploads"), ("GET", "/files/uploads/:name"), ("PATCH", "/files/uploads/:name")];

/// For the story that compares all tables with the source.
pub(crate) fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().map(|row| (row.method, row.route)).chain([BEGINNINGS, UPLOADS].concat())
}

/// The smallest picture.
const PICTURE: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x4c\x01\0\x3b";

/// A form with two files, the first with a preview.
fn upload(client: &Client) -> u64 {
    let parts = [Part::file("a.gif", PICTURE), Part::file("p.gif", PICTURE).called("preview")];
    client.clone().json().post_parts("/files", &parts).expect(201).value()["id"].as_u64().unwrap()
}

/// A room of a kind, somebody in each relation to it, and a file that ann sent there.
struct Scene {
    kind: Kind,
    path: String,
    people: Vec<(&'static str, Client, Rights)>,
    ann: Client,
    file: u64,
    _server: Server,
}

impl Scene {
    fn of(kind: Kind) -> Self {
        let (server, [olga, ann, bob, theo, lea, old, gone]) =
            Server::unlimited().with_members(["olga", "ann", "bob", "theo", "lea", "old", "gone"]);
        old.clone().post("/logout", &[]);
        olga.make_owner("bob");
        let path = match kind {
            Kind::Shared => "/chat".to_owned(),
            Kind::Open | Kind::Invited => format!("/rooms/{}", ann.open_room(kind == Kind::Open)),
            Kind::Pair => "/people/bob".to_owned(),
            Kind::Notes => "/people/ann".to_owned(),
        };
        if let Some(room) = path.strip_prefix("/rooms/").and_then(|room| room.parse().ok()) {
            for name in ["bob", "lea", "gone"] {
                ann.add_to_room(room, name);
            }
            lea.leave_room(room);
        }
        olga.remove_member("gone");
        let (beside, second) = (kind.rights_beside(), kind.rights_of_second());
        let people = vec![
            ("a stranger", server.visitor(), Rights::Out),
            ("with an old cookie", old, Rights::Out),
            ("who was removed", gone, Rights::Out),
            ("outside", theo, beside),
            ("who left", lea, beside),
            ("an owner outside", olga, beside),
            ("inside, or the other of the two, and an owner", bob, second),
            ("ann", ann.clone(), Rights::In),
        ];
        let mut scene = Self { kind, path, people, ann, file: 0, _server: server };
        scene.send();
        scene
    }

    fn send(&mut self) {
        self.file = upload(&self.ann);
        self.ann.say_with(&self.path, "", &[self.file]);
    }

    fn check(&mut self) {
        for row in TABLE {
            for person in 0..self.people.len() {
                for json in [false, true] {
                    self.check_cell(row, person, json);
                }
            }
        }
    }

    fn check_cell(&mut self, row: &Row<4>, person: usize, json: bool) {
        let (who, client, rights) = self.people[person].clone();
        let [out, nothing, sees, own] = row.wanted;
        let wanted = match rights {
            Rights::Out => out,
            Rights::Nothing => nothing,
            _ if who == "ann" => own,
            _ => sees,
        };
        let wanted = if json { wanted.1 } else { wanted.0 };
        let cell = format!("{} {} in {:?}, {who} (json: {json})", row.method, row.route, self.kind);
        let answer = ask(row, row.method, self.file, json).by(&client);
        assert_eq!(answer.status, wanted, "{cell}: {}", answer.body);
        let loads = row.method == "GET" && wanted == 200;
        assert_eq!(answer.bytes == PICTURE, loads, "{cell}");
        if row.method == "GET" {
            let head = ask(row, "HEAD", self.file, json).by(&client);
            assert_eq!((head.status, head.bytes.len()), (wanted, 0), "HEAD, {cell}");
        }
        if matches!(rights, Rights::Out | Rights::Nothing) {
            self.assert_as_if_it_were_not(row, &client, json);
        }
        if who == "ann" && row.method == "POST" {
            // Now it never was, for her as for everybody.
            for (_, client, _) in &self.people {
                self.assert_as_if_it_were_not(row, client, json);
            }
            self.send();
        }
    }

    fn assert_as_if_it_were_not(&self, row: &Row<4>, client: &Client, json: bool) {
        let digits = u32::try_from(self.file.to_string().len()).unwrap();
        let never = 10_u64.pow(digits) - 1;
        let methods: &[&'static str] = if row.method == "GET" { &["GET", "HEAD"] } else { &["POST"] };
        for method in methods {
            let [here, nowhere] = [self.file, never].map(|id| {
                let answer = ask(row, method, id, json).by(client);
                shape_but_for(&answer, id, &["/files/", "%2Ffiles%2F"])
            });
            assert_eq!(here, nowhere, "{method} {}", row.route);
        }
    }
}

fn ask(row: &Row<4>, method: &'static str, id: u64, json: bool) -> Ask {
    let path = row.route.replace(":id", &id.to_string());
    Ask { method, path, kind: FORM, body: String::new(), json }
}

#[test]
fn files_of_each_kind_of_room_are_for_those_who_see_it() {
    for kind in [Kind::Shared, Kind::Open, Kind::Invited, Kind::Pair, Kind::Notes] {
        Scene::of(kind).check();
    }
}

#[test]
fn what_was_not_sent_is_there_for_nobody_but_its_owner() {
    let (server, [olga, ann, bob]) = Server::unlimited().with_members(["olga", "ann", "bob"]);
    for (client, status) in [(&olga, 404), (&bob, 404), (&server.visitor(), 401), (&ann, 200)] {
        let (client, file) = (client.clone().json(), upload(&ann));
        for path in [format!("/files/{file}"), format!("/files/{file}/preview")] {
            assert_eq!(client.clone().get(&path).status, status, "{path}");
            assert_eq!(client.clone().send("HEAD", &path, "", b"").status, status, "HEAD {path}");
        }
        let remove = format!("/files/{file}/remove");
        assert_eq!(client.clone().post(&remove, &[]).status, status, "{remove}");
        assert_eq!(ann.clone().get(&format!("/files/{file}")).status, if status == 200 { 404 } else { 200 });
    }
}

#[test]
fn a_form_with_files_is_refused_by_its_head_where_nobody_may_post() {
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let open = ann.open_room(true);
    let private = ann.open_room(false);
    let parts = [Part::field("message", SECRET), Part::file("a.gif", PICTURE)];
    let status = |client: &Client, path: &str| client.clone().json().post_parts(path, &parts).status;
    assert_eq!(status(&bob, &format!("/rooms/{open}")), 403);
    assert_eq!(status(&bob, &format!("/rooms/{private}")), 404);
    assert_eq!(status(&bob, "/people/nobody"), 404);
    for path in ["/chat", "/files", &format!("/rooms/{open}")] {
        assert_eq!(status(&server.visitor(), path), 401, "{path}");
        let foreign = bob.clone().with_header("Origin", "https://evil.example");
        assert_eq!(status(&foreign, path), 403, "{path}");
    }
    assert_eq!(bob.messages_at("/chat").len(), 0);
}

//! Who may do what about people, about themselves and about the chat: every such route, for strangers, for
//! those who were removed, for members and for owners.

use crate::prelude::*;

const INVALID: (u16, u16) = (422, 422);
/// Back to where it was, or to a program that all is well.
const DONE_HERE: (u16, u16) = (303, 200);

/// For those who are not in, for members, and for owners. `:name` is a member who is no owner.
const TABLE: &[Row<3>] = &[
    row("GET", "/me", "", [SIGN_IN, FINE, FINE]),
    row("POST", "/me/zone", "zone=", [REFUSED, DONE, DONE]),
    row("POST", "/me/quiet", "from=22:00&to=07:00", [REFUSED, DONE, DONE]),
    row("POST", "/me/language", "language=", [REFUSED, DONE, DONE]),
    row("POST", "/me/sessions", "session=0", [REFUSED, DONE, DONE]),
    row("POST", "/me/password", "current=x&password=short", [REFUSED, INVALID, INVALID]),
    row("POST", "/activity/seen", "up_to=0", [REFUSED, DONE_HERE, DONE_HERE]),
    row("POST", "/read-all", "", [REFUSED, DONE_HERE, DONE_HERE]),
    row("GET", "/owner", "", [SIGN_IN, OUTSIDE, FINE]),
    row("POST", "/owner", "title=&registration=&code=", [REFUSED, OUTSIDE, DONE]),
    row("GET", "/owner/invite", "", [SIGN_IN, OUTSIDE, FINE]),
    row("GET", "/owner/removed", "", [SIGN_IN, OUTSIDE, FINE]),
    row("GET", "/owner/removed/:id", "", [SIGN_IN, OUTSIDE, FINE]),
    row("POST", "/owner/removed/:id", "", [REFUSED, OUTSIDE, (200, 201)]),
    // Where there are none; see `wanted`.
    row("GET", "/owner/nodes", "", [SIGN_IN, NOT_THERE, NOT_THERE]),
    row("GET", "/people/:name/about", "", [SIGN_IN, FINE, FINE]),
    row("POST", "/people/:name/role", "owner=no", [REFUSED, OUTSIDE, DONE]),
    row("POST", "/people/:name/remove", "", [REFUSED, OUTSIDE, DONE]),
];

/// What a row wants of a server.
fn wanted(row: &Row<3>, server: &Server) -> [(u16, u16); 3] {
    if row.route == "/owner/nodes" && server.is_kept_by_nodes() {
        [SIGN_IN, OUTSIDE, FINE]
    } else {
        row.wanted
    }
}

/// For the story that compares all tables with the source.
pub(crate) fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.iter().map(|row| (row.method, row.route))
}

struct Scene {
    server: Server,
    people: Vec<(&'static str, Client)>,
    /// The number of one who was removed.
    gone: String,
}

impl Scene {
    fn set() -> Self {
        let (server, [olga, ann, old, gone, freed]) = Server::with(|settings| settings.register_rate = 0)
            .with_members(["olga", "ann", "old", "gone", "freed"]);
        old.clone().post("/logout", &[]);
        gone.say_at("/people/ann", "hello");
        olga.remove_member("gone");
        let leads = |client: &Client| client.clone().get("/people").body.contains("href=\"/owner/removed\"");
        assert!(leads(&olga) && !leads(&ann), "the way there is for owners");
        let listed = olga.clone().get("/owner/removed").body;
        let gone_id = between(&listed, "/owner/removed/", "\"").to_owned();
        olga.clone().post("/people/freed/remove", &[("free", "yes")]).expect(303);
        let people = vec![
            ("a stranger", server.visitor()),
            ("signed out", old),
            ("removed", gone),
            ("removed, and the name freed", freed),
            ("a member", ann),
            ("an owner", olga),
        ];
        Self { server, people, gone: gone_id }
    }
}

#[test]
fn owners_decide_and_members_do_not() {
    let scene = Scene::set();
    let mut newcomers = 0..;
    for row in TABLE {
        for (who, client) in &scene.people {
            for json in [false, true] {
                let [out, member, owner] = wanted(row, &scene.server);
                let by_form = match *who {
                    "a member" => member,
                    "an owner" => owner,
                    _ => out,
                };
                // Somebody new each time, as they may be gone afterwards.
                let name = format!("new{}", newcomers.next().unwrap());
                let newcomer = scene.server.member(&name);
                let wanted = if json { by_form.1 } else { by_form.0 };
                let ask = |method| {
                    let path = row.route.replace(":name", &name).replace(":id", &scene.gone);
                    Ask { method, path, kind: FORM, body: row.form.into(), json }
                };
                let records = scene.server.records().len();
                let answer = ask(row.method).by(client);
                let cell = format!("{} {} {who} (json: {json})", row.method, row.route);
                assert_eq!(answer.status, wanted, "{cell}: {}", answer.body);
                if wanted >= 400 || row.method == "GET" {
                    assert_eq!(scene.server.records().len(), records, "{cell}: nothing happened");
                }
                if row.method == "GET" {
                    let head = ask("HEAD").by(client);
                    assert_eq!((head.status, &*head.body), (wanted, ""), "HEAD, {cell}");
                }
                let removed = row.route.ends_with("/remove") && wanted == 303;
                assert_eq!(newcomer.clone().is_in(), !removed, "{cell}");
            }
        }
    }
}

#[test]
fn about_nobody_there_is_nothing_to_decide() {
    let scene = Scene::set();
    // Who never was, and whose name was freed, are the same; a name that is kept can still be read about.
    for (who, client) in &scene.people[4..] {
        for json in [false, true] {
            for row in TABLE.iter().filter(|row| row.route.contains(":name")) {
                let ask = |name: &str| {
                    let path = row.route.replace(":name", name);
                    Ask { method: row.method, path, kind: FORM, body: row.form.into(), json }.by(client)
                };
                for name in ["nobody", "freed", "%FF", "%00", "gone%2Fabout"] {
                    let answer = ask(name);
                    let cell = format!("{} {} {name} {who}", row.method, row.route);
                    assert_eq!((answer.status, answer.status), NOT_THERE, "{cell}: {}", answer.body);
                }
                let former = ask("gone");
                let wanted = if row.method == "GET" { 200 } else { 404 };
                assert_eq!(former.status, wanted, "{} {who}: {}", row.route, former.body);
                assert!(!former.body.contains("/people/gone/remove"), "nothing more to decide");
            }
        }
    }
}

#[test]
fn who_is_not_in_is_refused_whatever_they_ask_about_whomever() {
    let scene = Scene::set();
    for (who, client) in &scene.people[..4] {
        for row in TABLE.iter().filter(|row| row.route.contains(":name")) {
            let ask = |name: &str| {
                let path = row.route.replace(":name", name);
                let answer = Ask { method: row.method, path, kind: FORM, body: row.form.into(), json: false }
                    .by(client);
                (answer.status, answer.body)
            };
            for name in ["gone", "here", "olgi"] {
                assert_eq!(ask(name), ask("olga"), "{} {name} {who}", row.route);
            }
        }
    }
    for (_, client) in &scene.people[1..4] {
        assert!(!client.clone().is_in());
        assert_eq!(
            client.clone().login("olga", PASSWORD).status,
            303,
            "a browser can go on as somebody else"
        );
    }
}

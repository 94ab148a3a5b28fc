//! Fields that are far too long: nothing is computed from them, and little comes back.

use crate::prelude::*;

const ROUTES: &str = include_str!("../../src/web/routes.rs");
/// Close to the largest body that is let in.
const LONG: usize = 120_000;
/// What a refused text may come to on a page: 8,000 characters, each escaped as six.
const ECHO: usize = 6 * 8_000;

/// Every form, and its fields.
const FORMS: &[(&str, &[&str])] = &[
    ("/register", &["username", "password", "code", "title", "zone"]),
    ("/login", &["username", "password", "next"]),
    ("/logout", &["sure"]),
    ("/reset", &["token", "username", "password"]),
    ("/chat", &["message", "nonce", "next", "author", "as", "to", "file", "alt"]),
    ("/chat/read", &["up_to", "to"]),
    ("/chat/notifications", &["level"]),
    ("/rooms", &["name", "topic", "open", "opened"]),
    ("/rooms/:id", &["message", "nonce", "next", "author", "as", "to", "file", "alt"]),
    ("/rooms/:id/read", &["up_to", "to"]),
    ("/rooms/:id/notifications", &["level"]),
    ("/rooms/:id/about", &["name", "topic", "name_was", "topic_was"]),
    ("/rooms/:id/add", &["username"]),
    ("/rooms/:id/join", &["sure"]),
    ("/rooms/:id/decline", &["sure"]),
    ("/rooms/:id/leave", &["sure"]),
    ("/people/:name", &["message", "nonce", "next", "author", "as", "to", "file", "alt"]),
    ("/people/:name/read", &["up_to", "to"]),
    ("/people/:name/notifications", &["level"]),
    ("/people/:name/role", &["owner", "to"]),
    ("/people/:name/remove", &["free", "to", "sure"]),
    ("/messages/:id/edit", &["message", "version"]),
    ("/messages/:id/react", &["emoji", "on"]),
    ("/messages/:id/pin", &["on", "next"]),
    ("/messages/:id/unread", &["sure"]),
    ("/activity/seen", &["up_to"]),
    ("/read-all", &["sure"]),
    ("/messages/:id/remove", &["sure"]),
    ("/files/uploads", &["nonce", "size"]),
    ("/files/:id/remove", &["sure"]),
    ("/me/zone", &["zone"]),
    ("/me/language", &["language"]),
    ("/me/quiet", &["from", "to"]),
    ("/me/sessions", &["session", "sure"]),
    ("/me/password", &["username", "current", "password"]),
    ("/owner", &["title", "registration", "code", "version"]),
    ("/owner/removed/:id", &["sure"]),
    ("/typing", &["room"]),
    // A message that is too long to be sent mentions nobody.
    ("/mentions", &["room", "to"]),
];

#[test]
fn every_form_of_the_source_is_listed_here() {
    let posts =
        ROUTES.lines().filter_map(|line| line.trim().strip_prefix("(\"POST\", \"")?.split('"').next());
    let listed: BTreeSet<&str> = FORMS.iter().map(|(path, _)| *path).collect();
    // Files come in a form of their own (see `files`), and commands are other forms (see `socket`).
    let posts = posts.filter(|path| !["/files", "/socket"].contains(path));
    assert_eq!(posts.collect::<BTreeSet<_>>(), listed);
}

/// A server in which each form of [`FORMS`] leads somewhere.
struct Scene {
    server: Server,
    ann: Client,
    room: u64,
    /// Which ann left, and is invited to.
    left: u64,
    message: u64,
    file: u64,
}

impl Scene {
    fn new() -> Self {
        let (server, [ann, bob]) =
            Server::with(|settings| settings.sign_in_rate = 0).with_members(["ann", "bob"]);
        let left = bob.open_room(false);
        bob.add_to_room(left, "ann");
        ann.leave_room(left);
        bob.add_to_room(left, "ann");
        let (room, message) = (ann.open_room(true), ann.say_at("/chat", "short"));
        let file = ann.upload_id("short.txt", b"short");
        ann.say_at("/people/bob", "hello");
        Self { server, ann, room, left, message, file }
    }

    fn path(&self, route: &str) -> String {
        let id = match route {
            "/rooms/:id/decline" => self.left,
            _ if route.starts_with("/rooms") => self.room,
            _ if route.starts_with("/files") => self.file,
            _ => self.message,
        };
        route.replace(":id", &id.to_string()).replace(":name", "bob")
    }
}

#[test]
fn a_field_that_is_too_long_is_refused_and_not_given_back() {
    let scene = Scene::new();
    let (kept, hashed) = (scene.server.appending.count(), scene.server.hashing.count());
    // Each character of it becomes eighteen where names are compared.
    for long in ["\"".repeat(LONG), "\u{FDFA}".repeat(LONG / 3)] {
        for (route, field) in
            FORMS.iter().flat_map(|(route, fields)| fields.iter().map(move |field| (route, field)))
        {
            let path = scene.path(route);
            for client in [scene.ann.clone(), scene.server.visitor()] {
                let stranger = client.cookie.is_none();
                let page = send(&client, &path, field, &long);
                assert!((400..500).contains(&page.status), "{path} {field}: {}", page.status);
                assert!(
                    page.body.len() < 30_000 + ECHO + inlined(&page),
                    "{path} {field}: {} bytes",
                    page.body.len()
                );
                let json = send(&client.json(), &path, field, &long);
                assert!(json.body.len() < 1_000, "{path} {field}: {}", json.body);
                if *field != "message" && !stranger {
                    assert_eq!((page.status, json.status), (422, 422), "{path} {field}");
                    assert!(
                        page.body.contains(&format!("The field “{field}” is too long")),
                        "{path} {field}"
                    );
                }
            }
        }
    }
    assert_eq!(scene.server.appending.count(), kept, "nothing happened");
    assert_eq!(scene.server.hashing.count(), hashed, "nothing was hashed");
}

/// As it is: percent-encoding would make it longer than what is let in.
fn send(client: &Client, path: &str, field: &str, value: &str) -> Response {
    let body = format!("{field}={value}");
    client.clone().post_body(path, "application/x-www-form-urlencoded", body.as_bytes())
}

/// How much of a page is the style, the icons and, for members, the script with its texts: the same on all.
fn inlined(page: &Response) -> usize {
    let sizes = |[start, end]: [&str; 2]| -> usize {
        page.body.split(start).skip(1).map(|part| part.split(end).next().map_or(0, str::len)).sum()
    };
    [["<style", "</style>"], ["<svg", "</svg>"], ["<script", "</script>"]].map(sizes).iter().sum()
}

#[test]
fn of_a_long_text_the_beginning_comes_back_and_the_page_says_so() {
    let scene = Scene::new();
    let (room, message) = (scene.path("/rooms/:id"), scene.path("/messages/:id/edit"));
    let whole = "é\"".repeat(4_000);
    let cut = "Only the first 8,000 characters were kept.";
    for path in ["/chat", "/people/bob", &room, &message, "/rooms/77", "/messages/77/edit"] {
        for client in [scene.ann.clone(), scene.server.visitor()] {
            if client.cookie.is_none() && path.ends_with("/edit") && path == message {
                continue;
            }
            for (text, is_cut) in [(whole.clone(), false), (format!("{whole}x"), true)] {
                let page = client.clone().post(path, &[("message", &text)]);
                assert!((400..500).contains(&page.status), "{path}");
                assert_eq!(textarea(&page.body), whole, "{path}");
                assert_eq!(page.body.contains(cut), is_cut, "{path}");
            }
        }
        if path.ends_with("77") || path.ends_with("/edit") {
            continue;
        }
        // The frame of browsers without scripts gives no more.
        let next = format!("{path}/compose#message");
        let page = scene.ann.clone().post(path, &[("message", &format!("{whole}x")), ("next", &next)]);
        assert_eq!(textarea(&page.body), whole, "{path}");
    }
}

#[test]
fn queries_and_names_in_addresses_are_bounded_as_well() {
    let scene = Scene::new();
    let long = "%EF%B7%BA".repeat(800);
    let get = |path: &str| scene.ann.clone().get(path);
    for path in
        ["/people?like=", "/search?author=", "/search?room=", "/sidebar?path=", "/day?day=", "/events?after="]
    {
        assert_eq!(get(&format!("{path}{long}")).status, 422, "{path}");
    }
    for path in ["", "/about", "/live", "/compose"] {
        assert_eq!(get(&format!("/people/{long}{path}")).status, 404, "{path}");
    }
    get(&format!("/search?q={long}")).expect(422);
    scene.server.visitor().get(&format!("/login?next=/{long}")).expect(422);
    // Where a stranger wanted to go is forgotten then.
    let answer = scene.server.visitor().get(&format!("/search?q={long}"));
    assert_eq!((answer.status, answer.location()), (303, "/login"));
}

#[test]
fn a_long_name_in_its_longest_form_is_a_name_still() {
    let server = Server::open();
    let (composed, decomposed) = ("각".repeat(32), "\u{1100}\u{1161}\u{11A8}".repeat(32));
    let mut client = server.visitor();
    client.register(&decomposed, PASSWORD).expect(303);
    server.visitor().login(&composed, PASSWORD).expect(303);
    server.visitor().login(&decomposed, PASSWORD).expect(303);
}

//! A name is not a person: what was meant for one is not done to another who has their name now, and what two
//! change at once is not lost without a word.

use crate::prelude::*;

/// A server in which bob leaves, and another bob comes; his client, and a page's answer from before.
fn with_another_bob(of: impl Fn(&Client) -> Response) -> (Server, Client, Client, Response) {
    let (server, [ann, _bob]) = Server::open().with_members(["ann", "bob"]);
    let page = of(&ann).expect(200);
    ann.clone().post("/people/bob/remove", &[("free", "yes")]).expect(303);
    let new = server.member("bob");
    (server, ann, new, page)
}

fn attribute_of<'a>(page: &'a str, tag: &str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(tag).unwrap_or_else(|| panic!("no {tag} in {page}"));
    between(rest, &format!(" {name}=\""), "\"")
}

#[test]
fn a_tab_says_nothing_to_another_who_has_the_name_now() {
    for begun in [false, true] {
        let (_house, ann, bob, page) = with_another_bob(|ann| {
            if begun {
                ann.say_at("/people/bob", "to the first bob");
            }
            ann.clone().get("/people/bob")
        });
        let (to, nonce) = (input_value(&page.body, "to").unwrap(), input_value(&page.body, "nonce").unwrap());
        let fields = [("message", "for your eyes only"), ("nonce", &nonce), ("to", &to)];
        let answer = ann.clone().post("/people/bob", &fields).expect(409);
        answer.body.shows("bob is someone else now. Your message was not sent.");
        assert_eq!(textarea(&answer.body), "for your eyes only");
        let json = ann.clone().json().post("/people/bob", &fields);
        assert_eq!((json.status, json.value()["error"].as_str()), (409, Some("someone_else")));
        // So does the frame of browsers without scripts, which goes on being for the first one.
        let next = [("next", "/people/bob/compose#message")];
        let frame = ann.clone().post("/people/bob", &[&fields[..], &next].concat());
        assert_eq!((frame.status, textarea(&frame.body)), (409, "for your eyes only".into()));
        assert_eq!(input_value(&frame.body, "to").as_ref(), Some(&to));
        assert!(bob.messages_at("/people/ann").is_empty());
        // The page that says so has no form, whose button would send it to the new one; the text is to be copied.
        assert_eq!(input_value(&answer.body, "to"), None);
        let to = input_value(&ann.clone().get("/people/bob").body, "to").unwrap();
        ann.clone().post("/people/bob", &[("message", "hello, new bob"), ("to", &to)]).expect(303);
        assert_eq!(bob.messages_at("/people/ann").len(), 1);
    }
}

#[test]
fn frames_and_read_markers_are_for_the_one_they_were_opened_for() {
    let (_house, ann, bob, page) = with_another_bob(|ann| ann.clone().get("/people/bob"));
    bob.say_at("/people/ann", "from the new bob");
    for tag in ["<iframe class=\"messages", "<iframe class=\"compose"] {
        let path = attribute_of(&page.body, tag, "src").replace("&amp;", "&");
        let answer = ann.clone().get(&path);
        assert_eq!(answer.status, 409, "{path}");
        assert!(answer.body.contains("bob is someone else now."), "{path}");
        answer.body.lacks("from the new bob");
    }
    let to = input_value(&page.body, "to").unwrap();
    ann.clone().post("/people/bob/read", &[("up_to", "99"), ("to", &to)]).expect(409);
    ann.clone().get(&format!("/people/bob?to={to}")).expect(409);
    let sidebar = ann.clone().json().get("/sidebar").value();
    assert_eq!(sidebar["rooms"][1]["unread"], 1, "{sidebar}");
}

#[test]
fn a_name_that_nobody_has_any_more_keeps_the_text() {
    let (_server, [ann, _bob]) = Server::open().with_members(["ann", "bob"]);
    let to = input_value(&ann.clone().get("/people/bob").body, "to").unwrap();
    ann.clone().post("/people/bob/remove", &[("free", "yes")]);
    let answer = ann.clone().post("/people/bob", &[("message", "still there?"), ("to", &to)]);
    assert_eq!((answer.status, textarea(&answer.body)), (403, "still there?".into()));
    answer.body.shows("no longer a member");
}

#[test]
fn an_owners_old_form_does_nothing_to_another_of_that_name() {
    let (_house, ann, bob, page) = with_another_bob(|ann| ann.clone().get("/people/bob/about"));
    let to = input_value(&page.body, "to").unwrap();
    assert_eq!(page.body.matches(&format!("name=\"to\" value=\"{to}\"")).count(), 2, "in both forms");
    for (path, field) in [("/people/bob/role", ("owner", "yes")), ("/people/bob/remove", ("free", "yes"))] {
        let answer = ann.clone().post(path, &[field, ("to", &to)]);
        assert_eq!(answer.status, 409, "{path}");
        answer.body.shows("bob is someone else now. Nothing was changed.");
        let json = ann.clone().json().post(path, &[field, ("to", &to)]);
        assert_eq!((json.status, json.value()["error"].as_str()), (409, Some("someone_else")));
    }
    assert_eq!(bob.clone().get("/owner").status, 403, "he owns nothing");
    // Programs that know names alone mean whoever has the name.
    ann.clone().post("/people/bob/role", &[("owner", "yes")]).expect(303);
    bob.clone().get("/owner").expect(200);
}

#[test]
fn a_tab_says_nothing_as_another_who_signed_in_meanwhile() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let room = format!("/rooms/{}", bob.open_room(true));
    for path in ["/chat", "/people/cyd", &room, "/people/bob"] {
        if path == "/people/cyd" {
            server.member("cyd");
        }
        if path == room {
            ann.clone().post(&format!("{room}/join"), &[]);
        }
        let by = input_value(&ann.clone().get(path).body, "as").unwrap();
        let answer = bob.clone().post(path, &[("message", "ann's secret"), ("as", &by)]);
        assert_eq!((answer.status, textarea(&answer.body)), (409, "ann's secret".into()), "{path}");
        answer.body.shows("you are signed in as bob now");
        let json = bob.clone().json().post(path, &[("message", "ann's secret"), ("as", &by)]);
        assert_eq!(json.value()["error"], "somebody_else");
        assert_eq!(ann.clone().post(path, &[("message", "mine"), ("as", &by)]).status, 303, "{path}");
    }
    ann.clone().post("/chat", &[("message", "x"), ("as", "ann")]).expect(400);
}

#[test]
fn of_two_owners_the_slower_one_is_told_what_the_other_decided() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    ann.make_owner("bob");
    let version = |page: &str| input_value(page, "version").unwrap();
    let (first, second) = (ann.clone().get("/owner").body, bob.clone().get("/owner").body);
    let save = |who: &Client, title: &str, registration: &str, version: &str| {
        let code = if registration == "invited" { "teapot" } else { "" };
        let fields = [("title", title), ("registration", registration), ("code", code), ("version", version)];
        who.clone().post("/owner", &fields)
    };
    save(&ann, "The Millers", "invited", &version(&first)).expect(303);
    let answer = save(&bob, "Bob's den", "closed", &version(&second)).expect(409);
    assert_eq!(input_value(&answer.body, "title").as_deref(), Some("Bob's den"), "what was typed stays");
    let now = between(&answer.body, "id=\"house-now\">", "</dl>");
    for part in ["The Millers", "Invite only", "teapot"] {
        now.shows(part);
    }
    assert!(ann.clone().get("/owner").body.contains("value=\"The Millers\""));
    let json = bob.clone().json().post("/owner", &[("title", "x"), ("version", &version(&second))]);
    assert_eq!((json.status, json.value()["error"].as_str()), (409, Some("outdated")));
    // Who has seen that decides; and programs that say no version do as before.
    save(&bob, "Bob's den", "closed", &version(&answer.body)).expect(303);
    ann.clone().post("/owner", &[("title", "By a script")]).expect(303);
    // The same once more is no conflict.
    save(&bob, "By a script", "", &version(&second)).expect(303);
}

#[test]
fn of_two_who_rename_a_room_the_slower_one_is_told_so() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let room = ann.open_room(true);
    ann.add_to_room(room, "bob");
    let about = format!("/rooms/{room}/about");
    let page = bob.clone().get(&about).body;
    let old = [
        ("name_was", input_value(&page, "name_was").unwrap()),
        ("topic_was", input_value(&page, "topic_was").unwrap()),
    ];
    let save = |who: &Client, name: &str, old: &[(&str, String)]| {
        let old = old.iter().map(|(name, value)| (*name, value.as_str()));
        let fields: Vec<_> = [("name", name), ("topic", "roses")].into_iter().chain(old).collect();
        who.clone().post(&about, &fields)
    };
    save(&ann, "Garden", &old).expect(303);
    let answer = save(&bob, "Yard", &old).expect(409);
    assert_eq!(input_value(&answer.body, "name").as_deref(), Some("Yard"), "what was typed stays");
    answer.body.shows("Now: \u{2068}Garden\u{2069} · \u{2068}roses\u{2069}");
    assert_eq!(input_value(&answer.body, "name_was").as_deref(), Some("Garden"));
    assert_eq!(save(&bob, "Garden", &old).status, 303, "the same once more is no conflict");
    let old = [("name_was", "Garden".to_owned()), ("topic_was", "roses".to_owned())];
    save(&bob, "Yard", &old).expect(303);
    save(&ann, "By a script", &[]).expect(303);
}

#[test]
fn what_waited_for_the_line_does_not_go_to_another_of_that_name() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    server.member("bob");
    ann.opens("/people/bob");
    ann.browser.offline(true);
    ann.browser.type_text("#message", "for the first bob");
    ann.browser.press("#message", "Enter");
    ann.browser.wait_for_text(".outbox", "for the first bob");
    ann.client(&server).post("/people/bob/remove", &[("free", "yes")]).expect(303);
    let bob = server.member("bob");
    ann.browser.offline(false);
    ann.browser.wait_for_text("#message-fault", "bob is someone else now. Your message was not sent.");
    assert_eq!(ann.draft("message"), "for the first bob");
    // Nor does what was typed stand in the composer for the new one.
    ann.reloads();
    assert_eq!(ann.draft("message"), "");
    assert!(bob.messages_at("/people/ann").is_empty());
}

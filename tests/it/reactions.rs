//! Reactions over HTTP: who puts which emoji beside what, and that all of them are counted.

use crate::prelude::*;

const THUMBS: &str = "👍";

impl Client {
    pub(crate) fn reacts(&self, id: u64, emoji: &str, on: bool) -> Response {
        let on = if on { "1" } else { "0" };
        self.clone().json().post(&format!("/messages/{id}/react"), &[("emoji", emoji), ("on", on)])
    }

    /// The reactions to a message: each emoji with its names, as many as are counted.
    #[track_caller]
    pub(crate) fn reactions(&self, id: u64) -> Vec<(String, Vec<String>)> {
        reactions(&self.read_json(&format!("/messages/{id}")))
    }
}

#[track_caller]
fn reactions(message: &Value) -> Vec<(String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = message["reactions"].as_array().into_iter().flatten();
    let of = |one: &Value| {
        let names: Vec<String> = one["names"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(one["count"], names.len().min(20), "{one}");
        (text(&one["emoji"]), names)
    };
    all.map(of).collect()
}

/// The page that never ends, up to something on it.
fn frame(who: &Client, path: &str, end: &str) -> String {
    let (mut stream, mut page) = (Stream::open(who, path), String::new());
    while !page.contains(end) {
        page += &stream.more();
    }
    page
}

fn those(list: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    list.iter()
        .map(|(emoji, names)| ((*emoji).to_owned(), names.iter().map(ToString::to_string).collect()))
        .collect()
}

#[test]
fn one_click_puts_an_emoji_beside_a_message_and_another_takes_it_back() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", "Shall we meet on Friday?");
    // What is so already stays so.
    for _ in 0..2 {
        let answer = bob.reacts(id, THUMBS, true).expect(200).value();
        assert_eq!((&answer["id"], reactions(&answer)), (&json!(id), those(&[(THUMBS, &["bob"])])));
    }
    bob.reacts(id, "🎉", true).expect(200);
    ann.reacts(id, THUMBS, true).expect(200);
    assert_eq!(ann.reactions(id), those(&[(THUMBS, &["bob", "ann"]), ("🎉", &["bob"])]));
    for _ in 0..2 {
        bob.reacts(id, THUMBS, false).expect(200);
        assert_eq!(ann.reactions(id), those(&[("🎉", &["bob"]), (THUMBS, &["ann"])]));
    }
    bob.reacts(id, "🎉", false).expect(200);
    ann.reacts(id, THUMBS, false).expect(200);
    assert_eq!(ann.read_json(&format!("/messages/{id}")).get("reactions"), None);
}

#[test]
fn a_form_leads_back_to_the_message_and_says_what_is_wrong_where_it_was_typed() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let id = ann.say_at("/chat", "hello");
    let path = format!("/messages/{id}/react");
    let answer = ann.clone().post(&path, &[("emoji", THUMBS), ("on", "1")]);
    assert_eq!((answer.status, answer.location()), (303, &*format!("/chat?at={id}#m{id}")));
    for no_emoji in ["", "a", "👍👍", "👍 yes", "1"] {
        let page = ann.clone().post(&path, &[("emoji", no_emoji), ("on", "1")]).expect(422);
        page.body.shows("This is not one emoji.").shows("Any emoji");
        assert_eq!(ann.reacts(id, no_emoji, true).expect(422).value()["error"], "no_emoji");
    }
    for on in ["", "yes", "2"] {
        ann.clone().post(&path, &[("emoji", THUMBS), ("on", on)]).expect(400);
    }
    // As it is typed on some keyboards.
    ann.reacts(id, " ❤", true).expect(200);
    ann.reacts(id, "❤\u{FE0F}", true).expect(200);
    ann.reacts(id, "👍\u{FE0F}", true).expect(200);
    assert_eq!(ann.reactions(id), those(&[(THUMBS, &["ann"]), ("❤\u{FE0F}", &["ann"])]));
}

#[test]
fn a_message_has_twenty_different_ones() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", "hello");
    let faces: Vec<String> = ('\u{1F600}'..'\u{1F618}').map(String::from).collect();
    for face in &faces[..20] {
        ann.reacts(id, face, true).expect(200);
    }
    let add = "class=\"add\"";
    assert!(!ann.page("/chat").contains(&format!("{add} href=\"/messages/{id}/about#react\" target=\"_top\" aria-label=\"Add reaction\" title=\"Add reaction\">")));
    let refused = bob.reacts(id, &faces[20], true).expect(409).value();
    assert_eq!(refused["error"], "reactions_full");
    bob.clone()
        .post(&format!("/messages/{id}/react"), &[("emoji", &faces[20]), ("on", "1")])
        .expect(409)
        .body
        .shows("This message has 20 different reactions already.");
    bob.reacts(id, &faces[3], true).expect(200);
    ann.reacts(id, &faces[0], false).expect(200);
    bob.reacts(id, &faces[20], true).expect(200);
    assert_eq!(ann.reactions(id).len(), 20);
}

#[test]
fn who_reacts_too_often_waits() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", "hello");
    let waits = (0..120).map(|n| ann.reacts(id, THUMBS, n % 2 == 0)).find(|answer| answer.status != 200);
    let answer = waits.expect("an end").expect(429);
    assert_eq!(answer.value()["error"], "too_many_reactions");
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    bob.reacts(id, THUMBS, true).expect(200);
    ann.say_at("/chat", "and may post as before");
}

#[test]
fn sixteen_people_at_once_are_all_counted() {
    let server = Server::unlimited();
    let people: Vec<Client> = (0..16).map(|n| server.member(&format!("member{n}"))).collect();
    let ids = [0; 2].map(|_| people[0].say_at("/chat", "vote"));
    let last = ids[1];
    let mut stream = Stream::open(&people[0], "/events");
    thread::scope(|scope| {
        for (n, person) in people.iter().enumerate() {
            scope.spawn(move || {
                for id in ids {
                    person.reacts(id, THUMBS, true).expect(200);
                    person.reacts(id, ["🎉", "😂"][n % 2], true).expect(200);
                    person.reacts(id, "🙏", true).expect(200);
                    person.reacts(id, "🙏", false).expect(200);
                }
            });
        }
    });
    for id in ids {
        let counts: BTreeMap<String, usize> =
            people[1].reactions(id).into_iter().map(|(emoji, names)| (emoji, names.len())).collect();
        assert_eq!(
            counts,
            [(THUMBS, 16), ("🎉", 8), ("😂", 8)].map(|(emoji, count)| (emoji.to_owned(), count)).into()
        );
    }
    // And told: the last that a stream hears of each is what there is.
    let end = people[0].say_at("/chat", "end");
    let told = stream.events_until(end);
    let heard = told.iter().rfind(|told| told.kind == "reacted" && told.value()["id"] == last).unwrap();
    let mut heard = reactions(&heard.value());
    let mut kept = people[1].reactions(last);
    for all in [&mut heard, &mut kept] {
        for (_, names) in &mut *all {
            names.sort();
        }
        all.sort();
    }
    assert_eq!(heard, kept);
}

#[test]
fn everyone_sees_at_once_who_reacted_and_nothing_becomes_unread() {
    let (_server, [ann, bob, cai]) = Server::unlimited().with_members(["ann", "bob", "cai"]);
    let id = ann.say_at("/chat", "hello");
    for who in [&ann, &bob, &cai] {
        who.read_all("/chat");
    }
    let mut program = Stream::open(&cai, "/events");
    let mut script = Stream::open(&cai, "/events?format=html");
    let mut bare = Stream::open(&cai, "/chat/live");
    bare.page_until(id);
    bob.reacts(id, THUMBS, true).expect(200);
    let told = program.next_change();
    assert_eq!((&*told.kind, reactions(&told.value())), ("reacted", those(&[(THUMBS, &["bob"])])));
    let told = script.next_change();
    assert_eq!(told.kind, "reacted");
    told.data.shows(format!("id=\"m{id}\"")).shows("aria-label=\"thumbs up, 1: \u{2068}bob\u{2069}\"");
    // The page without a script ends, and is loaded anew.
    bare.rest();
    frame(&cai, "/chat/live", "</form>").shows("aria-label=\"thumbs up, 1: \u{2068}bob\u{2069}\"");
    for who in [&ann, &bob, &cai] {
        assert_eq!(who.unread_in_chat(), 0);
    }
}

/// The pill of an emoji on a page: whether it is pressed, and the attribute.
#[track_caller]
fn pill(page: &str, emoji: &str, name: &str) -> String {
    let form = between(page, &format!("name=\"emoji\" value=\"{emoji}\">"), "</form>");
    attribute(form, name).unwrap_or_else(|| panic!("no {name} in {form}"))
}

#[test]
fn a_pill_says_who_it_was_and_whether_one_is_among_them_also_without_scripts() {
    let (_server, [ann, bob, cai]) = Server::unlimited().with_members(["ann", "bob", "cai"]);
    let id = ann.say_at("/chat", "hello");
    for who in [&ann, &bob] {
        who.reacts(id, THUMBS, true).expect(200);
    }
    let about = format!("/messages/{id}/about");
    for page in ["/chat", "/chat/live", &about] {
        let read = |who: &Client| {
            let page = if page == "/chat/live" { frame(who, page, "</form>") } else { who.page(page) };
            ["aria-pressed", "value", "aria-label", "title"].map(|name| {
                let form = between(&page, &format!("action=\"/messages/{id}/react\""), "</form>");
                let button = between(form, "<button", ">");
                attribute(button, name).unwrap().replace(['\u{2068}', '\u{2069}'], "")
            })
        };
        assert_eq!(read(&bob), ["true", "0", "thumbs up, 2: ann and bob", "ann and bob"], "{page}");
        assert_eq!(read(&cai), ["false", "1", "thumbs up, 2: ann and bob", "ann and bob"], "{page}");
    }
    cai.reacts(id, THUMBS, true).expect(200);
    assert_eq!(pill(&ann.page("/chat"), THUMBS, "data-members").split(' ').count(), 3);
    let page = ann.page("/chat").replace(['\u{2068}', '\u{2069}'], "");
    page.shows("thumbs up, 3: ann, bob and cai");
    let german = ann.with_header("Accept-Language", "de").page("/chat").replace(['\u{2068}', '\u{2069}'], "");
    german.shows("👍, 3: ann, bob und cai");
}

#[test]
fn many_are_counted_and_twenty_named() {
    let server = Server::unlimited();
    let people: Vec<Client> = (0..23).map(|n| server.member(&format!("p{n}"))).collect();
    let id = people[0].say_at("/chat", "vote");
    for person in &people {
        person.reacts(id, THUMBS, true).expect(200);
    }
    let message = people[0].read_json(&format!("/messages/{id}"));
    assert_eq!(
        (&message["reactions"][0]["count"], message["reactions"][0]["names"].as_array().unwrap().len()),
        (&json!(23), 20)
    );
    people[22].page("/chat").replace(['\u{2068}', '\u{2069}'], "").shows("p18, p19 and 3 others\"");
}

#[test]
fn who_previews_a_room_sees_reactions_and_cannot_react() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let room = ann.open_room(true);
    let path = format!("/rooms/{room}");
    let id = ann.say_at(&path, "hello");
    ann.reacts(id, THUMBS, true).expect(200);
    for page in [bob.page(&path), frame(&bob, &format!("{path}/live"), "</form>")] {
        let form = between(&page, &format!("action=\"/messages/{id}/react\""), "</form>");
        assert!(form.contains(" disabled"), "{form}");
    }
    assert_eq!(bob.reacts(id, THUMBS, true).expect(403).value()["error"], "outside");
    assert_eq!(bob.reactions(id), those(&[(THUMBS, &["ann"])]));
    // As is who talked to someone who is gone.
    let id = bob.say_at("/people/ann", "bye");
    bob.reacts(id, THUMBS, true).expect(200);
    ann.remove_member("bob");
    assert_eq!(ann.reacts(id, THUMBS, true).expect(403).value()["error"], "partner_gone");
    assert_eq!(ann.reactions(id), those(&[(THUMBS, &["bob"])]));
}

#[test]
fn reactions_go_with_their_message() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let id = ann.say_at("/chat", "hello");
    bob.reacts(id, THUMBS, true).expect(200);
    ann.remove_message(id);
    assert_eq!(bob.reacts(id, THUMBS, true).expect(404).value()["error"], "no_such_message");
    assert_eq!(bob.reacts(id, THUMBS, false).expect(404).value()["error"], "no_such_message");
    bob.page("/chat").lacks(format!("/messages/{id}/react"));
}

#[test]
fn who_was_away_is_told_exactly_what_became_of_reactions() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let [first, second, third] = [0; 3].map(|_| ann.say_at("/chat", "hello"));
    for id in [first, second, third] {
        bob.reacts(id, THUMBS, true).expect(200);
    }
    let mut stream = Stream::open(&ann, "/events");
    let last = ann.say_at("/chat", "now I go to sleep");
    stream.events_until(last);
    drop(stream);
    bob.reacts(first, "🎉", true).expect(200);
    bob.reacts(first, THUMBS, false).expect(200);
    bob.reacts(second, THUMBS, false).expect(200);
    ann.edit_message(third, "edited");
    bob.reacts(third, "😮", true).expect(200);
    let end = bob.say_at("/chat", "end");
    for target in ["/events", "/events?format=html"] {
        let told = Stream::resume(&ann, target, last).events_until(end);
        let kinds: Vec<&str> = told.iter().filter(|told| told.id.is_some()).map(|told| &*told.kind).collect();
        // Of several changes of one message, one is told, by the one that matters most.
        assert_eq!(kinds, ["reacted", "reacted", "edited", "message"], "{told:?}");
        for told in
            told.iter().filter(|told| target == "/events" && told.kind != "message" && told.id.is_some())
        {
            let id = told.value()["id"].as_u64().unwrap();
            assert_eq!(reactions(&told.value()), ann.reactions(id));
        }
    }
    let missed = ann.read_json(&format!("/chat?after={last}"));
    let changed: BTreeMap<u64, _> = missed["edited"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| (message["id"].as_u64().unwrap(), reactions(message)))
        .collect();
    let now: BTreeMap<u64, _> =
        [first, second, third].into_iter().map(|id| (id, ann.reactions(id))).collect();
    assert_eq!(changed, now);
}

#[cfg(feature = "sqlite")]
mod kept {
    use super::*;
    use crate::support::TempDir;

    #[test]
    fn what_only_the_file_remembers_is_reacted_to_as_well_and_a_restart_changes_nothing() {
        let folder = TempDir::new();
        let program = folder.serve(&["--history", "2"]);
        let [ann, bob, cai] = program.members(["ann", "bob", "cai"]);
        let id = ann.say_at("/chat", "long ago");
        bob.reacts(id, "🎉", true).expect(200);
        for n in 0..8 {
            ann.say_at("/chat", &format!("and on {n}"));
        }
        let mut stream = Stream::open(&ann, "/events");
        thread::scope(|scope| {
            for person in [&ann, &bob, &cai] {
                scope.spawn(move || {
                    person.reacts(id, THUMBS, true).expect(200);
                    person.reacts(id, "😮", true).expect(200);
                    person.reacts(id, "😮", false).expect(200);
                });
            }
        });
        let told = stream.next_change();
        assert_eq!((&*told.kind, &told.value()["id"]), ("reacted", &json!(id)));
        let kept = ann.reactions(id);
        assert_eq!(
            kept.iter().map(|(emoji, names)| (&**emoji, names.len())).collect::<Vec<_>>(),
            [("🎉", 1), (THUMBS, 3)]
        );
        ann.page(&format!("/messages/{id}/about")).shows("thumbs up, 3: ");
        program.end_by("-KILL");
        let program = folder.serve(&["--history", "2"]);
        let ann = program.client_of(&ann);
        assert_eq!(ann.reactions(id), kept);
        assert_eq!(reactions(&ann.messages_at(&format!("/chat?before={}", id + 1))[0]), kept);
        ann.remove_message(id);
        ann.reacts(id, THUMBS, true).expect(404);
        program.end_by("-TERM");
    }
}

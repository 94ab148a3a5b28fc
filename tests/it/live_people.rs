//! Who is here, who is typing, and that a quiet line still lives.

use crate::prelude::*;

const HTML: &str = "/events?format=html";

/// The names of those who type.
fn names(typing: &Value) -> Vec<&str> {
    typing.as_array().unwrap().iter().map(|typist| typist["name"].as_str().unwrap()).collect()
}

/// Reads on until the hint says this. That must be before the line is quiet for so long that
/// there is a heartbeat.
#[track_caller]
fn people_until(stream: &mut Stream, here: &[&str], typing: &[&str]) {
    let mut seen = Vec::new();
    while let Some(told) = stream.event()
        && told.kind != "beat"
    {
        if told.kind == "people" {
            let people = told.value();
            if people["here"] == json!(here) && names(&people["typing"]) == typing {
                assert_eq!(people.as_object().unwrap().len(), 6, "{people}");
                assert_eq!(people["all"], true);
                return;
            }
            seen.push(people);
        }
    }
    panic!("{here:?} and {typing:?} are not told, but {seen:?}");
}

fn types(client: &Client) {
    client.clone().post("/typing", &[]).expect(200);
}

#[test]
fn a_hint_is_taken_from_members_and_from_our_own_pages() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let answer = ann.post("/typing", &[]);
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok\n"), "{}", answer.head);
    ann.send("POST", "/typing", "Content-Length: 0\r\n", b"").expect(200);
    for (name, value) in
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "http://evil.example")]
    {
        assert_eq!(ann.clone().with_header(name, value).post("/typing", &[]).status, 403, "{value}");
    }
    let answer = server.visitor().post("/typing", &[]);
    assert_eq!((answer.status, answer.location()), (401, ""));
    ann.get("/typing").expect(405);
    assert_eq!(ann.texts(), Vec::<String>::new());
}

#[test]
fn who_reads_a_page_is_online_on_it_and_in_a_conversation_the_other_one_is_told() {
    let (_server, [mut ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let row = |page: &str, name: &str| {
        let of_them = format!("<bdi>{name}</bdi>");
        let mut rows = page.split("<li>").filter_map(|rest| rest.split_once("</li>"));
        let row = rows.find(|(row, _)| row.contains("data-member") && row.contains(&of_them));
        row.expect("a row").0.to_owned()
    };
    for path in ["/chat", "/search", "/rooms", "/people", "/people/bob"] {
        let page = ann.get(path).body;
        let shown = ["ann", "bob"].map(|name| row(&page, name).contains("is-here"));
        assert_eq!(shown, [true, false], "{path}: {page}");
    }
    assert!(ann.get("/people/ann/about").body.contains("· Online"));
    assert!(ann.get("/chat").body.contains("Online: ann<"));
    ann.post("/people/bob", &[("message", "hello")]).expect(303);
    assert!(!ann.get("/people/bob").body.contains("\"here\">Online"));
    let mut watching = Stream::open(&ann, HTML);
    let _other = Stream::open(&bob, "/events");
    people_until(&mut watching, &["ann", "bob"], &[]);
    assert!(ann.get("/people/bob").body.contains("Online: bob<"));
}

#[test]
fn who_watches_is_here() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let mut again = server.visitor();
    again.login("bob", PASSWORD);
    let mut watching = Stream::open(&ann, HTML);
    people_until(&mut watching, &["ann"], &[]);
    let first = Stream::open(&bob, "/chat/live");
    people_until(&mut watching, &["ann", "bob"], &[]);
    let second = Stream::open(&again, "/events");
    drop(first);
    let mut cyd = server.member("cyd");
    let third = Stream::open(&cyd, HTML);
    people_until(&mut watching, &["ann", "bob", "cyd"], &[]);
    assert!(cyd.get("/chat").body.contains("Online: ann, bob, cyd"));
    drop(second);
    people_until(&mut watching, &["ann", "cyd"], &[]);
    cyd.post("/logout", &[]).expect(303);
    people_until(&mut watching, &["ann"], &[]);
    drop(third);
    // Whoever comes is told at once who is here.
    people_until(&mut Stream::open(&ann, HTML), &["ann"], &[]);
}

#[test]
fn who_types_is_told_until_the_message_or_for_a_while() {
    let (_server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    let mut watching = Stream::open(&ann, HTML);
    types(&ann);
    types(&bob);
    people_until(&mut watching, &["ann"], &["ann", "bob"]);
    // The post ends it for one; the other's hint wears off later.
    bob.say("done").expect(303);
    people_until(&mut watching, &["ann"], &["ann"]);
    people_until(&mut watching, &["ann"], &[]);
    types(&bob);
    people_until(&mut watching, &["ann"], &["bob"]);
    // And it is news at once that another begins, while the first still types.
    types(&ann);
    people_until(&mut watching, &["ann"], &["ann", "bob"]);
    ann.say("done").expect(303);
}

#[test]
fn who_comes_while_somebody_types_is_told_while_they_still_do() {
    let (_server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let mut watching = Stream::open(&ann, HTML);
    types(&ann);
    people_until(&mut watching, &["ann"], &["ann"]);
    let _coming = Stream::open(&bob, "/events");
    people_until(&mut watching, &["ann", "bob"], &["ann"]);
}

#[test]
fn hints_are_for_our_own_page_alone() {
    let (server, [mut ann, mut bob]) = Server::open().with_members(["ann", "bob"]);
    let mut html = Stream::open(&ann, HTML);
    let mut json = Stream::open(&ann, "/events");
    let mut page = Stream::open(&ann, "/chat/live");
    let nothing_yet = ann.clone().json().get("/chat").body;
    types(&bob);
    people_until(&mut html, &["ann"], &["bob"]);
    assert_eq!(ann.clone().json().get("/chat").body, nothing_yet);
    assert!(!ann.get("/chat").body.contains("<article"));
    let id = Poster::new(server.address, &bob).say("hello");
    people_until(&mut html, &["ann"], &[]);
    bob.say("again").expect(303);
    let kinds: Vec<String> = std::iter::repeat_with(|| json.event().unwrap().kind).take(3).collect();
    assert_eq!(kinds, ["retry", "message", "message"]);
    let text = page.page_until(id);
    let (_, body) = text.split_once("<body").unwrap();
    body.lacks("class=\"people").lacks("typing");
    // Nor are they among what was missed.
    let mut missed = Stream::open(&ann, "/events?after=0");
    assert_eq!(missed.event().unwrap().kind, "retry");
    assert_eq!(missed.event().unwrap().id, Some(id));
}

#[test]
fn a_quiet_line_lives() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let mut json = Stream::open(&ann, "/events");
    let mut html = Stream::open(&ann, HTML);
    let mut page = Stream::open(&ann, "/chat/live");
    thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(json.event().unwrap().kind, "retry");
            let beat = json.event().unwrap();
            assert_eq!((beat.kind.as_str(), beat.data.as_str()), (":", ""));
        });
        scope.spawn(|| {
            let mut quiet = std::iter::from_fn(|| html.event()).skip_while(|told| told.kind != "beat");
            let beat = quiet.next().expect("a heartbeat");
            assert_eq!((beat.kind.as_str(), beat.data.as_str(), beat.id), ("beat", "", None));
        });
        scope.spawn(|| {
            // The page itself may come in pieces.
            let mut text = page.more();
            while !text.ends_with('\n') {
                text = page.more();
            }
            assert!(text.ends_with("</p>\n"), "{text}");
        });
    });
    // And it is as good as before.
    let id = Poster::new(server.address, &ann).say("hello");
    assert_eq!(json.message().unwrap().id, Some(id));
    assert_eq!(html.message().unwrap().id, Some(id));
    let people = json!({"room": 0, "here": ["ann"], "more": 0, "present": [1], "all": true, "typing": []});
    assert_eq!(Stream::open(&ann, HTML).next_of("people").value(), people);
}

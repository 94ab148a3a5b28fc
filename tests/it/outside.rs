//! Someone who is mentioned where they are not: the writer is told before sending, and may add them.

use crate::prelude::*;

fn outside(client: &Client, fields: &[(&str, &str)]) -> (Vec<String>, Value) {
    let answer = client.clone().json().post("/mentions", fields).expect(200);
    let value = answer.value();
    let name = |person: &Value| person["name"].as_str().unwrap().to_owned();
    (value["outside"].as_array().unwrap().iter().map(name).collect(), value["may_add"].clone())
}

#[test]
fn the_server_says_who_is_mentioned_and_would_not_see_it() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    for name in ["bob", "carol", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9"] {
        server.member(name);
    }
    let club = ann.open_room_called("Club", false);
    let id = club.strip_prefix("/rooms/").unwrap();
    ann.post(&format!("{club}/add"), &[("username", "carol")]).expect(303);
    let text = "@bob @BOB @carol @ann @nobody `@d1` mail x@d2.example";
    assert_eq!(outside(&ann, &[("room", id), ("message", text)]), (vec!["bob".into()], json!(true)));
    assert_eq!(outside(&ann, &[("message", text)]), (vec![], json!(false)), "everybody is in General");
    let found = ann.clone().json().get("/people?like=bob").value();
    let bob = found["people"][0]["id"].to_string();
    let with_bob = outside(&ann, &[("to", &bob), ("message", text)]);
    assert_eq!(with_bob, (vec!["carol".into()], json!(false)), "it has not begun");
    ann.post("/people/bob", &[("message", "hello")]);
    let pair = ann.clone().json().get("/people/bob").value()["messages"][0]["room"].to_string();
    assert_eq!(outside(&ann, &[("room", &pair), ("message", text)]), with_bob, "it has");
    let all = "@d1 @d2 @d3 @d4 @d5 @d6 @d7 @d8 @d9";
    assert_eq!(outside(&ann, &[("room", id), ("message", all)]).0.len(), 8);
    assert_eq!(outside(&ann, &[("room", id), ("message", " ")]).0.len(), 0);
}

#[test]
fn who_mentions_someone_outside_is_told_so_and_adds_them() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let [bob, carol] = server.members(["bob", "carol"]);
    let mut client = ann.client(&server);
    let club = client.open_room_called("Club", false);
    client.post(&format!("{club}/add"), &[("username", "carol")]);
    carol.leave_room(club.strip_prefix("/rooms/").unwrap().parse().unwrap());

    ann.browser.type_text("#message", "ask @bob ");
    ann.is_told_of_nobody_outside();
    ann.browser.clear("#message");
    ann.browser.wait_for_text(&link(&club), "Club");
    ann.follows(&link(&club));
    ann.browser.type_text("#message", "see `@bob` ");
    ann.is_told_of_nobody_outside();
    ann.browser.clear("#message");
    ann.browser.type_text("#message", "ask @bob ");
    ann.browser.wait_for_text(".outside", "bob isn't in this room and won't see this. Add bob");
    ann.browser.click(".outside button");
    ann.browser.wait_until("the line to go", || !ann.sees(".outside"));
    bob.clone().get(&club).expect(200);
    assert_eq!(ann.draft("message"), "ask @bob ");
    ann.browser.type_text("#message", "and @carol ");
    ann.browser.wait_for_text(".outside", "carol isn't in this room and won't see this. Add carol");
    ann.browser.click(".outside button");
    ann.browser.wait_for_text(".outside", "carol was invited and hasn't joined yet.");
    assert!(!ann.browser.exists(".outside button"));
    ann.writes_in("message");
    ann.enters("please");
    ann.reads("ask @bob and @carol please");
    assert!(!ann.sees(".outside"), "it is sent");

    ann.opens("/people/bob");
    ann.browser.type_text("#message", "and @carol ");
    ann.browser.wait_for_text(".outside", "carol isn't in this conversation and won't see this.");
    assert!(!ann.browser.exists(".outside button"));
    ann.has_a_quiet_console();
}

impl BrowserUser {
    /// Once the pause is over in which one may type on.
    fn is_told_of_nobody_outside(&self) {
        let js = "return new Promise(done => setTimeout(() => done(document.querySelector('.outside').hidden), 1_000))";
        assert_eq!(self.browser.execute(js, &json!([])), Value::Bool(true));
    }
}

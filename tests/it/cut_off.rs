//! A node whose engine does not answer: what it says, what it goes on to show, and for how long.

use crate::prelude::*;

const BANNER: &str =
    "<p class=\"database-away\" role=\"status\">The chat can't reach its database right now.";

/// A node, and members.
fn node_with<const N: usize>(names: [&str; N]) -> (Server, [Client; N]) {
    let node = SharedChat::default().node();
    let members = node.members(names);
    (node, members)
}

fn status(node: &Server, path: &str) -> (u16, String) {
    let answer = node.visitor().get(path);
    (answer.status, answer.body)
}

#[test]
fn a_balancer_is_told_whether_to_send_people_here() {
    let alone = Server::open();
    assert_eq!(status(&alone, "/readyz"), (200, "ok\n".into()));
    let (node, _) = node_with(["ann"]);
    wait_until("it has heard of the engine", || status(&node, "/readyz").0 == 200);
    node.seat().is_cut_off_for(5);
    assert_eq!(status(&node, "/readyz"), (503, "not ready\n".into()));
    assert_eq!(status(&node, "/healthz"), (200, "ok\n".into()));
    node.seat().is_back();
    wait_until("it is back", || status(&node, "/readyz").0 == 200);
}

#[test]
fn pages_go_on_from_memory_and_say_so_and_what_one_writes_is_kept() {
    let (node, [mut ann]) = node_with(["ann"]);
    ann.say("pomegranate").expect(303);
    let page = ann.get("/chat").body;
    assert!(page.contains("pomegranate") && !page.contains(BANNER));
    node.seat().is_cut_off_for(5);
    for path in ["/chat", "/chat", "/people", "/me", "/nowhere"] {
        assert!(ann.get(path).body.contains(BANNER), "{path}");
    }
    for path in ["/login", "/register"] {
        assert!(node.visitor().get(path).body.contains(BANNER), "{path}");
    }
    let refused = ann.say("and a fig").expect(503);
    assert!(refused.body.contains("and a fig") && refused.body.contains(BANNER));
    let told = ann.clone().json().say("and a fig").expect(503);
    assert_eq!((told.value()["error"].as_str(), told.header("retry-after")), (Some("cut_off"), "3"));
    let lists = || ann.clone().json().get("/sidebar").value();
    assert!(lists()["cut_off"].as_str().unwrap().starts_with("The chat can't reach"));
    node.seat().is_back();
    wait_until("it is back", || lists().get("cut_off").is_none());
    assert!(!ann.get("/chat").body.contains(BANNER));
    ann.say("and a fig").expect(303);
}

#[test]
fn who_signed_in_elsewhere_is_not_signed_out_where_nobody_hears_of_it() {
    let chat = SharedChat::default();
    let (north, south) = (chat.node(), chat.node());
    south.seat().is_cut_off_for(5);
    let mut ann = south.takes_over(&north.member("ann"));
    ann.get("/chat").expect(503);
    let told = ann.clone().json().get("/sidebar").expect(503).value();
    assert_eq!(told["error"], "cut_off");
    Stream::refused(&ann, "/events").expect(503);
    assert!(ann.say("and a fig").expect(503).body.contains("and a fig"));
    south.visitor().get("/chat").expect(303);
    south.seat().is_back();
    wait_until("it hears of it", || ann.get("/chat").status == 200);
}

#[test]
fn open_pages_are_told_and_told_when_it_is_over() {
    let (node, [ann]) = node_with(["ann"]);
    let mut page = Stream::open(&ann, "/events?format=html");
    let mut program = Stream::open(&ann, "/events");
    page.next_of("people");
    node.seat().is_cut_off_for(5);
    assert!(page.next_of("cut_off").data.starts_with("The chat can't reach"));
    node.seat().is_back();
    assert_eq!(page.next_of("cut_off").data, "");
    ann.clone().say("pomegranate").expect(303);
    assert_eq!(page.message().unwrap().id, program.message().unwrap().id, "and they go on");
}

#[test]
fn after_a_while_streams_end_and_none_begins_here() {
    let (node, [ann]) = node_with(["ann"]);
    let page = ann.clone().get("/chat").body;
    let live = between(&page, "<iframe class=\"messages\" src=\"", "\"").replace("&amp;", "&");
    let mut streams =
        [Stream::open(&ann, "/events?format=html"), Stream::open(&ann, "/events"), Stream::open(&ann, &live)];
    let mut socket = Socket::open(&ann, "/socket");
    node.seat().is_cut_off_for(10);
    socket.assert_closed(1013);
    let [page, program, frame] = &mut streams;
    while page.event().is_some() {}
    assert_eq!(program.message(), None);
    frame.rest();
    for refused in [
        Stream::refused(&ann, "/events"),
        Stream::refused(&ann, "/events?format=html"),
        Socket::refused(&ann, "/socket"),
    ] {
        assert_eq!(refused.status, 503, "{}", refused.body);
    }
    // Where no script runs, the frame is loaded again and again, until it is live.
    let still = Stream::refused(&ann, &live);
    assert!(
        still.status == 200 && still.body.contains(BANNER) && still.body.contains("http-equiv=\"refresh\"")
    );
    node.seat().is_back();
    Stream::open(&ann, "/events");
    Stream::open(&ann, &live);
}

#[test]
fn after_five_minutes_nobody_is_shown_anything_as_they_may_be_members_no_more() {
    let node = SharedChat::default().node_with(|settings| settings.cut_off_time = 60);
    let [mut ann, bob] = node.members(["ann", "bob"]);
    ann.say("pomegranate").expect(303);
    let live =
        between(&ann.get("/chat").body, "<iframe class=\"messages\" src=\"", "\"").replace("&amp;", "&");
    node.seat().is_cut_off_for(59);
    assert!(ann.get("/chat").expect(200).body.contains("pomegranate"));
    node.seat().is_cut_off_for(60);
    for path in [
        "/chat", &live, "/people", "/people/bob", "/owner", "/me", "/me/messages", "/sidebar",
        "/search?q=fig",
    ] {
        let page = ann.get(path).expect(503).body;
        assert!(!page.contains("pomegranate") && !page.contains("bob"), "{path}: {page}");
        let told = ann.clone().json().get(path).expect(503).value();
        assert_eq!(told["error"], "cut_off", "{path}");
    }
    for path in ["/logout", "/login", "/register"] {
        assert!(!ann.get(path).body.contains("bob"), "{path}");
    }
    assert!(ann.say("and a fig").expect(503).body.contains("and a fig"), "what was typed comes back");
    let command =
        ann.clone().post_body("/socket", "application/json", b"{\"do\":\"post\",\"message\":\"x\"}");
    assert_eq!(command.expect(503).value()["data"]["error"], "cut_off");
    node.seat().is_back();
    assert!(ann.get("/chat").expect(200).body.contains("pomegranate"));
    assert!(bob.clone().is_in());
}

//! A node that does not reach the database: it says so, keeps what people typed, and shows nothing for long that it may
//! not show any more.

use crate::prelude::*;

/// Seconds; enough for streams to end before pages do, and for all questions before that on a busy machine.
const CUT_OFF_TIME: &str = "30";

#[test]
fn a_node_that_is_cut_off_says_so_and_goes_on_when_it_is_back() {
    let Some(database) = Database::shared() else { return };
    let line = TcpProxy::to(database.address());
    let flags = ["--cut-off-time", CUT_OFF_TIME, "--history", "100"];
    let cut_off = Process::start(node_command(&database.url_through(line.address), &flags));
    let well = Process::start(node_command(&database.url(), &[]));
    let [ann, eve] = well.members(["ann", "eve"]);
    // More than memory holds.
    let ids = well.post_many(&ann, 160);
    let last = ids[159];
    let [ann_cut, eve_cut] = [&ann, &eve].map(|client| client.clone().moved_to(cut_off.address));
    wait_until("the last one", || ann_cut.messages_at("/chat").last().unwrap()["id"] == last);
    let mut streams = [&eve_cut, &eve].map(|eve| Stream::resume(eve, "/events", last));

    line.freeze();
    // Whoever posts first waits for the database, those after them for nothing.
    let draft = [("message", "what I was writing"), ("nonce", "1")];
    for _ in 0..2 {
        let page = ann_cut.clone().post("/chat", &draft).expect(503);
        assert_eq!(textarea(&page.body), "what I was writing");
    }
    let status = |client: &Client, path: &str| client.clone().get(path).status;
    wait_until("it to be no longer ready", || status(&ann_cut, "/readyz") == 503);
    assert_eq!(status(&ann_cut, "/healthz"), 200);
    wait_until("the other to be ready", || status(&ann, "/readyz") == 200);
    for (path, wanted) in [
        ("/chat", 200),
        ("/people", 200),
        ("/search?q=message", 503),
        (&*format!("/chat?before={}", ids[3]), 503),
        ("/login", 303),
    ] {
        assert_eq!(status(&ann_cut, path), wanted, "{path}");
    }

    // What happens elsewhere meanwhile is not for eve, wherever she listens.
    ann.remove_member("eve");
    ann.say_at("/chat", SECRET);
    for stream in &mut streams {
        let told = stream.rest();
        assert!(!told.contains(SECRET), "{told}");
    }
    assert_eq!(Stream::refused(&ann_cut, "/events").status, 503);
    assert_eq!(Stream::refused(&eve, "/events").status, 401);
    for path in ["/chat", "/people", "/me"] {
        wait_until("pages to end", || status(&ann_cut, path) == 503);
        assert_eq!(status(&eve_cut, path), 503);
    }
    assert_eq!(status(&ann_cut, "/healthz"), 200);

    line.mend();
    wait_until("it to be ready again", || status(&ann_cut, "/readyz") == 200);
    assert!(!eve_cut.clone().is_in());
    ann_cut.clone().post("/chat", &draft).expect(303);
    for ann in [&ann, &ann_cut] {
        wait_until("the last one", || ann.clone().texts().last().unwrap() == "what I was writing");
        let texts = ann.clone().texts();
        assert_eq!(texts[texts.len() - 2..], [SECRET, "what I was writing"]);
        assert_eq!(ann.search("q=writing").len(), 1);
    }
    assert_calm(&cut_off.log());
}

#[test]
fn a_node_that_does_not_hear_of_the_others_alone_is_cut_off() {
    let Some(database) = Database::shared() else { return };
    let node = Process::start(node_command(&database.url(), &["--cut-off-time", "15"]));
    let [ann] = node.members(["ann"]);
    let mut page = Stream::open(&ann, "/events?format=html");
    let status = |path: &str| ann.clone().get(path).status;
    wait_until("it to be ready", || status("/readyz") == 200);
    // It lives, is seen by the others and asked by them; what they write it may not read.
    database.ask("REVOKE SELECT ON feed FROM snug");
    wait_until("it to be no longer ready", || status("/readyz") == 503);
    let shown = ann.clone().get("/chat").expect(200).body;
    assert!(shown.contains("can't reach its database"), "{shown}");
    assert!(page.rest().contains("event: cut_off\n"));
    wait_until("pages to end", || status("/chat") == 503);
    database.ask("GRANT SELECT ON feed TO snug");
    wait_until("pages to be back", || status("/chat") == 200);
    wait_until("it to be ready again", || status("/readyz") == 200);
    ann.clone().say("hello").expect(303);
    assert!(node.log().contains("permission denied for table feed"), "{}", node.log());
}

#[test]
fn a_node_that_starts_without_the_database_says_why() {
    let Some(_) = Database::shared() else { return };
    let nobody = ReservedPort::port();
    let url = format!("postgres://snug@{}/chat", nobody.address);
    let (code, stdout, stderr) = outcome(node_command(&url, &[]));
    assert_eq!((code, &*stdout), (Some(1), ""), "{stderr}");
    assert!(stderr.contains(&nobody.address.to_string()) && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn without_a_synchronous_standby_a_node_warns_when_it_starts() {
    let Some(database) = Database::shared() else { return };
    let node = Process::start(node_command(&database.url(), &[]));
    wait_until("the warning", || node.log().contains("synchronous_standby_names"));
}

//! People at several nodes are in one chat: who changes node with each request misses nothing of their own, and what is
//! decided at one node holds at all.

use crate::prelude::*;

fn three_nodes() -> Option<Nodes> {
    Some(Nodes::start(&Database::shared()?.url(), 3))
}

#[test]
fn who_changes_node_with_each_request_reads_what_they_wrote() {
    let Some(nodes) = three_nodes() else { return };
    let mut ann = nodes.member("ann");
    for n in 0..20 {
        let text = format!("message {n}");
        ann.say(&text).expect(303);
        // Each connection leads to the next node.
        for _ in 0..2 {
            assert!(ann.get("/chat").body.contains(&text));
        }
    }
    let opened = ann.post("/rooms", &[("name", NAME), ("topic", TOPIC)]).expect(303);
    ann.get(opened.location()).expect(200);
}

#[test]
fn what_is_said_at_one_node_is_heard_at_all_in_one_order() {
    let Some(nodes) = three_nodes() else { return };
    let [ann, bob] = nodes.members(["ann", "bob"]);
    let first = ann.say_at("/chat", "first");
    let streams: Vec<Stream> =
        nodes.at_each(&bob).iter().map(|bob| Stream::resume(bob, "/events", first)).collect();
    let anns = nodes.at_each(&ann);
    let ids: Vec<u64> = (0..30).map(|n| anns[n % 3].say_at("/chat", &format!("message {n}"))).collect();
    anns[0].edit_message(ids[1], "edited");
    anns[1].remove_message(ids[2]);
    let end = anns[2].say_at("/chat", "end");
    let heard: Vec<Vec<StreamEvent>> =
        streams.into_iter().map(|mut stream| stream.changes_until(end)).collect();
    assert_eq!(heard[0], heard[1]);
    assert_eq!(heard[0], heard[2]);
    let kinds: Vec<&str> = heard[0].iter().map(|told| &*told.kind).collect();
    assert_eq!(kinds[30..], ["edited", "removed", "message"]);
    // And so is what was missed, whichever node somebody comes back to.
    for bob in nodes.at_each(&bob) {
        assert_eq!(Stream::resume(&bob, "/events", ids[9]).changes_until(end), heard[0][10..]);
    }
}

#[test]
fn who_is_removed_hears_and_reads_nothing_more_at_any_node() {
    let Some(nodes) = three_nodes() else { return };
    let [ann, eve] = nodes.members(["ann", "eve"]);
    let first = ann.say_at("/chat", "first");
    let eves = nodes.at_each(&eve);
    let mut streams: Vec<Stream> = eves.iter().map(|eve| Stream::resume(eve, "/events", first)).collect();
    streams.extend(eves.iter().map(|eve| Stream::resume(eve, "/events?format=html", first)));
    let mut sockets: Vec<Socket> = eves.iter().map(|eve| Socket::open(eve, "/socket")).collect();
    ann.remove_member("eve");
    ann.say_at("/chat", SECRET);
    for stream in &mut streams {
        let told = stream.rest();
        assert!(!told.contains(SECRET), "{told}");
    }
    for socket in &mut sockets {
        assert_eq!(socket.message(), None);
    }
    for mut eve in eves {
        assert!(!eve.is_in());
        eve.login("eve", PASSWORD).expect(401);
        eve.json().post("/chat", &[("message", "still here")]).expect(401);
    }
}

#[test]
fn a_session_ends_and_a_password_changes_at_all_nodes() {
    let Some(nodes) = three_nodes() else { return };
    let mut ann = nodes.member("ann");
    // One person knows what they did elsewhere.
    let mut phone = nodes.visitor();
    phone.seq = ann.seq.clone();
    phone.login("ann", PASSWORD).expect(303);
    let fields = [("current", PASSWORD), ("password", "another horse")];
    ann.post("/me/password", &fields).expect(303);
    for node in &nodes.running {
        // The cookie of what was written brings the node up to it.
        assert!(ann.clone().moved_to(node.address).is_in());
        assert!(!phone.clone().moved_to(node.address).is_in());
        node.visitor().login("ann", PASSWORD).expect(401);
        node.visitor().login("ann", "another horse").expect(303);
    }
    let old = ann.clone();
    ann.post("/logout", &[]).expect(303);
    for old in nodes.at_each(&old) {
        assert!(!old.clone().is_in());
    }
}

#[test]
fn who_is_there_and_who_types_is_known_at_all_nodes() {
    // Who is there is told to pages.
    const EVENTS: &str = "/events?format=html&room=0";
    let Some(nodes) = three_nodes() else { return };
    let [ann, bob] = nodes.members(["ann", "bob"]);
    let [anns, bobs] = [&ann, &bob].map(|client| nodes.at_each(client));
    let mut at_first = Stream::open(&anns[0], EVENTS);
    let at_second = Stream::open(&bobs[1], EVENTS);
    let tells = |stream: &mut Stream, what: &str, name: &str, is_there: bool| {
        let listed = |people: Value| people[what].to_string().contains(name);
        while listed(stream.next_of("people").value()) != is_there {}
    };
    tells(&mut at_first, "here", "bob", true);
    let mut third = Stream::open(&anns[2], EVENTS);
    bobs[1].clone().post("/typing", &[("room", "0")]).expect(200);
    tells(&mut third, "typing", "bob", true);
    drop(at_second);
    tells(&mut at_first, "here", "bob", false);
}

#[test]
fn of_many_who_want_one_name_at_different_nodes_one_gets_it() {
    let Some(nodes) = three_nodes() else { return };
    let statuses: Vec<u16> = thread::scope(|scope| {
        let tries: Vec<_> = (0..12)
            .map(|n| nodes.running[n % 3].visitor())
            .map(|mut visitor| scope.spawn(move || visitor.register("ann", PASSWORD).status))
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 11, "{statuses:?}");
}

#[test]
fn a_message_that_is_sent_again_by_another_node_is_there_once() {
    let Some(nodes) = three_nodes() else { return };
    let anns = nodes.at_each(&nodes.member("ann"));
    for n in 0..10 {
        let (text, nonce) = (format!("message {n}"), format!("nonce-{n}"));
        let ids: BTreeSet<u64> = thread::scope(|scope| {
            let post = |ann: &Client| {
                let fields = [("message", &*text), ("nonce", &*nonce)];
                ann.clone().json().post("/chat", &fields).expect(201).value()["id"].as_u64().unwrap()
            };
            let posts: Vec<_> = anns.iter().map(|ann| scope.spawn(move || post(ann))).collect();
            posts.into_iter().map(|post| post.join().unwrap()).collect()
        });
        assert_eq!(ids.len(), 1, "{ids:?}");
    }
    assert_eq!(nodes.history(&anns[0]).len(), 10);
}

#[test]
fn owners_see_the_nodes() {
    let Some(nodes) = three_nodes() else { return };
    let [ann, bob] = nodes.members(["ann", "bob"]);
    wait_until("all nodes on the page", || {
        let page = ann.page("/owner/nodes");
        page.contains("PostgreSQL 1") && page.matches(env!("CARGO_PKG_VERSION")).count() >= 3
    });
    bob.clone().get("/owner/nodes").expect(403);
}

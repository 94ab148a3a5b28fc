//! The node of somebody who listens goes, or misses too much: they go on at another, or anew, with all that was said, once.

use crate::prelude::*;

/// How a node goes: killed, or replaced.
const ENDS: [&str; 2] = ["-KILL", "-TERM"];

/// Two nodes, with somebody who talks at the second, and somebody at the first who hears it.
struct Talk {
    nodes: Nodes,
    ann: Client,
    bob: Client,
    said: Vec<u64>,
}

impl Talk {
    fn begin(database: &Database) -> Self {
        let nodes = Nodes::start(&database.url(), 2);
        let [ann, bob] = nodes.members(["ann", "bob"]);
        let [bob, ann] = [(bob, 0), (ann, 1)].map(|(who, at)| who.moved_to(nodes.running[at].address));
        let mut talk = Self { nodes, ann, bob, said: Vec::new() };
        talk.goes_on();
        talk
    }

    /// Ann says some more; the last of it.
    fn goes_on(&mut self) -> u64 {
        for _ in 0..5 {
            self.said.push(self.ann.say_at("/chat", &format!("message {}", self.said.len())));
        }
        self.last()
    }

    fn last(&self) -> u64 {
        *self.said.last().unwrap()
    }

    /// The first node goes, and bob gets to the other one.
    fn loses_a_node(&mut self, signal: &str) {
        let gone = self.nodes.running.remove(0);
        gone.end_by(signal);
        self.bob = self.bob.clone().moved_to(self.nodes.running[0].address);
    }

    /// What the feed has is no more than the newest record.
    fn forgets_the_way(&self, database: &Database) {
        database.ask(
            "WITH gone AS (DELETE FROM feed WHERE seq < (SELECT max(seq) FROM feed) RETURNING seq)
            UPDATE numbering SET feed_from = (SELECT max(seq) FROM gone)",
        );
        self.nodes.assert_calm();
    }
}

#[test]
fn a_websocket_goes_on_at_another_node_with_what_came_meanwhile() {
    for signal in ENDS {
        let Some(database) = Database::shared() else { return };
        let mut talk = Talk::begin(&database);
        let mut socket = Socket::open(&talk.bob, &format!("/socket?after={}", talk.said[1]));
        let mut heard = socket.ids_until(talk.said[3]);
        let own = json!({"do": "post", "room": 0, "message": "from bob", "nonce": "once"});
        let before = socket.command(&own);
        talk.loses_a_node(signal);
        let closed = socket.ended();
        assert_eq!(closed.map(|closed| closed.code), (signal == "-TERM").then_some(1001));
        let last = talk.goes_on();
        let target = format!("/socket?after={}", heard.last().unwrap());
        let mut socket = Socket::open(&talk.bob, &target);
        heard.extend(socket.ids_until(last));
        // Its answer may have been lost, so it is said again.
        let again = socket.command(&own);
        assert_eq!((&again["status"], &again["data"]), (&json!(201), &before["data"]));
        let end = talk.goes_on();
        heard.extend(socket.ids_until(end));
        talk.said.push(before["data"]["id"].as_u64().unwrap());
        talk.said.sort_unstable();
        assert_eq!(heard, talk.said[2..], "{signal}");
        talk.nodes.assert_calm();
    }
}

#[test]
fn a_frame_is_whole_at_another_node() {
    for signal in ENDS {
        let Some(database) = Database::shared() else { return };
        let mut talk = Talk::begin(&database);
        let page = talk.bob.page("/chat");
        let address = between(&page, "<iframe class=\"messages\" src=\"", "\"").replace("&amp;", "&");
        let mut frame = Stream::open(&talk.bob, address.split('#').next().unwrap());
        let last = talk.goes_on();
        let shown = frame.page_until(last);
        assert_eq!(page_ids(&shown), talk.said);
        // Where it loads itself again.
        let again = between(&shown, "http-equiv=\"refresh\" content=\"", "\"").replace("&amp;", "&");
        let again = again.split_once("url=").unwrap().1.to_owned();
        talk.loses_a_node(signal);
        frame.rest();
        let last = talk.goes_on();
        let mut frame = Stream::open(&talk.bob, &again);
        assert_eq!(page_ids(&frame.page_until(last)), talk.said);
        let last = talk.goes_on();
        assert_eq!(page_ids(&frame.page_until(last)), talk.said, "{signal}");
    }
}

#[test]
fn a_node_that_cannot_follow_begins_anew_and_has_those_who_listen_begin_anew() {
    let Some(database) = Database::shared() else { return };
    let mut talk = Talk::begin(&database);
    let (from, bob) = (talk.last(), talk.bob.clone());
    let mut streams = ["/events", "/events?format=html"].map(|target| Stream::resume(&bob, target, from));
    let mut socket = Socket::open(&bob, "/socket");
    let mut frame = Stream::open(&bob, "/chat/live");
    let mut others = Stream::resume(&bob.clone().moved_to(talk.nodes.running[1].address), "/events", from);
    talk.nodes.running[0].signal("-STOP");
    let removed = talk.said[2];
    talk.ann.remove_message(removed);
    let last = talk.goes_on();
    talk.forgets_the_way(&database);
    talk.nodes.running[0].signal("-CONT");
    for stream in &mut streams {
        stream.next_of("reload");
        assert_eq!(stream.event(), None, "and it ends");
    }
    assert!(socket.next_among(&["reload"]).is_some());
    socket.assert_closed(1000);
    frame.rest();
    // Who comes back has missed what nobody can tell, also by what was asked before.
    assert!(Stream::refused(&bob, &format!("/events?after={from}")).body.contains("event: reload"));
    bob.clone().json().get(&format!("/chat?after={from}")).expect(410);
    talk.said.retain(|id| *id != removed);
    let ids = |client: &Client| {
        let messages = client.messages_at("/chat");
        messages.iter().map(|message| message["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    for client in talk.nodes.at_each(&bob) {
        assert_eq!(ids(&client), talk.said);
    }
    // And from there on it follows.
    let mut stream = Stream::resume(&bob, "/events", last);
    let end = talk.goes_on();
    let new = &talk.said[talk.said.len() - 5..];
    assert_eq!(stream.ids_until(end), new);
    let seen = event_ids(&others.changes_until(end));
    assert_eq!(seen.len(), 11, "nobody else is disturbed: {seen:?}");
    talk.nodes.assert_calm();
}

#[test]
fn a_page_whose_node_cannot_follow_is_loaded_anew_by_itself_and_keeps_the_draft() {
    let Some(database) = Database::shared() else { return };
    let mut talk = Talk::begin(&database);
    let Some(bob) = BrowserUser::follows_from(&talk.bob, "bob", true) else { return };
    talk.goes_on();
    bob.reads("message 9");
    bob.browser.type_text("#message", "half a thought");
    talk.nodes.running[0].signal("-STOP");
    talk.goes_on();
    talk.forgets_the_way(&database);
    bob.turns_page(|_| talk.nodes.running[0].signal("-CONT"));
    bob.reads("message 14");
    assert_eq!(bob.heard(), talk.said);
    assert_eq!(bob.draft("message"), "half a thought");
    talk.goes_on();
    bob.reads("message 19");
    bob.browser.type_text("#message", ", and the rest\n");
    bob.reads("half a thought, and the rest");
    bob.has_nothing_left_to_send();
}

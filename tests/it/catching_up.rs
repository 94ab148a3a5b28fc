//! Whoever was away while messages were answered, reacted to, pinned, edited and removed, in any order, ends with what a
//! page has that is loaded anew: also where memory let the messages go, and after the process was killed.

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use crate::prelude::*;

const SHORT: [&str; 6] = ["--history", "8", "--post-rate", "0", "--streams-per-member", "60"];

/// What a program makes of what it is told. The texts of this story have no formatting: an excerpt is the text.
#[derive(Clone, Default, Debug, PartialEq)]
struct Seen(BTreeMap<u64, Value>);

impl Seen {
    fn put(&mut self, message: &Value) {
        let id = message["id"].as_u64().unwrap();
        self.0.insert(id, message.clone());
        self.quote(id, &message["text"]);
    }

    fn remove(&mut self, id: u64) {
        self.0.remove(&id);
        self.quote(id, &Value::Null);
    }

    fn quote(&mut self, id: u64, text: &Value) {
        let replies = self.0.values_mut().filter(|one| one["reply_to"]["id"] == id);
        replies.for_each(|reply| reply["reply_to"]["excerpt"] = text.clone());
    }

    /// What it is after all this was told. What a stream and a socket tell of one message may be of two moments.
    fn told(mut self, who: &Client, events: &[StreamEvent]) -> Self {
        for event in events {
            self.hear(who, event);
        }
        self
    }

    fn hear(&mut self, who: &Client, told: &StreamEvent) {
        let (told, id) = (told.value(), told.value()["id"].as_u64().unwrap());
        if told["text"].is_string() {
            return self.put(&told);
        }
        // Removed, or changed where memory has let it go: then a program asks.
        let answer = who.clone().json().get(&format!("/messages/{id}"));
        if answer.status == 404 { self.remove(id) } else { self.put(&answer.expect(200).value()) }
    }

    /// Asks until there is no more.
    fn ask(&mut self, who: &Client, mut after: u64, last: u64) -> u64 {
        while after < last {
            let answer = who.read_json(&format!("/chat?after={after}"));
            let all = |name: &str| answer[name].as_array().unwrap().clone();
            all("messages").iter().chain(&all("edited")).for_each(|message| self.put(message));
            for id in all("removed") {
                self.remove(id.as_u64().unwrap());
            }
            after = answer["seq"].as_u64().unwrap();
        }
        after
    }
}

/// What one of two members does; to the n-th message of those that were there.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Say,
    Reply(usize),
    Edit(usize),
    Remove(usize),
    React(usize, usize, bool),
    Pin(usize, bool),
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let at = any::<usize>;
    let deed = prop_oneof![
        3 => Just(Deed::Say),
        3 => at().prop_map(Deed::Reply),
        3 => at().prop_map(Deed::Edit),
        2 => at().prop_map(Deed::Remove),
        5 => (at(), 0..3usize, prop::bool::weighted(0.7)).prop_map(|(at, emoji, on)| Deed::React(at, emoji, on)),
        2 => (at(), any::<bool>()).prop_map(|(at, on)| Deed::Pin(at, on)),
    ];
    prop::collection::vec((0..4usize, deed), 0..30)
}

fn carry_out(who: &Client, said: &mut Vec<u64>, text: &str, deed: Deed) {
    let message = |at: usize| said.get(at % said.len().max(1)).copied().unwrap_or_default();
    let json = || who.clone().json();
    let on = |on: bool| if on { "1" } else { "0" };
    // Some are another's, some are gone, and some come too fast.
    match deed {
        Deed::Say => said.push(who.say_at("/chat", text)),
        Deed::Reply(at) => {
            let fields = [("message", text), ("reply_to", &message(at).to_string())];
            let answer = json().post("/chat", &fields);
            said.extend((answer.status == 201).then(|| answer.value()["id"].as_u64().unwrap()));
        }
        Deed::Edit(at) => drop(who.try_edit_message(message(at), text)),
        Deed::Remove(at) => drop(who.try_remove_message(message(at))),
        Deed::React(at, emoji, wanted) => {
            let fields = [("emoji", ["👍", "🎉", "❤️"][emoji]), ("on", on(wanted))];
            drop(json().post(&format!("/messages/{}/react", message(at)), &fields));
        }
        Deed::Pin(at, wanted) => {
            drop(json().post(&format!("/messages/{}/pin", message(at)), &[("on", on(wanted))]));
        }
    }
}

/// Without what depends on the reader, or on what stands before.
fn for_nobody(markup: &str) -> String {
    let parts = [
        " class=\"grouped\"", " tabindex=\"-1\"", " aria-pressed=\"true\"", " aria-pressed=\"false\"",
        " value=\"0\"", " value=\"1\"",
    ];
    parts.iter().fold(markup.to_owned(), |markup, part| markup.replace(part, ""))
}

#[test]
fn whoever_was_away_ends_with_what_is_there() {
    let folder = TempDir::new();
    let mut program = folder.serve(&SHORT);
    let mut people = program.members(["ann", "bob", "cyd", "dan"]);
    let (mut late, mut after) = (Seen::default(), 0);
    let mut said = Vec::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for round in 0..24 {
        // Whoever hears all while it happens.
        let from = format!("/socket?after={after}");
        let mut stream = Stream::resume(&people[1], "/events", after);
        let mut socket = Socket::open(&people[1], &from);
        let tree = deeds().new_tree(&mut runner).unwrap();
        for (n, (who, deed)) in tree.current().into_iter().enumerate() {
            carry_out(&people[who], &mut said, &format!("{round} {n}"), deed);
        }
        let last = people[0].say_at("/chat", "end of a round");
        said.push(last);
        let live = [stream.changes_until(last), socket.changes_until(last)];
        let mut seen = live.map(|told| late.clone().told(&people[1], &told)).to_vec();
        if round % 6 == 5 {
            program.end_by("-KILL");
            program = folder.serve(&SHORT);
            people = people.map(|one| program.client_of(&one));
        }
        // Whoever comes back.
        let missed = Stream::resume(&people[2], "/events", after).changes_until(last);
        seen.push(late.clone().told(&people[2], &missed));
        let missed = Socket::open(&people[2], &from).changes_until(last);
        seen.push(late.clone().told(&people[2], &missed));
        let mut markup = Stream::resume(&people[2], "/events?format=html", after);
        let page = people[2].page("/chat");
        let page = for_nobody(&page);
        for told in markup.changes_until(last) {
            // Where days begin depends on what else a page shows.
            let data = for_nobody(&told.data[told.data.find("<article").unwrap_or_default()..]);
            let is_shown = page_ids(&page).iter().any(|id| data.contains(&format!("id=\"m{id}\"")));
            assert!(!is_shown || told.kind == "message" || page.contains(&data), "round {round}: {data}");
        }
        after = late.ask(&people[3], after, last);
        let now = people[3].all_messages();
        assert_eq!(late.0.values().cloned().collect::<Vec<_>>(), now, "round {round}");
        for seen in &seen {
            assert_eq!(seen, &late, "round {round}");
        }
    }
    let reacted = |one: &&Value| one["reactions"].is_array();
    let all = people[0].all_messages();
    assert!(all.iter().filter(reacted).count() > 5, "people react");
    assert!(
        all.iter().any(|one| one["pinned"].is_object()) && all.iter().any(|one| one["reply_to"].is_object())
    );
}

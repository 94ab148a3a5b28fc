//! Changes that were missed.

use super::*;

#[test]
fn whoever_was_away_is_told_what_became_of_what_they_had_in_order_and_once() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let ids: Vec<u64> = (0..6).map(|n| ann.say_at("/chat", &format!("{SECRET} {n}"))).collect();
    let away = ids[5];
    ann.edit_message(ids[0], "edited once");
    ann.edit_message(ids[1], &format!("{SECRET} for a moment"));
    let new = ann.say_at("/chat", "new");
    ann.remove_message(ids[2]);
    ann.edit_message(ids[1], "edited again");
    ann.edit_message(ids[3], &format!("{SECRET} before it was removed"));
    ann.remove_message(ids[3]);
    let short = ann.say_at("/chat", SECRET);
    ann.remove_message(short);
    ann.edit_message(new, "new, and edited");
    let last = ann.say_at("/chat", "last");
    let expected = [
        ("edited", ids[0]),
        ("message", new),
        ("removed", ids[2]),
        ("edited", ids[1]),
        ("removed", ids[3]),
        ("message", last),
    ];
    let mut stream = Stream::resume(&ann, "/events", away);
    let told = stream.changes_until(last);
    assert_eq!(outline(&told), expected);
    let mut html = Stream::resume(&ann, "/events?format=html", away);
    let as_html = html.changes_until(last);
    let head =
        |told: &[StreamEvent]| told.iter().map(|told| (told.kind.clone(), told.id)).collect::<Vec<_>>();
    assert_eq!(head(&as_html), head(&told));
    assert!(told.iter().chain(&as_html).all(|told| !told.data.contains(SECRET)));
    let page = ann.page("/chat");
    for told in as_html.iter().filter(|told| told.kind != "removed") {
        assert!(page.contains(&told.data), "{} is the page's", told.data);
    }
    // From after a change on, that one is not told again.
    for (n, change) in told.iter().enumerate().take(5) {
        let mut rest = Stream::resume(&ann, "/events", change.id.unwrap());
        let mut rest = rest.changes_until(last);
        // Who has the newer message, but not what came after it, has it with its newest text already.
        rest.retain(|told| told.kind != "edited" || told.value()["id"] != new);
        assert_eq!(rest, told[n + 1..], "after {change:?}");
        assert!(rest.iter().all(|told| told.id > change.id));
    }
}

#[test]
fn whoever_missed_more_changes_than_are_known_loads_the_page_anew() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let half = CHANGES_MAX / 2;
    let (mut here, mut notes) = (Vec::new(), Vec::new());
    for n in 0..=half {
        here.push(ann.say_at("/chat", &n.to_string()));
        notes.push(ann.say_at("/people/ann", &n.to_string()));
    }
    let away = notes[half];
    for n in 0..half {
        ann.edit_message(here[n], "edited");
        ann.edit_message(notes[n], "edited");
    }
    let first = here[..3].to_vec();
    let answer = |after: u64| bob.clone().json().get(&format!("/chat?after={after}"));
    let edited = |after: u64| {
        let answer = answer(after).value();
        let ids = answer["edited"].as_array().unwrap().iter().map(|message| message["id"].as_u64().unwrap());
        ids.collect::<Vec<_>>()
    };
    // Of one message, only the newest is known.
    for n in 0..3 {
        ann.edit_message(first[0], &format!("more {n}"));
    }
    assert_eq!(edited(away), [&here[1..half], &first[..1]].concat(), "all are known still");
    // Each room has as many; one more here, and the oldest here goes, which is the second edit here.
    ann.edit_message(here[half], "edited");
    ann.edit_message(notes[half], "edited");
    let forgotten = away + 3;
    for after in [away, forgotten - 1] {
        let asked = Stream::ask(&bob, &format!("/events?after={after}"), "");
        assert!(asked.is_err_and(|answer| answer.body == "retry: 2000\n\nevent: reload\ndata:\n\n"));
        // A program is not left to believe that nothing changed.
        answer(after).expect(410);
    }
    let known = [&here[2..half], &first[..1], &here[half..]].concat();
    assert_eq!(edited(forgotten), known);
    let mut stream = Stream::resume(&bob, "/events", forgotten);
    let told: Vec<StreamEvent> = known.iter().map(|_| stream.next_change()).collect();
    assert_eq!(outline(&told), known.iter().map(|id| ("edited", *id)).collect::<Vec<_>>());
}

#[test]
fn what_is_told_of_missed_changes_is_bounded_in_bytes() {
    let (_server, [ann]) = Server::unlimited().with_members(["ann"]);
    let ids: Vec<u64> = (0..100).map(|n| ann.say_at("/chat", &n.to_string())).collect();
    for id in &ids {
        ann.edit_message(*id, &"🙂".repeat(4_000));
    }
    let asked = Stream::ask(&ann, &format!("/events?after={}", ids[99]), "");
    assert!(asked.is_err_and(|answer| answer.body.contains("event: reload\n")), "1.6 MB are told at once");
}

/// What one of two members does.
#[derive(Clone, Debug)]
enum Deed {
    Say,
    Edit(usize),
    Remove(usize),
    Ask,
}

fn deeds() -> impl Strategy<Value = Vec<(bool, Deed)>> {
    let deed = prop_oneof![
        5 => Just(Deed::Say),
        3 => any::<usize>().prop_map(Deed::Edit),
        2 => any::<usize>().prop_map(Deed::Remove),
        2 => Just(Deed::Ask),
    ];
    prop::collection::vec((any::<bool>(), deed), 0..90)
}

#[test]
fn programs_that_ask_and_programs_that_listen_end_with_what_the_page_has() {
    let (_server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let (mut late, mut often) = (Seen::default(), Seen::default());
    let (mut late_at, mut often_at) = (0, 0);
    let mut stream = Stream::open(&ann, "/events");
    let mut heard = Seen::default();
    let mut said = Vec::new();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for round in 0..12 {
        let tree = deeds().new_tree(&mut runner).unwrap();
        for (n, (first, deed)) in proptest::strategy::ValueTree::current(&tree).into_iter().enumerate() {
            let who = if first { &ann } else { &bob };
            let text = format!("{round} {n}");
            let message = |at: usize| said.get(at % said.len().max(1)).copied().unwrap_or_default();
            match deed {
                Deed::Say => said.push(who.say_at("/chat", &text)),
                // Some are another's, and some are gone.
                Deed::Edit(at) => drop(who.try_edit_message(message(at), &text)),
                Deed::Remove(at) => drop(who.try_remove_message(message(at))),
                Deed::Ask => often_at = often.ask(&bob, "/chat", often_at),
            }
        }
        let last = ann.say_at("/chat", "end of a round");
        said.push(last);
        for told in stream.changes_until(last) {
            heard.hear(&told);
        }
        // Those who are far behind ask until there is no more.
        for (seen, at) in [(&mut late, &mut late_at), (&mut often, &mut often_at)] {
            while *at < last {
                *at = seen.ask(&bob, "/chat", *at);
            }
        }
        let now = bob.all_messages();
        assert_eq!(late.0.values().cloned().collect::<Vec<_>>(), now);
        assert_eq!(often, late);
        assert_eq!(heard, late);
    }
}

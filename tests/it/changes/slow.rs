//! Readers who are slow, and many changes.

use super::*;

/// Messages that are more than the sockets' buffers hold (not a quarter of them), and less than what is kept for
/// those who are slow; said well before a reader who takes nothing is given up.
const FULL: usize = 60;

fn fills_the_line(poster: &mut Poster) {
    for n in 0..FULL {
        poster.say(&"🙂".repeat(3_900 + n % 100));
    }
}

/// A stream of which only the head was read.
fn narrow(server: &Server, client: &Client) -> Stream {
    PendingStream::narrow(server.address, client, "/events")
        .answer()
        .unwrap_or_else(|answer| panic!("{answer:?}"))
}

#[test]
fn what_was_removed_before_somebody_slow_read_it_never_comes_to_them() {
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    let (mut late, mut healthy) = (narrow(&server, &ann), Stream::open(&ann, "/events"));
    let mut poster = Poster::new(server.address, &ann);
    fills_the_line(&mut poster);
    let gone = poster.say(SECRET);
    let changed = poster.say(&format!("{SECRET}, too"));
    healthy.ids_until(changed);
    ann.remove_message(gone);
    ann.edit_message(changed, "something else");
    let last = poster.say("last");
    let told = late.changes_until(last);
    assert!(told.iter().all(|told| !told.data.contains(SECRET)), "{:?}", &told[FULL..]);
    let expected = [("message", changed), ("removed", gone), ("edited", changed), ("message", last)];
    assert_eq!(outline(&told)[FULL..], expected);
    assert_eq!(told[FULL].value()["text"], "something else");
}

#[test]
fn what_an_edit_said_before_another_never_comes_to_somebody_slow() {
    let (server, [ann]) = Server::unlimited().with_members(["ann"]);
    let (mut late, mut healthy) = (narrow(&server, &ann), Stream::open(&ann, "/events"));
    let mut poster = Poster::new(server.address, &ann);
    let ids = ["one", "two"].map(|text| poster.say(text));
    fills_the_line(&mut poster);
    for id in ids {
        ann.edit_message(id, SECRET);
    }
    // Somebody was told, so that it is kept as it was told.
    let marker = poster.say("marker");
    healthy.changes_until(marker);
    ann.remove_message(ids[0]);
    ann.edit_message(ids[1], "something else");
    let last = poster.say("last");
    let told = late.changes_until(last);
    let leaked: Vec<_> = told.iter().filter(|told| told.data.contains(SECRET)).collect();
    assert!(leaked.is_empty(), "{leaked:?}");
}

#[test]
fn a_flood_of_messages_that_are_removed_at_once_ends_nobodys_stream() {
    const WATCHERS: usize = 20;
    const FLOOD: usize = 600;
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let begin = ann.say_at("/chat", "begin");
    let mut streams: Vec<Stream> = (0..WATCHERS).map(|_| Stream::open(&bob, "/events")).collect();
    let (last, views) = thread::scope(|scope| {
        let watching: Vec<_> = streams
            .iter_mut()
            .map(|stream| {
                scope.spawn(|| {
                    let mut seen = Seen::default();
                    loop {
                        let told = stream.next_change();
                        seen.hear(&told);
                        if told.data.contains("the end of it") {
                            return seen;
                        }
                    }
                })
            })
            .collect();
        let mut poster = Poster::new(server.address, &ann);
        for n in 0..FLOOD {
            let id = poster.say(&format!("{SECRET} {n}"));
            if n % 100 == 0 {
                ann.edit_message(id, &format!("kept {n}"));
            } else {
                ann.remove_message(id);
            }
        }
        let last = poster.say("the end of it");
        (last, watching.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>())
    });
    let kept: Vec<Value> = ann.all_messages().into_iter().skip(1).collect();
    assert_eq!(kept.len(), FLOOD / 100 + 1);
    for view in views {
        assert_eq!(view.all(), kept);
    }
    let mut missed = Stream::resume(&bob, "/events", begin);
    let told = missed.changes_until(last);
    assert_eq!(told.iter().map(StreamEvent::value).collect::<Vec<_>>(), kept);
    assert!(!bob.page("/chat").contains(SECRET));
}

//! A line that breaks, anywhere, and is taken up again.

use crate::prelude::*;

/// With characters of two, three and four bytes, and line breaks.
const TEXTS: [&str; 3] = ["one", "zw\u{f6}i\n\u{928} 🙂", "three: <b>"];
/// Streams or sockets that are open at the same time, each cut one byte later.
const AT_ONCE: usize = 60;

/// Streams of a few messages, each cut after one byte more, and taken up where it was whole.
fn cut_everywhere(target: &str, live: bool) {
    let (server, [ann]) =
        Server::with(|settings| (settings.post_rate, settings.streams_per_member) = (0, 1_000))
            .with_members(["ann"]);
    let mut poster = Poster::new(server.address, &ann);
    let open = |target: &str| (0..AT_ONCE).map(|_| Stream::open(&ann, target)).collect::<Vec<_>>();
    let mut cut = 0;
    for _ in 0..30 {
        let before = poster.say("before");
        let mut streams = if live { open(target) } else { Vec::new() };
        let ids = TEXTS.map(|text| poster.say(text));
        let from = format!("{target}&after={before}");
        let mut uncut = Stream::open(&ann, &from);
        assert_eq!(uncut.ids_until(ids[2]), ids);
        if !live {
            streams = open(&from);
        }
        for (index, stream) in streams.into_iter().enumerate() {
            if cut > uncut.understood {
                return;
            }
            let mut seen = stream.cut_after(cut);
            let last = seen.last().copied().unwrap_or(before);
            assert_eq!(seen, ids[..seen.len()]);
            cut += 1;
            if seen.len() == ids.len() {
                continue;
            }
            let mut rest = if index % 2 == 0 {
                Stream::resume(&ann, target, last)
            } else {
                Stream::open(&ann, &format!("{target}&after={last}"))
            };
            seen.extend(rest.ids_until(ids[2]));
            assert_eq!(seen, ids, "cut after {cut} bytes, resumed after {last}");
        }
    }
    panic!("not done after {cut} bytes");
}

#[test]
fn cut_anywhere_in_what_was_missed_nothing_is_lost_or_double() {
    cut_everywhere("/events?format=json", false);
}

#[test]
fn cut_anywhere_in_fragments_nothing_is_lost_or_double() {
    cut_everywhere("/events?format=html", false);
}

#[test]
fn cut_anywhere_in_what_comes_live_nothing_is_lost_or_double() {
    cut_everywhere("/events?format=json", true);
}

#[test]
fn a_socket_cut_anywhere_loses_nothing_and_tells_nothing_twice() {
    let (server, [ann]) =
        Server::with(|settings| (settings.post_rate, settings.streams_per_member) = (0, 1_000))
            .with_members(["ann"]);
    let mut poster = Poster::new(server.address, &ann);
    let from = |after: u64| Socket::open(&ann, &format!("/socket?after={after}"));
    for live in [false, true] {
        let mut cut = 0;
        let mut is_done = false;
        while !is_done {
            let before = poster.say("before");
            let open = || (0..AT_ONCE).map(|_| from(before)).collect::<Vec<_>>();
            let mut sockets = if live { open() } else { Vec::new() };
            let ids = TEXTS.map(|text| poster.say(text));
            let mut uncut = from(before);
            assert_eq!(uncut.ids_until(ids[2]), ids);
            if !live {
                sockets = open();
            }
            for socket in sockets {
                is_done = cut > uncut.understood;
                if is_done {
                    break;
                }
                let mut seen = socket.cut_after(cut);
                assert_eq!(seen, ids[..seen.len()]);
                let last = seen.last().copied().unwrap_or(before);
                if last < ids[2] {
                    seen.extend(from(last).ids_until(ids[2]));
                }
                assert_eq!(seen, ids, "cut after {cut} bytes, resumed after {last}, live: {live}");
                cut += 1;
            }
        }
    }
}

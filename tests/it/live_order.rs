//! Everybody gets every message once and in order, however many speak and watch at once.

use std::sync::mpsc::sync_channel;

use crate::prelude::*;

const POSTERS: usize = 16;
const MESSAGES: usize = 10;
const READERS: usize = 200;

fn crowded_house() -> Server {
    Server::with(|settings| (settings.post_rate, settings.streams_per_member) = (0, READERS))
}

#[test]
fn two_hundred_readers_get_what_sixteen_say_at_once_in_one_order_and_once() {
    let server = crowded_house();
    let members: Vec<Client> = (0..POSTERS).map(|n| server.member(&format!("author{n}"))).collect();
    let forms = ["/events", "/events?format=html"];
    let mut readers: Vec<Stream> =
        (0..READERS).map(|n| Stream::open(&members[n % POSTERS], forms[n / POSTERS % 2])).collect();
    let mut said: Vec<Vec<u64>> = Vec::new();
    let mut seen: Vec<Vec<u64>> = Vec::new();
    thread::scope(|scope| {
        let posters: Vec<_> = members
            .iter()
            .map(|member| {
                let mut poster = Poster::new(server.address, member);
                scope.spawn(move || (0..MESSAGES).map(|n| poster.say(&n.to_string())).collect::<Vec<_>>())
            })
            .collect();
        let reading = |readers: &mut [Stream]| {
            let all = |stream: &mut Stream| {
                let next = || stream.message().and_then(|told| told.id).expect("another message");
                std::iter::repeat_with(next).take(POSTERS * MESSAGES).collect::<Vec<_>>()
            };
            readers.iter_mut().map(all).collect::<Vec<_>>()
        };
        let readers: Vec<_> =
            readers.chunks_mut(READERS / 8).map(|some| scope.spawn(move || reading(some))).collect();
        said = posters.into_iter().map(|one| one.join().unwrap()).collect();
        seen = readers.into_iter().flat_map(|one| one.join().unwrap()).collect();
    });
    for own in &said {
        assert!(own.is_sorted_by(|one, next| one < next), "in the order in which one said them: {own:?}");
    }
    let mut all = said.concat();
    all.sort_unstable();
    for ids in seen {
        assert_eq!(ids, all);
    }
    let last = Poster::new(server.address, &members[0]).say("nothing came twice");
    for stream in &mut readers {
        assert_eq!(stream.message().unwrap().id, Some(last));
    }
}

/// While four talk without a pause, somebody looks at the room again and again; `look` gives what
/// it saw up to and with the message that is said by the function it is given.
fn looked_at_under_load(
    server: &Server,
    rounds: usize,
    look: impl Fn(&mut Client, &mut dyn FnMut() -> u64) -> Vec<u64>,
) {
    const TALKERS: usize = 4;
    /// What each of them says during one look: less than a reader may be behind.
    const BURST: usize = 12;
    let mut ann = server.member("ann");
    let talkers: Vec<Client> = (0..TALKERS).map(|n| server.member(&format!("talker{n}"))).collect();
    let mut said: HashSet<u64> = HashSet::new();
    let mut seen = Vec::new();
    thread::scope(|scope| {
        let talking: Vec<_> = talkers
            .iter()
            .map(|talker| {
                let mut poster = Poster::new(server.address, talker);
                let (start, started) = sync_channel::<()>(0);
                let burst = move |()| (0..BURST).map(|n| poster.say(&n.to_string())).collect::<Vec<_>>();
                (start, scope.spawn(move || started.iter().flat_map(burst).collect::<Vec<_>>()))
            })
            .collect();
        let mut poster = Poster::new(server.address, &ann);
        for _ in 0..rounds {
            // Waits for those who have not said all of the last burst.
            for (start, _) in &talking {
                start.send(()).unwrap();
            }
            seen.push(look(&mut ann, &mut || {
                let id = poster.say("mine");
                said.insert(id);
                id
            }));
        }
        for (start, talker) in talking {
            drop(start);
            said.extend(talker.join().unwrap());
        }
    });
    for seen in &seen {
        assert!(!seen.is_empty());
        assert_whole(seen, &said);
    }
}

#[test]
fn a_page_and_the_stream_that_goes_on_from_it_miss_nothing() {
    for format in ["json", "html"] {
        looked_at_under_load(&crowded_house(), 60, |ann, post| {
            let page = ann.get("/chat?latest").body;
            let list = format!("<div{}", between(&page, "<div id=\"messages\"", ">"));
            let seq = attribute(&list, "data-seq").unwrap();
            let mut seen = page_ids(&page);
            let mut stream = Stream::open(ann, &format!("/events?after={seq}&format={format}"));
            let mine = post();
            seen.extend(stream.ids_until(mine));
            assert_eq!(seen.last(), Some(&mine), "the stream ended");
            seen
        });
    }
}

#[test]
fn a_page_that_never_ends_misses_nothing() {
    looked_at_under_load(&crowded_house(), 60, |ann, post| {
        let mut stream = Stream::open(ann, "/chat/live");
        let mine = post();
        page_ids(&stream.page_until(mine)).into_iter().take_while(|id| *id <= mine).collect()
    });
}

#[test]
fn a_stream_from_now_misses_nothing_after_its_first_message() {
    looked_at_under_load(&crowded_house(), 60, |ann, post| {
        let before = post();
        let mut stream = Stream::open(ann, "/events");
        let mine = (0..20).map(|_| post()).last().unwrap();
        let seen = stream.ids_until(mine);
        assert!(seen[0] > before && seen.last() == Some(&mine), "{before} {mine}: {seen:?}");
        seen
    });
}

/// Whoever keeps little forgets soon; then streams end, or say so, but they do not skip.
#[test]
fn where_little_is_kept_a_stream_still_skips_nothing_in_silence() {
    for history in [1, 3, 20] {
        let server = Server::with(|settings| {
            (settings.post_rate, settings.history, settings.streams_per_member) = (0, history, READERS);
        });
        for from_last in [true, false] {
            skips_nothing(&server, from_last);
        }
    }
}

fn skips_nothing(server: &Server, from_last: bool) {
    let name = |n: usize| format!("talker{n}x{from_last}");
    let talkers: Vec<Client> = (0..4).map(|n| server.member(&name(n))).collect();
    let (mut said, mut runs) = (HashSet::new(), Vec::new());
    thread::scope(|scope| {
        let talking: Vec<_> = talkers[1..]
            .iter()
            .map(|talker| {
                let mut poster = Poster::new(server.address, talker);
                scope.spawn(move || (0..200).map(|n| poster.say(&n.to_string())).collect::<Vec<_>>())
            })
            .collect();
        let mut poster = Poster::new(server.address, &talkers[0]);
        for _ in 0..40 {
            let before = poster.say("before");
            said.insert(before);
            let target = if from_last { format!("/events?after={before}") } else { "/events".into() };
            // Told to load anew, or a stream.
            let Ok(mut stream) = Stream::ask(&talkers[0], &target, "") else { continue };
            let mine = poster.say("mine");
            said.insert(mine);
            let seen = stream.ids_until(mine);
            runs.push(if from_last { [&[before], &seen[..]].concat() } else { seen });
        }
        said.extend(talking.into_iter().flat_map(|one| one.join().unwrap()));
    });
    for run in &runs {
        assert_whole(run, &said);
    }
}

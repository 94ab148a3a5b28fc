//! Readers that are slow, silent, or talk themselves, and those who must not suffer from them.

use crate::prelude::*;

/// What the process may have needed at most, in MiB: 5,000 messages of 1 kB in the history and in
/// the journal, and the ring of the streams.
const MEMORY: u64 = 64;

fn kilobyte(n: usize) -> String {
    format!("{n:>5}{}", "x".repeat(1_019))
}

/// A stream of which only the head was read, into a small buffer.
fn narrow(address: SocketAddr, client: &Client, target: &str) -> Stream {
    PendingStream::narrow(address, client, target).answer().unwrap_or_else(|answer| panic!("{answer:?}"))
}

#[test]
fn fifty_who_never_read_delay_nobody_and_fill_no_memory() {
    const SILENT: usize = 50;
    const POSTERS: usize = 4;
    const EACH: usize = 1_250;
    let snug = SeededProcess::run(&["--post-rate", "0", "--streams-per-member", "60"]);
    let forms = ["/events", "/events?format=html", "/chat/live"];
    let silent: Vec<Stream> = (0..SILENT).map(|n| narrow(snug.address, &snug.ann, forms[n % 3])).collect();
    let mut healthy = Stream::open(&snug.ann, "/events");
    let mut said = Vec::new();
    let mut seen = Vec::new();
    thread::scope(|scope| {
        let posters: Vec<_> = (0..POSTERS)
            .map(|_| {
                let mut poster = Poster::new(snug.address, &snug.ann);
                scope.spawn(move || (0..EACH).map(|n| poster.say(&kilobyte(n))).collect::<Vec<_>>())
            })
            .collect();
        let reading = scope.spawn(|| {
            let next = || healthy.message().and_then(|told| told.id).expect("another message");
            std::iter::repeat_with(next).take(POSTERS * EACH).collect::<Vec<_>>()
        });
        said.extend(posters.into_iter().flat_map(|one| one.join().unwrap()));
        seen = reading.join().unwrap();
    });
    said.sort_unstable();
    assert!(seen == said, "all, in order and once");
    let most = snug.status("VmHWM") / 1024;
    assert!(most <= MEMORY, "{most} MiB were resident, {MEMORY} are allowed");
    // Those who begin to read get what was taken for them, and then the end; nobody a gap.
    for mut stream in silent.into_iter().step_by(3) {
        let seen: Vec<u64> = std::iter::from_fn(|| stream.message()?.id).collect();
        assert!(seen.len() < said.len() && seen == said[..seen.len()], "a prefix: {}", seen.len());
        let resumed = Stream::ask(&snug.ann, &format!("/events?after={}", seen.last().unwrap()), "");
        let answer = resumed.err().expect("an end, as it is too far behind");
        answer.body.shows("event: reload\n");
    }
    let last = Poster::new(snug.address, &snug.ann).say("still there");
    assert_eq!(healthy.message().unwrap().id, Some(last));
}

#[test]
fn whoever_reads_late_but_is_not_too_far_behind_gets_all() {
    let (server, [ann]) = Server::with(|settings| settings.post_rate = 0).with_members(["ann"]);
    // More bytes than the sockets' buffers hold, and less than the ring.
    let mut late = narrow(server.address, &ann, "/events");
    let mut healthy = Stream::open(&ann, "/events");
    let mut poster = Poster::new(server.address, &ann);
    let ids: Vec<u64> = (0..100).map(|n| poster.say(&"🙂".repeat(3_900 + n))).collect();
    assert_eq!(healthy.ids_until(ids[99]), ids);
    assert_eq!(late.ids_until(ids[99]), ids);
    let last = poster.say("and it goes on");
    assert_eq!(late.message().unwrap().id, Some(last));
}

#[test]
fn whoever_is_too_far_behind_is_closed_and_comes_back_without_a_gap() {
    let (server, [ann]) = Server::with(|settings| settings.post_rate = 0).with_members(["ann"]);
    let mut poster = Poster::new(server.address, &ann);
    let mut late = narrow(server.address, &ann, "/events");
    // More bytes than the sockets' buffers hold, and then more messages than the ring.
    let large: Vec<u64> = (0..100).map(|_| poster.say(&"🙂".repeat(4_000))).collect();
    let more: Vec<u64> = (0..1_100).map(|n| poster.say(&n.to_string())).collect();
    let all = [large, more].concat();
    let mut seen = late.ids_until(*all.last().unwrap());
    assert!(seen.len() < 100, "it is closed: {}", seen.len());
    assert_eq!(seen, all[..seen.len()]);
    // A program goes on from there by asking for what came after, page by page; those of large messages have few.
    for _ in 0..all.len() {
        if seen == all {
            break;
        }
        let target = format!("/chat?after={}", seen.last().unwrap());
        let answer = ann.clone().json().get(&target);
        if answer.status == 410 {
            return;
        }
        let page = answer.value();
        let page = page["messages"].as_array().unwrap();
        seen.extend(page.iter().map(|message| message["id"].as_u64().unwrap()));
    }
    assert!(seen == all, "{} of {}", seen.len(), all.len());
}

#[test]
fn whoever_talks_on_a_stream_without_end_does_not_hold_up_the_others() {
    const TALKERS: usize = 4;
    let (_server, [mut ann, eve]) = Server::open().with_members(["ann", "eve"]);
    let mut healthy = Stream::open(&ann, "/events").patient(Duration::from_secs(10));
    let talking = Stream::open(&eve, "/events");
    let noise = vec![b'x'; 256 * 1024];
    let done = AtomicBool::new(false);
    let deadline = Instant::now() + Duration::from_secs(15);
    thread::scope(|scope| {
        for _ in 0..TALKERS {
            let mut socket = talking.socket();
            let go_on = || !done.load(Ordering::Relaxed) && Instant::now() < deadline;
            let (go_on, noise) = (go_on, &noise);
            // It may be closed for that.
            scope.spawn(move || while go_on() && socket.write_all(noise).is_ok() {});
        }
        let told = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for n in 0..50 {
                ann.say(&n.to_string()).expect(303);
                assert_eq!(healthy.message().unwrap().value()["text"], n.to_string());
            }
        }));
        done.store(true, Ordering::Relaxed);
        if let Err(why) = told {
            std::panic::resume_unwind(why);
        }
    });
}

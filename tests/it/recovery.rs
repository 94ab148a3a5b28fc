//! What was taken away comes back by itself, and then everything serves again.

use snug::chat::{Appended, Event, Log, Record, Seq, Snapshot, StorageError};
use snug::secrets::Argon2id;
use snug::web::App;

use crate::prelude::*;

/// Within this, everything has to serve again.
const RECOVERY: Duration = Duration::from_secs(5);
/// More than `tiny_http` serves without another thread.
const CROWD: usize = 12;

/// Hashes that take a while, so that requests overlap.
const SLOW_HASHES: [&str; 4] = ["--password-memory", "16", "--sign-in-rate", "0"];

fn sign_in() -> String {
    post_request("/login", "", &format!("username=bob&password={}", PASSWORD.replace(' ', "+")))
}

/// Signs in on all of these at once; how many could.
fn sign_in_at_once(wires: &mut [RawConnection]) -> usize {
    for wire in wires.iter_mut() {
        wire.say(sign_in());
    }
    wires
        .iter_mut()
        .filter_map(|wire| wire.next_answer(false).ok())
        .filter(|answer| answer.status == 303)
        .count()
}

/// A running snug with a member whose sessions may end: so many are opened that the older ones do.
fn with_bob(snug: SeededProcess) -> SeededProcess {
    snug.visitor().register("bob", PASSWORD).expect(303);
    snug.wait_until_nobody_is_there();
    snug
}

fn wires(snug: &SeededProcess) -> Vec<RawConnection> {
    let mut wires: Vec<RawConnection> = (0..CROWD).map(|_| snug.wire()).collect();
    for wire in &mut wires {
        wire.say(get_request("/healthz"));
        wire.answer().expect(200);
    }
    wires
}

fn starts_anew(snug: &SeededProcess) -> usize {
    snug.log().matches("started anew").count()
}

/// Limits a resource while a crowd signs in, and waits until all is well again.
fn assert_recovers_from_a_want(
    snug: &mut SeededProcess,
    resource: &str,
    limit: impl Fn(&SeededProcess) -> usize,
) {
    snug.wait_until_back_to(20, 30);
    let mut guests = wires(snug);
    snug.limit(resource, Some(limit(snug)));
    let served = sign_in_at_once(&mut guests);
    drop(guests);
    snug.limit(resource, None);
    println!("{served} of {CROWD} served meanwhile");
    assert_recovers(snug, &format!("after a want by {resource}"));
}

/// Waits until as many as ever are served at the same time, and a page for each of many.
fn assert_recovers(snug: &mut SeededProcess, what: &str) {
    let begun = Instant::now();
    loop {
        let mut crowd: Vec<RawConnection> =
            (0..CROWD).filter_map(|_| RawConnection::try_open(snug.address, None).ok()).collect();
        if sign_in_at_once(&mut crowd) == CROWD {
            break;
        }
        assert!(begun.elapsed() < RECOVERY, "{what}: not within {RECOVERY:?}; {}", snug.log());
    }
    println!("{what}: serves again after {:?}", begun.elapsed());
    let served = thread::scope(|scope| {
        let ask = || (0..20).filter(|_| snug.visitor().get("/login").status == 200).count();
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|asking| asking.join().unwrap()).sum::<usize>()
    });
    assert_eq!(served, 160, "{what}: {}", snug.log());
    assert_eq!(snug.ann.texts(), ["first", "second", "third"]);
}

#[test]
fn a_cleaner_takes_the_private_folder_away() {
    let mut snug = with_bob(SeededProcess::run(&SLOW_HASHES));
    let home = snug.home().to_owned();
    // At last, the folder for temporary files itself.
    let folders = |home: &std::path::Path| fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    for round in 0..3 {
        if round < 2 {
            folders(&home).for_each(|folder| fs::remove_dir_all(folder).unwrap());
        } else {
            fs::remove_dir_all(&home).unwrap();
        }
        let before = starts_anew(&snug);
        assert_recovers(&mut snug, "without its folder");
        assert!(starts_anew(&snug) > before, "{}", snug.log());
        assert_eq!(folders(&home).count(), 1);
        // Of what served before, nothing is left.
        snug.wait_until_back_to(20, 40);
    }
    snug.assert_well_within(192);
    snug.signal("-TERM");
    assert!(snug.ends_well_within(Duration::from_secs(5)));
    assert_eq!(folders(&home).count(), 0);
}

#[test]
fn no_thread_can_be_started_for_a_while() {
    let mut snug = with_bob(SeededProcess::run_unprivileged(&SLOW_HASHES));
    for _ in 0..3 {
        assert_recovers_from_a_want(&mut snug, "nproc", |_| 1);
    }
}

#[test]
fn no_descriptor_can_be_opened_for_a_while() {
    let mut snug = with_bob(SeededProcess::run_unprivileged(&SLOW_HASHES));
    // Whether the application has to be started anew depends on what it had idle by chance.
    for round in 0.. {
        let again = starts_anew(&snug) > 0;
        // One more, so that a connection can be opened and not accepted.
        assert_recovers_from_a_want(&mut snug, "nofile", |snug| snug.descriptors() + 1);
        if again {
            break;
        }
        assert!(round < 10, "never started anew: {}", snug.log());
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn a_cleaner_takes_the_socket_for_commands_away() {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::support::TempDir;

    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    snug.visitor().register("ann", PASSWORD).expect(303);
    let socket = folder.file("chat.db.sock");
    for _ in 0..2 {
        fs::remove_file(&socket).unwrap();
        let begun = Instant::now();
        wait_until("another socket", || fs::metadata(&socket).is_ok());
        println!("there is another socket after {:?}", begun.elapsed());
        let path = folder.reset_link("ann");
        snug.visitor().get(&path).expect(200);
        assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// Keeps nothing, and breaks at the first read marks.
#[derive(Default)]
struct Breaking(Arc<AtomicUsize>);

impl Log for Breaking {
    fn append(&mut self, expected: Seq, records: &[Record]) -> Result<Appended, StorageError> {
        let reads = records.iter().filter(|record| matches!(record.event, Event::Read { .. })).count();
        let before = self.0.fetch_add(reads, Ordering::SeqCst);
        assert!(reads == 0 || before > 0, "a bug, for this story");
        Ok(Appended::after(expected))
    }

    fn restore(&self, _: usize) -> Result<Snapshot, StorageError> {
        Ok(Snapshot::default())
    }
}

#[test]
fn read_marks_are_kept_again_after_an_internal_error() {
    let (settings, log) = (Settings::default(), Breaking::default());
    let kept = Arc::clone(&log.0);
    let app = App::with(&settings, Box::new(log), Box::new(Argon2id::new(7)), Limits::default()).unwrap();
    let server = snug::Server::start(
        TcpListener::bind("127.0.0.1:0").unwrap(),
        app,
        snug::door_limits(&settings).unwrap(),
    )
    .unwrap();
    let (mut ann, mut bob) = (Client::at(server.address()), Client::at(server.address()));
    assert_eq!((ann.register("ann", PASSWORD).status, bob.register("bob", PASSWORD).status), (303, 303));
    for (text, reads) in [("lost", 1), ("kept", 2)] {
        // What is decided while a write breaks is not kept either.
        wait_until("it is said", || ann.say(text).status == 303);
        let seq = bob.clone().json().get("/chat").value()["seq"].to_string();
        bob.post("/chat/read", &[("up_to", &seq)]).expect(200);
        wait_until("it is read", || kept.load(Ordering::SeqCst) >= reads);
    }
    server.stop();
}

/// As long as a message may be, and six times as long in a page.
fn long(n: usize) -> String {
    format!("{n:02}{}", "\"".repeat(3_998))
}

/// Most bytes of messages on a page; what stands around them is the same on each.
const MESSAGES_BYTES_MAX: usize = 256 * 1024;

fn bytes_of_messages(page: &str) -> usize {
    page.rfind("</article>").unwrap() - page.find("<article").unwrap()
}

/// Reads a flood of such messages by every way that there is.
fn reads_all(ann: &Client, ids: &[u64]) {
    let all: Vec<Value> = ann.all_messages();
    let told: Vec<u64> = all.iter().map(|message| message["id"].as_u64().unwrap()).collect();
    assert_eq!(told, ids, "back by JSON");
    let page = |path: &str| {
        let body = ann.clone().get(path).body;
        assert!(bytes_of_messages(&body) < MESSAGES_BYTES_MAX, "{path}: {}", body.len());
        body
    };
    // Back and forth by the links, as browsers without scripts do.
    for (rel, start) in [("prev", "/chat".to_owned()), ("next", format!("/chat?at={}", ids[0]))] {
        let (mut path, mut read) = (Some(start), Vec::new());
        for _ in 0..30 {
            let Some(at) = path.take() else { break };
            let body = page(&at);
            let some = articles(&body).into_iter().map(|article| article.id);
            if rel == "prev" {
                read.splice(0..0, some);
            } else {
                read.extend(some);
            }
            path = body.contains(&format!("rel=\"{rel}\"")).then(|| {
                let link = body.split("<a ").find(|link| link.contains(&format!("rel=\"{rel}\""))).unwrap();
                between(link, "href=\"", "\"").split('#').next().unwrap().to_owned()
            });
        }
        // The newest page may overlap the one before.
        read.dedup();
        read.sort_unstable();
        read.dedup();
        assert_eq!(read, ids, "by {rel}");
    }
    // Each in its place.
    for id in ids {
        assert!(articles(&page(&format!("/chat?at={id}"))).iter().any(|article| article.id == *id), "{id}");
    }
    let (mut after, mut read) = (ids[0] - 1, Vec::new());
    for _ in 0..30 {
        let missed = ann.clone().json().get(&format!("/chat?after={after}")).value();
        let some = missed["messages"].as_array().unwrap();
        read.extend(some.iter().map(|message| message["id"].as_u64().unwrap()));
        if some.is_empty() {
            break;
        }
        after = missed["seq"].as_u64().unwrap();
    }
    assert_eq!(read, ids, "on by JSON");
    // More than a stream catches up with; the page that is loaded then can be followed.
    let behind = Stream::refused(ann, &format!("/events?format=html&after={}", ids[0] - 1));
    assert!(behind.body.contains("event: reload"), "{}", behind.body.len());
    let seq: u64 = between(&page("/chat"), "data-seq=\"", "\"").parse().unwrap();
    let mut stream = Stream::open(ann, &format!("/events?format=html&after={seq}"));
    ann.clone().say("short");
    let newest =
        ann.clone().json().get("/chat").value()["messages"].as_array().unwrap().last().unwrap()["id"].clone();
    assert_eq!(stream.ids_until(newest.as_u64().unwrap()).len(), 1);
    let mut live = Stream::open(ann, "/chat/live");
    assert!(bytes_of_messages(&live.page_until(newest.as_u64().unwrap())) < MESSAGES_BYTES_MAX);
}

#[test]
fn a_flood_of_long_messages_is_read_page_by_page() {
    let (server, [ann]) = Server::with(|settings| settings.post_rate = 0).with_members(["ann"]);
    let mut poster = Poster::new(server.address, &ann);
    let ids: Vec<u64> = (0..60).map(|n| poster.say(&long(n))).collect();
    reads_all(&ann, &ids);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_flood_of_long_messages_is_read_page_by_page_from_a_file() {
    for history in ["10000", "5"] {
        let folder = crate::support::TempDir::new();
        let snug = folder.serve(&["--history", history, "--post-rate", "0", "--durability", "normal"]);
        let mut ann = snug.visitor();
        ann.register("ann", PASSWORD).expect(303);
        let mut poster = Poster::new(snug.address, &ann);
        let ids: Vec<u64> = (0..60).map(|n| poster.say(&long(n))).collect();
        reads_all(&ann, &ids);
    }
}

/// A line that says to load the page anew, whatever happens, and notes when.
const HOPELESS: &str = "const times = JSON.parse(sessionStorage.getItem('times') ?? '[]');
    sessionStorage.setItem('times', JSON.stringify([...times, Date.now()]));
    delete window.SharedWorker;
    window.EventSource = class extends EventTarget {
        constructor() {
            super();
            setTimeout(() => {
                this.onopen();
                this.dispatchEvent(new Event('reload'));
            });
        }
        close() {}
    };";

#[test]
fn a_page_that_is_told_to_reload_too_often_does_so_less_and_less() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.settles();
    ann.browser.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": HOPELESS }));
    ann.browser.goto(&server.url("/chat"));
    let times = || ann.browser.execute("return JSON.parse(sessionStorage.getItem('times'))", &json!([]));
    ann.browser.wait_until("the fourth time", || times().as_array().is_some_and(|times| times.len() >= 4));
    let times: Vec<i64> = times().as_array().unwrap().iter().map(|time| time.as_i64().unwrap()).collect();
    for (n, pause) in times.windows(2).enumerate() {
        assert!(pause[1] - pause[0] >= 1_000 << n, "{times:?}");
    }
}

const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;

#[test]
fn a_clock_that_was_wrong_signs_nobody_out() {
    // Years behind or ahead when the server starts, and set right later.
    for wrong in [-50 * YEAR, 20 * YEAR] {
        let mut server = Server::open();
        server.ahead.store(wrong, Ordering::SeqCst);
        server.restarts_empty();
        let [mut ann, mut bob] = server.members(["ann", "bob"]);
        ann.say("at a wrong time").expect(303);
        let path = server.offers_reset("bob");
        server.ahead.store(0, Ordering::SeqCst);
        assert!(ann.is_in() && bob.is_in(), "{wrong}");
        // A new session ends those that were idle too long.
        let mut second = server.visitor();
        second.login("ann", PASSWORD).expect(303);
        assert!(ann.is_in() && second.is_in() && bob.is_in(), "{wrong}");
        for text in ["at the right time", "and again"] {
            bob.say(text).expect(303);
        }
        assert_eq!(ann.texts(), ["at a wrong time", "at the right time", "and again"]);
        assert_eq!(ann.get("/chat").body.matches("class=\"day\"").count(), 2);
        ann.get("/me").expect(200);
        // A link to set a new password holds for an hour, whatever the clock says.
        assert_eq!(server.visitor().get(&path).status, 200, "{wrong}");
        // The same in a server that starts when the clock is right, with what was recorded when it was wrong.
        server.restarts(|| {});
        assert!(ann.is_in() && bob.is_in() && second.is_in(), "{wrong}");
        server.visitor().login("bob", PASSWORD).expect(303);
        assert!(ann.is_in() && bob.is_in() && second.is_in(), "{wrong}");
        assert_eq!(server.visitor().get(&path).status, 410, "{wrong}");
    }
}

/// Ann's browser, signed out; strangers who guess her password have used up all tries, also from her address.
fn besieged(server: &Server, ann: &mut Client) {
    ann.post("/logout", &[("sure", "yes")]).expect(303);
    assert!(!ann.is_in());
    for address in ["127.0.0.1", "127.0.0.2", "127.0.0.3"] {
        let mut stranger = server.visitor().from(address);
        let statuses: Vec<u16> = (0..4).map(|_| stranger.login("ann", "wrong horse").status).collect();
        assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    }
}

#[test]
fn a_browser_that_signed_in_is_known_after_a_restart_and_strangers_do_not_lock_it_out() {
    let (mut server, [mut ann]) = Server::with(|settings| settings.sign_in_rate = 1).with_members(["ann"]);
    server.restarts(|| {});
    besieged(&server, &mut ann);
    assert_eq!(server.visitor().login("ann", PASSWORD).status, 429, "one that nobody knows");
    // Another chat's cookie, or another's device, helps nobody.
    let mut bob = server.visitor().from("127.0.0.9");
    bob.register("bob", PASSWORD).expect(303);
    bob.login("ann", PASSWORD).expect(429);
    let before = ann.device.clone();
    ann.login("ann", PASSWORD).expect(303);
    assert_ne!(ann.device, before, "it has a new token each time");
    // What it was known by before is worth nothing.
    let mut old = server.visitor();
    old.device = before;
    old.login("ann", PASSWORD).expect(429);
    // Whoever has stolen it guesses no more often than others.
    let mut stolen = ann.clone();
    let statuses: Vec<u16> = (0..4).map(|_| stolen.login("ann", "wrong horse").status).collect();
    assert_eq!(statuses[..2], [401, 429], "{statuses:?}");
    let recorded = format!("{:?}", server.records());
    assert!(!recorded.contains("127.0.0."), "no address is kept");
}

#[test]
fn a_known_browser_is_forgotten_with_its_session_and_by_a_new_password() {
    let (server, [mut ann]) = Server::with(|settings| settings.sign_in_rate = 2).with_members(["ann"]);
    let (mut other, mut third) = (server.visitor(), server.visitor());
    other.login("ann", PASSWORD).expect(303);
    third.login("ann", PASSWORD).expect(303);
    // One that was signed out by itself is still known, until all others are signed out.
    third.post("/logout", &[("sure", "yes")]).expect(303);
    other.post("/me/sessions", &[("sure", "yes")]).expect(303);
    assert_eq!(
        server
            .records()
            .iter()
            .filter(|record| matches!(record.event, Event::DeviceForgotten { .. }))
            .count(),
        2
    );
    besieged(&server, &mut other);
    ann.login("ann", PASSWORD).expect(429);
    third.login("ann", PASSWORD).expect(429);
    other.login("ann", PASSWORD).expect(303);
}

#[cfg(feature = "sqlite")]
#[test]
fn known_browsers_are_in_the_file_until_a_new_password_or_the_end_of_membership() {
    let folder = crate::support::TempDir::new();
    let snug = folder.serve(&["--sign-in-rate", "1"]);
    let (mut ann, mut bob) = (snug.visitor(), snug.visitor());
    assert_eq!((ann.register("ann", PASSWORD).status, bob.register("bob", PASSWORD).status), (303, 303));
    let mut old = ann.clone();
    snug.kill();
    let snug = folder.serve(&["--sign-in-rate", "1"]);
    let mut ann = ann.moved_to(snug.address);
    for _ in 0..2 {
        snug.visitor().login("ann", "wrong horse");
    }
    snug.visitor().login("ann", PASSWORD).expect(429);
    ann.login("ann", PASSWORD).expect(303);
    let change = [("current", PASSWORD), ("password", "another horse")];
    ann.post("/me/password", &change).expect(303);
    old = old.moved_to(snug.address);
    old.login("ann", "another horse").expect(429);
    ann.login("ann", "another horse").expect(303);
    // The first member removes another, of whom nothing is left.
    ann.post("/people/bob/remove", &[("free", "yes")]).expect(303);
    snug.kill();
    let file = rusqlite::Connection::open(folder.data()).unwrap();
    let known = file.query_row("SELECT count(*) FROM known_devices", [], |row| row.get::<_, i64>(0));
    assert_eq!(known.unwrap(), 1, "ann's browser as she is signed in");
}

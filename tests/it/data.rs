//! What outlives the process: the real program, ended politely and not, on one file.

use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::prelude::*;

/// How a program posts: with a nonce; the status and the id.
fn sends(client: &Client, text: &str, nonce: &str) -> (u16, Option<u64>) {
    let answer = client.clone().json().post("/chat", &[("message", text), ("nonce", nonce)]);
    (answer.status, answer.value()["id"].as_u64())
}

/// A room's page without what is drawn anew each time.
fn same_each_time(page: &str) -> String {
    let nonce = input_value(page, "nonce").expect("a nonce");
    page.replace(&nonce, "NONCE")
}

fn ids(messages: &[Value]) -> Vec<u64> {
    messages.iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

#[test]
fn after_a_restart_everything_is_as_it_was() {
    for signal in ["-TERM", "-KILL"] {
        let folder = TempDir::new();
        let snug = folder.serve(&[]);
        let [mut ann, bob, mut cyd] = snug.members(["ann", "Zoë", "cyd"]);
        let gone = cyd.clone();
        ann.say_all(["first".into(), "two\nlines\tand 👩‍👩‍👧‍👦".into(), "<b>& \"markup\"".into()]);
        let first = sends(&bob, "with a nonce", "n-1");
        assert_eq!(first.0, 201);
        cyd.post("/logout", &[]).expect(303);
        // Signing in ends the browser's former session, and that stays so.
        let mut dee = snug.member("dee");
        let former = dee.clone();
        dee.login("dee", PASSWORD).expect(303);
        // Whoever speaks has read everything, so that looking changes nothing.
        ann.say_all(["last".into()]);
        let page = same_each_time(&ann.get("/chat").body);
        let messages = ann.all_messages();
        snug.end_by(signal);

        let snug = folder.serve(&[]);
        for client in [&ann, &bob, &dee] {
            assert!(snug.client_of(client).is_in(), "{signal}");
        }
        for client in [&gone, &former] {
            assert!(!snug.client_of(client).is_in(), "{signal}: a session that ended");
        }
        let (mut ann, bob) = (snug.client_of(&ann), snug.client_of(&bob));
        assert_eq!(same_each_time(&ann.get("/chat").body), page, "{signal}");
        assert_eq!(ann.all_messages(), messages, "{signal}");
        assert_eq!(sends(&bob, "with a nonce", "n-1"), first, "{signal}: sent again");
        assert_eq!(sends(&bob, "another text", "n-1").0, 409, "{signal}");
        assert_eq!(sends(&ann, "another's nonce", "n-1").0, 201, "{signal}");
        for name in ["ann", "ANN", "zoe\u{308}"] {
            assert_eq!(snug.visitor().register(name, PASSWORD).status, 409, "{signal}: {name}");
        }
        assert_eq!(snug.visitor().login("Ann", PASSWORD).status, 303, "{signal}");
        assert_eq!(snug.visitor().login("ann", "wrong horse").status, 401, "{signal}");
        // What was counted before is never counted again, also where it left no trace.
        let all = ids(&ann.all_messages());
        assert!(all.is_sorted_by(|one, next| one < next), "{signal}: {all:?}");
        assert_eq!(all.len(), messages.len() + 1, "{signal}");
    }
}

#[test]
fn a_reset_and_its_new_session_outlive_the_process() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let old = snug.member("ann");
    let path = folder.reset_link("ann");
    let mut ann = snug.visitor();
    ann.reset_password(&path, "another horse").expect(303);
    snug.end_by("-KILL");
    let snug = folder.serve(&[]);
    assert!(snug.client_of(&ann).is_in());
    assert!(!snug.client_of(&old).is_in());
    snug.visitor().login("ann", "another horse").expect(303);
    snug.visitor().login("ann", PASSWORD).expect(401);
    snug.visitor().get(&path).expect(410);
}

#[test]
fn a_stream_resumes_over_a_restart_without_gap_or_double() {
    // With two messages in memory, what was missed is in the file.
    for history in ["10000", "2"] {
        let folder = TempDir::new();
        let snug = folder.serve(&["--history", history]);
        let ann = snug.member("ann");
        let stream = Stream::open(&ann, "/events");
        let mut said = snug.post_many(&ann, 6);
        assert_eq!(follows(&ann, stream, "/events", said[0] - 1, said[2])[..3], said[..3]);
        snug.end_by("-KILL");

        let snug = folder.serve(&["--history", history]);
        let ann = snug.client_of(&ann);
        let after = Stream::open(&ann, &format!("/events?after={}", said[2]));
        let resumed = Stream::resume(&ann, "/events?format=html", said[2]);
        // From the very beginning on, too.
        let whole = Stream::open(&ann, "/events?after=0");
        said.extend(snug.post_many(&ann, 3));
        assert_eq!(follows(&ann, after, "/events", said[2], said[8]), said[3..]);
        assert_eq!(follows(&ann, resumed, "/events?format=html", said[2], said[8]), said[3..]);
        assert_eq!(follows(&ann, whole, "/events", 0, said[8]), said);

        // A number from another history than this is no place to go on from.
        is_told_to_reload(&ann, said[8] + 100);
        snug.end_by("-TERM");
    }
}

/// The ids that a reader is told after this one and up to that. A stream ends where memory has let go what it was to
/// tell, and the reader comes back as browsers do.
fn follows(client: &Client, mut stream: Stream, target: &str, after: u64, last: u64) -> Vec<u64> {
    let mut told = stream.ids_until(last);
    while told.last() != Some(&last) {
        stream = Stream::resume(client, target, told.last().copied().unwrap_or(after));
        told.extend(stream.ids_until(last));
    }
    told
}

#[track_caller]
fn is_told_to_reload(client: &Client, after: u64) {
    let answer = Stream::refused(client, &format!("/events?after={after}"));
    assert_eq!((answer.status, &*answer.body), (200, "retry: 2000\n\nevent: reload\ndata:\n\n"));
}

#[test]
fn whoever_missed_more_than_can_be_told_is_told_to_load_the_page_anew() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--history", "5", "--durability", "normal"]);
    let ann = snug.member("ann");
    let said = snug.post_many(&ann, 520);
    snug.end_by("-KILL");
    let snug = folder.serve(&["--history", "5"]);
    let ann = snug.client_of(&ann);
    is_told_to_reload(&ann, said[0]);
    let mut stream = Stream::open(&ann, &format!("/events?after={}", said[100]));
    assert_eq!(stream.ids_until(said[519]), said[101..]);
}

#[test]
fn a_page_that_resumes_from_the_file_is_not_told_the_day_again() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--history", "2"]);
    let ann = snug.member("ann");
    let said = snug.post_many(&ann, 6);
    // From the file; from the oldest in memory; from within memory.
    for index in [1, 3, 4] {
        let mut stream = Stream::resume(&ann, "/events?format=html", said[index]);
        let first = stream.message().unwrap().data;
        assert!(!first.contains("class=\"day\""), "after message {index}: {first}");
        assert!(first.contains("class=\"grouped\""), "after message {index}: {first}");
    }
}

#[test]
fn an_open_page_goes_on_by_itself_after_a_restart() {
    let folder = TempDir::new();
    // The later --listen counts: a page stays at its address.
    let port = ReservedPort::port();
    let address = port.address.to_string();
    let mut program = folder.serve(&["--listen", &address]);
    let Some(browser) = Browser::start(BrowserOptions { await_load: false, ..BrowserOptions::default() })
    else {
        return;
    };
    let ann = BrowserUser::sits_at(browser, "ann", format!("http://{}", program.address));
    let mut bob = program.member("bob");
    ann.registers();
    ann.says("before");
    ann.browser.type_text("#message", "half a thought");
    ann.browser.execute("document.documentElement.dataset.same = ''", &Value::Array(Vec::new()));
    for signal in ["-KILL", "-TERM"] {
        bob.say("just before").expect(303);
        program.end_by(signal);
        ann.browser.wait_for_text("[role=status]", "Reconnecting…");
        program = folder.serve(&["--listen", &address]);
        for text in ["while nobody", "was connected"] {
            bob.say(text).expect(303);
        }
        ann.has_heard_all_of(&bob);
        ann.browser.wait_until("no word of trouble", || {
            !ann.browser.exists("[role=status]:not([hidden], .none, .hidden, :empty)")
        });
    }
    assert!(ann.browser.exists("html[data-same]"), "the page was loaded again");
    assert_eq!(ann.draft("message"), "half a thought");
    ann.browser.clear("#message");
    ann.says("after");
    assert_eq!(bob.texts().len(), 8);
    // However the line broke, that is all.
    ann.browser.console_errors().iter().for_each(|error| assert!(error.contains("net::ERR_"), "{error}"));
}

#[test]
fn older_history_than_memory_holds_is_read_from_the_file() {
    const COUNT: usize = 130;
    let folder = TempDir::new();
    let snug = folder.serve(&["--history", "5", "--durability", "normal"]);
    let ann = snug.member("ann");
    let said = snug.post_many(&ann, COUNT);
    read_everything(&snug, &ann, &said);
    for history in ["2", "1", "49", "50", "131"] {
        // Each start has another window, and none of them is to be seen from outside.
        let snug = folder.serve_again(&["--history", history]);
        read_everything(&snug, &snug.client_of(&ann), &said);
    }
}

impl TempDir {
    /// The same on a copy, so that what runs may go on.
    fn serve_again(&self, flags: &[&str]) -> Process {
        let copy = self.file("copy.db");
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{copy}{suffix}"));
        }
        let (code, _, stderr) = outcome(snug(&["backup", &copy, "--data", &self.data()]));
        assert_eq!(code, Some(0), "{stderr}");
        Process::serve(&copy, flags)
    }
}

/// Every way of reading gives all of it, page by page, once and in order.
fn read_everything(snug: &Process, ann: &Client, said: &[u64]) {
    assert_eq!(ids(&ann.all_messages()), said, "back, for programs");
    let json = |path: &str| {
        let answer = ann.clone().json().get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.value()["messages"].as_array().unwrap().clone()
    };
    let (mut forth, mut after) = (Vec::new(), 0);
    loop {
        let page = json(&format!("/chat?after={after}"));
        let Some(last) = page.last() else { break };
        after = last["id"].as_u64().unwrap();
        forth.extend(page);
    }
    assert_eq!(ids(&forth), said, "forth, for programs");
    assert_eq!(forth, ann.all_messages(), "texts, names and times, too");

    let (mut pages, mut path) = (Vec::new(), "/chat".to_owned());
    loop {
        let page = snug.client_of(ann).get(&path).body;
        let found: Vec<u64> = articles(&page).iter().map(|article| article.id).collect();
        pages.splice(0..0, found);
        let Some(further) = older_link(&page) else {
            break assert!(!page.contains("not kept"), "{page}");
        };
        path = further;
    }
    assert_eq!(pages, said, "back, on pages");
    // The ends, and what lies beyond.
    assert_eq!(ids(&json(&format!("/chat?before={}", said[1]))), said[..1]);
    assert!(json("/chat?before=0").is_empty());
    assert_eq!(ids(&json(&format!("/chat?before={}", u64::MAX))), said[said.len() - 50..]);
    assert!(json(&format!("/chat?after={}", said.last().unwrap())).is_empty());
    ann.clone().json().get(&format!("/chat?after={}", u64::MAX)).expect(410);
}

#[test]
fn without_a_file_what_memory_let_go_is_gone_and_is_said_to_be() {
    let snug = Process::local(&["--history", "2", "--password-memory", "7"]);
    assert_eq!(snug.line(), "Nothing outlives this process: members and messages are kept in memory only.");
    let mut ann = snug.member("ann");
    ann.say_all(["one".into(), "two".into(), "three".into()]);
    assert_eq!(ann.texts(), ["two", "three"]);
    ann.clone().json().get("/chat?after=1").expect(410);
    assert!(ann.get("/chat").body.contains("Older messages are not kept."));
    is_told_to_reload(&ann, 1);
}

#[test]
fn the_start_says_where_the_chat_is_kept_and_for_whose_eyes_it_is() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    assert_eq!(snug.line(), format!("Members and messages are kept in {}.", folder.data()));
    snug.member("ann");
    for name in ["chat.db", "chat.db-wal", "chat.db-shm", "chat.db.sock"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    assert_eq!(folder.names(), ["chat.db", "chat.db-shm", "chat.db-wal", "chat.db.sock"]);
}

#[test]
fn after_a_polite_end_the_file_alone_is_the_whole_chat() {
    // A race, so once is not enough.
    for round in 0..100 {
        let folder = TempDir::new();
        let snug = folder.serve(&[]);
        let ann = snug.member("ann");
        ann.clone().say_all(["hello".into()]);
        // Several workers, of which one is the last to hear of the end.
        let mut wires = [(); 6].map(|()| RawConnection::open(snug.address));
        for wire in &mut wires {
            wire.say(get_request("/login"));
        }
        for wire in &mut wires {
            wire.answer().expect(200);
        }
        snug.end_by("-TERM");
        assert_eq!(folder.names(), ["chat.db"], "round {round}");
    }
}

#[test]
fn the_environment_says_it_as_well_and_a_relative_path_or_a_link_is_the_same_file() {
    let folder = TempDir::new();
    let mut command = snug(&["--listen", "127.0.0.1:0", "--password-memory", "7"]);
    command.current_dir(folder.path()).env("SNUG_DATA", "chat.db").env("SNUG_DURABILITY", "normal");
    let program = Process::start(command);
    assert_eq!(program.line(), format!("Members and messages are kept in {}.", folder.data()));
    let ann = program.member("ann");
    std::os::unix::fs::symlink("chat.db", folder.path().join("link.db")).unwrap();
    // Another snug finds it in use under any name.
    for name in ["chat.db", "link.db"] {
        let (code, stdout, stderr) =
            outcome(snug(&["--listen", "127.0.0.1:0", "--data", &folder.file(name)]));
        assert_eq!((code, &*stdout), (Some(1), ""), "{stderr}");
        assert!(stderr.starts_with("snug: ") && stderr.contains("in use by another snug"), "{stderr}");
    }
    program.end_by("-KILL");
    let program = Process::serve(&folder.file("link.db"), &[]);
    assert_eq!(program.line(), format!("Members and messages are kept in {}.", folder.data()));
    assert!(program.client_of(&ann).is_in());

    let mut command = snug(&["--listen", "127.0.0.1:0"]);
    command.env("SNUG_DURABILITY", "half");
    let (code, _, stderr) = outcome(command);
    assert_eq!((code, &*stderr), (Some(2), "snug: SNUG_DURABILITY \"half\": it is full or normal\n"));
    // Set to nothing is not set, as unit files have it.
    let mut command = snug(&["--listen", "127.0.0.1:0"]);
    command.env("SNUG_DATA", "").env("SNUG_DURABILITY", "");
    assert!(Process::start(command).line().starts_with("Nothing outlives this process"));
}

#[test]
fn a_young_chat_that_was_killed_starts_again() {
    // Soon after its beginning nothing was moved from the WAL to the file yet.
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let mut ann = snug.member("ann");
    let texts: Vec<String> = (0..12).map(|n| format!("{n} {}", "x".repeat(3900))).collect();
    ann.say_all(texts.clone());
    snug.end_by("-KILL");
    let snug = folder.serve(&[]);
    assert_eq!(snug.client_of(&ann).texts(), texts);
}

#[test]
fn either_durability_keeps_what_was_acknowledged_when_the_program_is_killed() {
    let filler = "at length, ".repeat(30);
    for durability in ["full", "normal"] {
        let folder = TempDir::new();
        let snug = folder.serve(&["--durability", durability]);
        let clients = ["ann", "bob", "cyd"].map(|name| snug.member(name));
        let acknowledged = AtomicUsize::new(0);
        // How many of each were acknowledged.
        let said: Vec<usize> = thread::scope(|scope| {
            let posting = clients.each_ref().map(|client| {
                let (mut wire, cookie) = (RawConnection::open(snug.address), client.cookie.clone().unwrap());
                let (acknowledged, filler) = (&acknowledged, &filler);
                scope.spawn(move || {
                    for n in 0.. {
                        wire.say(post_request("/chat", &cookie, &format!("message={filler}{n}")));
                        // The last one gets no answer.
                        let Ok(answer) = wire.next_answer(false) else { return n };
                        assert_eq!(answer.status, 303);
                        acknowledged.fetch_add(1, Ordering::SeqCst);
                    }
                    0
                })
            });
            wait_until("some messages", || acknowledged.load(Ordering::SeqCst) > 100);
            snug.signal("-KILL");
            posting.into_iter().map(|one| one.join().unwrap()).collect()
        });
        // Its sockets are closed, and it may still wait for the disk.
        snug.end();
        let snug = folder.serve(&["--durability", durability, "--history", "5"]);
        let messages = snug.client_of(&clients[0]).all_messages();
        for (name, count) in ["ann", "bob", "cyd"].into_iter().zip(said) {
            let own = messages.iter().filter(|message| message["author"] == name);
            let texts: Vec<&str> = own.map(|message| message["text"].as_str().unwrap()).collect();
            // In order, each once; and the one that was on its way, perhaps.
            assert!(
                (count..=count + 1).contains(&texts.len()),
                "{durability}, {name}: {count}, {}",
                texts.len()
            );
            for (n, text) in texts.iter().enumerate() {
                assert_eq!(*text, format!("{filler}{n}"), "{durability}, {name}");
            }
        }
        assert!(clients.iter().all(|client| snug.client_of(client).is_in()), "{durability}");
    }
}

#[test]
fn two_people_post_while_a_third_reads_the_file() {
    let folder = TempDir::new();
    let snug = folder.serve(&["--history", "2", "--durability", "normal"]);
    let [ann, bob] = snug.members(["ann", "bob"]);
    let (said, over, address) = (Mutex::new(Vec::new()), AtomicBool::new(false), snug.address);
    thread::scope(|scope| {
        let posters: Vec<_> = [&ann, &bob]
            .into_iter()
            .map(|client| {
                let said = &said;
                scope.spawn(move || {
                    let mut poster = Poster::new(address, client);
                    for n in 0..150 {
                        let id = poster.say(&format!("number {n}"));
                        said.lock().unwrap().push(id);
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut rounds = 0;
            while !over.load(Ordering::SeqCst) || rounds == 0 {
                let before = said.lock().unwrap().clone();
                let found = ids(&ann.all_messages());
                assert!(found.is_sorted_by(|one, next| one < next), "{found:?}");
                let known: HashSet<_> = found.into_iter().collect();
                assert!(before.iter().all(|id| known.contains(id)), "an acknowledged message is missing");
                rounds += 1;
            }
        });
        for poster in posters {
            poster.join().unwrap();
        }
        over.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    });
    let mut said = said.into_inner().unwrap();
    said.sort_unstable();
    assert_eq!(ids(&ann.all_messages()), said);
}

#[test]
fn a_file_that_was_taken_away_takes_nothing_more_and_keeps_what_it_had() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let mut ann = snug.member("ann");
    ann.say_all(["kept".into()]);
    let number = fs::metadata(folder.data()).unwrap().ino();
    fs::rename(folder.data(), folder.file("elsewhere.db")).unwrap();
    let refused = ann.say("not kept").expect(503);
    assert!(refused.body.contains("not kept"), "the text stays with its writer");
    assert_eq!(ann.texts(), ["kept"], "reading goes on");
    fs::rename(folder.file("elsewhere.db"), folder.data()).unwrap();
    assert_eq!(fs::metadata(folder.data()).unwrap().ino(), number);
    ann.say_all(["kept again".into()]);
    snug.end_by("-KILL");
    let snug = folder.serve(&[]);
    assert_eq!(snug.client_of(&ann).texts(), ["kept", "kept again"]);
}

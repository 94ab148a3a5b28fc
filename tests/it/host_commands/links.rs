//! Links to a new password.

use super::*;

#[test]
fn whoever_forgot_the_password_sets_a_new_one_by_a_link_that_works_once() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let [ann, mut bob] = snug.members(["ann", "bob"]);
    let mut elsewhere = snug.visitor();
    elsewhere.login("ann", PASSWORD).expect(303);
    let mut streams = [Stream::open(&ann, "/events"), Stream::open(&elsewhere, "/events?format=html")];
    let mut page = Stream::open(&elsewhere, "/chat/live");
    let mut others = Stream::open(&bob, "/events");

    // A name in other letter case; and the newer link voids the older.
    let (first, path) = (folder.reset_link("ann"), folder.reset_link("ANN"));
    assert_ne!(first, path);
    let mut stranger = snug.visitor();
    stranger.get(&first).expect(410);
    stranger.reset_password(&first, "another horse").expect(410);
    // Looking at it uses nothing up, nor does a password that is none.
    for _ in 0..3 {
        stranger.get(&path).expect(200);
        stranger.send("HEAD", &path, "", b"").expect(200);
    }
    stranger.reset_password(&path, "short").expect(422);
    assert!(ann.clone().is_in() && elsewhere.clone().is_in(), "nothing has happened yet");
    assert_eq!(snug.visitor().login("ann", PASSWORD).status, 303, "the old one still holds");

    stranger.reset_password(&path, "another horse").expect(303);
    assert!(stranger.is_in());
    assert!(stranger.get("/chat").body.contains("<bdi>ann</bdi>"));
    for client in [&ann, &elsewhere] {
        assert!(!client.clone().is_in(), "all sessions end");
    }
    for stream in &mut streams {
        assert!(stream.ids_until(u64::MAX).is_empty(), "a stream ends, too");
    }
    page.rest();
    bob.say("hello").expect(303);
    assert!(others.message().is_some(), "others' go on");

    stranger.get(&path).expect(410);
    snug.visitor().reset_password(&path, "third horse").expect(410);
    snug.visitor().login("ann", PASSWORD).expect(401);
    snug.visitor().login("ann", "third horse").expect(401);
    snug.visitor().login("ann", "another horse").expect(303);
    assert!(bob.is_in());
    // What is no link at all.
    for path in ["/reset", "/reset?token=", "/reset?token=x"] {
        assert_eq!(snug.visitor().get(path).status, 410, "{path}");
    }
}

#[test]
fn of_two_who_take_up_a_link_at_once_one_gets_it() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    snug.member("ann");
    let path = folder.reset_link("ann");
    let visitor = snug.visitor();
    let mut statuses: Vec<u16> = thread::scope(|scope| {
        let racing = (0..4).map(|n| {
            let (mut visitor, path) = (visitor.clone(), &path);
            scope.spawn(move || visitor.reset_password(path, &format!("another horse {n}")).status)
        });
        racing.collect::<Vec<_>>().into_iter().map(|one| one.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 410, 410, 410]);
}

#[test]
fn a_new_password_is_set_in_a_browser_without_scripts() {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let mut phone = snug.member("ann");
    phone.say_all(["said before".into()]);
    let options = BrowserOptions { scripts: false, await_load: false, ..BrowserOptions::default() };
    let Some(browser) = Browser::start(options) else { return };
    let ann = BrowserUser::sits_at(browser, "ann", format!("http://{}", snug.address));
    let path = folder.reset_link("ann");
    ann.opens(&path);
    assert!(ann.browser.text("main").contains("ann"), "it says whose");
    assert_eq!(ann.browser.property("[name=password]", "type"), json!("password"));
    ann.submits(&[("password", "short")]);
    ann.browser.wait_for_text("[role=alert]", "8");
    assert!(phone.is_in());
    ann.submits(&[("password", "another horse")]);
    ann.is_at("/chat");
    ann.reads("said before");
    assert!(!phone.is_in());
    ann.opens(&path);
    ann.browser.wait_for_text("main", "This link was already used or is too old.");
    ann.opens("/chat");
    ann.signs_out();
    ann.signs_in_with("another horse");
    ann.is_at("/chat");
    ann.has_a_quiet_console();
}

#[test]
fn a_link_that_was_made_while_nobody_served_works_after_the_start() {
    let (folder, _) = small_chat();
    let arguments = ["reset-password", "zoe\u{308}", "--data", &folder.data(), "--listen", "127.0.0.1:4321"];
    let (code, stdout, stderr) = outcome(snug(&arguments));
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout.lines().count(), 1, "the link alone, to be piped on: {stdout}");
    let path = stdout.trim().strip_prefix("http://127.0.0.1:4321").unwrap();
    assert_eq!(folder.names(), ["chat.db"]);
    assert!(
        refused(&["reset-password", "nobody", "--data", &folder.data()]).contains("nobody is called nobody")
    );
    let snug = folder.serve(&[]);
    let mut zoe = snug.visitor();
    zoe.reset_password(path, "another horse").expect(303);
    assert!(zoe.get("/chat").body.contains("<bdi>Zoë</bdi>"));
    assert!(
        refused(&["reset-password", "nobody", "--data", &folder.data()]).contains("nobody is called nobody")
    );
    assert!(refused(&["reset-password", "", "--data", &folder.data()]).contains("nobody is called"));
    assert!(refused(&["reset-password", "two\nlines", "--data", &folder.data()]).len() < 100);
}

#[test]
fn links_have_the_path_below_which_the_chat_lives() {
    let (folder, _) = small_chat();
    let base = ["--base-path", "/chat"];
    let stopped =
        outcome(snug(&[&["reset-password", "ann", "--data", &folder.data()], &base[..]].concat())).1;
    stopped.shows("/chat/reset?token=");
    let snug = folder.serve(&base);
    let path = folder.reset_link("ann");
    assert!(path.starts_with("/chat/reset?token="), "{path}");
    snug.visitor().get(&path).expect(200);
}

#[test]
fn a_link_is_too_old_after_an_hour_and_not_before() {
    let path = {
        let (folder, _) = small_chat();
        let path = folder.reset_link("ann");
        for (minutes, status) in [(59, 200), (61, 410), (-1, 410)] {
            let copy = folder.file("copy.db");
            let _ = fs::remove_file(&copy);
            fs::copy(folder.data(), &copy).unwrap();
            let file = Connection::open(&copy).unwrap();
            // A clock that went back prolongs nothing.
            let sql = "UPDATE password_resets SET offered_at = offered_at - ?1";
            assert_eq!(file.execute(sql, [minutes * 60 * 1000]).unwrap(), 1);
            file.close().unwrap();
            let snug = Process::serve(&copy, &[]);
            assert_eq!(snug.visitor().get(&path).status, status, "after {minutes} minutes");
            let taken = snug.visitor().reset_password(&path, "another horse").status;
            assert_eq!(taken, if status == 200 { 303 } else { 410 }, "after {minutes} minutes");
        }
        path
    };
    assert!(path.len() > 50, "{path}");

    // To the millisecond, with a clock of our own.
    let journal: Box<dyn Log> = Box::<MemoryLog>::default();
    let chat = Chat::open(journal, Limits::default(), Box::new(|_| {})).unwrap();
    let hash = || PasswordHash("x".into());
    let digest = |n: u8| TokenDigest([n; 32]);
    let session =
        |n: u8| NewSession { digest: digest(n), device: Device::default(), former: None, known_by: None };
    let ann = chat.register(Username::parse("ann").unwrap(), hash(), session(1), Timestamp(0)).unwrap();
    let reset = |n: u8, at: i64| {
        let start = FreshStart { password: hash(), name: None, session: session(n + 100) };
        chat.reset_password(&digest(n), start, Timestamp(at), Timestamp(at))
    };
    chat.offer_reset(ann, digest(2), Timestamp(1000)).unwrap();
    assert_eq!(reset(2, 1000 + RESET_TIME + 1), Err(Refusal::ResetOver));
    assert_eq!(reset(2, 999), Err(Refusal::ResetOver));
    assert_eq!(reset(2, 1000 + RESET_TIME), Ok(()));
    assert_eq!(reset(2, 1000 + RESET_TIME), Err(Refusal::ResetOver));
}

#[test]
fn a_reset_under_load_gets_through() {
    let busy = Busy::start();
    let begun = Instant::now();
    let (path, _) = busy.meanwhile(|| {
        busy.snug.member("cyd");
        busy.folder.reset_link("cyd")
    });
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    busy.snug.visitor().reset_password(&path, "another horse").expect(303);
}

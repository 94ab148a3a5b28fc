//! One's own page: a new password, the zone of one's times, and the devices that are signed in.

use crate::prelude::*;

/// Long enough for a slow machine, and well before a stream looks after its session by itself.
const AT_ONCE: Duration = Duration::from_secs(8);
const NEW: &str = "another horse";

fn changes(client: &mut Client, current: &str, password: &str) -> Response {
    client.post("/me/password", &[("username", "ann"), ("current", current), ("password", password)])
}

// ---------------------------------------------------------------- a new password

#[test]
fn a_new_password_takes_the_place_of_the_old_one() {
    let (mut server, [mut ann]) = Server::open().with_members(["ann"]);
    let before = ann.clone();
    let answer = changes(&mut ann, PASSWORD, NEW);
    assert_eq!((answer.status, answer.location()), (303, "/me?saved=password-form#password-form"));
    assert_eq!(answer.headers("set-cookie").len(), 2);
    assert_ne!(ann.token(), before.token());
    for _ in 0..2 {
        assert!(ann.is_in(), "this browser goes on");
        assert!(!before.clone().is_in(), "and not with what it had before");
        server.visitor().login("ann", PASSWORD).expect(401);
        server.visitor().login("ann", NEW).expect(303);
        server.restarts(|| {});
    }
    // And once more.
    changes(&mut ann, PASSWORD, "third horse").expect(403);
    changes(&mut ann, NEW, "third horse").expect(303);
}

#[test]
fn all_other_devices_are_out_with_the_old_password_and_their_streams_end() {
    let (server, [mut ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let others = [server.login("ann"), server.login("ann")];
    let targets = ["/events", "/events?format=html", "/chat/live"];
    let open = |who: &Client| targets.map(|target| Stream::open(who, target).patient(AT_ONCE));
    let ended: Vec<Stream> = others.iter().flat_map(open).chain(open(&ann)).collect();
    let mut bobs = Stream::open(&bob, "/events");
    let start = bob.say_at("/chat", "before");
    changes(&mut ann, PASSWORD, NEW).expect(303);
    let end = bob.say_at("/chat", "what thieves would like to hear");
    for mut stream in ended {
        let rest = stream.rest();
        rest.lacks("thieves");
    }
    for other in &others {
        assert!(!other.clone().is_in());
    }
    // This browser comes back by its cursor, with the cookie that it was given.
    let told = Stream::resume(&ann, "/events", start).events_until(end);
    assert_eq!(told.iter().filter_map(|told| told.id).collect::<Vec<_>>(), [end]);
    assert_eq!(bobs.events_until(end).iter().filter(|told| told.kind == "message").count(), 2);
    assert!(bob.clone().is_in());
}

#[test]
fn a_wrong_password_so_far_is_said_beside_the_field_and_changes_nothing() {
    let (server, [mut ann]) = Server::open().with_members(["ann"]);
    let other = server.login("ann");
    let records = server.records().len();
    let page = changes(&mut ann, "wrong horse", NEW).expect(403);
    assert!(
        field_error(&page.body, "current")
            .expect("said beside it")
            .contains("The current password is wrong.")
    );
    assert_eq!(
        (input_value(&page.body, "current"), input_value(&page.body, "password")).1.as_deref().unwrap_or(""),
        ""
    );
    page.body.lacks("wrong horse").lacks(NEW);
    assert!(page.headers("set-cookie").is_empty());
    let answer = ann.clone().json();
    let answer = changes(&mut answer.clone(), "wrong horse", NEW);
    assert_eq!((answer.status, &answer.value()["error"]), (403, &"wrong_password".into()));
    // A new one that is none is said beside the new one, before the old one is looked at.
    let hashed = server.hashing.count();
    for (password, word) in [("short", "at least 8"), (&*"é".repeat(257), "up to 256")] {
        let page = changes(&mut ann, PASSWORD, password).expect(422);
        assert!(field_error(&page.body, "password").expect("said beside it").contains(word));
    }
    assert_eq!(server.hashing.count(), hashed);
    assert_eq!(server.records().len(), records, "nothing happened");
    assert!(ann.is_in() && other.clone().is_in());
    server.visitor().login("ann", PASSWORD).expect(303);
}

#[test]
fn whoever_found_a_browser_open_cannot_guess_its_password() {
    let (server, [_]) = Server::with(|settings| settings.sign_in_rate = 2).with_members(["ann"]);
    let mut thief = server.visitor().from("127.0.0.2");
    thief.login("ann", PASSWORD).expect(303);
    for _ in 0..2 {
        changes(&mut thief, "wrong horse", NEW).expect(403);
    }
    let hashed = server.hashing.count();
    for current in ["wrong horse", PASSWORD] {
        let page = changes(&mut thief, current, NEW).expect(429);
        assert!(page.header("retry-after").parse::<u32>().is_ok());
        page.body.shows("Too many attempts");
    }
    assert_eq!(server.hashing.count(), hashed, "no work for guessers");
    // It is one count with that at the door.
    thief.clone().login("ann", PASSWORD).expect(429);
    assert_eq!(server.visitor().login("ann", PASSWORD).status, 303, "elsewhere she comes in");
}

#[test]
fn of_two_changes_at_once_by_the_same_old_password_one_holds() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let mut devices = [server.login("ann"), server.login("ann")];
    server.hashing.shut();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let changing: Vec<_> = devices
            .iter_mut()
            .zip(["first horse", "second horse"])
            .map(|(device, password)| scope.spawn(move || changes(device, PASSWORD, password).status))
            .collect();
        server.hashing.wait_for_held(1);
        server.hashing.release();
        changing.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 303).count(), 1, "{statuses:?}");
    let won = statuses.iter().position(|status| *status == 303).unwrap();
    let known = ["first horse", "second horse"].map(|word| server.visitor().login("ann", word).status == 303);
    assert_eq!(known, [won == 0, won == 1]);
    assert!(!ann.clone().is_in() && devices[won].is_in() && !devices[1 - won].is_in());
}

// ---------------------------------------------------------------- the zone

/// How many hours the clocks of this markup's messages are ahead of UTC.
#[track_caller]
fn hours_ahead(markup: &str) -> u32 {
    let all = articles(markup);
    let hour = |text: &str| text[..2].parse::<u32>().unwrap();
    let message = all.last().expect("a message");
    (24 + hour(&message.clock) - hour(&message.datetime[11..])) % 24
}

#[test]
fn a_zone_is_for_ones_own_pages_and_streams_alone() {
    let (mut server, [ann, bob]) =
        Server::with(|settings| settings.time_zone = "Etc/UTC".parse().unwrap()).with_members(["ann", "bob"]);
    let start = bob.say_at("/chat", "start");
    let id = bob.say_at("/chat", "when?");
    let ahead = |who: &Client| {
        let mut events = Stream::open(who, &format!("/events?format=html&after={start}"));
        let told = events.events_until(id).pop().unwrap().data;
        let live = Stream::open(who, "/chat/live").page_until(id);
        let [page, about] =
            ["/chat", &format!("/messages/{id}/about")].map(|path| who.clone().get(path).body);
        [page, about, live, told].map(|markup| hours_ahead(&markup))
    };
    assert_eq!((ahead(&ann), ahead(&bob)), ([0; 4], [0; 4]));
    let answer = ann.clone().post("/me/zone", &[("zone", " Pacific/Kiritimati ")]);
    assert_eq!((answer.status, answer.location()), (303, "/me?saved=time-zone#time-zone"));
    for _ in 0..2 {
        assert_eq!((ahead(&ann), ahead(&bob)), ([14; 4], [0; 4]));
        assert_eq!(ahead(&server.login("ann")), [14; 4], "on all her devices");
        assert_eq!(input_value(&ann.clone().get("/me").body, "zone").as_deref(), Some("Pacific/Kiritimati"));
        assert_eq!(input_value(&bob.clone().get("/me").body, "zone").as_deref(), Some(""));
        server.restarts(|| {});
    }
    // One message to both, while it runs, each in its own.
    let mut both = [&ann, &bob].map(|who| Stream::open(who, "/events?format=html"));
    let next = bob.say_at("/chat", "and now?");
    let told = both.each_mut().map(|stream| hours_ahead(&stream.events_until(next).pop().unwrap().data));
    assert_eq!(told, [14, 0]);
    // Programs are told the same by everybody.
    assert_eq!(ann.all_messages(), bob.all_messages());
    ann.clone().post("/me/zone", &[("zone", "  ")]).expect(303);
    assert_eq!(ahead(&ann), [0; 4]);
}

#[test]
fn a_zone_that_is_none_comes_back_with_a_better_one() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    ann.clone().post("/me/zone", &[("zone", "Pacific/Kiritimati")]).expect(303);
    for (typed, suggestion) in [
        ("Berln", "Europe/Berlin"),
        ("Asia/Kolkatta", "Asia/Kolkata"),
        ("new yrok", "America/New_York"),
        ("GMT+15", "UTC+5:30"),
        ("cst", "CST stands for more than one time zone. Did you mean America/Chicago"),
        ("<b>\"&", ""),
        (&*"x".repeat(100), ""),
    ] {
        let page = ann.clone().post("/me/zone", &[("zone", typed)]);
        assert_eq!(page.status, 422, "{typed}");
        assert_eq!(input_value(&page.body, "zone").as_deref(), Some(typed));
        let said = field_error(&page.body, "zone").expect("said beside it");
        assert!(said.contains(suggestion), "{typed}: {said}");
        assert!(!page.body.contains("<b>\""), "escaped");
        let answer = ann.clone().json().post("/me/zone", &[("zone", typed)]);
        assert_eq!((answer.status, &answer.value()["error"]), (422, &"invalid_zone".into()));
    }
    assert_eq!(input_value(&ann.clone().get("/me").body, "zone").as_deref(), Some("Pacific/Kiritimati"));
}

#[test]
fn a_zone_is_what_people_mean_by_it() {
    let (mut server, [mut ann]) =
        Server::with(|settings| settings.time_zone = "UTC-2".parse().unwrap()).with_members(["ann"]);
    let id = ann.say_at("/chat", "when?");
    let path = format!("/messages/{id}/about");
    let hours = |ann: &mut Client| hours_ahead(&ann.get(&path).body);
    assert_eq!(hours(&mut ann), 22);
    assert!(ann.get("/chat").body.contains("<small title=\"UTC-2\">Times in UTC-2</small>"));
    for (typed, kept, ahead) in [
        ("GMT+2", "UTC+2", 2),
        ("+03:00", "UTC+3", 3),
        ("Etc/GMT+2", "UTC-2", 22),
        ("ist", "Asia/Kolkata", 5),
        ("mumbai", "Asia/Kolkata", 5),
        ("utc", "UTC", 0),
        ("UTC\u{2212}05:00", "UTC-5", 19),
    ] {
        assert_eq!(ann.post("/me/zone", &[("zone", typed)]).status, 303, "{typed}");
        server.restarts(|| {});
        let page = ann.get("/me").body;
        assert_eq!(input_value(&page, "zone").as_deref(), Some(kept), "{typed}");
        assert!(!page.contains("value=\"Etc/GMT+"), "nothing of the opposite sign to choose");
        assert!((ahead..=ahead + 1).contains(&hours(&mut ann)), "{typed}");
        // What is shown there can be saved again.
        assert_eq!(ann.post("/me/zone", &[("zone", kept)]).status, 303, "{kept}");
    }
}

#[test]
fn a_zone_as_long_as_a_form_may_be_costs_nobody_anything() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    let start = Instant::now();
    ann.clone().json().post("/me/zone", &[("zone", &"x".repeat(100_000))]).expect(422);
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
}

// ---------------------------------------------------------------- the language

#[test]
fn a_language_is_that_of_the_browser_until_one_is_chosen() {
    let (mut server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let german = ann.clone().with_header("Accept-Language", "de-AT, en;q=0.5");
    let language = |who: &Client| between(&who.clone().get("/me").body, "<html lang=\"", "\"").to_owned();
    assert_eq!((language(&ann), language(&german)), ("en".into(), "de".into()));
    let choose = |tag: &str| ann.clone().post("/me/language", &[("language", tag)]);
    let answer = choose("hi");
    assert_eq!((answer.status, answer.location()), (303, "/me?saved=language#language"));
    let page = ann.clone().get("/me?saved=language").body;
    page.shows("<p class=\"saved\" role=\"status\">सेव हो गया</p>");
    for _ in 0..2 {
        assert_eq!(
            (language(&ann), language(&german), language(&bob)),
            ("hi".into(), "hi".into(), "en".into())
        );
        let page = ann.clone().get("/me").body;
        page.shows("<option value=\"hi\" lang=\"hi\" selected>हिन्दी</option>").lacks("class=\"saved\"");
        server.restarts(|| {});
    }
    for wrong in ["fr", "hindi", "hi-IN"] {
        assert_eq!(choose(wrong).status, 400, "{wrong}");
    }
    choose("").expect(303);
    assert_eq!((language(&ann), language(&german)), ("en".into(), "de".into()));
}

#[test]
fn programs_are_told_what_is_wrong_in_their_language() {
    let (_server, [ann]) = Server::open().with_members(["ann"]);
    for (accepted, detail) in [
        ("", "There is no such time zone. Did you mean Europe/Berlin"),
        ("hi", "ऐसा कोई समय क्षेत्र नहीं है। क्या आपका मतलब Europe/Berlin"),
        ("de", "Diese Zeitzone gibt es nicht. Meintest du Europe/Berlin"),
        ("fr", "There is no such time zone. Did you mean Europe/Berlin"),
    ] {
        let mut client = ann.clone().json().with_header("Accept-Language", accepted);
        let fault = client.post("/me/zone", &[("zone", "Berln")]).value();
        assert_eq!(fault["error"], "invalid_zone", "{accepted}");
        assert!(fault["detail"].as_str().unwrap().starts_with(detail), "{accepted}: {fault}");
    }
}

// ---------------------------------------------------------------- devices

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 \
     (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";

/// Somebody signs in with a program that says this of itself.
fn signs_in(visitor: Client, name: &str, agent: &str) -> Client {
    let mut client = visitor.with_header("User-Agent", agent);
    client.login(name, PASSWORD).expect(303);
    client
}

/// One's devices in the words of one's page, and the number of each but this one.
fn devices(client: &Client) -> Vec<(String, Option<u64>)> {
    let page = client.clone().get("/me").body;
    let list = between(&page, "<ul class=\"devices\">", "</ul>").to_owned();
    let one = |item: &str| {
        let number = input_value(item, "session").map(|number| number.parse().unwrap());
        assert_eq!(number.is_none(), item.contains("(this device)"), "{item}");
        (unescape(between(item, "<b>", "</b>")), number)
    };
    list.split("<li>").skip(1).map(one).collect()
}

fn number_of(client: &Client, name: &str) -> u64 {
    devices(client).iter().find(|(device, _)| device == name).and_then(|(_, number)| *number).expect(name)
}

fn signs_out(by: &Client, session: &str) -> u16 {
    by.clone().post("/me/sessions", &[("session", session)]).status
}

#[test]
fn devices_are_listed_in_words_and_signed_out_one_by_one() {
    let (mut server, [ann]) = Server::unlimited().with_members(["ann"]);
    let firefox = signs_in(server.visitor(), "ann", FIREFOX);
    let phone = signs_in(server.visitor(), "ann", IPHONE);
    server.member("bob");
    for _ in 0..2 {
        let names: Vec<String> = devices(&ann).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["Unknown device", "Firefox on Linux", "Safari on iPhone"]);
        assert_eq!(devices(&phone)[2], ("Safari on iPhone".into(), None));
        server.restarts(|| {});
    }
    let mut streams = ["/events", "/events?format=html", "/chat/live"]
        .map(|target| Stream::open(&phone, target).patient(AT_ONCE));
    let mut stays = Stream::open(&firefox, "/events");
    let number = number_of(&firefox, "Safari on iPhone");
    assert_eq!(signs_out(&firefox, &number.to_string()), 303);
    let end = ann.say_at("/chat", "not for the phone");
    for stream in &mut streams {
        assert!(!stream.rest().contains("not for the phone"));
    }
    stays.events_until(end);
    assert!(!phone.clone().is_in() && firefox.clone().is_in() && ann.clone().is_in());
    assert_eq!(devices(&ann).len(), 2);
    // It is over, and once more is as good as once.
    assert_eq!(signs_out(&firefox, &number.to_string()), 303);
    assert!(!phone.clone().is_in());
}

#[test]
fn all_others_are_signed_out_at_once_and_nobody_elses() {
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let others = [FIREFOX, IPHONE, "curl/8.5.0"].map(|agent| signs_in(server.visitor(), "ann", agent));
    let mut streams = others.each_ref().map(|other| Stream::open(other, "/events").patient(AT_ONCE));
    let mut own = Stream::open(&ann, "/events");
    ann.clone().post("/me/sessions", &[]).expect(303);
    let end = bob.say_at("/chat", "end");
    for stream in &mut streams {
        assert!(!stream.rest().contains("\"text\""));
    }
    own.events_until(end);
    assert!(others.iter().all(|other| !other.clone().is_in()));
    assert!(ann.clone().is_in() && bob.clone().is_in());
    assert_eq!(devices(&ann), [("Unknown device".into(), None)]);
    assert!(!ann.clone().get("/me").body.contains("Sign out everywhere else"));
}

#[test]
fn a_session_of_somebody_else_is_not_ones_own_to_end() {
    let (server, [ann, bob]) = Server::open().with_members(["ann", "bob"]);
    let phone = signs_in(server.visitor(), "bob", IPHONE);
    let (number, own) = (number_of(&bob, "Safari on iPhone"), number_of(&phone, "Unknown device"));
    let records = server.records().len();
    for session in [number, own, 0, 1, u64::MAX] {
        // The owner is nobody special here.
        assert_eq!(signs_out(&ann, &session.to_string()), 303, "as for one that is over");
    }
    for session in ["", "x", "-1", "+2", &format!(" {number}"), "18446744073709551616", "1.0"] {
        assert_eq!(signs_out(&bob, session), 400, "{session:?}");
    }
    assert_eq!(server.records().len(), records, "nothing happened");
    assert!(ann.clone().is_in() && bob.clone().is_in() && phone.clone().is_in());
    let page = ann.clone().get("/me").body;
    assert!(!between(&page, "<main", "</main>").contains("iPhone"), "nor is it hers to see");
}

#[test]
fn what_a_program_says_of_itself_is_but_text() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    for agent in [
        "<script>alert(1)</script>",
        "\"><img/src=x/onerror=alert(1)>",
        "</b></li></ul><form/action=//evil.example>",
        "'onmouseover='alert(1)",
        "\u{202e}reversed",
        &"w".repeat(3_000),
        "&lt;b&gt;",
        "Firefox/<script>alert(1)</script> (Linux)",
    ] {
        let mut client = signs_in(server.visitor(), "ann", agent);
        let page = ann.clone().get("/me").body;
        for raw in ["<script>alert", "<img/src", "<form/action", "\u{202e}", &"w".repeat(61)] {
            assert!(!page.contains(raw), "{agent:?}: {raw:?} in the page");
        }
        let all = devices(&ann);
        assert_eq!(all.len(), 2, "{agent:?}: {all:?}");
        assert!(all[1].0.chars().count() <= 60, "{all:?}");
        client.post("/logout", &[]).expect(303);
    }
}

#[test]
fn signing_in_again_replaces_the_device_and_signing_out_removes_it() {
    let (server, [ann]) = Server::open().with_members(["ann"]);
    let mut phone = signs_in(server.visitor(), "ann", IPHONE);
    let first = number_of(&ann, "Safari on iPhone");
    phone.login("ann", PASSWORD).expect(303);
    assert_ne!(number_of(&ann, "Safari on iPhone"), first);
    assert_eq!(devices(&ann).len(), 2);
    phone.post("/logout", &[]);
    assert_eq!(devices(&ann).len(), 1);
}

#[test]
fn a_stream_counts_as_one_who_is_signed_in_until_the_device_is_signed_out() {
    let (server, [ann, bob]) = Server::unlimited().with_members(["ann", "bob"]);
    let phone = signs_in(server.visitor(), "ann", IPHONE);
    let _watching = Stream::open(&phone, "/events");
    let here = || bob.clone().get("/people/ann/about").body.contains("</time> · Online");
    wait_until("ann is here by her phone", here);
    ann.clone().post("/me/sessions", &[]).expect(303);
    wait_until("she is here no more", || !here());
}

#[cfg(feature = "sqlite")]
#[test]
fn what_one_set_of_oneself_outlives_the_process() {
    use crate::support::TempDir;

    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let mut ann = program.member("ann");
    let lost = signs_in(program.visitor(), "ann", "curl/8.5.0");
    changes(&mut ann, PASSWORD, NEW).expect(303);
    let mut firefox = program.visitor().with_header("User-Agent", FIREFOX);
    let mut phone = program.visitor().with_header("User-Agent", IPHONE);
    for client in [&mut firefox, &mut phone] {
        client.login("ann", NEW).expect(303);
    }
    assert_eq!(signs_out(&ann, &number_of(&ann, "Safari on iPhone").to_string()), 303);
    ann.post("/me/zone", &[("zone", "Pacific/Kiritimati")]).expect(303);
    let before = devices(&ann);
    assert_eq!(before.len(), 2);
    program.end_by("-KILL");

    let program = folder.serve(&[]);
    let is_in = [&ann, &firefox, &phone, &lost].map(|client| program.client_of(client).is_in());
    assert_eq!(is_in, [true, true, false, false]);
    let ann = program.client_of(&ann);
    assert_eq!(devices(&ann), before, "with the numbers that they had");
    assert_eq!(input_value(&ann.clone().get("/me").body, "zone").as_deref(), Some("Pacific/Kiritimati"));
    program.visitor().login("ann", PASSWORD).expect(401);
    assert_eq!(signs_out(&ann, &number_of(&ann, "Firefox on Linux").to_string()), 303);
    assert!(!program.client_of(&firefox).is_in());
}

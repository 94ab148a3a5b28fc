//! Rooms, conversations and the list of them, as people use them: with scripts and without, on a desk
//! and on a phone.

use crate::prelude::*;

#[test]
fn two_people_live_in_several_rooms() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    bob.registers();
    // Where the list stands beside the room, nothing opens or shuts it.
    ann.browser.wait_until("the list", || ann.sees(".sidebar"));
    assert!(!ann.sees(".drawer") && !ann.sees(".shut"));
    ann.browser.wait_until("the way to a new room", || {
        let js = "const one = document.querySelector('.sidebar a[href=\"/rooms?new\"]'), box = one.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            const above = one.closest('p').previousElementSibling.getBoundingClientRect().bottom;
            return top === one && box.top >= above && one.checkVisibility({ opacityProperty: true })";
        ann.browser.execute(js, &json!([])) == Value::Bool(true)
    });
    let club = a_room_by_invitation(&ann, &bob);
    unread_is_counted_and_goes_in_every_tab(&ann, &bob, &club);
    typing_is_told_in_its_room_alone(&ann, &bob, &club);
    drafts_are_kept_apart(&bob, &club);
    a_conversation_begins(&server, &ann, &bob);
    let plaza = ann.client(&server).open_room_called("Plaza", true);
    ann.browser.wait_for_text(&link(&plaza), "Plaza");
    an_open_room_is_joined(&bob, &plaza);
    leaving_leads_every_tab_back(&bob, &club);
    bob.client(&server).get(&club).expect(404);
    ann.has_a_quiet_console();
    bob.has_a_quiet_console();
}

#[test]
fn answers_that_break_off_are_no_fault_of_the_page() {
    let (server, [mut carol]) = Server::with(|settings| settings.post_rate = 0).with_members(["carol"]);
    for n in 0..60 {
        carol.say(&n.to_string());
    }
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.says("before");
    // As when a page is left: the answer has begun, and its end never comes.
    let breaks = "window.real = fetch; window.broken = [];
        window.fetch = async (url, options) => {
          const given = new AbortController();
          const answer = await real(url, { ...options, signal: given.signal });
          given.abort();
          broken.push(String(url));
          return answer;
        }";
    ann.browser.execute(breaks, &json!([]));
    let broke = |part: &str| {
        let js = "return broken.some(url => url.includes(arguments[0]))";
        ann.browser.wait_until(part, || ann.browser.execute(js, &json!([part])) == Value::Bool(true));
    };
    carol.post("/people/ann", &[("message", "psst")]);
    broke("/sidebar");
    ann.browser.type_text("#message", "@ca");
    broke("/people?like=");
    ann.browser.clear("#message");
    ann.browser.press("#message", "ArrowUp");
    broke("/messages/");
    ann.browser.execute("document.querySelector('.log').scrollTop = -1e9", &json!([]));
    broke("?before=");
    ann.browser.execute("return new Promise(done => setTimeout(done))", &json!([]));
    ann.has_a_quiet_console();
    // And the page goes on.
    ann.browser.execute("window.fetch = real", &json!([]));
    carol.post("/people/ann", &[("message", "are you there?")]);
    ann.has_unread("/people/carol", "2");
    ann.says("after");
}

/// Ann opens a room and adds bob, who sees it appear.
fn a_room_by_invitation(ann: &BrowserUser, bob: &BrowserUser) -> String {
    ann.follows(".sidebar .more a");
    ann.is_at("/rooms?new");
    assert!(ann.browser.exists("#name:focus"), "one types its name");
    ann.submits(&[("name", "Book club"), ("topic", "Dune")]);
    let club = ann.path();
    assert!(club.starts_with("/rooms/"), "{club}");
    assert!(ann.browser.text(".head h1").contains("Book club"));
    assert_eq!(ann.browser.text(".head .topic"), "Dune");
    ann.at_messages(|browser| assert_eq!(browser.text(".edge a"), "Add people"));
    ann.turns_page(|_| ann.at_messages(|browser| browser.click(".edge a")));
    ann.is_at(&format!("{club}/about#add"));
    ann.submits(&[("username", "nobody")]);
    ann.browser.wait_for_text(".fault", "No member has that name.");
    ann.submits(&[("username", "bob")]);
    ann.browser.wait_for_text("#add + form [role=status]", "bob\u{2069} was added.");
    ann.browser.wait_for_text("main .persons", "bob");
    ann.follows(".aside a");
    ann.is_at(&club);
    bob.browser.wait_for_text(&link(&club), "Book club");
    club
}

fn unread_is_counted_and_goes_in_every_tab(ann: &BrowserUser, bob: &BrowserUser, club: &str) {
    let hall = bob.browser.handle();
    ann.says("first words");
    bob.has_unread(club, "1");
    ann.says("more words");
    bob.has_unread(club, "2");
    ann.has_unread(club, "");
    let second = bob.opens_a_window();
    bob.has_unread(club, "2");
    bob.follows(&link(club));
    bob.is_at(club);
    assert_eq!(bob.browser.text(".unseen"), "New");
    assert_eq!(bob.browser.text(".unseen ~ article p"), "first words");
    bob.browser.switch_to(&hall);
    bob.has_unread(club, "");
    bob.browser.switch_to(&second);
    ann.says("and live");
    bob.reads("and live");
    bob.browser.switch_to(&hall);
    bob.has_unread(club, "");
    bob.browser.switch_to(&second);
    bob.says("I heard it");
    ann.reads("I heard it");
    bob.browser.switch_to(&hall);
    bob.has_unread(club, "");
    bob.reloads();
    bob.has_unread(club, "");
    bob.browser.switch_to(&second);
    bob.reloads();
    assert!(!bob.browser.exists(".unseen"), "all is read");
}

fn typing_is_told_in_its_room_alone(ann: &BrowserUser, bob: &BrowserUser, club: &str) {
    let room = ann.browser.handle();
    let hall = ann.opens_a_window();
    ann.browser.wait_for_text(".here", "bob");
    ann.browser.switch_to(&room);
    bob.is_at(club);
    bob.browser.type_text("#message", "half a");
    ann.browser.wait_for_text(".typing", "bob is typing…");
    ann.browser.switch_to(&hall);
    assert_eq!(ann.browser.text(".typing"), "", "of another room");
    ann.browser.close_window();
    ann.browser.switch_to(&room);
}

fn drafts_are_kept_apart(bob: &BrowserUser, club: &str) {
    bob.follows(&link("/chat"));
    assert_eq!(bob.draft("message"), "");
    bob.browser.type_text("#message", "elsewhere");
    bob.follows(&link(club));
    assert_eq!(bob.draft("message"), "half a");
    bob.follows(&link("/chat"));
    assert_eq!(bob.draft("message"), "elsewhere");
    bob.browser.clear("#message");
}

fn a_conversation_begins(server: &Server, ann: &BrowserUser, bob: &BrowserUser) {
    bob.opens("/people/ann");
    bob.browser.wait_for_text(".edge", "No messages yet");
    ann.follows(".persons a[href='/people/bob']");
    ann.is_at("/people/bob");
    assert_eq!(ann.browser.text(".head .topic"), "Only the two of you can read this");
    ann.says("psst");
    bob.reads("psst");
    bob.is_at("/people/ann");
    bob.says("yes?");
    ann.reads("yes?");
    bob.reads("yes?");
    ann.browser.wait_for_text(&format!("{}[aria-current]", link("/people/bob")), "bob");
    bob.opens("/chat");
    ann.says("a secret");
    bob.has_unread("/people/ann", "1");
    bob.follows(&link("/people/ann"));
    bob.reads("a secret");
    assert!(!server.member("cyd").get("/people/ann").body.contains("secret"));

    ann.follows(".persons a[href='/people/ann']");
    assert!(ann.browser.text(".head h1").contains("Notes"));
    ann.says("buy milk");
    assert!(!bob.client(server).get("/people/ann").body.contains("milk"));
    bob.opens("/people/bob");
    assert!(!bob.browser.source().contains("milk"));
}

fn an_open_room_is_joined(bob: &BrowserUser, plaza: &str) {
    bob.opens("/chat");
    bob.browser.wait_for_text(".sidebar .more", "Browse rooms (1)");
    bob.follows(".sidebar .more a");
    bob.follows(".beside a.action");
    bob.is_at(plaza);
    assert!(!bob.browser.exists(".composer"));
    assert!(!bob.browser.exists(&link(plaza)));
    bob.follows(".join button");
    bob.is_at(plaza);
    bob.says("I am in");
    bob.browser.wait_for_text(&link(plaza), "Plaza");
}

fn leaving_leads_every_tab_back(bob: &BrowserUser, room: &str) {
    bob.opens(room);
    let reading = bob.browser.handle();
    bob.opens_a_window();
    bob.opens(&format!("{room}/about"));
    bob.leaves();
    assert!(!bob.browser.exists(&link(room)));
    bob.browser.switch_to(&reading);
    // What was begun there waits to be copied.
    bob.browser.wait_until("the draft", || bob.browser.property(".unsent textarea", "value") == "half a");
    assert!(!bob.browser.exists(&link(room)));
    bob.follows("main .sheet a");
    bob.is_at("/chat");
}

#[test]
fn rooms_need_no_scripts() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    let mut bob = server.member("bob");
    ann.follows(".sidebar .more a");
    ann.submits(&[("name", "Book club"), ("topic", "")]);
    let club = ann.path();
    ann.follows(".about");
    ann.submits(&[("username", "bob")]);
    ann.follows(".aside a");
    ann.says("welcome, bob");
    bob.post(&club, &[("message", "a fine room")]).expect(303);
    ann.reads("a fine room");
    ann.reloads();
    ann.follows(&link("/chat"));
    ann.says("in the hall");
    bob.post(&club, &[("message", "while you were away")]);
    ann.reloads();
    ann.has_unread(&club, "1");
    ann.follows(&link(&club));
    ann.reads("while you were away");
    ann.reloads();
    ann.has_unread(&club, "");
    ann.follows(&link("/chat"));
    ann.has_unread(&club, "");

    ann.follows(".persons a[href='/people/bob']");
    ann.says("psst");
    ann.browser.wait_until("the conversation to be listed", || {
        ann.reloads();
        ann.browser.exists(&format!("{}[aria-current]", link("/people/bob")))
    });
    bob.post("/people/ann", &[("message", "yes?")]).expect(303);
    ann.reads("yes?");
    let mut cyd = server.member("cyd");
    ann.opens("/people/cyd");
    ann.at_messages(|browser| browser.wait_for_text(".edge", "No messages yet"));
    cyd.post("/people/ann", &[("message", "out of the blue")]).expect(303);
    ann.reads("out of the blue");
    ann.follows(".persons a[href='/people/ann']");
    assert!(ann.browser.text(".head h1").contains("Notes"));
    ann.says("buy milk");

    let plaza = bob.open_room_called("Plaza", true);
    ann.opens("/rooms");
    ann.follows(".beside a.action");
    ann.is_at(&plaza);
    ann.follows(".join button");
    ann.says("I am in");
    a_drawer_holds_the_rooms_on_a_phone(&ann, &club);
    ann.opens(&format!("{club}/about"));
    ann.leaves();
    assert!(!ann.browser.exists(&link(&club)));
    ann.has_a_quiet_console();
}

fn a_drawer_holds_the_rooms_on_a_phone(ann: &BrowserUser, club: &str) {
    ann.browser.resize(360, 640, true);
    for scheme in ["light", "dark"] {
        ann.browser.emulate_media(&[("prefers-color-scheme", scheme)]);
        ann.opens("/chat");
        assert!(!ann.sees(".sidebar"));
        ann.browser.click(".drawer");
        ann.browser.wait_until("the drawer", || ann.sees(".sidebar"));
        let inside = "const box = document.querySelector('.sidebar').getBoundingClientRect();
            return box.left >= 0 && box.right < innerWidth && box.top === 0 && box.bottom === innerHeight";
        assert_eq!(ann.browser.execute(inside, &json!([])), true);
        ann.follows(&link(club));
        ann.is_at(club);
        assert!(!ann.sees(".sidebar"));
    }
    ann.browser.resize(1280, 800, false);
}

#[test]
fn rooms_are_finished_on_a_phone_and_on_a_desk_and_a_keyboard_is_enough() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let crowd = busy(&server, &ann, "What we read, and when we meet to talk about it");
    let inspector = Inspector::new();
    let mut faults = Vec::new();
    let mut inspect = |page: &str| faults.extend(inspector.inspect(&ann, page));
    ann.opens("/chat");
    inspect("the shared room with a sidebar");
    ann.opens(&crowd);
    assert!(ann.browser.exists(".unseen"));
    inspect("a room with news");
    ann.opens(&format!("/people/{LONG_NAME}"));
    assert!(ann.browser.exists(".unseen"));
    inspect("a conversation");
    ann.opens("/people/ann");
    inspect("notes that have not begun");
    ann.opens("/rooms");
    ann.browser.execute("document.querySelector('#name').required = false", &json!([]));
    inspect("/rooms");
    ann.follows("form[method='post'][action='/rooms'] button");
    ann.browser.wait_for_text(".fault", "Give the room a name.");
    inspect("/rooms with an error");
    ann.opens(&format!("{}/about", ann.client(&server).open_room_called("Lake", false)));
    inspect("/rooms/ID/about");
    ann.browser.type_text("#username", "nobody-there");
    ann.sends_form("main form[action$='/add']");
    ann.browser.wait_for_text(".fault", "No member has that name.");
    inspect("/rooms/ID/about with an error");
    ann.opens("/people");
    inspect("/people");
    for frame in ["live", "compose"] {
        let content = if frame == "live" { "article" } else { ".composer" };
        ann.turns_to(content, |browser| browser.goto(&server.url(&format!("{crowd}/{frame}"))));
        inspect(&format!("{crowd}/{frame}"));
    }
    ann.browser.resize(360, 640, true);
    ann.opens("/chat");
    ann.browser.click(".drawer");
    ann.browser.wait_until("the drawer", || ann.sees(".sidebar"));
    inspect("the drawer");

    ann.browser.resize(360, 640, true);
    ann.opens("/chat");
    let keyboard = Keyboard(&ann.browser);
    keyboard.tabs_back_to(".drawer");
    keyboard.press("Enter");
    ann.browser.wait_until("the drawer", || ann.sees(".sidebar"));
    keyboard.tabs_to(".sidebar .shut");
    keyboard.tabs_to(".sidebar a");
    keyboard.press("Escape");
    ann.browser.wait_until("no drawer", || !ann.sees(".sidebar"));
    keyboard.is_on(".drawer");
    keyboard.press("Enter");
    keyboard.tabs_to(".sidebar .shut");
    keyboard.tabs_to(".sidebar .brand");
    keyboard.tabs_to(".sidebar .jump");
    keyboard.tabs_to(".sidebar a[href='/activity']");
    keyboard.tabs_to(".sidebar a[href='/chat']");
    keyboard.tabs_to(".sidebar a[data-room]");
    ann.turns_page(|_| keyboard.press("Enter"));
    assert_ne!(ann.path(), "/chat");
    ann.has_a_quiet_console();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn rooms_with_unreasonable_topics_and_rooms_to_join_are_finished() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let crowd = busy(&server, &ann, &"t".repeat(200));
    let inspector = Inspector::new();
    ann.opens(&format!("{crowd}/about"));
    let mut faults = inspector.inspect(&ann, "/rooms/ID/about");
    ann.opens("/rooms");
    ann.follows(".beside a.action");
    faults.extend(inspector.inspect(&ann, "a room to join"));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn without_scripts_what_was_seen_is_read_and_what_was_not_has_a_line() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    let mut bob = server.member("bob");
    let club = ann.client(&server).open_room_called("Book club", false);
    bob.post("/people/ann", &[("message", "not seen yet")]).expect(303);
    ann.opens("/people/bob");
    ann.reads("not seen yet");
    bob.post("/people/ann", &[("message", "seen as it came")]).expect(303);
    ann.reads("seen as it came");
    ann.follows(&link(&club));
    ann.has_unread("/people/bob", "");
    bob.post("/people/ann", &[("message", "while you were away")]).expect(303);
    ann.follows(&link("/people/bob"));
    ann.reads("while you were away");
    assert_eq!(ann.at_messages(|browser| browser.text(".unseen ~ article p")), "while you were away");
}

#[test]
fn without_scripts_leaving_leads_every_tab_back() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    let club = ann.client(&server).open_room_called("Book club", false);
    ann.opens(&club);
    ann.at_messages(|browser| browser.wait_for_text(".edge", "No messages"));
    ann.client(&server).post(&format!("{club}/leave"), &[("sure", "yes")]).expect(303);
    ann.at_messages(|browser| browser.wait_for_text("main a", "chat"));
    ann.turns_page(|_| ann.at_messages(|browser| browser.click("main a")));
    ann.is_at("/chat");
}

#[test]
fn a_page_that_is_reloaded_does_not_tell_again_what_a_form_came_to() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    let room = ann.client(&server).open_room_called("Garden", true);
    ann.opens(&format!("{room}/about"));
    ann.leaves();
    ann.reloads();
    assert!(!ann.browser.exists("main > .outcome"), "{}", ann.browser.url());
}

#[test]
fn leaving_an_open_room_leads_every_tab_back() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let plaza = ann.client(&server).open_room_called("Plaza", true);
    ann.opens(&plaza);
    ann.browser.wait_for_text(".here", "ann");
    ann.client(&server).post(&format!("{plaza}/leave"), &[("sure", "yes")]).expect(303);
    ann.browser.wait_until("the way out", || ann.path() == "/chat" || ann.browser.exists(".join"));
}

#[test]
fn signing_out_forgets_the_drafts_of_all_rooms() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    server.member("bob");
    ann.registers();
    ann.opens("/people/bob");
    ann.browser.type_text("#message", "about eve, in private");
    ann.opens("/chat");
    ann.browser.type_text("#message", "for all");
    ann.signs_out();
    // Pages without a composer forget nothing; what is there is nobody else's.
    ann.signs_in_with(PASSWORD);
    ann.is_at("/chat");
    ann.opens("/people/bob");
    assert_eq!(ann.draft("message"), "");
    ann.browser.type_text("#message", "about eve, again");
    ann.opens("/me");
    ann.signs_out();
    let eve = BrowserUser::sits_at(ann.browser, "eve", server.url(""));
    eve.registers();
    eve.opens("/people/bob");
    assert_eq!(eve.draft("message"), "");
}

#[test]
fn signing_out_anywhere_takes_along_what_the_browser_kept_and_leaves_other_chats_alone() {
    let Some((_server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let keys = "return [sessionStorage, localStorage].flatMap((kept) => Object.keys(kept)).sort().join(' ')";
    for page in ["/chat", "/me", "/logout"] {
        ann.opens("/chat");
        ann.browser.type_text("#message", "not yet sent");
        let kept = "localStorage.setItem('snug:notify:', 'yes'); localStorage.setItem('snug:notify:/other', 'yes'); \
                    sessionStorage.setItem('snug:draft:/other:ann:http://elsewhere/chat', 'theirs')";
        ann.opens(page);
        ann.browser.execute(kept, &json!([]));
        ann.signs_out();
        let left = ann.browser.execute(keys, &json!([]));
        assert_eq!(left, "snug:draft:/other:ann:http://elsewhere/chat snug:notify:/other", "{page}");
        ann.signs_in_with(PASSWORD);
    }
    ann.has_a_quiet_console();
}

#[test]
fn what_is_new_begins_where_it_begins_however_much_it_is() {
    let Some((server, ann)) = Server::with(|settings| settings.post_rate = 0).with_browser("ann", true)
    else {
        return;
    };
    let mut bob = server.member("bob");
    bob.say("known");
    ann.registers();
    ann.reads("known");
    ann.opens("/people");
    (1..=80).for_each(|n| assert_eq!(bob.say(&format!("new {n}")).status, 303));
    ann.opens("/chat");
    let text = |css: &str| {
        ann.browser.execute("return document.querySelector(arguments[0])?.textContent", &json!([css]))
    };
    let first = || text(".unseen ~ article p");
    assert_eq!((text(".unseen"), first()), ("New".into(), "new 1".into()));
    ann.opens("/chat?latest");
    assert_eq!((text(".unseen"), first()), ("New · Jump to first unread".into(), "new 31".into()));
    ann.browser.wait_until("the first of them", || {
        ann.browser.execute("document.querySelector('.log').scrollTop = -1e9", &json!([]));
        first() == "new 1"
    });
    assert_eq!(text(".unseen"), "New");
    assert!(!ann.browser.exists(".unseen + .grouped"));
    ann.has_a_quiet_console();
}

#[test]
fn what_the_button_for_new_messages_shows_is_read() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut bob = server.member("bob");
    bob.say_lines(60);
    ann.opens("/chat?latest");
    ann.browser.wait_for_text(".here", "ann");
    let mut phone = ann.client(&server);
    bob.say("in view");
    ann.reads("in view");
    ann.browser.wait_until("it to be read", || phone.unread_in(0) == "0");
    ann.browser.execute("document.querySelector('.log').scrollTop = -900", &json!([]));
    bob.say("further down");
    ann.browser.wait_for_text(".jump.latest", "1 new message · Jump to latest");
    assert!(counts(&mut phone, "/people/bob"), "it is not seen yet");
    // Chromedriver's own click scrolls first.
    ann.browser.execute("document.querySelector('.jump.latest').click()", &json!([]));
    ann.browser.wait_until("it to be read", || !counts(&mut phone.clone(), "/people/bob"));
}

/// Whether this page, of a conversation that has not begun, counts something unread elsewhere.
fn counts(client: &mut Client, path: &str) -> bool {
    client.get(path).body.contains("<span class=\"count\" data-count=\"1\" title=\"1 unread\">1<")
}

#[test]
fn a_hidden_tab_learns_what_was_read_meanwhile() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut bob = server.member("bob");
    let mut phone = ann.client(&server);
    bob.post("/people/ann", &[("message", "hello")]).expect(303);
    ann.opens("/people/bob");
    ann.reads("hello");
    ann.follows(&link("/chat"));
    ann.browser.wait_for_text(".here", "ann");
    ann.browser.hide(true);
    let is_here = || between(&bob.clone().get("/chat").body, "class=\"here\">", "<").contains("ann");
    ann.browser.wait_until("the stream to end", || !is_here());
    bob.post("/people/ann", &[("message", "read on the phone")]).expect(303);
    assert!(phone.get("/people/bob").body.contains("read on the phone"));
    phone.post("/people/bob/read", &[("up_to", &u64::MAX.to_string())]).expect(200);
    ann.browser.wait_until("it to be read", || !counts(&mut phone.clone(), "/chat"));
    ann.browser.hide(false);
    ann.browser.wait_until("the stream to be back", || {
        bob.clone().post("/typing", &[("room", "0")]);
        ann.browser.text(".typing") == "bob is typing…"
    });
    ann.has_unread("/people/bob", "");
}

#[test]
fn answering_is_reading_in_every_tab() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.browser.wait_for_text(".here", "ann");
    server.member("bob").post("/people/ann", &[("message", "well?")]).expect(303);
    ann.has_unread("/people/bob", "1");
    ann.client(&server).post("/people/bob", &[("message", "yes")]).expect(303);
    ann.has_unread("/people/bob", "");
}

#[test]
fn a_busy_list_fits() {
    let Some((server, ann)) =
        Server::with(|settings| settings.post_rate = 1_000_000).with_browser_member("ann", true)
    else {
        return;
    };
    let crowd = busy(&server, &ann, "");
    server.member("bob").say_lines(100);
    let overflow = "const root = document.scrollingElement, about = document.querySelector('.about');
        return [root.scrollHeight > innerHeight, about.getBoundingClientRect().right > arguments[0]]";
    for (width, height, mobile) in [(1200, 500, false), (360, 640, true)] {
        ann.browser.resize(width, height, mobile);
        ann.opens(&crowd);
        assert_eq!(ann.browser.execute(overflow, &json!([width])), json!([false, false]), "{width}");
    }
}

#[test]
fn a_conversation_that_has_not_begun_tells_of_nobody_who_types_elsewhere() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut bob = server.member("bob");
    let hall = ann.browser.handle();
    let conversation = ann.opens_a_window();
    ann.opens("/people/bob");
    // Who is here is told in the list, and beside a conversation that has not begun, no one is.
    ann.browser.wait_for_text(".persons a.is-here", "ann");
    assert_eq!(ann.browser.text(".here"), "");
    bob.post("/typing", &[("room", "0")]).expect(200);
    ann.browser.switch_to(&hall);
    ann.browser.wait_for_text(".typing", "bob is typing…");
    ann.browser.switch_to(&conversation);
    assert_eq!(ann.browser.text(".typing"), "");
}

#[test]
fn the_keyboard_stays_in_the_list_when_it_changes() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut bob = server.member("bob");
    let mine = ann.client(&server);
    let club = mine.clone().open_room_called("Book club", false);
    ann.opens("/chat");
    ann.browser.wait_for_text(".here", "ann");
    ann.browser.execute("document.querySelector(arguments[0]).focus()", &json!([link(&club)]));
    bob.post("/people/ann", &[("message", "hello")]);
    ann.has_unread("/people/bob", "1");
    assert!(ann.browser.exists(&format!("{}:focus", link(&club))));
}

/// Many rooms and people, long names, much unread. Gives the room where most is.
pub(crate) fn busy(server: &Server, ann: &BrowserUser, topic: &str) -> String {
    let mut long = server.member(LONG_NAME);
    for name in ["प्रिया", "אבי-לוי", "zoë"] {
        let mut other = server.member(name);
        other.post("/people/ann", &[("message", "hello")]).expect(303);
    }
    long.post("/people/ann", &[("message", "W".repeat(200).as_str())]).expect(303);
    long.open_room_called("Open to all, with a long name, hard to show on a phone", true);
    let mut own = ann.client(server);
    for n in 0..8 {
        own.open_room_called(&format!("Room {n}"), n % 2 == 0);
    }
    let crowd = own.open_room_called("Wide as the sea, deep as the sky, long as a summer", false);
    own.post(&format!("{crowd}/add"), &[("username", LONG_NAME)]).expect(303);
    let about = [("name", "Wide_as_the_sea_".repeat(3)), ("topic", topic.trim().to_owned())];
    let about = about.each_ref().map(|(name, value)| (*name, value.as_str()));
    own.post(&format!("{crowd}/about"), &about).expect(303);
    for n in 0..3 {
        long.post(&crowd, &[("message", format!("news {n}").as_str())]).expect(303);
    }
    crowd
}

impl BrowserUser {
    /// The form at the end of a room's page about itself.
    #[track_caller]
    fn leaves(&self) {
        // Where the room ends with it, one is asked first.
        let told = if self.browser.exists("details.grave") {
            self.browser.click("details.grave summary");
            "The room was deleted."
        } else {
            "You left the room."
        };
        self.follows("form[action$='/leave'] button");
        self.browser.wait_for_text("main > [role=status]", told);
    }
}

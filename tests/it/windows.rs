//! All windows of one browser share one line to the chat: each of them hears everything, once, and can send, whatever
//! becomes of the window that began it or of the worker that holds it.

use snug::authority::Authority;

use crate::prelude::*;

/// A chat where everybody says as much as they like, and has so many streams at most.
fn with_streams_per_member(most: usize) -> Server {
    Server::with(|settings| {
        (settings.post_rate, settings.streams_per_member) = (0, most);
        settings.hosts.push(Authority::parse("chat.example").unwrap());
    })
}

#[test]
fn twenty_windows_hear_everything_and_can_all_send() {
    let mut server = with_streams_per_member(1);
    let mut bob = server.member("bob");
    // Over plain http, where browsers open six connections and lend no locks.
    let Some(ann) = BrowserUser::arrives_from_the_network(&server, "ann") else { return };
    ann.is_let_in(&server);
    let mut windows = ann.opens_windows(["/chat"; 20]);
    let here = Stream::open(&bob, "/events");
    windows.each(|ann| ann.browser.wait_for_text(".here", "Online: bob, ann"));
    bob.say("to all").expect(303);
    windows.have_heard_all_of(&bob);
    for n in 0..windows.count() {
        windows.at(n).enters(&format!("from window {n}"));
    }
    windows.have_heard_all_of(&bob);
    Stream::refused(&ann.client(&server), "/events").expect(429);

    windows.crash_first();
    bob.say("after the first crashed").expect(303);
    windows.have_heard_all_of(&bob);
    windows.close_first();
    bob.say("after the next was closed").expect(303);
    windows.have_heard_all_of(&bob);
    windows.each(BrowserUser::has_a_quiet_console);
    server.restarts(|| {});
    bob.say("after the chat was away").expect(303);
    windows.have_heard_all_of(&bob);
    drop(here);
    windows
        .each(|ann| ann.browser.wait_until("bob to be gone", || ann.browser.text(".here") == "Online: ann"));
    for n in 0..3 {
        windows.at(n).reloads();
        windows.at(n).enters("and on");
    }
    windows.have_heard_all_of(&bob);
    Stream::refused(&ann.client(&server), "/events").expect(429);
}

/// What bob says in each of three rooms, of which the windows show two.
struct ThreeRooms {
    bob: Client,
    games: String,
    club: String,
    said: usize,
}

impl ThreeRooms {
    fn open(bob: Client, ann: &Client) -> Self {
        let [games, club] = ["games", "club"].map(|name| {
            let room = bob.open_room_about(name, "", true);
            bob.add_to_room(room, "ann");
            let path = format!("/rooms/{room}");
            ann.read_all(&path);
            path
        });
        Self { bob, games, club, said: 0 }
    }

    fn speak(&mut self) {
        self.said += 1;
        for path in ["/chat", &self.games, &self.club] {
            self.bob.say_at(path, &format!("words {}", self.said));
        }
    }

    /// The first window shows the games, the others General.
    #[track_caller]
    fn are_heard(&self, windows: &Windows<'_>) {
        windows.at(0).shows_all_of(&self.bob, &self.games);
        for n in 1..windows.count() {
            windows.at(n).shows_all_of(&self.bob, "/chat");
            windows.at(n).has_unread(&self.club, &self.said.to_string());
        }
    }

    #[track_caller]
    fn speak_and_are_heard(&mut self, windows: &Windows<'_>) {
        self.speak();
        self.are_heard(windows);
    }
}

impl BrowserUser {
    /// The page comes to show all messages of a room, each once and in order.
    #[track_caller]
    fn shows_all_of(&self, client: &Client, path: &str) {
        let messages = client.messages_at(path);
        let ids: Vec<_> = messages.iter().filter_map(|message| message["id"].as_u64()).collect();
        self.browser.wait_until("the newest message", || self.heard().last() == ids.last());
        assert_eq!(self.heard(), ids);
    }
}

#[test]
fn whatever_becomes_of_a_window_or_of_the_worker_nothing_is_missed_or_told_twice() {
    // One for the worker, and one for a worker that hangs.
    let mut server = with_streams_per_member(2);
    let bob = server.member("bob");
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.is_let_in(&server);
    let mut rooms = ThreeRooms::open(bob, &ann.client(&server));
    let games = rooms.games.clone();
    let windows = ann.opens_windows([&*games, "/chat", "/chat", "/chat"]);
    rooms.speak_and_are_heard(&windows);
    let room = games.trim_start_matches("/rooms/");
    rooms.bob.clone().post("/typing", &[("room", room)]).expect(200);
    windows.at(0).browser.wait_for_text(".typing", "bob is typing…");
    assert_eq!(windows.at(1).browser.text(".typing"), "", "in another room");

    a_frozen_window(&windows, &mut rooms);
    an_ended_worker(&windows, &mut rooms);
    a_worker_that_hangs(&windows, &mut rooms);
    off_the_network(&mut server, &windows, &mut rooms);
    another_page_and_back(&windows, &mut rooms);
    let _other = Stream::open(&ann.client(&server), "/events");
    Stream::refused(&ann.client(&server), "/events").expect(429);
    windows.each(BrowserUser::has_a_quiet_console);
}

/// The one that began.
fn a_frozen_window(windows: &Windows<'_>, rooms: &mut ThreeRooms) {
    let games = &windows.at(0).browser;
    games.hide(true);
    games.freeze();
    rooms.speak();
    windows.at(2).shows_all_of(&rooms.bob, "/chat");
    windows.at(0).browser.hide(false);
    rooms.are_heard(windows);
}

fn an_ended_worker(windows: &Windows<'_>, rooms: &mut ThreeRooms) {
    windows.at(1).browser.end_workers();
    rooms.speak_and_are_heard(windows);
}

fn a_worker_that_hangs(windows: &Windows<'_>, rooms: &mut ThreeRooms) {
    let halted = windows.at(3).browser.halt_workers();
    rooms.speak_and_are_heard(windows);
    windows.at(3).browser.resume_workers(&halted);
    rooms.speak_and_are_heard(windows);
}

fn off_the_network(server: &mut Server, windows: &Windows<'_>, rooms: &mut ThreeRooms) {
    windows.each(|ann| ann.browser.offline(true));
    // What streams already would go on.
    server.restarts(|| {});
    windows.each(|ann| ann.browser.wait_for_text("[role=status]", "Reconnecting…"));
    rooms.speak();
    windows.each(|ann| ann.browser.offline(false));
    rooms.are_heard(windows);
    windows.each(|ann| ann.browser.wait_until("no word of trouble", || !ann.sees(".dock [role=status]")));
}

fn another_page_and_back(windows: &Windows<'_>, rooms: &mut ThreeRooms) {
    let ann = windows.at(2);
    ann.opens("/activity");
    rooms.speak();
    ann.has_unread(&rooms.club, &rooms.said.to_string());
    ann.turns_page(Browser::back);
    rooms.speak_and_are_heard(windows);
}

/// Notes what a page is told by a shared worker.
const LISTENING: &str = "const Real = SharedWorker;
    window.told = [];
    SharedWorker = class extends Real {
      constructor(...given) {
        super(...given);
        this.port.addEventListener('message', ({ data }) => told.push(JSON.stringify(data)));
      }
    }";

#[test]
fn whoever_sits_down_at_the_same_browser_is_heard_by_their_own_windows_alone() {
    let mut server = with_streams_per_member(1);
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.is_let_in(&server);
    bob.is_let_in(&server);
    let anns = ann.opens_windows_after(["/chat", "/activity", "/chat"].map(|path| (path, LISTENING)));
    let bobs = bob.opens_windows(["/chat", "/people/ann"]);
    bobs.at(0).enters("to all");
    anns.at(0).reads("to all");
    anns.at(2).reads("to all");
    bobs.at(1).enters("for ann alone");
    anns.at(1).has_unread("/people/bob", "1");
    assert!(anns.at(0).was_told("for ann alone"));

    // One member after the other in one browser, while windows of the first one are open.
    let eve = server.member("eve");
    anns.at(1).takes_over_from(&eve);
    anns.at(1).opens("/chat");
    server.restarts(|| {});
    bobs.at(1).opens("/people/eve");
    bobs.at(1).enters("for eve alone");
    anns.at(1).has_unread("/people/bob", "1");
    for n in [0, 2] {
        anns.at(n).browser.wait_for_text("[role=status]", "You are signed in as eve now.");
        assert!(!anns.at(n).was_told("for eve alone"));
    }
    bobs.at(0).enters("to all again");
    anns.at(1).shows_all_of(&eve, "/chat");
    anns.at(1).enters("by eve");
    bobs.at(0).shows_all_of(&eve, "/chat");
    for n in [0, 2] {
        assert!(!anns.at(n).was_told("to all again"));
    }

    anns.at(0).opens("/activity");
    anns.at(2).opens("/chat");
    anns.at(2).signs_out();
    for n in [0, 1] {
        anns.at(n).browser.wait_for_text("[role=status]", "You are signed out.");
    }
    bobs.each(|bob| bob.browser.wait_until("eve to be gone", || !bob.browser.text(".here").contains("eve")));
}

impl BrowserUser {
    /// Whether the shared worker told this page of it.
    #[track_caller]
    fn was_told(&self, text: &str) -> bool {
        let told = "return told.some((one) => one.includes(arguments[0]))";
        self.browser.execute(told, &json!([text])) == Value::Bool(true)
    }
}

#[test]
fn where_there_is_no_shared_worker_each_window_has_a_line_of_its_own() {
    let mut server = with_streams_per_member(5);
    let mut bob = server.member("bob");
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.is_let_in(&server);
    let withouts = [
        // Where it never answers.
        "SharedWorker = class { port = new MessageChannel().port1 }",
        // Chrome on phones.
        "delete window.SharedWorker",
        // Where a site may keep nothing.
        "SharedWorker = class { constructor() { throw new DOMException('', 'SecurityError') } }",
        // Where the worker's script is not to be had.
        "const Real = SharedWorker; SharedWorker = class extends Real { constructor() { super('/nowhere.js') } }",
    ];
    let windows = ann.opens_windows_after(withouts.map(|script| ("/chat", script)));
    bob.say("to each").expect(303);
    windows.have_heard_all_of(&bob);
    server.restarts(|| {});
    windows.each(|ann| ann.enters("from each"));
    windows.have_heard_all_of(&bob);
    windows.at(0).signs_out();
    for n in 1..windows.count() {
        windows.at(n).browser.wait_for_text("[role=status]", "You are signed out.");
    }
}

//! What screen readers read out by themselves: what is new in the room, and nothing else.

use crate::prelude::*;

/// Notes each text that comes into a part of the page that is read out as it changes, from the top on.
const LISTENER: &str = "window.uttered = [];
    const live = node => {
      const one = node.closest('[aria-live], [role=log], [role=status], [role=alert]');
      const kind = one?.getAttribute('aria-live');
      return one && kind !== 'off' && one.closest('[aria-busy=true]') === null;
    };
    new MutationObserver(changes => {
      for (const { target, addedNodes } of changes) {
        const element = target.nodeType === 1 ? target : target.parentElement;
        if (!element || !live(element)) continue;
        const texts = target.nodeType === 3 ? [target.data] : [...addedNodes].map(node => node.textContent);
        uttered.push(...texts.filter(text => text.trim()));
      }
    }).observe(document.body, { childList: true, characterData: true, subtree: true })";

#[test]
fn only_new_messages_are_read_out() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let ids: Vec<u64> = (0..120).map(|n| bob.say_at("/chat", &format!("line {n}"))).collect();
    ann.opens("/chat?latest");
    ann.settles();
    ann.listens();
    assert_eq!(ann.live_of_the_log(), Value::Null, "as Chromium tells it to screen readers");

    // Older ones, as one scrolls up to them.
    let articles = || ann.browser.find_all("article").len();
    let from = articles();
    ann.browser.wait_until("older messages", || {
        ann.browser.execute("document.querySelector('.log').scrollTop = -1e6", &json!([]));
        articles() > from
    });
    // What one says oneself, here and elsewhere, and what becomes of messages.
    ann.says("my own");
    let own = ann.client(&server).say_at("/chat", "from my phone");
    ann.reads("from my phone");
    bob.edit_message(ids[119], "edited");
    ann.client(&server).edit_message(own, "mine, edited");
    bob.remove_message(ids[118]);
    ann.reads("mine, edited");
    assert_eq!(ann.uttered(), [""; 0]);

    bob.say_at("/chat", "hello **ann**\nhow are you?");
    ann.hears(&["bob: hello ann\nhow are you?"]);
    let club = bob.clone().open_room_called("Book club", false);
    bob.say_at(&club, "not for this room");
    bob.say_at("/chat", "back here");
    ann.hears(&["bob: hello ann\nhow are you?", "bob: back here"]);
    ann.has_a_quiet_console();
}

#[test]
fn of_much_that_was_missed_the_number_is_read_out() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    ann.settles();
    ann.listens();
    ann.browser.offline(true);
    ann.browser.execute("dispatchEvent(new Event('pagehide'))", &json!([]));
    for n in 0..30 {
        bob.say_at("/chat", &format!("missed {n}"));
    }
    ann.browser.offline(false);
    ann.browser.execute("document.dispatchEvent(new Event('visibilitychange'))", &json!([]));
    ann.reads("missed 29");
    // They may come in two parts, of which one may be small.
    let about = |line: &String| match line.strip_suffix(" new messages") {
        Some(number) => number.parse::<usize>().unwrap(),
        None => usize::from(line.starts_with("bob: missed")),
    };
    ann.browser.wait_until("all of them", || ann.uttered().iter().map(about).sum::<usize>() == 30);
    assert!(ann.uttered().len() < 10, "{:?}", ann.uttered());
}

#[test]
fn without_scripts_the_log_itself_is_read_out() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", false) else { return };
    // What the frame shows.
    ann.browser.goto(&server.url("/chat/live"));
    ann.browser.find("[role=log]");
    assert_eq!(ann.live_of_the_log(), "polite", "only what is new comes into it");
}

impl BrowserUser {
    fn listens(&self) {
        self.browser.execute(LISTENER, &json!([]));
    }

    /// How Chromium tells screen readers of changes of the log.
    #[track_caller]
    fn live_of_the_log(&self) -> Value {
        let tree = self.browser.cdp("Accessibility.getFullAXTree", &json!({}));
        let log =
            tree["nodes"].as_array().unwrap().iter().find(|node| node["role"]["value"] == "log").unwrap();
        let live = log["properties"].as_array().unwrap().iter().find(|one| one["name"] == "live");
        live.map_or(Value::Null, |live| live["value"]["value"].clone())
    }

    #[track_caller]
    fn uttered(&self) -> Vec<String> {
        let uttered = self.browser.execute("return uttered", &json!([]));
        uttered.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    #[track_caller]
    fn hears(&self, lines: &[&str]) {
        self.browser.wait_until(&format!("{lines:?} to be read out"), || self.uttered().len() >= lines.len());
        assert_eq!(self.uttered(), lines);
    }
}

//! What goes on is seen on every page: who is online, what waits, and which rooms there are. Open rooms are previewed
//! live, with scripts and without.

use crate::prelude::*;

const PAGES: [&str; 6] = ["/search", "/me", "/rooms", "/people", "/people/bob/about", "/people/bob"];

#[test]
fn who_is_online_is_right_on_every_page() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let bob = server.member("bob");
    let details = bob.clone().open_room_called("Garden", true) + "/about";
    for page in PAGES.into_iter().chain([&*details]) {
        ann.opens(page);
        ann.sees_online("bob", false);
        let line = Stream::open(&bob, "/events");
        ann.sees_online("bob", true);
        drop(line);
        ann.sees_online("bob", false);
        assert!(!ann.browser.exists(".sidebar .persons a:not([data-member])"), "{page}");
    }
    // Of two who talk, and of no one else.
    bob.clone().post("/people/ann", &[("message", "hello")]).expect(303);
    ann.opens("/people/bob");
    let [_bob, _cyd] = [bob.clone(), server.member("cyd")].map(|who| Stream::open(&who, "/events"));
    ann.browser.wait_for_text(".people .here", "bob");
    assert!(!ann.browser.text(".people .here").contains("cyd"));
    ann.has_a_quiet_console();
}

#[test]
fn what_waits_is_counted_on_every_page_and_nothing_typed_is_lost() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut bob = server.member("bob");
    for (n, page) in (1..).zip(["/search", "/me", "/rooms", "/people"]) {
        ann.opens(page);
        ann.settles();
        // Whoever is seen online is on the line.
        ann.sees_online("ann", true);
        let field = "document.querySelector('main input:not([type=hidden])').value";
        ann.browser.execute(&format!("{field} = 'half'"), &json!([]));
        bob.post("/people/ann", &[("message", "psst")]).expect(303);
        ann.has_unread("/people/bob", &n.to_string());
        assert_eq!(ann.browser.execute(&format!("return {field}"), &json!([])), "half", "{page}");
        ann.has_stayed();
    }
    ann.has_a_quiet_console();
}

#[test]
fn an_open_room_appears_for_everyone_who_browses_and_is_joined_in_one_click() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    bob.registers();
    bob.opens("/rooms");
    bob.settles();
    bob.sees_online("bob", true);
    bob.browser.type_text("#name", "My own");
    ann.opens("/rooms");
    ann.browser.type_text("#name", "Garden");
    ann.browser.type_text("#topic", "What grows");
    ann.browser.click("input[name=open][value=yes]");
    ann.follows("form[method='post'][action='/rooms'] button");
    let garden = ann.path();
    bob.browser.wait_for_text(".beside", "Garden");
    bob.browser.wait_for_text(".beside", "1 member");
    bob.browser.wait_for_text(".beside", "What grows");
    bob.browser.wait_for_text(".sidebar .more", "(1)");
    assert_eq!(bob.draft("name"), "My own");
    bob.has_stayed();
    bob.follows(".beside form button");
    bob.is_at(&garden);
    bob.says("I am in");
    ann.reads("I am in");
    for who in [ann, bob] {
        who.has_a_quiet_console();
    }
}

#[test]
fn a_preview_is_live_until_one_joins() {
    for scripts in [true, false] {
        let Some((server, bob)) = Server::open().with_browser_member("bob", scripts) else { return };
        let mut ann = server.member("ann");
        let garden = ann.open_room_called("Garden", true);
        let say = |text: &str| assert_eq!(ann.clone().post(&garden, &[("message", text)]).status, 303);
        say("first");
        bob.opens("/rooms");
        bob.follows(".beside a.action");
        bob.is_at(&garden);
        bob.reads("first");
        bob.settles();
        say("while bob looks");
        bob.reads("while bob looks");
        if scripts {
            edited_and_removed_are_seen(&mut ann, &bob);
        }
        bob.has_stayed();
        assert!(!bob.browser.exists(".composer") && !bob.browser.exists("iframe.compose"));
        assert!(!bob.browser.exists(&link(&garden)), "it is not among one's own rooms");
        bob.follows(".join button");
        bob.is_at(&garden);
        bob.says("I am in");
        bob.has_a_quiet_console();
    }
}

/// Also after the line broke.
fn edited_and_removed_are_seen(ann: &mut Client, bob: &BrowserUser) {
    let newest = || bob.heard().last().copied().unwrap();
    let edit = format!("/messages/{}/edit", newest());
    ann.post(&edit, &[("message", "in other words")]).expect(303);
    bob.reads("in other words");
    bob.browser.offline(true);
    ann.post(&format!("/messages/{}/remove", newest()), &[]).expect(303);
    bob.browser.offline(false);
    bob.browser.wait_for_text(".gone", "This message was deleted.");
}

#[test]
fn a_preview_ends_where_its_room_does() {
    let Some((server, bob)) = Server::open().with_browser_member("bob", true) else { return };
    let mut ann = server.member("ann");
    let garden = ann.open_room_called("Garden", true);
    bob.opens(&garden);
    bob.sees_online("bob", true);
    ann.post(&format!("{garden}/leave"), &[]).expect(303);
    bob.browser.wait_until("the way out", || bob.path() == "/chat");
}

#[test]
fn people_are_added_by_a_name_that_is_completed() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    for name in ["bob", "bobby", "cyd"] {
        server.member(name);
    }
    let garden = ann.client(&server).open_room_called("Garden", false);
    ann.opens(&format!("{garden}/about"));
    ann.browser.type_text("#username", "bo");
    let offered =
        "return [...document.querySelector('#username').list.options].map(one => one.value).join(' ')";
    ann.browser.wait_until("the names", || ann.browser.execute(offered, &json!([])) == "bob bobby");
    ann.browser.type_text("#username", "bby");
    ann.follows("form[action$='/add'] button");
    ann.browser.wait_for_text("[role=status]", "bobby\u{2069} was added.");
    assert!(ann.browser.exists("main .persons a[href='/people/bobby/about']"));
    ann.has_a_quiet_console();
}

impl BrowserUser {
    /// The dots beside a name say so, wherever it is listed.
    #[track_caller]
    fn sees_online(&self, name: &str, online: bool) {
        let js = "const links = [...document.querySelectorAll('.persons a')]
              .filter(link => link.querySelector('bdi')?.textContent === arguments[0]);
            return links.length > 0 && links.every(link => link.classList.contains('is-here') === arguments[1]
              && link.querySelector('span.hidden').hidden !== arguments[1])";
        self.browser.wait_until(&format!("{name} online: {online}"), || {
            self.browser.execute(js, &json!([name, online])) == Value::Bool(true)
        });
    }
}

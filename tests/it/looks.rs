//! How a room looks and feels at the edges: on a phone, by the keyboard, and with much in it.

use serde_json::json;

use crate::changes::{edit, say};
use crate::message_actions;
use crate::support::{BrowserUser, Keyboard, Server};

/// A server with a group of messages of bob's, which ann reads.
fn with_a_group(server: &Server, scripts: bool) -> Option<BrowserUser> {
    let ann = BrowserUser::arrives(server, "ann", scripts)?;
    let bob = server.member("bob");
    ann.registers();
    for text in ["one", "two", "many ".repeat(60).trim(), "four"] {
        say(&bob, "/chat", text);
    }
    ann.reads("four");
    Some(ann)
}

#[test]
fn the_keyboard_is_always_seen_among_grouped_messages() {
    for scripts in [true, false] {
        let server = Server::open();
        let Some(ann) = with_a_group(&server, scripts) else { return };
        let hidden = ann.at_messages(|browser| {
            let js = "return [...document.querySelectorAll('article a')].filter(link => link.tabIndex >= 0)
                .filter(link => link.closest('.grouped .author')).length";
            browser.execute(js, &json!([]))
        });
        assert_eq!(hidden, 0);
        assert!(ann.at_messages(|browser| browser.exists("article:not(.grouped) .author a:not([tabindex])")));
    }
}

#[test]
fn enter_in_an_empty_field_does_nothing() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.says("at first");
    let id = ann.newest();
    ann.takes(id, "edit");
    ann.browser.execute("addEventListener('invalid', () => { window.complained = true }, true)", &json!([]));
    ann.browser.clear(&BrowserUser::field(id));
    for field in ["#message", &BrowserUser::field(id)] {
        ann.browser.press(field, "Enter");
    }
    assert_eq!(ann.browser.execute("return window.complained ?? false", &json!([])), false);
    assert!(ann.browser.exists(&BrowserUser::field(id)));
    assert_eq!(ann.client(&server).texts(), ["at first"]);
}

#[test]
fn from_its_past_the_switcher_leads_back_to_the_room() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    let id = say(&ann.client(&server), "/chat", "at first");
    ann.opens(&format!("/chat?before={}", id + 1));
    ann.browser.press("#message", "Control+k");
    ann.browser.type_text(".switcher input", "General");
    ann.browser.wait_for_text(".switcher [aria-selected=true]", "General");
    ann.turns_page(|browser| browser.press(".switcher input", "Enter"));
    ann.is_at("/chat");
}

#[test]
fn a_mention_elsewhere_is_what_the_menu_shows_first() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    let bob = server.member("bob");
    ann.registers();
    ann.opens("/people/bob");
    ann.browser.resize(360, 740, true);
    ann.settles();
    say(&bob, "/chat", "good morning");
    ann.browser.wait_for_text(".drawer .count", "1");
    for reloads in [false, true] {
        if reloads {
            ann.reloads();
        } else {
            say(&bob, "/chat", "@ann are you there?");
        }
        ann.browser.wait_for_text(".drawer .calls", "@1");
        assert_eq!(ann.browser.attribute(".drawer .calls", "title").unwrap(), "1 mention");
        assert_eq!(ann.browser.attribute(".drawer .count", "title").unwrap(), "2 unread");
    }
    ann.opens("/chat");
    ann.settles();
    assert!(!ann.sees(".drawer :is(.calls, .count)"));
}

#[test]
fn after_an_edit_that_a_reload_brought_back_one_goes_on_writing() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.says("at first");
    let (phone, id) = (ann.client(&server), ann.newest());
    ann.takes(id, "edit");
    ann.browser.type_text(&BrowserUser::field(id), ", and more");
    assert!(message_actions::keeps(&ann, ", and more"));
    ann.reloads();
    // Another article takes the place of the one in which it was.
    edit(&phone, id, "at first");
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.browser.wait_for_text(&format!("#m{id} .said"), "at first, and more");
    Keyboard(&ann.browser).is_on("#message");
}

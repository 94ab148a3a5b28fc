//! How a room looks and feels at the edges: on a phone, by the keyboard, and with much in it.

use crate::prelude::*;

/// A server with a group of messages of bob's, which ann reads.
fn with_a_group(server: &Server, scripts: bool) -> Option<BrowserUser> {
    let ann = BrowserUser::arrives(server, "ann", scripts)?;
    let bob = server.member("bob");
    ann.registers();
    for text in ["one", "two", "many ".repeat(60).trim(), "four"] {
        bob.say_at("/chat", text);
    }
    ann.reads("four");
    Some(ann)
}

/// Left and right of each text, and what is empty between it and the one before, in pixels.
const TEXTS: &str = "const root = document.querySelector('iframe.messages')?.contentDocument ?? document;
    const articles = [...root.querySelectorAll('article')];
    return articles.map((article, at) => {
      const box = article.querySelector('.said').getBoundingClientRect();
      const before = articles[at - 1]?.querySelector('.said').getBoundingClientRect().bottom;
      return [box.left, article.querySelector('.text').clientWidth, at ? box.top - before : null].map(one => one && Math.round(one));
    })";

#[test]
fn the_messages_of_a_group_stand_evenly_also_on_a_phone() {
    evenly(true);
}

#[test]
fn the_messages_of_a_group_stand_evenly_without_scripts() {
    evenly(false);
}

fn evenly(scripts: bool) {
    let server = Server::open();
    let Some(ann) = with_a_group(&server, scripts) else { return };
    for (width, phone) in [(1280, false), (360, true)] {
        ann.browser.resize(width, 740, phone);
        ann.browser.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": phone }));
        let texts = ann.browser.execute(TEXTS, &json!([]));
        let column = |at: usize| -> Vec<Value> {
            texts
                .as_array()
                .unwrap()
                .iter()
                .map(|text| text[at].clone())
                .filter(|one| !one.is_null())
                .collect()
        };
        for at in 0..3 {
            assert!(column(at).iter().all(|one| *one == column(at)[0]), "{width}: {texts}");
        }
        assert!(!phone || column(1)[0].as_u64().unwrap() >= 290, "{texts}");
    }
}

#[test]
fn on_a_phone_the_field_has_most_of_the_line() {
    let Some((_server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.browser.resize(360, 740, true);
    let (field, button) = (ann.box_of("#message"), ann.box_of(".composer .send"));
    assert!(field.right - field.left >= 225.0, "{field:?}");
    assert!(button.right - button.left >= 44.0 && button.bottom - button.top >= 44.0, "{button:?}");
    let name = ann.browser.execute("return document.querySelector('.send').innerText.trim()", &json!([]));
    assert_eq!(name, "Send", "for those who do not see the picture");
}

#[test]
fn the_number_on_the_menu_leaves_its_sign_to_be_seen() {
    let server = Server::open();
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    ann.browser.resize(290, 600, true);
    let bob = server.member("bob");
    for text in ["hello", "@ann"] {
        bob.say_at("/people/ann", text);
        ann.browser.wait_for_text(".drawer", if text == "@ann" { "@1" } else { "1" });
        let badge = ann.box_of(if text == "@ann" { ".drawer .calls" } else { ".drawer .count" });
        // Its first line is drawn a fifth below its upper edge.
        let sign = ann.box_of(".drawer .icon");
        let first_line = sign.top + (sign.bottom - sign.top) / 5.0;
        assert!(badge.bottom <= first_line && badge.top >= 0.0, "{badge:?} {sign:?}");
    }
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
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
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
fn names_are_offered_where_the_field_begins() {
    let (server, [_]) = Server::open().with_members(["bob"]);
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    ann.registers();
    for width in [1600, 1280, 768, 360] {
        ann.browser.resize(width, 740, width < 768);
        ann.browser.clear("#message");
        ann.browser.type_text("#message", "@b");
        ann.browser.wait_for_text("#names [role=option]", "bob");
        let (names, field) = (ann.box_of("#names"), ann.box_of("#message"));
        assert!((names.left - field.left).abs() < 1.0, "{width}: {names:?} {field:?}");
    }
}

#[test]
fn from_its_past_the_switcher_leads_back_to_the_room() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let id = ann.client(&server).say_at("/chat", "at first");
    ann.opens(&format!("/chat?before={}", id + 1));
    ann.browser.press("#message", "Control+k");
    ann.browser.type_text(".switcher input", "General");
    ann.browser.wait_for_text(".switcher [aria-selected=true]", "General");
    ann.turns_page(|browser| browser.press(".switcher input", "Enter"));
    ann.is_at("/chat");
}

#[test]
fn a_mention_elsewhere_is_what_the_menu_shows_first() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let bob = server.member("bob");
    ann.registers();
    ann.opens("/people/bob");
    ann.browser.resize(360, 740, true);
    ann.settles();
    bob.say_at("/chat", "good morning");
    ann.browser.wait_for_text(".drawer .count", "1");
    for reloads in [false, true] {
        if reloads {
            ann.reloads();
        } else {
            bob.say_at("/chat", "@ann are you there?");
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
fn the_way_to_a_mention_covers_no_message() {
    for scripts in [true, false] {
        let Some((server, ann)) = Server::open().with_browser("ann", scripts) else { return };
        let bob = server.member("bob");
        ann.registers();
        ann.opens("/people");
        bob.say_at("/chat", "@ann look at this");
        for n in 1..=40 {
            bob.say_at("/chat", &format!("line {n}"));
        }
        ann.opens("/chat?latest");
        ann.reads("line 40");
        for (width, height) in [(1280, 800), (360, 740)] {
            ann.browser.resize(width, height, width < 768);
            ann.browser.wait_for_text(".jump.mentions", "1 mention");
            ann.browser.wait_until("the newest message to be clear", || {
                let ways = [".jump.mentions", ".jump.first"].into_iter().filter(|way| ann.sees(way));
                let newest = ann.box_of("article:last-of-type .said");
                ways.map(|way| ann.box_of(way).top).all(|top| newest.bottom <= top)
            });
        }
    }
}

#[test]
fn after_an_edit_that_a_reload_brought_back_one_goes_on_writing() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.says("at first");
    let (phone, id) = (ann.client(&server), ann.newest());
    ann.takes(id, "edit");
    ann.browser.type_text(&BrowserUser::field(id), ", and more");
    assert!(ann.keeps(", and more"));
    ann.reloads();
    // Another article takes the place of the one in which it was.
    phone.edit_message(id, "at first");
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.browser.wait_for_text(&format!("#m{id} .said"), "at first, and more");
    Keyboard(&ann.browser).is_on("#message");
}

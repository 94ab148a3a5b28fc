//! What one does with a message, in its place: with few clicks, by the keyboard alone, by touch, and without loading a page.

use crate::prelude::*;

/// Counts clicks from now on, which what loads the page would forget.
const COUNT: &str = "window.clicks = 0; window.onclick = event => { clicks += event.detail > 0 ? 1 : 0 }";

impl BrowserUser {
    #[track_caller]
    fn counts_clicks(&self) {
        self.settles();
        self.browser.execute(COUNT, &json!([]));
    }

    #[track_caller]
    fn has_clicked(&self, times: u64) {
        self.has_stayed();
        assert_eq!(self.browser.execute("return clicks", &json!([])), times);
    }

    /// The actions that are offered, in the order in which they are.
    #[track_caller]
    fn actions_in(&self, inside: &str) -> Vec<String> {
        let js = "return [...document.querySelectorAll(arguments[0] + ' [data-action]')].filter(button => !button.hidden)
            .map(button => button.dataset.action)";
        let offered = self.browser.execute(js, &json!([inside]));
        offered.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn field(id: u64) -> String {
        format!("#m{id} form.edit textarea")
    }
}

#[test]
fn editing_takes_one_click_deleting_two_and_no_page_is_loaded() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    bob.registers();
    bob.settles();
    ann.says("something else");
    ann.enters("helo **all**");
    ann.reads("helo all");
    let id = ann.newest();

    ann.counts_clicks();
    ann.takes(id, "edit");
    ann.browser.wait_until("the text as it was typed", || {
        ann.browser.exists(&format!("{}:focus", BrowserUser::field(id)))
    });
    assert_eq!(ann.browser.property(&BrowserUser::field(id), "value"), "helo **all**");
    ann.browser.clear(&BrowserUser::field(id));
    ann.browser.type_text(&BrowserUser::field(id), "hello *everybody*\n");
    for person in [&ann, &bob] {
        person.browser.wait_for_text(&format!("#m{id} .said"), "hello everybody");
        // Right behind the text: on its line.
        let (text, edited) =
            (person.box_of(&format!("#m{id} .said em")), person.box_of(&format!("#m{id} .edited")));
        assert!((text.bottom - edited.bottom).abs() < 6.0, "{text:?} {edited:?}");
    }
    ann.has_clicked(1);
    assert!(!ann.browser.exists("form.edit"));

    ann.counts_clicks();
    ann.takes(id, "delete");
    ann.browser.wait_for_text(&format!("#m{id} form.delete"), "This deletes it for everyone.");
    ann.browser.click(&format!("#m{id} form.delete button.grave"));
    for person in [&ann, &bob] {
        person.browser.wait_for_text(&format!("#m{id} .said"), "This message was deleted.");
        assert!(!person.browser.exists(&format!("#m{id} :is(.more, .edited, form)")));
    }
    ann.has_clicked(2);
    bob.has_stayed();
    assert_eq!(ann.client(&server).texts(), ["something else"]);
    ann.has_a_quiet_console();
    bob.has_a_quiet_console();
}

#[test]
fn a_link_and_a_text_are_copied_with_two_clicks_also_without_https() {
    let Some((server, ann)) = Server::named("chat.example").with_browser("ann", true) else { return };
    copies(&ann);
    let Some(bob) = BrowserUser::arrives_from_the_network(&server, "bob") else { return };
    bob.opens("/login");
    assert_eq!(bob.browser.execute("return isSecureContext", &json!([])), false);
    copies(&bob);
}

fn copies(ann: &BrowserUser) {
    ann.registers();
    let text = "as *typed*\n- by her";
    ann.writes(text);
    ann.sends();
    ann.reads("as typed");
    ann.has_nothing_left_to_send();
    let id = ann.newest();
    for (action, copied) in [("copy-text", text.to_owned()), ("copy-link", format!("/messages/{id}"))] {
        ann.counts_clicks();
        ann.points_at(&format!("#m{id} .text"));
        ann.browser.click(&format!("#m{id} .more"));
        ann.browser.click(&format!(".actions [data-action={action}]"));
        ann.browser.wait_for_text(".told", "Copied");
        ann.has_clicked(2);
        let pasted = ann.pastes();
        assert!(pasted.ends_with(&copied) && (action == "copy-text") == (pasted == copied), "{pasted}");
    }
    ann.has_a_quiet_console();
}

#[test]
fn the_keyboard_alone_reaches_every_action() {
    let Some((_server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.says("at first");
    let id = ann.newest();
    let keyboard = Keyboard(&ann.browser);
    let more = format!("#m{id} .more");
    let is_on = |css: &str| ann.browser.wait_until(css, || ann.browser.exists(&format!("{css}:focus")));
    keyboard.tabs_back_to(&more);
    keyboard.press("Space");
    is_on("[data-action=reply]");
    assert_eq!(
        ann.actions_in(".actions"),
        ["reply", "edit", "pin", "mark-unread", "copy-link", "copy-text", "delete"]
    );
    for (key, action) in [("ArrowDown", "edit"), ("End", "delete")] {
        keyboard.press(key);
        is_on(&format!("[data-action={action}]"));
    }
    // Above the actions are a few emoji, in a line of their own.
    for (key, emoji) in [
        ("ArrowDown", "👍"),
        ("ArrowRight", "❤\u{FE0F}"),
        ("ArrowLeft", "👍"),
        ("ArrowLeft", ""),
        ("Home", "👍"),
    ] {
        keyboard.press(key);
        is_on(&format!(".actions [data-emoji='{emoji}']"));
    }
    for (key, action) in [("ArrowUp", "delete"), ("Home", ""), ("ArrowDown", "reply")] {
        keyboard.press(key);
        is_on(&if action.is_empty() {
            ".actions [data-emoji='👍']".to_owned()
        } else {
            format!("[data-action={action}]")
        });
    }
    let faults = crate::support::Inspector::new().inspect(&ann, "an open menu");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    if !ann.browser.exists(".actions:popover-open") {
        // The inspection changes the window's size, which closes it.
        ann.browser.execute("document.querySelector(arguments[0]).focus()", &json!([more]));
        keyboard.press("Enter");
        is_on("[data-action=reply]");
    }
    keyboard.press("Escape");
    is_on(&more);
    assert!(!ann.browser.exists(".actions:popover-open"));

    keyboard.press("Enter");
    is_on("[data-action=reply]");
    keyboard.press("ArrowDown");
    keyboard.press("Enter");
    is_on(&BrowserUser::field(id));
    keyboard.types(", and then");
    keyboard.press("Enter");
    ann.browser.wait_for_text(&format!("#m{id} .said"), "at first, and then");
    is_on(&more);

    keyboard.press("Enter");
    is_on("[data-action=reply]");
    keyboard.press("End");
    keyboard.press("Enter");
    is_on(&format!("#m{id} form.delete button.grave"));
    keyboard.press("Escape");
    is_on(&more);
    keyboard.press("Enter");
    is_on("[data-action=reply]");
    keyboard.press("End");
    keyboard.press("Enter");
    is_on(&format!("#m{id} form.delete button.grave"));
    keyboard.press("Enter");
    ann.browser.wait_for_text(&format!("#m{id} .said"), "This message was deleted.");
    ann.has_a_quiet_console();
}

#[test]
fn on_others_messages_there_is_less_to_do_and_more_for_owners() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    bob.registers();
    ann.says("from the owner");
    bob.says("from bob");
    ann.reads("from bob");
    let [of_ann, of_bob] = ann.heard()[..] else { panic!("two messages") };
    for (person, id, offered) in [
        (&ann, of_ann, &["react", "reply", "edit", "copy-link", "delete"][..]),
        (&ann, of_bob, &["react", "reply", "copy-link", "delete"]),
        (&bob, of_bob, &["react", "reply", "edit", "copy-link", "delete"]),
        (&bob, of_ann, &["react", "reply", "copy-link"]),
    ] {
        person.points_at(&format!("#m{id} .text"));
        person.browser.find(&format!("#m{id} .toolbar"));
        assert_eq!(person.actions_in(".toolbar"), offered);
    }
    ann.takes(of_bob, "delete");
    ann.browser.click("form.delete button.grave");
    bob.browser.wait_for_text(&format!("#m{of_bob} .said"), "This message was deleted.");
    // In a conversation of two, owners are like others.
    bob.client(&server).post("/people/ann", &[("message", "in private")]).expect(303);
    ann.opens("/people/bob");
    let id = ann.newest();
    ann.points_at(&format!("#m{id} .text"));
    ann.browser.find(&format!("#m{id} .toolbar"));
    assert_eq!(ann.actions_in(".toolbar"), ["react", "reply", "copy-link"]);
}

#[test]
fn an_edit_under_way_outlives_a_reload_and_not_signing_out() {
    let Some((_server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.says("at first");
    let id = ann.newest();
    ann.takes(id, "edit");
    ann.browser.type_text(&BrowserUser::field(id), ", and more");
    ann.reloads();
    ann.browser.wait_until("the edit", || ann.browser.exists(&BrowserUser::field(id)));
    assert_eq!(ann.browser.property(&BrowserUser::field(id), "value"), "at first, and more");
    assert_eq!(ann.browser.property("#message", "value"), "");
    // Written meanwhile, it is no obstacle, and the edit stays.
    ann.says("another");
    ann.browser.press(&BrowserUser::field(id), "Escape");
    assert!(!ann.browser.exists("form.edit"));
    assert_eq!(ann.browser.text(&format!("#m{id} .said")), "at first");
    ann.reloads();
    assert!(!ann.browser.exists("form.edit"), "what was cancelled stays so");

    ann.takes(id, "edit");
    ann.browser.type_text(&BrowserUser::field(id), ", never saved");
    assert!(ann.keeps("never saved"));
    ann.signs_out();
    assert!(!ann.keeps("never saved"));
}

#[test]
fn two_edits_that_meet_show_both_texts_in_the_message() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.says("at first");
    let (phone, id) = (ann.client(&server), ann.newest());
    ann.counts_clicks();
    ann.takes(id, "edit");
    ann.browser.type_text(&BrowserUser::field(id), ", at the desk");
    phone.edit_message(id, "from the phone");
    ann.browser.wait_until("the other text", || {
        ann.browser.execute("return document.querySelector('.said').textContent", &json!([]))
            == "from the phone"
    });
    let form = format!("#m{id} form.edit");
    assert!(
        ann.browser.exists(&format!("{}:focus", BrowserUser::field(id))),
        "the keyboard stays in the field"
    );
    ann.browser.type_text(&BrowserUser::field(id), "\n");
    ann.browser.wait_for_text(&format!("{form} [role=alert]"), "changed in the meantime");
    assert_eq!(ann.browser.property(&format!("{form} .current textarea"), "value"), "from the phone");
    assert_eq!(ann.browser.property(&BrowserUser::field(id), "value"), "at first, at the desk");
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.browser.wait_for_text(&format!("#m{id} .said"), "at first, at the desk");

    // What is deleted meanwhile cannot be edited: the text is a new one then.
    ann.takes(id, "edit");
    ann.browser.type_text(&BrowserUser::field(id), ", too late");
    phone.remove_message(id);
    ann.browser.wait_until("word of it", || ann.browser.exists(&format!("#m{id}[data-gone]")));
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.is_told("This message doesn't exist.");
    assert_eq!(ann.browser.property("#message", "value"), "at first, at the desk, too late");
    ann.has_clicked(2);
    ann.has_a_quiet_console();
}

#[test]
fn what_cannot_be_saved_stays_in_the_message() {
    let Some((_server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    ann.says("at first");
    let id = ann.newest();
    let form = format!("#m{id} form.edit");
    ann.takes(id, "edit");
    let js = "const field = document.querySelector(arguments[0]); field.value = 'x'.repeat(arguments[1]);
        field.dispatchEvent(new Event('input', { bubbles: true }))";
    ann.browser.find(&form);
    ann.browser.execute(js, &json!([BrowserUser::field(id), 3_599]));
    assert_eq!(ann.browser.text(&format!("{form} .length")), "");
    ann.browser.execute(js, &json!([BrowserUser::field(id), 3_600]));
    ann.browser.wait_for_text(&format!("{form} .length"), "3,600 of 4,000");
    ann.browser.execute(js, &json!([BrowserUser::field(id), 4_120]));
    ann.browser.wait_for_text(&format!("{form} .length.is-over"), "4,120 of 4,000 characters");
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.browser.wait_for_text(&format!("{form} [role=alert]"), "4,120 of 4,000 characters");
    ann.browser.clear(&BrowserUser::field(id));
    ann.browser.type_text(&BrowserUser::field(id), "mended");
    assert!(!ann.browser.exists("[role=alert]:not([hidden])"), "no complaint is left");
    ann.browser.offline(true);
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.browser.wait_for_text(&format!("{form} [role=alert]"), "Your text is still here.");
    ann.browser.offline(false);
    ann.browser.press(&BrowserUser::field(id), "Enter");
    ann.browser.wait_for_text(&format!("#m{id} .said"), "mended");
}

#[test]
fn by_touch_the_dots_open_the_menu() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let id = ann.client(&server).say_at("/chat", "on a phone");
    ann.browser.resize(360, 740, true);
    ann.browser.cdp("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true }));
    ann.reloads();
    ann.reads("on a phone");
    ann.settles();
    let size = ann.box_of(&format!("#m{id} .more"));
    assert!(size.bottom - size.top >= 44.0, "{size:?}");
    ann.browser.click(&format!("#m{id} .more"));
    ann.browser.click(".actions [data-action=edit]");
    ann.browser.type_text(&BrowserUser::field(id), ", typed\nin two lines");
    ann.browser.click(&format!("#m{id} form.edit button:not(.cancel)"));
    ann.browser.wait_for_text(&format!("#m{id} .said"), "on a phone, typed\nin two lines");
    ann.has_stayed();
    assert_eq!(
        ann.client(&server).read_json(&format!("/messages/{id}"))["text"],
        Value::from("on a phone, typed\nin two lines")
    );
}

#[test]
fn names_are_offered_where_they_are_mentions() {
    let (server, [_]) = Server::open().with_members(["anna"]);
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    bob.registers();
    for (typed, offered) in [
        ("hello @an", true),
        ("`in code @an", false),
        ("`code` @an", true),
        ("> said @an", false),
        ("```\n@an", false),
    ] {
        bob.browser.clear("#message");
        bob.browser.execute("document.querySelector('#message').value = arguments[0]", &json!([typed]));
        bob.browser.type_text("#message", "n");
        bob.browser.wait_until("an answer", || bob.browser.exists("#names:not([hidden])") == offered);
    }
}

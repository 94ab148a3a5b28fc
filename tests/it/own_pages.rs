//! What one says and later changes or removes, and the pages about oneself, others and the chat: with
//! scripts and without, by keyboard.

use crate::prelude::*;

#[test]
fn the_arrow_up_changes_ones_last_message() {
    let Some((server, ann)) = Server::open().with_browser("ann", true) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    bob.registers();
    ann.says("something else");
    ann.enters("helo **all**");
    ann.reads("helo all");
    bob.says("not hers");
    ann.reads("not hers");
    ann.settles();
    bob.settles();

    ann.browser.wait_for_text(".keys", "↑ to edit your last message");
    ann.browser.press("#message", "ArrowUp");
    let field = "article form.edit textarea";
    let text = || ann.browser.property(field, "value");
    ann.browser.wait_until("the keyboard in it", || ann.browser.exists(&format!("{field}:focus")));
    assert_eq!(text(), "helo **all**", "as it was typed");
    ann.browser.wait_for_text("form.edit .keys", "Enter to save, Esc to cancel");
    ann.browser.press(field, "Escape");
    assert!(ann.browser.exists("#message:focus") && !ann.browser.exists("form.edit"));
    assert_eq!(ann.browser.text("article:nth-of-type(2) .said"), "helo all");

    ann.browser.press("#message", "ArrowUp");
    ann.browser.wait_until("the field", || ann.browser.exists(field));
    ann.browser.execute(&format!("document.querySelector('{field}').value = 'x'.repeat(4001)"), &json!([]));
    ann.browser.press(field, "Enter");
    ann.is_told("This message is too long (4,001 of 4,000 characters).");
    assert_eq!(text().as_str().unwrap().len(), 4001);
    ann.browser.clear(field);
    ann.browser.type_text(field, "hello *everybody*");
    ann.browser.press(field, "Enter");
    ann.browser.wait_until("the composer", || ann.browser.exists("#message:focus"));
    assert!(!ann.browser.exists("[role=alert]:not([hidden])"), "no complaint is left");
    for person in [&ann, &bob] {
        person.reads("hello everybody");
        person.browser.wait_for_text("article:has(.edited) .said", "hello everybody");
        assert_eq!(person.browser.find_all("article").len(), 3);
        assert_eq!(person.browser.text("article:nth-of-type(2) .said em"), "everybody");
        person.has_stayed();
    }
    ann.enters("a new one");
    bob.reads("a new one");
    ann.browser.type_text("#message", "with text in it");
    ann.browser.press("#message", "ArrowUp");
    assert_eq!(ann.draft("message"), "with text in it");
    ann.has_a_quiet_console();
    bob.has_a_quiet_console();
}

#[test]
fn an_edit_keeps_the_look_of_a_group_and_a_call() {
    let Some((server, ann)) = Server::open().with_browser_member("ann", true) else { return };
    let mut bob = server.member("bob").json();
    ann.browser.wait_for_text(".here", "ann");
    bob.say("first");
    let id = bob.say("second").value()["id"].clone();
    ann.reads("second");
    let css = format!("#m{id}");
    assert!(ann.browser.exists(&format!("{css}.grouped")));
    let path = format!("/messages/{id}/edit");
    bob.post(&path, &[("message", "second, @ann")]).expect(200);
    ann.browser.wait_for_text(&css, "second, @ann");
    assert!(ann.browser.exists(&format!("{css}.grouped.calls-me")));
    bob.post(&path, &[("message", "second, nobody")]).expect(200);
    ann.browser.wait_for_text(&css, "second, nobody");
    assert!(!ann.browser.exists(".calls-me"));
}

#[test]
fn a_message_is_changed_and_removed_on_its_page() {
    changed_and_removed(true);
}

#[test]
fn a_message_is_changed_and_removed_on_its_page_without_scripts() {
    changed_and_removed(false);
}

fn changed_and_removed(scripts: bool) {
    let Some((server, bob)) = Server::open().with_browser("bob", scripts) else { return };
    let Some(ann) = BrowserUser::arrives(&server, "ann", scripts) else { return };
    // The first one owns the chat.
    bob.registers();
    ann.registers();
    bob.says("from bob");
    ann.says("helo");
    ann.says("kept");
    bob.reads("kept");
    bob.settles();
    let number = |person: &BrowserUser| {
        let ids = person.heard();
        ids[ids.len() - 2]
    };
    let id = number(&ann);
    ann.opens_the_page_of(id);
    ann.is_at(&format!("/messages/{id}/about"));
    assert_eq!(ann.draft("message"), "helo");
    ann.browser.execute("document.querySelector('#edit-text').value = 'x'.repeat(4001)", &json!([]));
    ann.follows("form[action$='/edit'] button");
    ann.is_told("This message is too long (4,001 of 4,000 characters).");
    assert_eq!(ann.draft("message").len(), 4001);
    let keyboard = Keyboard(&ann.browser);
    ann.browser.clear("#edit-text");
    keyboard.tabs_back_to("#edit-text");
    keyboard.types("hello");
    keyboard.tabs_to("form[action$='/edit'] button");
    ann.turns_page(|_| keyboard.press("Enter"));
    ann.is_at(&format!("/chat?at={id}#m{id}"));
    ann.reads("hello");
    bob.reads("hello");
    bob.at_messages(|browser| browser.wait_for_text(&format!("#m{id} .edited"), "edited"));

    ann.opens_the_page_of(id);
    keyboard.tabs_back_to("form[action$='/remove'] button");
    ann.turns_page(|_| keyboard.press("Space"));
    ann.browser.wait_for_text("main > [role=status]", "Message deleted.");
    if scripts {
        bob.browser.wait_for_text(&format!("#m{id} .said"), "This message was deleted.");
        assert!(!bob.browser.exists(&format!("#m{id} .more, #m{id} .edited")));
        bob.has_stayed();
        bob.reloads();
    }
    let gone = || bob.at_messages(|browser| !browser.exists(&format!("#m{id}")));
    bob.browser.wait_until("the message to be gone", gone);
    bob.reads("kept");
    assert!(!ann.heard().contains(&id));

    // Of others, an owner may remove, and other people may do nothing.
    let [first, .., last] = ann.heard()[..] else { panic!("two are left") };
    ann.opens_the_page_of(first);
    assert!(!ann.browser.exists("main form:is(.edit, .delete)"));
    let link = ann.browser.property("main input[readonly]", "value");
    assert!(
        link.as_str().unwrap().starts_with("http://")
            && link.as_str().unwrap().ends_with(&format!("/messages/{first}"))
    );
    assert_eq!(ann.browser.property("main textarea[readonly]", "value"), "from bob");
    ann.follows(".aside a");
    ann.reads("from bob");
    bob.opens_the_page_of(last);
    assert!(!bob.browser.exists("form[action$='/edit']"));
    bob.follows("form[action$='/remove'] button");
    assert_eq!(bob.client(&server).texts(), ["from bob"]);
    ann.has_a_quiet_console();
    bob.has_a_quiet_console();
}

#[test]
fn times_devices_and_the_password_are_ones_own() {
    own_page(true);
}

#[test]
fn times_devices_and_the_password_are_ones_own_without_scripts() {
    own_page(false);
}

fn own_page(scripts: bool) {
    let Some((server, ann)) = Server::open().with_browser_member("ann", scripts) else { return };
    ann.says("what time is it?");
    let time = || ann.at_messages(|browser| browser.text("article time"));
    let keyboard = Keyboard(&ann.browser);
    ann.opens("/chat");
    keyboard.tabs_back_to(".who");
    keyboard.press("Enter");
    keyboard.tabs_to(".menu a[href='/me']");
    ann.turns_page(|_| keyboard.press("Enter"));
    ann.is_at("/me");
    for (zone, sign) in [("Pacific/Kiritimati", "UTC+14"), ("UTC-4", "UTC-4"), ("Etc/UTC", "UTC")] {
        ann.browser.clear("#zone");
        ann.goes_to("#zone");
        keyboard.types(zone);
        ann.turns_page(|_| keyboard.press("Enter"));
        ann.is_at("/me?saved=time-zone#time-zone");
        assert_eq!(ann.browser.property("#zone", "value"), zone);
        ann.browser.wait_for_text("#time-zone + .saved", "Saved");
        ann.opens("/chat");
        ann.browser.wait_for_text("footer", &format!("Times in {zone}"));
        let exact = ann.at_messages(|browser| browser.attribute("article time", "datetime")).unwrap();
        let hours: i32 = sign[3..].parse().unwrap_or(0);
        let hour = (exact[11..13].parse::<i32>().unwrap() + hours).rem_euclid(24);
        assert_eq!(time(), format!("{hour:02}:{}", &exact[14..16]), "in {zone}");
        ann.opens("/me");
    }
    ann.submits(&[("zone", "Atlantis")]);
    ann.browser.wait_for_text("[role=alert]", "There is no such time zone.");
    assert_eq!(ann.browser.property("#zone", "value"), "Atlantis");

    let mut phone = server.visitor();
    phone.login("ann", PASSWORD).expect(303);
    let mut other = server.visitor();
    other.login("ann", PASSWORD).expect(303);
    ann.opens("/me");
    assert_eq!(ann.browser.find_all(".devices li").len(), 3);
    assert_eq!(ann.browser.find_all(".devices button").len(), 2, "not for this one");
    ann.goes_to(".devices li:nth-of-type(2) button");
    ann.turns_page(|_| keyboard.press("Enter"));
    assert_eq!(ann.browser.find_all(".devices li").len(), 2);
    assert_ne!(phone.is_in(), other.is_in());
    ann.goes_to(".devices + form button");
    ann.turns_page(|_| keyboard.press("Enter"));
    assert_eq!(ann.browser.find_all(".devices li").len(), 1);
    assert!(!phone.is_in() && !other.is_in());
    assert!(!ann.browser.exists(".devices + form"));

    phone.login("ann", PASSWORD).expect(303);
    ann.opens("/me");
    for (current, fault) in [("wrong horse", "password"), (PASSWORD, "")] {
        ann.goes_to("[name=current]");
        keyboard.types(current);
        if scripts {
            keyboard.tabs_to("[aria-controls=current]");
        }
        keyboard.tabs_to("[name=password]");
        keyboard.types("battery staple");
        ann.turns_page(|_| keyboard.press("Enter"));
        assert_eq!(ann.browser.exists("[role=alert]"), !fault.is_empty());
    }
    ann.is_at("/me?saved=password-form#password-form");
    ann.browser.wait_for_text(".saved", "Password changed. Other devices were signed out.");
    assert!(!phone.is_in());
    phone.login("ann", PASSWORD).expect(401);
    phone.login("ann", "battery staple").expect(303);
    ann.has_a_quiet_console();
}

#[test]
fn an_owner_decides_about_the_chat_and_about_people() {
    owner_decides(true);
}

#[test]
fn an_owner_decides_about_the_chat_and_about_people_without_scripts() {
    owner_decides(false);
}

fn owner_decides(scripts: bool) {
    let Some((server, ann)) = Server::open().with_browser_member("ann", scripts) else { return };
    let mut bob = server.member("bob");
    let keyboard = Keyboard(&ann.browser);
    ann.opens("/me");
    ann.goes_to("main a[href='/owner']");
    ann.turns_page(|_| keyboard.press("Enter"));
    ann.is_at("/owner");
    ann.goes_to("#title");
    keyboard.types("The Millers");
    ann.turns_page(|_| keyboard.press("Enter"));
    assert_eq!(ann.browser.text(".brand"), "The Millers");
    assert_eq!(ann.browser.title(), "Chat settings · The Millers");

    ann.goes_to("[name=registration]");
    ann.browser.press(":focus", "ArrowDown");
    ann.turns_page(|_| keyboard.press("Enter"));
    ann.browser.wait_for_text("#code-fault", "code");
    keyboard.is_on("#code");
    keyboard.types("sesame");
    ann.turns_page(|_| keyboard.press("Enter"));
    assert_eq!(ann.browser.property("#invite-0", "value"), server.url("/register?code=sesame"));
    server.visitor().register("cyd", PASSWORD).expect(403);
    assert!(server.visitor().get("/register?code=sesame").body.contains("value=\"sesame\""));

    assert!(!bob.get("/me").body.contains("/owner"));
    bob.get("/owner").expect(403);
    ann.opens("/people/bob/about");
    for (status, words) in [(200, "Remove as owner"), (403, "Make owner")] {
        ann.goes_to("form[action$='/role'] button");
        ann.turns_page(|_| keyboard.press("Enter"));
        assert_eq!(bob.get("/owner").status, status);
        let told =
            if status == 200 { "bob\u{2069} is an owner now." } else { "bob\u{2069} is no longer an owner." };
        ann.browser.wait_for_text("main > [role=status]", told);
        assert_eq!(ann.browser.text("form[action$='/role'] button"), words);
    }
    ann.goes_to("details.grave summary");
    keyboard.press("Enter");
    keyboard.tabs_to("[name=free]");
    keyboard.press("Space");
    keyboard.tabs_to("form[action$='/remove'] button");
    ann.turns_page(|_| keyboard.press("Enter"));
    ann.browser.wait_for_text("main > [role=status]", "bob\u{2069} was removed.");
    assert!(!bob.is_in());
    ann.has_a_quiet_console();
}

impl BrowserUser {
    /// By the dots at a message, where no script makes them a menu.
    #[track_caller]
    fn opens_the_page_of(&self, id: u64) {
        if !self.browser.url().contains("/chat") {
            self.opens("/chat");
        }
        let more = format!("#m{id} .more");
        if self.browser.exists(&format!("{more}[aria-haspopup]")) {
            return self.opens(&format!("/messages/{id}/about"));
        }
        self.turns_page(|_| {
            self.at_messages(|browser| {
                browser.find(&more);
                browser.execute("document.querySelector(arguments[0]).focus()", &json!([more]));
                let seen = "return getComputedStyle(document.querySelector(arguments[0])).opacity";
                browser.wait_until("the dots", || {
                    browser.execute(seen, &json!([more])) == Value::String("1".into())
                });
                browser.press(&more, "Enter");
            });
        });
    }

    /// By presses of Tab, from where the keyboard is.
    #[track_caller]
    fn goes_to(&self, css: &str) {
        let keyboard = Keyboard(&self.browser);
        self.browser.wait_until(&format!("the way to {css}"), || {
            keyboard.press("Tab");
            self.browser.exists(&format!("{css}:focus"))
        });
        keyboard.is_on(css);
    }
}

//! Who reads in another zone than the chat's is asked, once.

use crate::prelude::*;

fn sits_in(person: &BrowserUser, zone: &str) {
    person.browser.cdp("Emulation.setTimezoneOverride", &json!({ "timezoneId": zone }));
}

#[test]
fn a_reader_in_another_zone_is_asked_once_and_keeps_the_chats() {
    let (server, [_]) = Server::open().with_members(["zoe"]);
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    sits_in(&ann, "Europe/Berlin");
    ann.registers();
    let question = "Times are shown in India Standard Time. Use Europe/Berlin instead?";
    ann.browser.wait_for_text(".zone-question p", question);
    let mut faults = Inspector::new().inspect(&ann, "a room with a question");
    ann.browser.resize(1280, 800, false);
    ann.opens("/people");
    ann.browser.wait_for_text(".zone-question p", question);
    ann.browser.click(".zone-question button:last-of-type");
    ann.browser.wait_until("no question", || !ann.browser.exists(".zone-question"));
    ann.opens("/chat");
    assert!(!ann.browser.exists(".zone-question"));
    ann.browser.wait_for_text("footer", "Times in India Standard Time");
    faults.retain(|fault| fault.contains("zone-question"));
    assert_eq!(faults, Vec::<String>::new());
    ann.has_a_quiet_console();
}

#[test]
fn a_reader_in_another_zone_may_take_their_own() {
    let (server, [_]) = Server::open().with_members(["zoe"]);
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    sits_in(&ann, "America/New_York");
    ann.registers();
    ann.browser.wait_for_text(".zone-question p", "Use America/New York instead?");
    ann.turns_page(|browser| browser.click(".zone-question button"));
    ann.browser.wait_for_text("footer", "Times in America/New York");
    assert!(!ann.browser.exists(".zone-question"));
    ann.opens("/me");
    assert_eq!(ann.browser.property("#zone", "value"), "America/New_York");
}

#[test]
fn who_creates_the_chat_has_answered_with_its_form() {
    let Some((_server, ann)) = Server::open().with_browser("ann", true) else { return };
    sits_in(&ann, "Europe/Berlin");
    ann.registers();
    assert!(!ann.browser.exists(".zone-question"));
    ann.opens("/owner/invite?created=yes");
    assert!(!ann.browser.exists(".zone-question"));
    ann.opens("/me");
    assert_eq!(ann.browser.property("#zone", "value"), "Asia/Kolkata");
}

#[test]
fn nobody_is_asked_whose_clock_is_that_of_the_chat() {
    let (server, [_]) = Server::open().with_members(["zoe"]);
    let Some(ann) = BrowserUser::arrives(&server, "ann", true) else { return };
    // As browsers call it.
    sits_in(&ann, "Asia/Calcutta");
    ann.registers();
    assert!(!ann.browser.exists(".zone-question"));
    let bob = server.member("bob");
    bob.clone().post("/me/zone", &[("zone", "Europe/Berlin")]).expect(303);
    assert!(!bob.clone().get("/chat").body.contains("data-offsets"), "he has chosen");
}

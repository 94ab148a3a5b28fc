//! The live room where no scripts run: the messages stream into one frame, and another is left to
//! the composer.

use crate::prelude::*;

/// A page begins with 50 messages, and ends after 200 more and the rest of one write of 64.
const ARTICLES_MAX: u64 = 50 + 200 + 64;

#[test]
fn without_scripts_the_room_is_live_and_the_composer_is_left_alone() {
    let Some((server, ann)) = Server::open().with_browser("ann", false) else { return };
    let Some(bob) = BrowserUser::arrives(&server, "bob", true) else { return };
    ann.registers();
    bob.registers();
    ann.says("no scripts here");
    bob.reads("no scripts here");
    bob.says("but here");
    ann.reads("but here");

    let mark = |browser: &Browser| {
        browser.execute("document.documentElement.dataset.same = ''", &json!([]));
    };
    ann.at_messages(mark);
    ann.at_composer(mark);
    ann.at_composer(|browser| browser.type_text("#message", "half a"));
    let mut cyd = server.member("cyd");
    cyd.say_lines(60);
    ann.reads("line 60\nof 60");
    ann.sees_the_newest("line 60\nof 60");
    ann.at_composer(|browser| browser.type_text("#message:focus", " thought"));
    assert_eq!(ann.draft("message"), "half a thought");
    ann.sends();
    bob.reads("half a thought");
    ann.sees_the_newest("half a thought");
    ann.has_nothing_left_to_send();
    ann.has_heard_all_of(&cyd);
    bob.has_heard_all_of(&cyd);
    assert!(ann.at_messages(|browser| browser.exists("html[data-same]")), "the messages were left alone");
    ann.has_a_quiet_console();
    bob.has_a_quiet_console();
}

#[test]
fn without_scripts_an_hours_worth_of_messages_keeps_the_page_small() {
    let Some((server, ann)) =
        Server::with(|settings| settings.post_rate = 1_000_000).with_browser_member("ann", false)
    else {
        return;
    };
    let mut bob = server.member("bob");
    for count in [150, 350, 500] {
        bob.say_lines(count);
        let newest = format!("line {count}\nof {count}");
        ann.browser.wait_until("the newest message", || {
            let (length, last) = ann.at_messages(|browser| {
                let seen = browser.execute(
                    "const all = [...document.querySelectorAll('article p')];
                     return [all.length, all.at(-1)?.innerText]",
                    &json!([]),
                );
                (seen[0].as_u64().unwrap(), seen[1] == newest)
            });
            assert!(length <= ARTICLES_MAX, "{length} messages in the page");
            last
        });
        ann.sees_the_newest(&newest);
    }
    assert!(ann.heard().len() <= 260);
    ann.says("still here");
    ann.sees_the_newest("still here");
    ann.has_a_quiet_console();
}

#[test]
fn without_scripts_four_tabs_and_a_restart_are_no_trouble() {
    let Some((mut server, ann)) = Server::open().with_browser("ann", false) else { return };
    let mut bob = server.member("bob");
    bob.say("welcome");
    ann.registers();
    let mut tabs = vec![ann.browser.handle()];
    tabs.resize_with(4, || {
        let tab = ann.opens_a_window();
        ann.reads("welcome");
        tab
    });
    let everywhere = |text: &str| {
        for tab in &tabs {
            ann.browser.switch_to(tab);
            ann.reads(text);
        }
    };
    bob.say("to all four");
    everywhere("to all four");
    for tab in &tabs {
        ann.browser.switch_to(tab);
        ann.says("from each");
    }
    ann.opens_a_window();
    ann.opens("/logout");
    server.restarts(|| {});
    bob.say("after the restart");
    for tab in &tabs {
        ann.browser.switch_to(tab);
        // Where the server was away for longer than a refresh takes, a reload helps.
        let away = || {
            ann.at_messages(|frame| frame.execute("return location.protocol", &json!([]))) == "chrome-error:"
        };
        ann.browser.wait_until("the messages to come back", || {
            if away() {
                ann.browser.reload();
            }
            ann.at_messages(|frame| frame.source()).contains("after the restart")
        });
    }

    server.restarts_empty();
    for tab in &tabs {
        ann.browser.switch_to(tab);
        ann.at_messages(|browser| browser.wait_for_text("p", "You are signed out. Sign in"));
    }
    ann.turns_page(|_| ann.at_messages(|browser| browser.click("a")));
    ann.is_at("/login");
}

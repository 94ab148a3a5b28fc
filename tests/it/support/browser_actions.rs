//! What people do in their browsers, and what they see there.

use serde_json::{Value, json};

use super::{Browser, BrowserUser, Client, Server};

/// Makes the slow clocks of pages that load from now on run a hundred times as fast. They have no shared worker, whose clocks
/// are its own.
pub(crate) const HASTE: &str = "delete window.SharedWorker; const later = setTimeout;
    setTimeout = (action, time) => later(action, time > 10_000 ? time / 100 : time)";

/// A name, a title and messages that strain a layout.
pub(crate) const LONG_NAME: &str = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW";

/// What an own link in the sidebar looks like; a room or conversation that one is in.
pub(crate) fn link(path: &str) -> String {
    format!(".sidebar a[href='{path}'][data-room]")
}

/// A rectangle of the window.
#[derive(Debug)]
pub(crate) struct Place {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl BrowserUser {
    /// Puts a text into the composer at once, as by pasting.
    #[track_caller]
    pub(crate) fn writes(&self, text: &str) {
        self.at_composer(|browser| {
            browser.find("#message");
            browser.execute("document.querySelector('#message').value = arguments[0]", &json!([text]));
        });
    }

    /// Types this and the Enter key. Until the answer to that is there, Enter would do nothing again, even if the
    /// message is read already.
    #[track_caller]
    pub(crate) fn enters(&self, text: &str) {
        self.browser.type_text("#message", &format!("{text}\n"));
        self.has_nothing_left_to_send();
    }

    /// What was sent is gone from the composer.
    #[track_caller]
    pub(crate) fn has_nothing_left_to_send(&self) {
        self.browser.wait_until("an empty composer", || self.draft("message").is_empty());
    }

    /// Goes to the page before the newest messages, by the link above them. (Where scripts run, it is gone as
    /// soon as one gets there.)
    #[track_caller]
    pub(crate) fn pages_back(&self) {
        self.turns_page(|_| {
            self.at_messages(|browser| {
                if browser.exists("a[rel=prev]") && !browser.exists(".alerts") {
                    browser.execute("document.querySelector('a[rel=prev]').scrollIntoView()", &json!([]));
                    return browser.click("a[rel=prev]");
                }
                let newest = "const [first] = [...document.querySelectorAll('article')].slice(-50);
                    location.assign(document.querySelector('a[rel=prev]')?.href ?? `?before=${first.id.slice(1)}`)";
                browser.execute(newest, &json!([]));
            });
        });
    }

    /// The last message stands above the composer, and nobody had to scroll.
    #[track_caller]
    pub(crate) fn sees_the_newest(&self, text: &str) {
        self.reads(text);
        assert_eq!(self.at_messages(|browser| browser.text("article:last-of-type p")), text);
        let [log, last, composer, button] =
            ["[role=log]", "article:last-of-type", ".composer", ".composer button:not([type])"]
                .map(|css| self.box_of(css));
        assert!(last.top >= log.top && last.bottom <= log.bottom, "{last:?} in {log:?}");
        assert!(
            last.bottom > last.top && log.bottom < composer.top + 1.0,
            "{last:?}, {log:?} above {composer:?}"
        );
        let height =
            self.browser.execute("return innerHeight - document.scrollingElement.scrollTop", &json!([]));
        assert!(button.bottom <= height.as_f64().unwrap(), "{button:?} in {height}");
    }

    /// Where the last visible match is in the window, also if it is in a frame.
    #[track_caller]
    pub(crate) fn box_of(&self, css: &str) -> Place {
        let found = self.browser.execute(
            "for (const frame of [null, ...document.querySelectorAll('iframe')]) {
               const inside = frame ? frame.contentDocument : document;
               const one = [...inside.querySelectorAll(arguments[0])].filter(one => one.checkVisibility()).at(-1);
               if (!one) continue;
               const box = one.getBoundingClientRect(), [x, y] = frame
                 ? [frame.getBoundingClientRect().x, frame.getBoundingClientRect().y] : [0, 0];
               return [box.left + x, box.top + y, box.right + x, box.bottom + y];
             }",
            &json!([css]),
        );
        let at = |n: usize| found[n].as_f64().unwrap_or_else(|| panic!("{css} is not to be seen"));
        Place { left: at(0), top: at(1), right: at(2), bottom: at(3) }
    }

    #[track_caller]
    pub(crate) fn has_said(&self, server: &Server, text: &str, times: usize) {
        let texts = self.client(server).texts();
        assert_eq!(texts.iter().filter(|said| *said == text).count(), times, "{text:?} in {texts:?}");
    }

    /// Marks the page, to see that nothing loads it again.
    #[track_caller]
    pub(crate) fn settles(&self) {
        self.browser.execute("document.documentElement.dataset.same = ''", &json!([]));
    }

    #[track_caller]
    pub(crate) fn has_stayed(&self) {
        assert!(self.browser.exists("html[data-same]"), "the page was loaded again");
    }

    /// The ids of all messages of the page, in its order.
    #[track_caller]
    pub(crate) fn heard(&self) -> Vec<u64> {
        let ids = |browser: &Browser| {
            browser.execute(
                "return [...document.querySelectorAll('article')].map(one => Number(one.id.slice(1)))",
                &json!([]),
            )
        };
        self.at_messages(ids).as_array().unwrap().iter().filter_map(Value::as_u64).collect()
    }

    /// The page shows what the server has, up to the newest, each once and in order.
    #[track_caller]
    pub(crate) fn has_heard_all_of(&self, client: &Client) {
        let ids: Vec<_> = client.all_messages().iter().filter_map(|message| message["id"].as_u64()).collect();
        let last = ids.last();
        self.browser.wait_until("the newest message", || self.heard().last() == last);
        let heard = self.heard();
        let missing = ids.len().checked_sub(heard.len()).expect("no more than there is");
        assert_eq!(heard, ids[missing..]);
    }

    /// Brings a tab to the front.
    #[track_caller]
    pub(crate) fn looks_at(&self, tab: &str) {
        self.browser.switch_to(tab);
        self.browser.hide(false);
    }

    /// The badge of a room in the sidebar comes to say this, or is gone.
    #[track_caller]
    pub(crate) fn has_unread(&self, path: &str, count: &str) {
        let badge = || {
            let js = "const count = document.querySelector(arguments[0] + ' .count');
                return count?.checkVisibility() ? count.firstChild.data : ''";
            self.browser.execute(js, &json!([link(path)]))
        };
        self.browser.wait_until(&format!("{count:?} unread in {path}"), || badge() == count);
    }

    /// Whether it is shown now.
    #[track_caller]
    pub(crate) fn sees(&self, css: &str) -> bool {
        let js = "return document.querySelector(arguments[0])?.checkVisibility() ?? false";
        self.browser.execute(js, &json!([css])) == Value::Bool(true)
    }

    /// Where the browser is, without the server's address.
    #[track_caller]
    pub(crate) fn path(&self) -> String {
        let url = self.browser.url();
        url.splitn(4, '/').nth(3).map_or_else(String::new, |path| format!("/{path}"))
    }

    #[track_caller]
    pub(crate) fn is_in_view(&self, message: &str) -> bool {
        let js = "const one = document.querySelector(arguments[0]);
            if (!one?.checkVisibility()) return false;
            const box = one.getBoundingClientRect(), log = one.closest('.log').getBoundingClientRect();
            return box.top >= log.top && box.bottom <= log.bottom";
        self.browser.execute(js, &json!([message])) == Value::Bool(true)
    }

    #[track_caller]
    pub(crate) fn newest(&self) -> u64 {
        *self.heard().last().expect("a message")
    }

    /// What a paste would put in the field for a message.
    #[track_caller]
    pub(crate) fn pastes(&self) -> String {
        self.browser.clear("#message");
        self.browser.execute("document.querySelector('#message').focus()", &json!([]));
        self.browser.press("#message", "Control+v");
        let pasted = || self.browser.property("#message", "value").as_str().unwrap_or_default().to_owned();
        self.browser.wait_until("what was copied", || !pasted().is_empty());
        pasted()
    }

    /// Clicks an action of the toolbar that appears where the mouse is.
    #[track_caller]
    pub(crate) fn takes(&self, id: u64, action: &str) {
        self.points_at(&format!("#m{id} .text"));
        self.browser.click(&format!("#m{id} .toolbar [data-action={action}]"));
    }

    /// Puts the mouse on something.
    #[track_caller]
    pub(crate) fn points_at(&self, css: &str) {
        self.browser.find(css);
        let place = self.browser.execute(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();
             return [box.x + box.width / 2, box.y + box.height / 2]",
            &json!([css]),
        );
        let moved = json!({ "type": "mouseMoved", "x": place[0], "y": place[1], "pointerType": "mouse" });
        self.browser.cdp("Input.dispatchMouseEvent", &moved);
    }

    /// Whether the tab keeps this text.
    pub(crate) fn keeps(&self, text: &str) -> bool {
        let kept = self.browser.execute("return JSON.stringify(sessionStorage)", &json!([]));
        kept.as_str().unwrap().contains(text)
    }
}

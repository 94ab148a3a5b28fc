//! People at their browsers.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::{Browser, BrowserOptions, Client, PASSWORD, Server};

/// Somebody with a browser of their own.
pub(crate) struct BrowserUser {
    pub(crate) browser: Browser,
    name: &'static str,
    /// How the browser knows the server: `http://HOST:PORT`.
    home: String,
}

impl BrowserUser {
    /// Starts the browser; without Chromium there is nobody.
    #[track_caller]
    pub(crate) fn arrives(server: &Server, name: &'static str, scripts: bool) -> Option<Self> {
        let browser =
            Browser::start(BrowserOptions { scripts, await_load: false, ..BrowserOptions::default() })?;
        Some(Self::sits_at(browser, name, server.url("")))
    }

    /// A browser to which the server is `chat.example`, beside `evil.example`: plain http, and no
    /// origin that browsers trust as they trust localhost.
    #[track_caller]
    pub(crate) fn arrives_from_the_network(server: &Server, name: &'static str) -> Option<Self> {
        let hosts = &["chat.example", "evil.example"];
        let browser =
            Browser::start(BrowserOptions { hosts, await_load: false, ..BrowserOptions::default() })?;
        Some(Self::sits_at(browser, name, format!("http://chat.example:{}", server.address.port())))
    }

    /// With a browser that is there already, at a chat of this address.
    pub(crate) fn sits_at(browser: Browser, name: &'static str, home: String) -> Self {
        browser.resize(1280, 800, false);
        Self { browser, name, home }
    }

    /// Somebody who is signed in already, as this client, and is in the room now.
    #[track_caller]
    pub(crate) fn follows_from(client: &Client, name: &'static str, scripts: bool) -> Option<Self> {
        let options = BrowserOptions { scripts, await_load: false, ..BrowserOptions::default() };
        let person = Self::sits_at(Browser::start(options)?, name, client.home());
        person.takes_over_from(client);
        person.opens("/chat");
        Some(person)
    }

    /// The address of a page, as the browser knows it.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.home)
    }

    /// Does what leads to another page of the chat, and waits until that is there and its scripts have begun:
    /// what is typed earlier, nobody may listen to.
    #[track_caller]
    pub(crate) fn turns_page(&self, action: impl FnOnce(&Browser)) {
        // The footer is the end of every page, and on a phone in its drawer.
        self.turns_to("body:has(footer) > header", action);
        self.has_begun();
    }

    #[track_caller]
    fn has_begun(&self) {
        let begun = "return performance.getEntriesByType('navigation')[0]?.domContentLoadedEventEnd > 0";
        self.browser.wait_until("the scripts to begin", || {
            self.browser.execute(begun, &json!([])) == Value::Bool(true)
        });
    }

    /// Does what leads to anything else, and waits until this is to be seen there, and not where one was.
    #[track_caller]
    pub(crate) fn turns_to(&self, css: &str, action: impl FnOnce(&Browser)) {
        static PAGES: AtomicU32 = AtomicU32::new(0);
        let mark = PAGES.fetch_add(1, Ordering::Relaxed);
        self.browser.execute("document.documentElement.dataset.left = arguments[0]", &json!([mark]));
        action(&self.browser);
        self.browser.wait_for_text(&format!("html:not([data-left='{mark}']) {css}"), "");
    }

    #[track_caller]
    pub(crate) fn opens(&self, path: &str) {
        self.turns_page(|browser| browser.goto(&self.url(path)));
    }

    /// Opens the live room in one more window, and gives its handle.
    #[track_caller]
    pub(crate) fn opens_a_window(&self) -> String {
        let window = self.browser.new_window();
        self.browser.resize(1280, 800, false);
        self.opens("/chat");
        window
    }

    #[track_caller]
    pub(crate) fn reloads(&self) {
        self.turns_page(Browser::reload);
    }

    #[track_caller]
    pub(crate) fn follows(&self, link: &str) {
        // Chromedriver itself cannot scroll up in the room, whose scroll area is reversed.
        self.browser.find(link);
        self.browser.execute(
            "document.querySelector(arguments[0]).scrollIntoView({ block: 'nearest' })",
            &json!([link]),
        );
        self.turns_page(|browser| browser.click(link));
    }

    /// Does something in a frame, where the room has that: where scripts do not run.
    #[track_caller]
    pub(crate) fn within<T>(&self, frame: &str, action: impl FnOnce(&Browser) -> T) -> T {
        let framed = self.browser.exists(frame);
        if framed {
            self.browser.frame(frame);
        }
        let done = action(&self.browser);
        if framed {
            self.browser.top_frame();
        }
        done
    }

    /// Does something where the messages are.
    #[track_caller]
    pub(crate) fn at_messages<T>(&self, action: impl FnOnce(&Browser) -> T) -> T {
        self.within("iframe.messages", action)
    }

    /// Does something at the composer.
    #[track_caller]
    pub(crate) fn at_composer<T>(&self, action: impl FnOnce(&Browser) -> T) -> T {
        self.within("iframe.compose", action)
    }

    /// Fills in the form of the page and sends it.
    #[track_caller]
    pub(crate) fn submits(&self, fields: &[(&str, &str)]) {
        // A page may have more than one.
        let has_first = fields.first().map_or_else(String::new, |(name, _)| format!(":has([name={name}])"));
        let form = format!("main form{has_first}");
        for (name, value) in fields {
            let field = format!("{form} [name={name}]");
            self.browser.clear(&field);
            self.browser.type_text(&field, value);
        }
        self.sends_form(&form);
    }

    /// Sends a form, and waits for the page that comes, or for what a script puts in the place of the form.
    #[track_caller]
    pub(crate) fn sends_form(&self, form: &str) {
        self.browser.execute("document.querySelector(arguments[0]).dataset.sent = 'yes'", &json!([form]));
        self.browser.click(&format!("{form} button:not([type=button])"));
        self.browser.wait_for_text("html:not(:has([data-sent])) body:has(footer) > header", "");
        self.has_begun();
    }

    /// Becomes a member without the pages that lead there, and opens the room.
    #[track_caller]
    pub(crate) fn is_let_in(&self, server: &Server) {
        self.takes_over_from(&server.member(self.name));
        self.opens("/chat");
    }

    /// From now on, the browser sends the cookies of this client, and its pages are not told.
    #[track_caller]
    pub(crate) fn takes_over_from(&self, client: &Client) {
        for cookie in [&client.cookie, &client.device].into_iter().flatten() {
            let (name, value) = cookie.split_once('=').expect("a name and a value");
            let cookie = json!({
                "name": name, "value": value, "url": self.url("/"), "httpOnly": true, "sameSite": "Lax",
            });
            self.browser.cdp("Network.setCookie", &cookie);
        }
    }

    #[track_caller]
    pub(crate) fn registers(&self) {
        self.opens("/register");
        self.submits(&[("username", self.name), ("password", PASSWORD)]);
        if self.browser.exists("a[href='/chat'].button") {
            self.follows("a[href='/chat'].button"); // the first one is told how to bring others in
        }
        self.is_at("/chat");
    }

    #[track_caller]
    pub(crate) fn signs_in_with(&self, password: &str) {
        self.opens("/login");
        self.submits(&[("username", self.name), ("password", password)]);
    }

    #[track_caller]
    pub(crate) fn signs_out(&self) {
        self.browser.click("header .who");
        self.follows("header form[action$='/logout'] button");
        self.is_at("/login");
    }

    /// Writes a message, sends it and sees it in the room, which stays where it is.
    #[track_caller]
    pub(crate) fn says(&self, text: &str) {
        self.at_composer(|browser| {
            browser.clear("#message");
            browser.type_text("#message", text);
        });
        self.sends();
        self.reads(text);
        // Until the answer is there, nothing more is sent.
        self.has_nothing_left_to_send();
    }

    /// Sends what is in the composer of the live room.
    #[track_caller]
    pub(crate) fn sends(&self) {
        self.at_composer(|browser| browser.click(".composer button:not([type])"));
    }

    #[track_caller]
    pub(crate) fn reads(&self, text: &str) {
        self.at_messages(|browser| browser.wait_for_text("[role=log] article p", text));
    }

    /// Who said the newest message.
    #[track_caller]
    pub(crate) fn newest_author(&self) -> String {
        self.at_messages(|browser| browser.text("article:last-of-type .author"))
    }

    #[track_caller]
    pub(crate) fn is_told(&self, what: &str) {
        self.at_composer(|browser| browser.wait_for_text("[role=alert]", what));
    }

    #[track_caller]
    pub(crate) fn is_at(&self, path: &str) {
        assert_eq!(self.browser.url(), self.url(path));
    }

    /// What is in a field of the page's form now, and not in one inside a message.
    #[track_caller]
    pub(crate) fn draft(&self, field: &str) -> String {
        let value = self
            .at_composer(|browser| browser.property(&format!("form:not(article *) [name={field}]"), "value"));
        value.as_str().unwrap_or_default().to_owned()
    }

    /// The name of the field that the keyboard is in.
    #[track_caller]
    pub(crate) fn writes_in(&self, field: &str) {
        let name = self.at_composer(|browser| browser.attribute(":focus", "name"));
        assert_eq!(name.as_deref(), Some(field), "the focus");
    }

    /// This person's session, in a client that does what the browser cannot.
    #[track_caller]
    pub(crate) fn client(&self, server: &Server) -> Client {
        let cookies = self.browser.cookies();
        let pair = |cookie: &Value| {
            format!("{}={}", cookie["name"].as_str().unwrap(), cookie["value"].as_str().unwrap())
        };
        let pairs: Vec<String> = cookies.as_array().unwrap().iter().map(pair).collect();
        let mut client = server.visitor();
        client.cookie = Some(pairs.join("; "));
        client
    }

    /// The console has nothing to complain of, beyond noting refusals such as a wrong password, that somebody
    /// was at the keyboard before a form, such as the composer in its frame, asked for it, what signing out cleared,
    /// what was asked for while the story had taken the line away, and that one page followed another before it had faded in.
    #[track_caller]
    pub(crate) fn has_a_quiet_console(&self) {
        let mut errors = self.browser.console_errors();
        errors.retain(|error| {
            !error.contains("the server responded with a status of 4")
                && !error.contains("Autofocus processing was blocked")
                && !error.contains("Cleared data types: \"cache\"")
                && !error.contains("net::ERR_INTERNET_DISCONNECTED")
                && !error.contains("Transition was ")
                && !is_of_an_icon_that_is_there(error)
        });
        assert_eq!(errors, [""; 0]);
    }
}

/// Whether the browser complains of an icon that is there: the page was left while that was on its way.
fn is_of_an_icon_that_is_there(error: &str) -> bool {
    let url =
        error.split_once("icon from the Manifest: http://").and_then(|(_, rest)| rest.split(' ').next());
    let Some((address, path)) = url.and_then(|url| url.split_once('/')) else { return false };
    let Ok(address) = address.parse() else { return false };
    let answer = Client::at(address).send("HEAD", &format!("/{path}"), "", b"");
    (answer.status, answer.header("content-type")) == (200, "image/png")
}

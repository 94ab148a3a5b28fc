//! People at their browsers: they come in, talk and leave, and nobody else acts for them.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use crate::support::{Browser, Client, House, Options, PASSWORD};

/// Somebody with a browser of their own.
pub(crate) struct Person {
    pub(crate) browser: Browser,
    name: &'static str,
    /// How the browser knows the house: `http://HOST:PORT`.
    home: String,
}

impl Person {
    /// Starts the browser; without Chromium there is nobody.
    #[track_caller]
    pub(crate) fn arrives(house: &House, name: &'static str, scripts: bool) -> Option<Self> {
        let browser = Browser::start(Options { scripts, await_load: false, ..Options::default() })?;
        Some(Self::sits_at(browser, name, house.url("")))
    }

    /// A browser to which the house is `chat.example`, beside `evil.example`: plain http, and no
    /// origin that browsers trust as they trust localhost.
    #[track_caller]
    pub(crate) fn arrives_from_the_network(house: &House, name: &'static str) -> Option<Self> {
        let hosts = &["chat.example", "evil.example"];
        let browser = Browser::start(Options { hosts, await_load: false, ..Options::default() })?;
        Some(Self::sits_at(browser, name, format!("http://chat.example:{}", house.address.port())))
    }

    /// With a browser that is there already, at a chat of this address.
    pub(crate) fn sits_at(browser: Browser, name: &'static str, home: String) -> Self {
        browser.resize(1280, 800, false);
        Self { browser, name, home }
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
        self.turns_page(|browser| browser.goto(&format!("{}{path}", self.home)));
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
        for (name, value) in fields {
            let field = format!("main form [name={name}]");
            self.browser.clear(&field);
            self.browser.type_text(&field, value);
        }
        self.sends_form("main form");
    }

    /// Sends a form, and waits for the page that comes, or for what a script puts in the place of the form.
    #[track_caller]
    pub(crate) fn sends_form(&self, form: &str) {
        self.browser.execute("document.querySelector(arguments[0]).dataset.sent = 'yes'", &json!([form]));
        self.browser.click(&format!("{form} button:not([type=button])"));
        self.browser.wait_for_text("html:not(:has([data-sent])) body:has(footer) > header", "");
        self.has_begun();
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
        self.follows("header form button");
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
        assert_eq!(self.browser.url(), format!("{}{path}", self.home));
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
    pub(crate) fn client(&self, house: &House) -> Client {
        let cookies = self.browser.cookies();
        let pair = |cookie: &Value| {
            format!("{}={}", cookie["name"].as_str().unwrap(), cookie["value"].as_str().unwrap())
        };
        let pairs: Vec<String> = cookies.as_array().unwrap().iter().map(pair).collect();
        let mut client = house.visitor();
        client.cookie = Some(pairs.join("; "));
        client
    }

    /// The console has nothing to complain of, beyond noting refusals such as a wrong password, that somebody
    /// was at the keyboard before a form, such as the composer in its frame, asked for it, what signing out cleared,
    /// and what was asked for while the story had taken the line away.
    #[track_caller]
    pub(crate) fn has_a_quiet_console(&self) {
        let mut errors = self.browser.console_errors();
        errors.retain(|error| {
            !error.contains("the server responded with a status of 4")
                && !error.contains("Autofocus processing was blocked")
                && !error.contains("Cleared data types: \"cache\"")
                && !error.contains("net::ERR_INTERNET_DISCONNECTED")
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

#[test]
fn two_people_talk_in_two_browsers() {
    two_people_talk(true);
}

#[test]
fn two_people_talk_in_two_browsers_without_scripts() {
    two_people_talk(false);
}

fn two_people_talk(scripts: bool) {
    let house = House::open();
    let Some(ann) = Person::arrives(&house, "ann", scripts) else { return };
    let Some(priya) = Person::arrives(&house, "प्रिया", scripts) else { return };
    ann.opens("/");
    ann.is_at("/login");
    ann.registers();
    priya.registers();
    ann.says("Is anybody here?");
    priya.reads("Is anybody here?");
    assert_eq!(priya.newest_author(), "ann");
    priya.says("I am: नमस्ते!");
    ann.reads("I am: नमस्ते!");
    assert_eq!(ann.newest_author(), "प्रिया");
    assert_eq!(ann.browser.text("header .who bdi"), "ann");

    ann.signs_out();
    ann.opens("/chat?before=9");
    ann.is_at("/login?next=%2Fchat%3Fbefore%3D9");
    ann.submits(&[("username", "ann"), ("password", "wrong horse")]);
    ann.is_told("The name or the password is wrong.");
    assert_eq!((ann.draft("username").as_str(), ann.draft("password").as_str()), ("ann", ""));
    ann.writes_in("password");
    ann.submits(&[("password", PASSWORD)]);
    ann.is_at("/chat?before=9");

    priya.signs_out();
    priya.opens("/register");
    priya.submits(&[("username", "ANN"), ("password", PASSWORD)]);
    priya.is_told("This name is taken. Try ANN2.");
    let kept = if scripts { PASSWORD } else { "" };
    assert_eq!((priya.draft("username").as_str(), priya.draft("password").as_str()), ("ANN", kept));
    priya.writes_in("username");
    let described = priya.browser.attribute(":focus", "aria-describedby").unwrap();
    assert!(described.split(' ').any(|id| priya.browser.exists(&format!("#{id}[role=alert]"))));
    ann.has_a_quiet_console();
    priya.has_a_quiet_console();
}

#[test]
fn on_a_network_without_https_everything_works_and_other_sites_can_do_nothing() {
    let house = House::named("chat.example");
    let Some(ann) = Person::arrives_from_the_network(&house, "ann") else { return };
    ann.registers();
    ann.says("no certificate here");
    ann.follows("header .brand");
    ann.opens("/logout");
    ann.submits(&[]);
    ann.is_at("/login");
    ann.signs_in_with(PASSWORD);
    ann.reads("no certificate here");
    ann.has_a_quiet_console();

    // The cookie goes to all ports of a host: only the gate stops the page at `chat.example`.
    let foreign = ForeignSite::opens(&trap(&ann.home));
    for host in ["evil.example", "chat.example"] {
        for form in ["#say", "#leave", "#enter", "#join"] {
            ann.browser.goto(&format!("http://{host}:{}/", foreign.address.port()));
            ann.is_refused(&format!("{form} button"));
            ann.browser.goto(&format!("http://{host}:{}/", foreign.address.port()));
            ann.browser.frame("iframe");
            ann.is_refused(&format!("{form} button"));
        }
    }
    for form in ["#say", "#leave"] {
        ann.browser.goto(&format!("data:text/html,{}", trap(&ann.home).replace('#', "%23")));
        ann.is_refused(&format!("{form} button"));
    }
    ann.opens("/chat");
    ann.is_at("/chat");
    assert_eq!(ann.browser.text("header .who bdi"), "ann", "still signed in, as herself");
    assert_eq!(ann.client(&house).texts(), ["no certificate here"]);
    assert_eq!(house.visitor().register("mallory", PASSWORD).status, 303, "the name was not taken");
}

impl Person {
    /// Sends a form of a foreign page.
    #[track_caller]
    fn is_refused(&self, button: &str) {
        self.browser.click(button);
        self.browser.top_frame();
        self.browser.wait_for_text("h1", "Not allowed");
        self.browser.wait_for_text("main", "from another site");
    }
}

/// Forms that another site might put up, also in a frame without an origin.
fn trap(home: &str) -> String {
    let forms = format!(
        "<form id=say method=post target=_top action={home}/chat><input name=message value=forged><button>Win</button></form>\
         <form id=leave method=post target=_top action={home}/logout><button>Win</button></form>\
         <form id=enter method=post target=_top action={home}/login><input name=username value=ann>\
         <input name=password value='{PASSWORD}'><button>Win</button></form>\
         <form id=join method=post target=_top action={home}/register><input name=username value=mallory>\
         <input name=password value='{PASSWORD}'><button>Win</button></form>"
    );
    format!(
        "<!doctype html><title>Prizes</title>{forms}\
         <iframe sandbox='allow-forms allow-top-navigation' width=600 height=300 srcdoc=\"{forms}\"></iframe>"
    )
}

/// A site that answers everything with one page.
struct ForeignSite {
    address: SocketAddr,
    closed: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl ForeignSite {
    fn opens(page: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let closed = Arc::<AtomicBool>::default();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        );
        let server = thread::spawn({
            let closed = Arc::clone(&closed);
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if closed.load(Ordering::SeqCst) {
                        return;
                    }
                    let answer = answer.clone();
                    // Browsers open connections that they may never use.
                    thread::spawn(move || {
                        let asked = BufReader::new(&stream).lines().map_while(Result::ok);
                        if asked.take_while(|line| !line.is_empty()).count() > 0 {
                            let _ = (&stream).write_all(answer.as_bytes());
                        }
                    });
                }
            }
        });
        Self { address, closed, server: Some(server) }
    }
}

impl Drop for ForeignSite {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

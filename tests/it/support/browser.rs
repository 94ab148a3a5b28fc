//! Drives a real Chromium through chromedriver, so that tests read as stories:
//!
//! ```ignore
//! let Some(alice) = Browser::start(BrowserOptions::default()) else { return };
//! alice.goto(&address);
//! alice.type_text("textarea[name=message]", "hello");
//! alice.click("button[type=submit]");
//! alice.wait_for_text("[role=log]", "hello");
//! ```
//!
//! Whatever goes wrong panics at the line of the test, with the page in the message.
//! Actions wait for their element, so a test needs no sleeps; reading right after an action
//! is only safe where the action loads a page, else use one of the `wait_` methods.

#![allow(dead_code, reason = "a vocabulary: not every word is in use every day")]

use std::{
    cell::RefCell,
    env, fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{WorkerTools, skip};

/// How long pages get to become what a test expects. Much, as a busy machine is no fault of theirs, and
/// only what fails takes so long.
const TIMEOUT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// How long a page may take to load. Less than `ANSWER`, so that chromedriver tells what hangs.
const LOAD: Duration = Duration::from_secs(60);
/// How long chromedriver may take to answer.
const ANSWER: Duration = Duration::from_secs(90);
/// Longer than the minute chromedriver gives Chromium, because it then cleans up by itself.
const START: Duration = Duration::from_secs(120);
/// How often chromedriver may fail to find a port.
const STARTS: usize = 10;

/// What of Chromium pages need.
const SHELL: &str = "chromium-headless-shell";

/// The name under which `WebDriver` passes elements around, from its specification.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys without a character, as `WebDriver` numbers them. Modifiers hold for the keys after them.
const KEYS: [(&str, char); 17] = [
    ("Backspace", '\u{e003}'),
    ("Tab", '\u{e004}'),
    ("Enter", '\u{e007}'),
    ("Shift", '\u{e008}'),
    ("Control", '\u{e009}'),
    ("Alt", '\u{e00a}'),
    ("Escape", '\u{e00c}'),
    ("Space", '\u{e00d}'),
    ("PageUp", '\u{e00e}'),
    ("PageDown", '\u{e00f}'),
    ("End", '\u{e010}'),
    ("Home", '\u{e011}'),
    ("ArrowLeft", '\u{e012}'),
    ("ArrowUp", '\u{e013}'),
    ("ArrowRight", '\u{e014}'),
    ("ArrowDown", '\u{e015}'),
    ("Delete", '\u{e017}'),
];

/// What kind of browser to start.
#[derive(Clone, Copy)]
pub(crate) struct BrowserOptions<'a> {
    /// Whether pages may run JavaScript.
    pub(crate) scripts: bool,
    /// What it asks for, as `Accept-Language` has it.
    pub(crate) language: &'a str,
    /// Names that lead to 127.0.0.1. Any other name does not resolve, so a page that asks
    /// somebody else's server for something shows up in [`Browser::console_errors`].
    pub(crate) hosts: &'a [&'a str],
    /// Whether `goto`, `click` and so on wait until the page has loaded. Not for a page that keeps
    /// streaming, itself or in a frame: it never has. Then wait for what the page should show.
    pub(crate) await_load: bool,
    /// Whether it can show notifications: then it is all of Chromium, and not its headless shell, which has the
    /// same engine and takes half of the time.
    pub(crate) notifications: bool,
}

impl Default for BrowserOptions<'_> {
    fn default() -> Self {
        Self { scripts: true, language: "en-GB", hosts: &[], await_load: true, notifications: false }
    }
}

/// One Chromium of its own: no cookies, cache or settings shared with any other.
/// Both programs and their files go when it is dropped, also by a panic.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    /// "/session/…", or empty before there is one.
    session: String,
    /// Everything the two write: profile, sockets, crash reports.
    files: PathBuf,
    /// Those that were taken off the network.
    offline_workers: RefCell<Vec<WorkerTools>>,
}

/// An element of the page as it was when it was found.
pub(crate) struct Element<'a> {
    browser: &'a Browser,
    path: String,
}

/// A command that did not succeed, in the words of `WebDriver`.
#[derive(Debug)]
struct Failure {
    error: String,
    message: String,
}

impl Browser {
    /// Starts a browser, or says why not: without Chromium there is nothing to test, except
    /// in continuous integration, where skipping silently would be worse than failing.
    #[track_caller]
    pub(crate) fn start(options: BrowserOptions) -> Option<Self> {
        let (Some(chromium), Some(chromedriver)) = (program("chromium"), program("chromedriver")) else {
            skip("no chromium/chromedriver on PATH (apt install chromium chromium-driver)");
            return None;
        };
        let shell = if options.notifications { None } else { program(SHELL) };
        let chromium = shell.unwrap_or(chromium);
        let files = fresh_directory();
        // From the first on, dropping cleans up.
        let mut browser = Self {
            driver: driver(&chromedriver, &files),
            port: 0,
            session: String::new(),
            files,
            offline_workers: RefCell::default(),
        };
        for _ in 0..STARTS {
            if let Ok(port) = announced_port(&mut browser.driver).recv_timeout(ANSWER) {
                browser.port = port;
                break;
            }
            // It wants one port of IPv4 and of IPv6, and somebody may have taken the other.
            let _ = browser.driver.kill().and_then(|()| browser.driver.wait());
            browser.driver = driver(&chromedriver, &browser.files);
        }
        assert_ne!(browser.port, 0, "chromedriver tells its port");
        let session = || browser.http("POST", "/session", &browser.wishes(&chromium, &options), START);
        // On a busy machine, Chromium may not get to its feet within the minute that chromedriver gives it.
        let session = session()
            .or_else(|_| session())
            .unwrap_or_else(|failure| panic!("no session with Chromium: {failure:?}"));
        let id = session["sessionId"].as_str().expect("a session has an id");
        browser.session = format!("/session/{id}");
        browser.focus(true);
        Some(browser)
    }

    fn wishes(&self, chromium: &Path, options: &BrowserOptions) -> Value {
        let mapped = options.hosts.iter().map(|host| format!("MAP {host} 127.0.0.1"));
        let rules = mapped
            .chain(["MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost".to_owned()])
            .collect::<Vec<_>>()
            .join(", ");
        // All of Chromium goes by preferences, its shell by flags. With a clock of 24 hours.
        let mut preferences = json!({ "intl.accept_languages": options.language });
        if !options.scripts {
            // The setting people have: unlike CDP's setScriptExecutionDisabled it also holds
            // in windows that open later.
            preferences["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        // A mouse, which a server does not have: hover and a fine pointer.
        let pointers =
            "primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4";
        let scripts = if options.scripts { "" } else { ",scriptEnabled=false" };
        json!({ "capabilities": { "alwaysMatch": {
            "browserName": if chromium.ends_with(SHELL) { "chrome-headless-shell" } else { "chrome" },
            "pageLoadStrategy": if options.await_load { "normal" } else { "none" },
            "timeouts": { "pageLoad": LOAD.as_millis(), "script": LOAD.as_millis() },
            // "INFO" leaves out only hints such as missing autocomplete attributes.
            "goog:loggingPrefs": { "browser": "INFO" },
            "goog:chromeOptions": {
                "binary": chromium,
                "prefs": preferences,
                "args": [
                    "--headless",
                    // Chromium refuses its sandbox to root, which CI containers run as.
                    "--no-sandbox",
                    "--disable-gpu",
                    format!("--blink-settings={pointers}{scripts}"),
                    format!("--accept-lang={}", options.language),
                    format!("--lang={}", options.language),
                    "--disable-dev-shm-usage",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    // A proxy in the environment would get the mapped names.
                    "--no-proxy-server",
                    self.profile(),
                    format!("--host-resolver-rules={rules}"),
                ],
            },
        } } })
    }

    // Pages

    #[track_caller]
    pub(crate) fn goto(&self, url: &str) {
        self.must("POST", "/url", &json!({ "url": url }));
    }

    #[track_caller]
    pub(crate) fn back(&self) {
        self.must("POST", "/back", &json!({}));
    }

    #[track_caller]
    pub(crate) fn reload(&self) {
        self.must("POST", "/refresh", &json!({}));
    }

    #[track_caller]
    pub(crate) fn url(&self) -> String {
        string(&self.look("GET", "/url", &Value::Null))
    }

    #[track_caller]
    pub(crate) fn title(&self) -> String {
        string(&self.look("GET", "/title", &Value::Null))
    }

    #[track_caller]
    pub(crate) fn source(&self) -> String {
        string(&self.look("GET", "/source", &Value::Null))
    }

    // Finding

    /// The first match, waiting for it to appear. ":focus" finds where the keyboard is.
    #[track_caller]
    pub(crate) fn find(&self, css: &str) -> Element<'_> {
        self.when_ready(css, Ok)
    }

    /// All matches at this moment.
    #[track_caller]
    pub(crate) fn find_all(&self, css: &str) -> Vec<Element<'_>> {
        let found = self.look("POST", "/elements", &selector(css));
        let found = found.as_array().expect("elements come as a list");
        found.iter().map(|one| self.element(one)).collect()
    }

    /// Whether anything matches at this moment.
    #[track_caller]
    pub(crate) fn exists(&self, css: &str) -> bool {
        !self.find_all(css).is_empty()
    }

    /// Waits until a visible match contains `text`, as shown: line breaks, capitals and all.
    #[track_caller]
    pub(crate) fn wait_for_text(&self, css: &str, text: &str) {
        self.wait_until(&format!("{text:?} in {css}"), || {
            self.shown(css).iter().any(|shown| shown.contains(text))
        });
    }

    /// Waits until `condition` holds; `what` completes "waited in vain for …".
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let start = Instant::now();
        while !condition() {
            if start.elapsed() > TIMEOUT {
                self.fail(&format!("waited in vain for {what}"));
            }
            thread::sleep(PAUSE);
        }
    }

    // Using: each waits for its element, and until nothing covers it

    /// Types like a person, at the end of what is there. A line break is the Enter key.
    #[track_caller]
    pub(crate) fn type_text(&self, css: &str, text: &str) {
        self.when_ready(css, |element| element.command("POST", "/value", &json!({ "text": text })));
    }

    #[track_caller]
    pub(crate) fn clear(&self, css: &str) {
        self.when_ready(css, |element| element.command("POST", "/clear", &json!({})));
    }

    #[track_caller]
    pub(crate) fn click(&self, css: &str) {
        self.when_ready(css, |element| element.command("POST", "/click", &json!({})));
    }

    /// Presses a key or a chord such as "Enter", "Shift+Enter" or "Control+a".
    #[track_caller]
    pub(crate) fn press(&self, css: &str, chord: &str) {
        self.type_text(css, &keys(chord));
    }

    /// The text as shown: what is hidden is left out.
    #[track_caller]
    pub(crate) fn text(&self, css: &str) -> String {
        self.when_ready(css, |element| {
            element.command("GET", "/text", &Value::Null).map(|text| string(&text))
        })
    }

    /// An attribute as the page's source has it.
    #[track_caller]
    pub(crate) fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.when_ready(css, |element| element.command("GET", &format!("/attribute/{name}"), &Value::Null))
            .as_str()
            .map(str::to_owned)
    }

    /// A property as it is now, such as the "value" of an input.
    #[track_caller]
    pub(crate) fn property(&self, css: &str, name: &str) -> Value {
        self.when_ready(css, |element| element.command("GET", &format!("/property/{name}"), &Value::Null))
    }

    /// Runs the body of a function in the page, also where pages may not run scripts themselves.
    /// `args` is a list, there known as `arguments`; a promise is waited for.
    #[track_caller]
    pub(crate) fn execute(&self, js: &str, args: &Value) -> Value {
        self.must("POST", "/execute/sync", &json!({ "script": js, "args": args }))
    }

    /// A command of the `DevTools` protocol, for the current window.
    #[track_caller]
    pub(crate) fn cdp(&self, command: &str, params: &Value) -> Value {
        let body = json!({ "cmd": command, "params": params });
        self.must("POST", "/goog/cdp/execute", &body)
    }

    // Surroundings: they hold for the current window, until changed

    /// Makes the viewport exactly this large. `mobile` is for phones: touch-like scrollbars,
    /// and the page's viewport meta element counts.
    #[track_caller]
    pub(crate) fn resize(&self, width: u32, height: u32, mobile: bool) {
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile }),
        );
    }

    /// Sets what media queries see: `&[("prefers-color-scheme", "dark")]`. None resets all.
    #[track_caller]
    pub(crate) fn emulate_media(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> =
            features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.cdp("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Takes the window and the browser's shared workers off the network, or back on. Requests fail from then on; a
    /// response that is already streaming goes on, so end it at the server.
    #[track_caller]
    pub(crate) fn offline(&self, offline: bool) {
        let conditions =
            json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        // Without this only navigator.onLine changes.
        self.cdp("Network.enable", &json!({}));
        self.cdp("Network.emulateNetworkConditions", &conditions);
        let mut workers = self.offline_workers.borrow_mut();
        if workers.is_empty() {
            *workers = self.tools_of_workers();
            self.tell_workers(&workers, "Network.enable", &json!({}));
        }
        self.tell_workers(&workers, "Network.emulateNetworkConditions", &conditions);
        if !offline {
            self.lets_go_of_workers(&workers);
            workers.clear();
        }
    }

    /// Writes what the viewport shows as a PNG file.
    #[track_caller]
    pub(crate) fn screenshot(&self, path: impl AsRef<Path>) {
        let picture = string(&self.must("GET", "/screenshot", &Value::Null));
        fs::write(path, from_base64(&picture)).expect("the screenshot is written");
    }

    /// What the console got since the last call, as "LEVEL source: message": errors, failed
    /// requests, violations of the Content-Security-Policy, and whatever a page logs itself.
    #[track_caller]
    pub(crate) fn console_errors(&self) -> Vec<String> {
        let entries = self.must("POST", "/se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("log entries come as a list");
        entries
            .iter()
            .map(|entry| {
                let [level, source, message] = ["level", "source", "message"].map(|key| string(&entry[key]));
                format!("{level} {source}: {message}")
            })
            .collect()
    }

    // Windows and frames

    /// Opens an empty window, goes there and returns its handle.
    #[track_caller]
    pub(crate) fn new_window(&self) -> String {
        let window = self.must("POST", "/window/new", &json!({ "type": "window" }));
        let handle = string(&window["handle"]);
        self.switch_to(&handle);
        self.focus(true);
        handle
    }

    /// Minimises the current window, so that its page is hidden, or puts it back. (Tabs do not
    /// hide each other without a screen.)
    #[track_caller]
    pub(crate) fn hide(&self, hidden: bool) {
        let window = self.cdp("Browser.getWindowForTarget", &json!({}));
        self.focus(!hidden);
        let bounds = json!({ "windowState": if hidden { "minimized" } else { "normal" } });
        self.cdp("Browser.setWindowBounds", &json!({ "windowId": window["windowId"], "bounds": bounds }));
        self.wait_until("the window to be hidden or shown", || {
            self.execute("return document.hidden", &json!([])) == hidden
        });
    }

    /// Gives the current window the keyboard, which without a screen it does not always get.
    /// A page with the keyboard is never hidden.
    #[track_caller]
    fn focus(&self, focused: bool) {
        self.cdp("Emulation.setFocusEmulationEnabled", &json!({ "enabled": focused }));
    }

    /// The current window.
    #[track_caller]
    pub(crate) fn handle(&self) -> String {
        string(&self.must("GET", "/window", &Value::Null))
    }

    /// All windows, also those that pages opened.
    #[track_caller]
    pub(crate) fn handles(&self) -> Vec<String> {
        let handles = self.must("GET", "/window/handles", &Value::Null);
        let handles = handles.as_array().expect("handles come as a list");
        handles.iter().map(string).collect()
    }

    #[track_caller]
    pub(crate) fn switch_to(&self, handle: &str) {
        self.must("POST", "/window", &json!({ "handle": handle }));
    }

    /// Closes the current window; go to another one with `switch_to` before anything else.
    #[track_caller]
    pub(crate) fn close_window(&self) {
        self.must("DELETE", "/window", &Value::Null);
    }

    /// The process of the current window crashes, with all else that runs in it, and what is left of the window is
    /// closed; on to another one.
    #[track_caller]
    pub(crate) fn crash_window(&self, next: &str) {
        let crashed = self.handle();
        // Chromedriver complains that it crashed, and must not look again.
        let _ = self.command("POST", "/goog/cdp/execute", &json!({ "cmd": "Page.crash", "params": {} }));
        self.switch_to(next);
        self.cdp("Target.closeTarget", &json!({ "targetId": crashed }));
    }

    /// Freezes the page of the current window, which is hidden, as browsers do after a while; showing it thaws it.
    #[track_caller]
    pub(crate) fn freeze(&self) {
        self.cdp("Page.setWebLifecycleState", &json!({ "state": "frozen" }));
    }

    /// Enters an iframe, until `top_frame` or `switch_to`.
    #[track_caller]
    pub(crate) fn frame(&self, css: &str) {
        self.when_ready(css, |element| {
            let id = json!({ ELEMENT: element.id() });
            self.command("POST", "/frame", &json!({ "id": id }))
        });
    }

    #[track_caller]
    pub(crate) fn top_frame(&self) {
        self.must("POST", "/frame", &json!({ "id": null }));
    }

    // Cookies, also those hidden from scripts

    /// The cookies that the current page gets, as a list of objects.
    #[track_caller]
    pub(crate) fn cookies(&self) -> Value {
        self.must("GET", "/cookie", &Value::Null)
    }

    #[track_caller]
    pub(crate) fn delete_cookies(&self) {
        self.must("DELETE", "/cookie", &Value::Null);
    }

    // Underneath

    /// Does something with the first match, trying again while there is none, it cannot be used
    /// yet, or a navigation took it away: the failures after which nothing has happened.
    #[track_caller]
    fn when_ready<'a, T>(&'a self, css: &str, action: impl Fn(Element<'a>) -> Result<T, Failure>) -> T {
        let start = Instant::now();
        loop {
            let attempt = self
                .command("POST", "/element", &selector(css))
                .and_then(|found| action(self.element(&found)));
            match attempt {
                Ok(done) => return done,
                Err(failure) if failure.may_pass() && start.elapsed() < TIMEOUT => {
                    thread::sleep(PAUSE);
                }
                Err(failure) => self.fail(&format!("{css}: {failure:?}")),
            }
        }
    }

    fn element(&self, found: &Value) -> Element<'_> {
        Element { browser: self, path: format!("/element/{}", string(&found[ELEMENT])) }
    }

    /// The texts of the visible matches. One request, however many there are.
    #[track_caller]
    fn shown(&self, css: &str) -> Vec<String> {
        let js = "return [...document.querySelectorAll(arguments[0])]
            .filter(one => one.checkVisibility()).map(one => one.innerText)";
        let body = json!({ "script": js, "args": [css] });
        match self.command("POST", "/execute/sync", &body) {
            Ok(texts) => {
                let texts = texts.as_array().expect("texts come as a list");
                texts.iter().map(string).collect()
            }
            Err(failure) if failure.may_pass() => Vec::new(),
            Err(failure) => self.fail(&format!("{css}: {failure:?}")),
        }
    }

    #[track_caller]
    fn must(&self, method: &str, path: &str, body: &Value) -> Value {
        // No closure: it would panic with its own line instead of the test's.
        match self.command(method, path, body) {
            Ok(value) => value,
            Err(failure) => self.fail(&format!("{method} {path} {body}: {failure:?}")),
        }
    }

    /// Asks for what the page is now, and again while a navigation takes that away: asking changes nothing.
    #[track_caller]
    fn look(&self, method: &str, path: &str, body: &Value) -> Value {
        let start = Instant::now();
        loop {
            match self.command(method, path, body) {
                Ok(value) => return value,
                Err(failure) if failure.may_pass() && start.elapsed() < TIMEOUT => {
                    thread::sleep(PAUSE);
                }
                Err(failure) => self.fail(&format!("{method} {path} {body}: {failure:?}")),
            }
        }
    }

    /// Panics with the page, which usually tells what went wrong.
    #[track_caller]
    fn fail(&self, what: &str) -> ! {
        let read = |js| {
            self.command("POST", "/execute/sync", &json!({ "script": js, "args": [] }))
                .map_or_else(|failure| format!("({failure:?})"), |read| string(&read))
        };
        let url = read("return location.href");
        let text = read("return document.documentElement.innerText");
        let focus = read(
            "const has = document.hasFocus() ? 'with' : 'without';
             return `${document.activeElement?.cloneNode().outerHTML} in a ${document.visibilityState} window ${has} it`",
        );
        panic!("{what}\n--- {url}\n{text}\n--- the focus is on {focus}");
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, Failure> {
        self.http(method, &format!("{}{path}", self.session), body, ANSWER)
    }

    /// One HTTP request to chromedriver, on a connection of its own.
    fn http(&self, method: &str, path: &str, body: &Value, timeout: Duration) -> Result<Value, Failure> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.exchange(method, path, &body, timeout).map_err(|error| Failure {
            error: "no answer from chromedriver".to_owned(),
            message: error.to_string(),
        })?;
        match &answer["value"] {
            Value::Object(failure) if failure.contains_key("error") => {
                Err(Failure { error: string(&failure["error"]), message: string(&failure["message"]) })
            }
            value => Ok(value.clone()),
        }
    }

    /// For when chromedriver does not do it any more, or did not get that far.
    fn kill_chromium(&self) {
        let profile = self.profile();
        let is_ours = |line: &[u8]| line.split(|byte| *byte == 0).any(|word| word == profile.as_bytes());
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            if fs::read(process.path().join("cmdline")).is_ok_and(|line| is_ours(&line)) {
                let _ = Command::new("kill").arg("-KILL").arg(process.file_name()).status();
            }
        }
        // Its helpers notice a little later, and would write files again.
        thread::sleep(PAUSE * 20);
    }

    /// The argument by which Chromium knows its profile, and nobody else's.
    fn profile(&self) -> String {
        format!("--user-data-dir={}", self.files.join("profile").display())
    }

    fn exchange(&self, method: &str, path: &str, body: &str, timeout: Duration) -> io::Result<Value> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        // In one write: chromedriver would wait for the second half of two.
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes())?;
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

impl Drop for Browser {
    /// Never panics: that would hide the panic which may be under way.
    fn drop(&mut self) {
        let ended = !self.session.is_empty() && self.command("DELETE", "", &Value::Null).is_ok();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        if !ended {
            self.kill_chromium();
        }
        // Chromium's helpers may still write for a moment.
        for _ in 0..20 {
            if fs::remove_dir_all(&self.files).is_ok() {
                break;
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Element<'_> {
    /// The text as shown: what is hidden is left out.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        string(&self.must("GET", "/text", &Value::Null))
    }

    /// An attribute as the page's source has it.
    #[track_caller]
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let value = self.must("GET", &format!("/attribute/{name}"), &Value::Null);
        value.as_str().map(str::to_owned)
    }

    /// A property as it is now, such as the "value" of an input.
    #[track_caller]
    pub(crate) fn property(&self, name: &str) -> Value {
        self.must("GET", &format!("/property/{name}"), &Value::Null)
    }

    #[track_caller]
    pub(crate) fn click(&self) {
        self.must("POST", "/click", &json!({}));
    }

    fn id(&self) -> &str {
        self.path.trim_start_matches("/element/")
    }

    #[track_caller]
    fn must(&self, method: &str, what: &str, body: &Value) -> Value {
        self.browser.must(method, &format!("{}{what}", self.path), body)
    }

    fn command(&self, method: &str, what: &str, body: &Value) -> Result<Value, Failure> {
        self.browser.command(method, &format!("{}{what}", self.path), body)
    }
}

impl Failure {
    /// Whether the page may only need another moment.
    fn may_pass(&self) -> bool {
        [
            "no such element",
            "stale element reference",
            "element not interactable",
            "element click intercepted",
            "aborted by navigation",
        ]
        .contains(&self.error.as_str())
            // What chromedriver says instead of "stale element reference" while a frame reloads.
            || self.message.contains("does not belong to the document")
    }
}

fn selector(css: &str) -> Value {
    json!({ "using": "css selector", "value": css })
}

/// The string of a JSON value; "" for anything else.
fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[track_caller]
fn keys(chord: &str) -> String {
    let mut keys = String::new();
    for name in chord.split('+') {
        match KEYS.iter().find(|(key, _)| *key == name) {
            Some((_, key)) => keys.push(*key),
            None if name.chars().count() == 1 => keys += name,
            None => panic!("no key is called {name:?}"),
        }
    }
    keys
}

fn program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(name)).find(|path| path.is_file())
}

fn driver(chromedriver: &Path, files: &Path) -> Child {
    Command::new(chromedriver)
        .arg("--port=0")
        .envs([("TMPDIR", files), ("HOME", files)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts")
}

fn fresh_directory() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = env::temp_dir().join(format!("browser-{}-{count}", process::id()));
    fs::create_dir(&path).expect("a directory for the browser");
    path
}

/// Reads chromedriver's output in a thread, so that waiting for the port can time out and a
/// full pipe never stops it.
fn announced_port(driver: &mut Child) -> mpsc::Receiver<u16> {
    let (sender, receiver) = mpsc::channel();
    let output = BufReader::new(driver.stdout.take().expect("stdout is piped"));
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let port = line
                .strip_prefix("ChromeDriver was started successfully on port ")
                .and_then(|rest| rest.trim_end_matches('.').parse().ok());
            if let Some(port) = port {
                let _ = sender.send(port);
            }
        }
    });
    receiver
}

fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0);
    for character in text.bytes() {
        let six = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held).to_be_bytes()[3]);
        }
    }
    bytes
}

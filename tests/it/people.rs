//! People at their browsers: they come in, talk and leave, and nobody else acts for them.

use std::io::{BufRead, BufReader};
use std::thread::{self, JoinHandle};

use crate::prelude::*;

#[test]
fn two_people_talk_in_two_browsers() {
    two_people_talk(true);
}

#[test]
fn two_people_talk_in_two_browsers_without_scripts() {
    two_people_talk(false);
}

fn two_people_talk(scripts: bool) {
    let Some((server, ann)) = Server::open().with_browser("ann", scripts) else { return };
    let Some(priya) = BrowserUser::arrives(&server, "प्रिया", scripts) else { return };
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
    let server = Server::named("chat.example");
    let Some(ann) = BrowserUser::arrives_from_the_network(&server, "ann") else { return };
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
    let foreign = ForeignSite::opens(&trap(&ann.url("")));
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
        ann.browser.goto(&format!("data:text/html,{}", trap(&ann.url("")).replace('#', "%23")));
        ann.is_refused(&format!("{form} button"));
    }
    ann.opens("/chat");
    ann.is_at("/chat");
    assert_eq!(ann.browser.text("header .who bdi"), "ann", "still signed in, as herself");
    assert_eq!(ann.client(&server).texts(), ["no certificate here"]);
    assert_eq!(server.visitor().register("mallory", PASSWORD).status, 303, "the name was not taken");
}

impl BrowserUser {
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

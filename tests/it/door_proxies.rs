//! Behind a proxy: whom it speaks for, and below which path.

use crate::prelude::*;

const BEHIND: &[&str] = &["--trust-proxy", "127.0.0.1"];

/// Statuses of wrong sign-ins that a proxy reports as coming from these lists of hops.
fn wrong_sign_ins(snug: &SeededProcess, hops: &[&str]) -> Vec<u16> {
    let attempt = |(index, hops): (usize, &&str)| {
        let mut guest = snug.visitor().with_header("X-Forwarded-For", hops);
        // A name of its own each, as accounts are throttled too.
        guest.login(&format!("nobody{index}x{}", hops.len()), "wrong password").status
    };
    hops.iter().enumerate().map(attempt).collect()
}

#[test]
fn a_trusted_proxy_says_who_guesses() {
    let snug = SeededProcess::run(&[
        "--trust-proxy", "127.0.0.0/8", "--trust-proxy", "10.0.0.9", "--sign-in-rate", "2",
    ]);
    let one = wrong_sign_ins(&snug, &["203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2"]);
    assert_eq!(one, [401, 401, 429, 401]);
    // What stands left of the rightmost hop that is no proxy, the guest has made up.
    let forged =
        ["6.6.6.1, 203.0.113.3", "6.6.6.2,203.0.113.3", "6.6.6.3 , 203.0.113.3, 10.0.0.9", "203.0.113.3:99"];
    assert_eq!(wrong_sign_ins(&snug, &forged), [401, 401, 429, 429]);
    // A household is one, and so is everybody about whom the proxy says nothing.
    assert_eq!(wrong_sign_ins(&snug, &["2001:db8::1", "[2001:db8::2]:99", "2001:db8::3"]), [401, 401, 429]);
    assert_eq!(wrong_sign_ins(&snug, &["unknown", "", "_hidden, 10.0.0.9", "127.0.0.1"])[..2], [401, 401]);
}

#[test]
fn several_headers_are_one_list() {
    let snug = SeededProcess::run(&["--trust-proxy", "127.0.0.1", "--sign-in-rate", "2"]);
    let statuses: Vec<u16> = (0..4)
        .map(|index| {
            let mut guest = snug
                .visitor()
                .with_header("X-Forwarded-For", &format!("6.6.6.{index}"))
                .with_header("X-Forwarded-For", "203.0.113.1");
            guest.login(&format!("nobody{index}"), "wrong password").status
        })
        .collect();
    assert_eq!(statuses, [401, 401, 429, 429]);
}

#[test]
fn nobody_else_is_believed() {
    for flags in [&["--sign-in-rate", "2"][..], &["--sign-in-rate", "2", "--trust-proxy", "192.0.2.1"]] {
        let snug = SeededProcess::run(flags);
        let each = ["203.0.113.1", "203.0.113.22", "203.0.113.333", "192.0.2.1"];
        assert_eq!(wrong_sign_ins(&snug, &each), [401, 401, 429, 429]);
        let mut bob = snug.visitor().with_header("X-Forwarded-Proto", "https");
        assert!(!bob.register("bob", PASSWORD).header("set-cookie").contains("Secure"));
        let origin = format!("https://{}", snug.address);
        bob.with_header("Origin", &origin).say("x").expect(403);
    }
}

#[test]
fn a_trusted_proxy_says_that_the_guest_speaks_https() {
    let snug = SeededProcess::run(BEHIND);
    for (proto, secure) in
        [("https", true), ("HTTPS", true), ("http", false), ("http, https", true), ("", false)]
    {
        let mut guest = snug.visitor().with_header("X-Forwarded-Proto", proto);
        let answer = guest.login("ann", PASSWORD);
        assert_eq!(answer.header("set-cookie").ends_with("; Secure"), secure, "{proto:?}: {}", answer.head);
        assert_eq!(guest.get("/chat").header("set-cookie").ends_with("; Secure"), secure, "{proto:?}");
        let from = |scheme: &str| {
            let origin = format!("{scheme}://{}", snug.address);
            guest.clone().with_header("Origin", &origin).say("x").status
        };
        assert_eq!((from("https") == 303, from("http") == 303), (secure, !secure), "{proto:?}");
    }
}

#[test]
fn below_a_path_everything_is_below_it() {
    let base = "/chat";
    let snug = SeededProcess::below(base, &["--base-path", "/chat/"]);
    let mut ann = snug.visitor();
    for outside in ["/", "/login", "/register", "/healthz", "/chatter", "/cha", "//chat", "/chat%2Flogin"] {
        assert_eq!(ann.get(outside).status, 404, "{outside}");
    }
    assert_eq!(ann.get("/chat").location(), "/chat/login");
    assert_eq!(ann.get("/chat/").location(), "/chat/login");
    assert_eq!(ann.get("/chat/chat").location(), "/chat/login?next=%2Fchat%2Fchat");
    let answer = ann
        .post("/chat/login", &[("username", "ann"), ("password", PASSWORD), ("next", "/chat/chat?before=9")]);
    assert_eq!((answer.status, answer.location()), (303, "/chat/chat?before=9"));
    assert!(answer.header("set-cookie").contains("; Path=/chat;"), "{}", answer.head);
    let elsewhere = snug
        .visitor()
        .post("/chat/login", &[("username", "ann"), ("password", PASSWORD), ("next", "/login")]);
    assert_eq!(elsewhere.location(), "/chat/chat", "what is outside is not ours");
    assert_eq!(ann.post("/chat/chat", &[("message", "hello")]).location(), "/chat/chat");
    for page in ["/chat/login", "/chat/register", "/chat/chat", "/chat/logout", "/chat/nowhere"] {
        for mut guest in [ann.clone(), snug.visitor()] {
            let answer = guest.get(page);
            let targets = [" href=\"", " action=\"", " src=\""].map(|name| answer.body.split(name).skip(1));
            for target in targets.into_iter().flatten() {
                let target = target.split('"').next().unwrap();
                // Without a target, to itself.
                let fine = ["/chat", "#", "data:"].iter().any(|start| target.starts_with(start));
                assert!(fine || target.is_empty(), "{page} leads to {target}");
            }
            assert!(answer.location().is_empty() || answer.location().starts_with("/chat/"), "{page}");
        }
    }
    assert_eq!(ann.get("/chat/healthz").body, "ok\n");
    let answer = ann.post("/chat/logout", &[]);
    assert!(answer.header("set-cookie").contains("Path=/chat;"));
    assert_eq!((answer.location(), ann.cookie), ("/chat/login", None));
}

/// Somebody registers, talks and leaves, through the proxy and below a path.
fn somebody_talks_through(proxy: SocketAddr, base: &str, scheme: &str) {
    let origin = format!("{scheme}://{proxy}");
    let secure = scheme == "https";
    let mut bob = Client::at(proxy).with_header("Origin", &origin);
    let at = |path: &str| format!("{base}{path}");
    assert_eq!(bob.get(&at("/")).location(), at("/login"));
    assert!(bob.get(&at("/register")).body.contains(&format!("action=\"{base}/register\"")));
    let answer = bob.post(&at("/register"), &[("username", "bob"), ("password", PASSWORD)]);
    assert_eq!((answer.status, answer.location()), (303, at("/chat").as_str()), "{}", answer.body);
    let cookie = answer.header("set-cookie");
    assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
    assert_eq!(cookie.starts_with("__Host-snug-"), secure, "{cookie}");
    // What bears the prefix belongs to the whole host.
    let path = if base.is_empty() || secure { "/" } else { base };
    cookie.shows(format!("; Path={path};")).lacks("Domain");
    let long = "long ".repeat(800);
    for text in ["hello", "प्रिया & <b>", long.trim_end()] {
        bob.post(&at("/chat"), &[("message", text)]).expect(303);
    }
    let page = bob.get(&at("/chat")).body;
    assert!(
        page.contains("hello") && page.contains("प्रिया &amp; &lt;b&gt;") && page.contains(long.trim_end())
    );
    let foreign = Client::at(proxy).with_header("Origin", "http://evil.example");
    foreign.clone().post(&at("/login"), &[]).expect(403);
    // Through the proxy, each guest is one of their own for the throttle, or else the first who
    // guesses would lock everybody out. Here it is the proxy's own neighbour, 127.0.0.2.
    let mut guesser = Client::at(proxy).from("127.0.0.2");
    let guess = |guest: &mut Client, n: usize| {
        guest.post(&at("/login"), &[("username", &format!("no{n}")), ("password", "wrong password")]).status
    };
    assert_eq!((0..3).map(|n| guess(&mut guesser, n)).collect::<Vec<_>>(), [401, 401, 429]);
    let forging = Client::at(proxy).from("127.0.0.2").with_header("X-Forwarded-For", "203.0.113.9");
    assert_eq!(guess(&mut forging.clone(), 9), 429);
    assert_eq!(guess(&mut Client::at(proxy).from("127.0.0.3"), 5), 401);
    assert_eq!(bob.post(&at("/logout"), &[]).location(), at("/login"));
}

fn behind(base: &str) -> SeededProcess {
    let flags = [BEHIND, &["--sign-in-rate", "2"]].concat();
    if base.is_empty() {
        SeededProcess::run(&flags)
    } else {
        SeededProcess::below(base, &[&flags[..], &["--base-path", base]].concat())
    }
}

/// nginx with these directives for everything below a path.
fn nginx(folder: &TempDir, port: &ReservedPort, path: &str, directives: &str) -> Option<ExternalProgram> {
    nginx_at(port, folder, "", &format!("location {path}/ {{ {directives} }}"))
}

/// nginx as in the README.
fn nginx_of_the_readme(base: &str, scheme: &str) {
    let (snug, port, folder) = (behind(base), ReservedPort::port(), TempDir::new());
    let directives = format!(
        "proxy_pass http://{};
         proxy_set_header Host $http_host;
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
         proxy_set_header X-Forwarded-Proto {scheme};",
        snug.address
    );
    let Some(_running) = nginx(&folder, &port, base, &directives) else { return };
    let scheme = if scheme == "$scheme" { "http" } else { scheme };
    somebody_talks_through(port.address, base, scheme);
}

#[test]
fn a_proxy_that_hides_the_host_needs_the_setting_that_the_console_names() {
    // Without a line about headers, nginx asks for the address that it passes on to.
    let (port, folder) = (ReservedPort::port(), TempDir::new());
    let origin = format!("https://{}", port.address);
    let says = |snug: &SeededProcess| -> Option<u16> {
        let _running = nginx(&folder, &port, "", &format!("proxy_pass http://{};", snug.address))?;
        let mut bob = Client::at(port.address).with_header("Origin", &origin);
        // Not from there: what others claim of the way is not believed.
        let forged = bob.clone().with_header("X-Forwarded-Host", &port.address.to_string());
        let forged = forged.with_header("Forwarded", &format!("host=\"{}\";proto=https", port.address));
        let statuses = [bob.login("ann", PASSWORD).status, forged.clone().login("ann", PASSWORD).status];
        assert_eq!(statuses[0], statuses[1]);
        let evil = Client::at(port.address).with_header("Origin", "https://evil.example");
        evil.clone().login("ann", PASSWORD).expect(403);
        Some(statuses[0])
    };
    let snug = SeededProcess::run(&[]);
    let Some(status) = says(&snug) else { return };
    assert_eq!(status, 403);
    snug.wait_until(|snug| snug.log().contains('\n'), "the line of the console");
    let log = snug.log();
    assert_eq!(log.matches('\n').count(), 1, "{log}");
    let (values, mend) = log.split_once("or start snug with ").expect("the setting");
    assert!(values.contains(&origin) && values.contains(&format!("http://{}", snug.address)), "{log}");
    let flags: Vec<&str> = mend.split_whitespace().collect();
    assert_eq!(flags, ["--host", &port.address.to_string()]);
    assert_eq!(says(&SeededProcess::run(&flags)), Some(303));
}

#[test]
fn nginx_in_front() {
    nginx_of_the_readme("", "$scheme");
}

#[test]
fn nginx_in_front_of_a_path_with_https() {
    nginx_of_the_readme("/chat", "https");
}

/// Caddy as in the README, with what a process of its own needs around it.
fn caddy(base: &str, https: bool) {
    let (snug, port, folder) = (behind(base), ReservedPort::port(), TempDir::new());
    let proxy = port.address;
    // In the README, Caddy serves a name and sees to https itself; here, another one says so.
    let header = if https { "{\nheader_up X-Forwarded-Proto https\n}" } else { "" };
    let path = if base.is_empty() { String::new() } else { format!("{base}/*") };
    let config = format!(
        "{{
            admin off
            auto_https off
        }}
        http://{proxy} {{
            reverse_proxy {path} {} {header}
        }}",
        snug.address
    );
    let file = folder.write("Caddyfile", &config);
    let arguments = ["run", "--adapter", "caddyfile", "--config", &file];
    let Some(mut running) = ExternalProgram::start("caddy", folder.path(), arguments) else { return };
    running.wait_for(proxy);
    somebody_talks_through(proxy, base, if https { "https" } else { "http" });
}

#[test]
fn caddy_in_front() {
    caddy("", false);
}

#[test]
fn caddy_in_front_of_a_path_with_https() {
    caddy("/chat", true);
}

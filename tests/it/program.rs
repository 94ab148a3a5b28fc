//! The program itself: what it prints, how it ends, what it takes.

use crate::prelude::*;

#[track_caller]
fn assert_one_line(stderr: &str) {
    assert!(stderr.starts_with("snug: "), "{stderr:?}");
    assert!(stderr.ends_with('\n') && stderr.matches('\n').count() == 1, "{stderr:?}");
}

/// Begins a sign-in and returns when the server waits for its body.
fn half_a_sign_in(address: SocketAddr, body: &str) -> TcpStream {
    let mut stream = Client::at(address).connect();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 12];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100");
    let mut byte = [0];
    let mut ends = String::new();
    while !ends.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        ends.push(byte[0].into());
    }
    stream
}

#[test]
fn it_says_where_to_open_it_and_is_there() {
    let program = Process::local(&["--title", "Our House"]);
    assert!(program.address.ip().is_loopback());
    assert_ne!(program.address.port(), 0, "the real port");
    let page = program.visitor().get("/login").expect(200);
    page.body.shows("Our House");
}

#[test]
fn a_request_under_way_is_finished_before_the_end() {
    for name in ["-TERM", "-INT", "-HUP", "-QUIT"] {
        let program = Process::local(&["--password-memory", "7"]);
        let body = format!("username=nobody&password={}", "x".repeat(2_000));
        let mut stream = half_a_sign_in(program.address, &body);
        program.signal(name);
        stream.write_all(body.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let answer = Response::parse(&bytes);
        assert_eq!(answer.status, 401, "{name}");
        assert!(answer.body.ends_with("</html>"), "whole: {}", answer.body);
        assert_eq!(program.end().code(), Some(0), "{name}");
    }
}

#[test]
fn a_client_that_never_finishes_does_not_hold_up_the_end() {
    let program = Process::local(&[]);
    let _silent = half_a_sign_in(program.address, &"x".repeat(2_000));
    program.signal("-TERM");
    assert_eq!(program.end().code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, stdout, stderr) = outcome(snug(&["--listen", &address]));
    assert_eq!((code, &*stdout), (Some(1), ""));
    assert_one_line(&stderr);
    assert!(stderr.contains(&address), "{stderr}");
    stderr.shows("another program");
}

#[test]
fn a_wrong_command_line_is_one_clear_line() {
    for (arguments, words) in [
        (&["--tittle", "x"][..], "--title"),
        (&["--history", "0"], "10000000"),
        (&["--history", "ten"], "whole number"),
        (&["--history", "-1"], "whole number"),
        (&["--history"], "--history"),
        (&["--sign-in-rate", "-1"], "whole number"),
        (&["--password-memory", "6"], "7 to 1024"),
        (&["--password-memory", "1025"], "7 to 1024"),
        (&["--listen", "8080"], "ADDRESS:PORT"),
        (&["--listen", "127.0.0.1:99999"], "ADDRESS:PORT"),
        (&["--title", ""], "1 to 60"),
        (&["--title", "two\nlines\u{7}and much more than sixty characters, which is too much"], "60"),
        (&["--time-zone", "Asia/Kolkatta"], "Asia/Kolkata"),
        (&["--time-zone", "Berln"], "Europe/Berlin"),
        (&["--time-zone", "new yrok"], "America/New_York"),
        (&["--time-zone", "Middle-Earth/Shire"], "no such time zone"),
        (&["--time-zone", "GMT+15"], "from UTC-12 to UTC+14"),
        (&["--time-zone", "EST"], "America/New_York or UTC-5"),
        (&["--invite-code", &"x".repeat(101)], "100"),
        (&["--two\nlines", "x"], "see --help"),
        (&["--help=me"], "--help"),
        (&["-x"], "-x"),
        (&["serve"], "serve"),
    ] {
        let (code, stdout, stderr) = outcome(snug(arguments));
        assert_eq!((code, &*stdout), (Some(2), ""), "{arguments:?}: {stderr}");
        assert_one_line(&stderr);
        assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_wrong_environment_is_one_clear_line() {
    for (flag, _) in FLAGS {
        let wrong = "x".repeat(101);
        let mut command = snug(&[]);
        command.env(twin(flag), &wrong);
        let (code, stdout, stderr) = outcome(command);
        assert_eq!((code, &*stdout), (Some(2), ""), "{flag}: {stderr}");
        assert_one_line(&stderr);
        assert!(stderr.contains(&twin(flag)), "{flag}: {stderr}");
    }
}

#[test]
fn help_tells_every_flag_and_its_twin() {
    let (code, stdout, stderr) = outcome(snug(&["--help"]));
    assert_eq!((code, &*stderr), (Some(0), ""));
    for (flag, _) in FLAGS {
        assert!(stdout.contains(&format!("--{flag} ")), "{flag}: {stdout}");
    }
    for word in ["SNUG_", "127.0.0.1:8080", "Asia/Kolkata", "[10000]", "[10]", "[19]", "--version"] {
        assert!(stdout.contains(word), "{word}: {stdout}");
    }
    assert_eq!(outcome(snug(&["-h"])).1, stdout);
    let (code, stdout, _) = outcome(snug(&["--version"]));
    let version = concat!("snug ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!((code, &*stdout), (Some(0), version));
}

#[test]
fn help_is_given_whatever_the_environment_says() {
    let mut command = snug(&["--help"]);
    command.env("SNUG_HISTORY", "wrong");
    assert_eq!(outcome(command).0, Some(0));
}

/// Looks whether a program goes by `FLAGS`.
fn goes_by_the_flags(program: &Process) {
    let mut ann = program.visitor();
    assert!(ann.get("/login").body.contains("Env House"));
    ann.register("ann", PASSWORD).expect(403);
    let fields = [("username", "ann"), ("password", PASSWORD), ("code", "sesame")];
    // The one wrong attempt a minute is used up here, and free where nobody tried.
    ann.post("/register", &fields).expect(429);
    let mut ann = ann.from("127.0.0.2");
    ann.post("/register", &fields).expect(303);
    for text in ["one", "two", "three"] {
        ann.say(text).expect(303);
    }
    assert_eq!(ann.texts(), ["two", "three"]);
    assert!(ann.get("/chat").body.contains("Pacific/Kiritimati"));
}

#[test]
fn every_flag_works_and_so_does_its_twin_in_the_environment() {
    let arguments: Vec<String> = FLAGS.iter().map(|(flag, value)| format!("--{flag}={value}")).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    goes_by_the_flags(&Process::start(snug(&arguments)));
    let mut command = snug(&[]);
    command.envs(FLAGS.map(|(flag, value)| (twin(flag), value)));
    goes_by_the_flags(&Process::start(command));
}

#[test]
fn the_local_zone_is_that_of_the_machine() {
    let mut command = snug(&["--listen", "127.0.0.1:0", "--time-zone", "local"]);
    command.env("TZ", "Pacific/Kiritimati");
    let program = Process::start(command);
    let mut ann = program.visitor();
    ann.register("ann", PASSWORD).expect(303);
    assert!(ann.get("/chat").body.contains("Pacific/Kiritimati"));

    let mut command = snug(&["--time-zone", "local"]);
    command.env("TZ", "XYZ-3");
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, Some(2), "{stderr}");
    assert_one_line(&stderr);
    stderr.shows("XYZ-3").shows("Europe/Berlin");
}

#[test]
fn a_flag_counts_more_than_its_twin() {
    let mut command = snug(&["--listen", "127.0.0.1:0", "--title", "Flag House"]);
    command.envs(FLAGS.map(|(flag, value)| (twin(flag), value)));
    let program = Process::start(command);
    let page = program.visitor().get("/login").body;
    page.shows("Flag House").lacks("Env House");
}

#[test]
fn a_temporary_directory_that_will_not_do_is_done_without() {
    let own = TempDir::new();
    let file = own.write("file", "");
    let long = own.path().join("x".repeat(133));
    std::fs::create_dir(&long).unwrap();
    let names = || std::fs::read_dir(own.path()).unwrap().count();
    let before = names();
    for temporary in
        [long.to_str().unwrap(), &file, "/proc/nowhere", "/dev/null", "", "relative", ".", "two\nlines"]
    {
        let mut command = snug(&["--listen", "127.0.0.1:0"]);
        command.env("TMPDIR", temporary).current_dir(own.path());
        let program = Process::start(command);
        assert_eq!(program.visitor().get("/login").status, 200, "{temporary}");
        program.signal("-TERM");
        assert_eq!(program.end().code(), Some(0));
        assert_eq!((names(), std::fs::read_dir(&long).unwrap().count()), (before, 0), "{temporary}");
    }
}

#[test]
fn for_every_interface_it_prints_the_addresses_of_this_machine() {
    // Nobody connects: this only looks at what is printed.
    let program = Process::start(snug(&["--listen", "0.0.0.0:0"]));
    let mut urls = vec![program.address];
    loop {
        let line = program.line();
        match line.trim().strip_prefix("http://") {
            Some(url) => urls.push(url.trim_end_matches('/').parse().unwrap()),
            None => break,
        }
    }
    assert!(urls.iter().all(|url| !url.ip().is_unspecified()), "{urls:?}");
    assert!(urls.iter().any(|url| url.ip().is_loopback()), "{urls:?}");
    assert!(urls.iter().all(|url| url.port() == urls[0].port() && url.port() != 0));
}

#[test]
#[cfg(target_os = "linux")]
fn threads_start_when_needed_and_not_before() {
    let program = Process::local(&[]);
    program.visitor().get("/healthz").expect(200);
    let threads = program.status("Threads");
    assert!(threads <= 16, "{threads} threads for one visitor");
}

#[test]
fn memory_for_passwords_goes_back_to_the_system() {
    #[cfg(not(target_os = "linux"))]
    crate::support::skip("resident memory is only measured on Linux");
    #[cfg(target_os = "linux")]
    {
        const SIGN_INS: usize = 100;
        const AT_ONCE: usize = 4;
        let program = Process::local(&["--sign-in-rate", "0"]);
        program.visitor().register("ann", PASSWORD).expect(303);
        let visitor = program.visitor();
        let sign_in = || assert_eq!(visitor.clone().login("ann", PASSWORD).status, 303);
        sign_in();
        let before = program.status("VmRSS");
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| (0..SIGN_INS / AT_ONCE).for_each(|_| sign_in()));
            }
        });
        let grown = program.status("VmRSS") - before;
        assert!(grown <= 2 * 1024, "{grown} KiB more after {SIGN_INS} sign-ins");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn wrong_sign_ins_under_endless_names_take_no_memory() {
    // The throttle remembers whom an attempt was about: no more of it than a name can have.
    let program = Process::local(&["--password-memory", "7", "--sign-in-rate", "1000000"]);
    let mut visitor = program.visitor();
    let mut guess = |n: u32| {
        for (length, status) in [(60_000, 422), (370, 401)] {
            let name = format!("{n}{}", "x".repeat(length));
            assert_eq!(visitor.login(&name, "wrong horse").status, status);
        }
    };
    (0..10).for_each(&mut guess);
    let before = program.status("VmRSS");
    (10..110).for_each(&mut guess);
    let grown = program.status("VmRSS") - before;
    assert!(grown <= 2 * 1024, "{grown} KiB for 100 names");
}

//! Signals: which end the program in good order, and which it lives with.

use std::io::{BufRead, BufReader};

use crate::prelude::*;

/// The program, started by a shell that does something first.
fn after(first: &str, flags: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{first}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_snug")]);
    command.args(["--listen", "127.0.0.1:0", "--password-memory", "7", "--post-rate", "0"]).args(flags);
    command
}

#[test]
fn a_signal_that_ends_it_leaves_one_whole_file() {
    let folder = TempDir::new();
    let mut program = folder.serve(&[]);
    let ann = program.member("ann");
    for (count, name) in ["-TERM", "-INT", "-HUP", "-QUIT"].into_iter().enumerate() {
        program.client_of(&ann).say(name).expect(303);
        program.signal(name);
        assert_eq!(program.end().code(), Some(0), "{name}");
        assert_eq!(folder.names(), ["chat.db"], "{name}");
        program = folder.serve(&[]);
        let texts = program.client_of(&ann).texts();
        assert_eq!((texts.len(), texts.last().map(String::as_str)), (count + 1, Some(name)));
    }
}

#[test]
fn a_signal_that_is_nothing_to_it_changes_nothing() {
    let program = Process::start(after("trap '' HUP", &[]));
    let mut ann = program.member("ann");
    // As under nohup, it outlives its terminal.
    let ignored =
        if cfg!(target_os = "linux") { &["-USR1", "-USR2", "-HUP"][..] } else { &["-USR1", "-USR2"] };
    for name in ignored {
        program.signal(name);
        ann.say(name).expect(303);
    }
    assert_eq!(ann.texts(), ignored);
    program.signal("-TERM");
    assert_eq!(program.end().code(), Some(0));
}

#[test]
fn a_file_that_may_grow_no_more_ends_nothing() {
    let folder = TempDir::new();
    let program = Process::start(after("ulimit -f 1000", &["--data", &folder.data()]));
    let mut ann = program.member("ann");
    let text = "x".repeat(4_000);
    let refused =
        (0..2_000).map(|_| ann.say(&text)).find(|answer| answer.status != 303).expect("a full file");
    assert!(refused.status == 503 && refused.body.contains("can be saved"), "{}", refused.body);
    assert!(refused.body.contains(&text), "it is still in the form");
    ann.get("/chat").expect(200);
    program.signal("-TERM");
    assert_eq!(program.end().code(), Some(0));
}

#[test]
fn it_outlives_the_reader_of_its_greeting() {
    // As in `snug | head -1`.
    let port = ReservedPort::port();
    let mut command = snug(&["--listen", &port.address.to_string()]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.shows("is open at");
    wait_until("it listens", || TcpStream::connect(port.address).is_ok());
    Client::at(port.address).get("/healthz").expect(200);
    let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

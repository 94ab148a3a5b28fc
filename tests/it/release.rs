//! What a release does on every machine that it is made for. It takes any program: `SNUG_BINARY` names it, `SNUG_PREFIX` the
//! words before it, as `qemu-arm-static`. (`.release/build` runs it so.)

use crate::prelude::*;

/// Longer than any stop takes, also where another machine is imitated.
const STOP: Duration = Duration::from_secs(20);

fn stop(mut program: Process) {
    program.signal("-TERM");
    assert!(program.ends_well_within(STOP));
    assert!(!program.log().contains("internal error"), "{}", program.log());
}

fn succeed(command: Command) -> String {
    let (code, out, log) = outcome(command);
    assert_eq!(code, Some(0), "{log}");
    out
}

#[test]
fn people_talk_and_what_they_said_is_there_after_a_restart() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    let [mut ann, bob] = program.members(["ann", "bob"]);
    let mut stream = Stream::open(&bob, "/events");
    ann.say("hello 🙂").expect(303);
    assert_eq!(stream.message().unwrap().value()["text"], "hello 🙂");
    let content: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let (_, file) = ann.send_file("plan.bin", &content);
    assert!(stream.message().unwrap().value()["files"][0]["name"] == "plan.bin");
    drop(stream);
    stop(program);

    let program = folder.serve(&[]);
    let mut bob = program.visitor();
    bob.login("bob", "not this one").expect(401);
    bob.login("bob", PASSWORD).expect(303);
    assert_eq!(bob.texts(), ["hello 🙂", ""]);
    assert!(bob.get(&format!("/files/{file}")).expect(200).bytes == content);
    let copy = folder.file("copy.db");
    succeed(snug(&["backup", "--data", &folder.data(), &copy]));
    stop(program);
    succeed(snug(&["check", "--data", &copy]));
    let export = folder.file("export.jsonl");
    succeed(snug(&["export", "--data", &copy, &export]));
    assert!(fs::read_to_string(export).unwrap().contains("hello 🙂"));
}

#[test]
fn times_after_2038_are_right() {
    let folder = TempDir::new();
    let program = folder.serve(&[]);
    program.member("ann").say("in summer").expect(303);
    stop(program);
    let lines = succeed(snug(&["export", "--data", &folder.data()]));
    let later = lines.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if line["text"] == "in summer" {
            line["at"] = "2040-07-01T12:00:00.000Z".into();
        }
        format!("{line}\n")
    });
    let other = TempDir::new();
    let export = other.write("later.jsonl", &later.collect::<String>());
    succeed(snug(&["import", "--data", &other.data(), &export]));
    let program = other.serve(&["--time-zone", "Europe/Berlin"]);
    let mut ann = program.member("bob");
    assert_eq!(ann.all_messages()[0]["at"], "2040-07-01T12:00:00.000Z");
    let page = ann.get("/chat").expect(200).body;
    assert!(page.contains("14:00") || page.contains("2:00"), "in the summer time of Berlin: {page}");
    stop(program);
}

/// A machine of 32 bits has hardly so much to give, and one that is imitated takes minutes for it.
#[test]
fn the_most_memory_for_a_password_is_there_or_is_refused() {
    let program = Process::local(&["--password-memory", "1024"]);
    let mut connection = program.visitor().connect();
    connection.set_read_timeout(Some(Duration::from_secs(300))).unwrap();
    let form = format!("username=ann&password={PASSWORD}");
    let head = format!("POST /register HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", program.address);
    let kind =
        format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n", form.len());
    write!(connection, "{head}{kind}\r\n{form}").unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    let answer = Response::parse(&answer);
    assert!([303, 503].contains(&answer.status), "{}", answer.head);
    program.visitor().get("/healthz").expect(200);
    stop(program);
}

#[test]
fn a_password_for_which_there_is_no_memory_is_refused_for_now() {
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 800000; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_snug")]);
    limited.args(["--listen", "127.0.0.1:0", "--password-memory", "1024"]);
    let program = Process::start(limited);
    program.visitor().register("ann", PASSWORD).expect(503);
    program.visitor().login("ann", PASSWORD).expect(503);
    program.visitor().get("/healthz").expect(200);
    stop(program);
}

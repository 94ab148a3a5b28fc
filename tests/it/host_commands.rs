//! What is done on the host with a chat's file: backup, export, import, check, and a new password for
//! somebody who forgot theirs; while the chat runs under load, and while it does not.

mod checks;
mod exports;
mod imports;
mod links;
mod socket;
mod talk;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use rusqlite::Connection;
use snug::chat::{
    Chat, Device, FreshStart, Log, MemoryLog, NewSession, PasswordHash, RESET_TIME, Refusal, Timestamp,
    TokenDigest, Username,
};

use crate::prelude::*;

const COMMANDS: [&str; 5] = ["backup", "export", "import", "check", "reset-password"];
/// What a command may take while others want something of the server: those would hold it up for two seconds each, or
/// for ever.
const WELL: Duration = Duration::from_secs(10);
/// What the chat may take while a command reads the file: who waits for a lock on it, does so for five seconds.
const UNLOCKED: Duration = Duration::from_millis(4_500);

/// A command that does what it should, and says nothing but its result.
#[track_caller]
fn done(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = outcome(snug(arguments));
    assert_eq!((code, &*stderr), (Some(0), ""), "{arguments:?}: {stdout}");
    stdout
}

/// A command that does not, and says why in one line.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    fails(arguments, 1)
}

#[track_caller]
fn fails(arguments: &[&str], code: i32) -> String {
    one_line(outcome(snug(arguments)), code)
}

#[track_caller]
fn one_line((code, stdout, stderr): (Option<i32>, String, String), wanted: i32) -> String {
    assert_eq!((code, &*stdout), (Some(wanted), ""), "{stderr}");
    assert!(stderr.starts_with("snug: ") && stderr.ends_with('\n'), "{stderr:?}");
    assert_eq!(stderr.matches('\n').count(), 1, "{stderr:?}");
    stderr
}

/// A command with this on its standard input.
fn fed(arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = snug(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may have read enough before the end.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// A running chat in which two people go on posting.
struct Busy {
    folder: TempDir,
    snug: Process,
    ann: Client,
    bob: Client,
}

/// What was said before something was done, and until it was done.
struct Said {
    before: Vec<u64>,
    all: Vec<u64>,
}

impl Busy {
    fn start() -> Self {
        let folder = TempDir::new();
        let snug = folder.serve(&["--durability", "normal"]);
        let [ann, bob] = snug.members(["ann", "bob"]);
        Self { folder, snug, ann, bob }
    }

    /// Does something while both post, and they get through both before and meanwhile.
    fn meanwhile<T>(&self, action: impl FnOnce() -> T) -> (T, Said) {
        let (said, over) = (Mutex::new(Vec::new()), AtomicBool::new(false));
        let address = self.snug.address;
        let count = || said.lock().unwrap().len();
        let (result, before) = thread::scope(|scope| {
            for client in [&self.ann, &self.bob] {
                let (said, over) = (&said, &over);
                scope.spawn(move || {
                    let mut poster = Poster::new(address, client);
                    while !over.load(Ordering::SeqCst) {
                        let id = poster.say("something that is said by the way, neither short nor long");
                        said.lock().unwrap().push(id);
                    }
                });
            }
            wait_until("some messages", || count() > 200);
            let before = said.lock().unwrap().clone();
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(action));
            wait_until("more messages", || count() > before.len());
            over.store(true, Ordering::SeqCst);
            (result, before)
        });
        let result = result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let mut all = said.into_inner().unwrap();
        all.sort_unstable();
        (result, Said { before, all })
    }
}

impl Said {
    /// That these are all up to some moment that was not before the beginning.
    #[track_caller]
    fn begins_with(&self, ids: &[u64]) {
        assert_eq!(ids, &self.all[..ids.len()]);
        let last = ids.last().copied().unwrap_or_default();
        let missing: Vec<_> = self.before.iter().filter(|id| **id > last).collect();
        assert!(missing.is_empty(), "said before, and not there: {missing:?}");
    }
}

fn ids(client: &Client) -> Vec<u64> {
    client.all_messages().iter().map(|message| message["id"].as_u64().unwrap()).collect()
}

/// The ids of the messages in an export.
fn exported(lines: &str) -> Vec<u64> {
    let values = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    values.filter(|value| value["text"].is_string()).map(|value| value["id"].as_u64().unwrap()).collect()
}

/// A stopped chat of ann and Zoë, with messages that strain a form.
fn small_chat() -> (TempDir, Client) {
    let folder = TempDir::new();
    let snug = folder.serve(&[]);
    let [mut ann, mut zoe] = snug.members(["ann", "Zoë"]);
    ann.say_all(["needle in a haystack".into(), "two\nlines\t\"quoted\" \\ and 👩‍👩‍👧‍👦 \u{2028}".into()]);
    zoe.say_all([
        "</p></article><script>document.title = 'pwned'</script><img src=x onerror=alert(1)>".into()
    ]);
    zoe.say_all(["see https://example.org/a?b=c&d=\"e\" and مرحبا".into()]);
    zoe.post("/chat", &[("message", "once"), ("nonce", "n-1")]).expect(303);
    snug.end_by("-TERM");
    // Whoever closes it last makes one file of it, and the program does not always get to that.
    let file = Connection::open(folder.data()).unwrap();
    file.query_row("SELECT newest FROM numbering", [], |_| Ok(())).unwrap();
    file.close().unwrap();
    assert_eq!(folder.names(), ["chat.db"]);
    (folder, ann)
}

#[test]
fn each_command_has_a_help_with_an_example_that_is_read() {
    let (_, general, _) = outcome(snug(&["--help"]));
    for command in COMMANDS {
        general.shows(format!("\n  {command}"));
        let help = done(&[command, "--help"]);
        assert_eq!(done(&["--help", command]), help);
        assert_eq!(done(&[command, "-h", "--data", "chat.db"]), help);
        help.shows(format!("usage: snug {command} --data FILE"));
        let (_, example) = help.split_once("example: snug ").unwrap();
        // In a folder without files an example fails, but not as a wrong command line.
        let folder = TempDir::new();
        let words: Vec<&str> = example.split_whitespace().collect();
        let mut command = snug(&words);
        command.current_dir(folder.path()).stdin(Stdio::null());
        one_line(outcome(command), 1);
    }
}

#[test]
fn a_wrong_command_line_of_a_command_is_one_clear_line() {
    for (arguments, words) in [
        (&["backup"][..], "OUT is missing"),
        (&["backup", "out.db"], "--data FILE is missing"),
        (&["backup", "--data", "chat.db"], "OUT is missing"),
        (&["backup", "--data", "chat.db", "one", "two"], "\"two\""),
        (&["backup", "--data", "chat.db", "out.db", "--html"], "--html"),
        (&["export"], "--data FILE is missing"),
        (&["export", "--data", "chat.db", "one", "two"], "\"two\""),
        (&["export", "--data", "chat.db", "--html=x"], "--html"),
        (&["export", "--data", "chat.db", "--htm"], "--htm"),
        (&["import"], "--data FILE is missing"),
        (&["import", "--data", "chat.db", "one", "two"], "\"two\""),
        (&["check"], "--data FILE is missing"),
        (&["check", "chat.db"], "\"chat.db\""),
        (&["check", "--data", "chat.db", "x"], "\"x\""),
        (&["check", "--data", "chat.db", "--html"], "--html"),
        (&["check", "--data"], "--data"),
        (&["reset-password", "--data", "chat.db"], "NAME is missing"),
        (&["reset-password", "ann"], "--data FILE is missing"),
        (&["reset-password", "--data", "chat.db", "ann", "bob"], "\"bob\""),
        (&["reset_password", "--data", "chat.db", "ann"], "did you mean reset-password?"),
        (&["chek", "--data", "chat.db"], "did you mean check?"),
        (&["dance", "--data", "chat.db"], "dance"),
        (&["--html"], "--html"),
        (&["check", "--data", "chat.db", "-x"], "-x"),
        (&["check", "--data", "chat.db", "--history", "no"], "--history"),
    ] {
        let line = fails(arguments, 2);
        assert!(line.contains(words), "{arguments:?}: {line}");
    }
}

#[test]
fn the_environment_tells_a_command_the_file_as_well() {
    let (folder, _) = small_chat();
    let mut command = snug(&["check"]);
    command.env("SNUG_DATA", folder.data());
    let (code, stdout, stderr) = outcome(command);
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert_eq!(stdout, format!("{} is sound: 2 members, 5 messages\n", folder.data()));
}

#[test]
fn what_is_no_chat_is_refused_and_stays_as_it_is() {
    let folder = TempDir::new();
    fs::write(folder.file("empty"), "").unwrap();
    fs::write(folder.file("text"), "just some text, longer than a hundred bytes: ".repeat(9)).unwrap();
    let foreign = Connection::open(folder.file("foreign")).unwrap();
    foreign.execute_batch("CREATE TABLE songs (title)").unwrap();
    foreign.close().unwrap();
    fs::create_dir(folder.file("folder")).unwrap();
    let names = folder.names();
    for name in ["empty", "text", "foreign", "folder"] {
        let (path, out) = (folder.file(name), folder.file("out"));
        let content = fs::read(&path).ok();
        for arguments in [&["backup", &*out][..], &["export"], &["export", "--html"], &["check"]] {
            let line = one_line_or_begun(outcome(snug(&[arguments, &["--data", &path]].concat())));
            assert!(line.contains(&path), "{arguments:?}: {line}");
        }
        if name != "empty" {
            refused(&["reset-password", "ann", "--data", &path]);
            one_line(fed(&["import", "--data", &path], b"{\"snug\":1}\n"), 1);
            refused(&["--listen", "127.0.0.1:0", "--data", &path]);
        }
        assert_eq!(fs::read(&path).ok(), content, "{name}");
        assert_eq!(folder.names(), names);
    }
}

#[test]
fn a_command_that_fails_for_a_wrong_path_leaves_nothing_where_it_was_to_read() {
    let folder = TempDir::new();
    let missing = folder.file("typo.db");
    for arguments in [&["backup", "out"][..], &["export"], &["export", "--html"], &["check"]] {
        let mut command = snug(&[arguments, &["--data", &missing]].concat());
        command.current_dir(folder.path());
        let line = one_line_or_begun(outcome(command));
        line.shows("typo.db");
        assert_eq!(folder.names(), [""; 0], "{arguments:?}");
    }
}

/// An export to standard output may have said its first words.
#[track_caller]
fn one_line_or_begun((code, _, stderr): (Option<i32>, String, String)) -> String {
    one_line((code, String::new(), stderr), 1)
}

#[test]
fn a_reset_for_a_file_that_is_not_there_makes_none() {
    let folder = TempDir::new();
    let line = refused(&["reset-password", "ann", "--data", &folder.file("typo.db")]);
    assert_eq!(folder.names(), [""; 0], "{line}");
    line.shows("typo.db");
}

#[test]
fn an_export_that_fails_leaves_no_file() {
    let (folder, _) = small_chat();
    let out = folder.file("out");
    for flags in [&[][..], &["--html"]] {
        refused(&[&["export", "--data", &folder.file("typo.db"), &out], flags].concat());
        assert!(fs::metadata(&out).is_err(), "{flags:?}");
    }
}

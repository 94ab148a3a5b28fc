//! The program as its own process, looked at from outside.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Client, Poster, TIMEOUT, TempDir};

/// How often something is looked at that is awaited.
pub(super) const LOOK: Duration = Duration::from_millis(10);

/// Every flag, with a value that differs from its default.
pub(crate) const FLAGS: [(&str, &str); 7] = [
    ("listen", "127.0.0.1:0"),
    ("title", "Env House"),
    ("time-zone", "Pacific/Kiritimati"),
    ("history", "2"),
    ("invite-code", "sesame"),
    ("sign-in-rate", "1"),
    ("password-memory", "7"),
];

pub(crate) fn twin(flag: &str) -> String {
    format!("SNUG_{}", flag.to_uppercase().replace('-', "_"))
}

/// The program, without whatever this shell has set for it: as it was built, or the one that `SNUG_BINARY` names. The words of
/// `SNUG_PREFIX` go before it.
pub(crate) fn snug(arguments: &[&str]) -> Command {
    let prefix = std::env::var("SNUG_PREFIX").unwrap_or_default();
    let binary = std::env::var("SNUG_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_snug").into());
    let mut words = prefix.split_whitespace().chain([&*binary]);
    let mut command = Command::new(words.next().expect("the program at least"));
    command.args(words).args(arguments);
    for (flag, _) in FLAGS {
        command.env_remove(twin(flag));
    }
    command
}

/// What a run that ends by itself came to: exit code, stdout, stderr.
pub(crate) fn outcome(mut command: Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Nobody's number. Threads are counted for each user.
pub(super) const USER: u32 = 104_729;

/// The words before a command that make root another user.
pub(super) fn unprivileged() -> Vec<String> {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    let is_root = id.trim_ascii() == b"0";
    let words = format!("setpriv --reuid={USER} --regid={USER} --clear-groups");
    words.split(' ').filter(|_| is_root).map(str::to_owned).collect()
}

/// A program that runs, until this is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Mutex<Receiver<String>>,
    /// What it wrote to its log so far.
    log: Arc<Mutex<String>>,
    logger: Option<JoinHandle<()>>,
    pub(crate) address: SocketAddr,
    /// In place of `/tmp`, unless the command names another: killed, it leaves its private folder behind.
    home: TempDir,
}

/// Starts it and kills it this much later.
#[cfg(feature = "sqlite")]
pub(crate) fn start_and_kill(mut command: Command, time: Duration) {
    let home = TempDir::new();
    let mut child = command.env("TMPDIR", home.path()).stdout(Stdio::null()).spawn().unwrap();
    thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
}

impl Process {
    #[track_caller]
    pub(crate) fn start(command: Command) -> Self {
        match Self::try_start(command) {
            Ok(process) => process,
            Err((code, log)) => panic!("it does not start: {code:?} {log}"),
        }
    }

    /// Where it may refuse: then its exit code and what it said.
    pub(crate) fn try_start(command: Command) -> Result<Self, (Option<i32>, String)> {
        Self::try_start_within(TIMEOUT, command)
    }

    /// Where it has to be built first.
    pub(crate) fn try_start_within(
        timeout: Duration,
        mut command: Command,
    ) -> Result<Self, (Option<i32>, String)> {
        let home = TempDir::new();
        if command.get_envs().all(|(name, _)| name != "TMPDIR") {
            command.env("TMPDIR", home.path());
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::<Mutex<String>>::default();
        let logger = thread::spawn({
            let (errors, log) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
            move || {
                for line in errors.split(b'\n').map_while(Result::ok) {
                    *log.lock().unwrap() += &(String::from_utf8_lossy(&line) + "\n");
                }
            }
        });
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut process = Self { child, lines: Mutex::new(lines), log, logger: Some(logger), address, home };
        match process.next_line(timeout) {
            Ok(opening) => assert!(opening.contains("is open at"), "{opening}"),
            Err(RecvTimeoutError::Disconnected) => {
                let code = process.child.wait().unwrap().code();
                return Err((code, process.whole_log()));
            }
            Err(RecvTimeoutError::Timeout) => panic!("it neither starts nor ends"),
        }
        process.address = process.announced_address();
        Ok(process)
    }

    pub(crate) fn local(more: &[&str]) -> Self {
        Self::start(snug(&[&["--listen", "127.0.0.1:0"], more].concat()))
    }

    /// Serves this file, with the cheapest hashes and as many messages as a story likes.
    pub(crate) fn serve(data: &str, flags: &[&str]) -> Self {
        let own = ["--data", data, "--password-memory", "7", "--post-rate", "0", "--search-rate", "0"];
        Self::local(&[&own, flags].concat())
    }

    fn next_line(&self, timeout: Duration) -> Result<String, RecvTimeoutError> {
        self.lines.lock().unwrap().recv_timeout(timeout)
    }

    /// The next line that it prints.
    pub(crate) fn line(&self) -> String {
        self.next_line(TIMEOUT).expect("a line in time")
    }

    /// What else it prints while it opens.
    pub(crate) fn rest_of_the_opening(&self) -> impl Iterator<Item = String> {
        std::iter::from_fn(|| Some(self.line())).take_while(|line| !line.starts_with("Ctrl+C"))
    }

    /// The address and port of the URL in the next line.
    fn announced_address(&self) -> SocketAddr {
        let line = self.line();
        let url = line.trim().strip_prefix("http://").and_then(|url| url.split('/').next());
        url.expect("a URL").parse().unwrap()
    }

    // Who visits it

    pub(crate) fn visitor(&self) -> Client {
        Client::at(self.address)
    }

    /// A new member, signed in.
    #[track_caller]
    pub(crate) fn member(&self, name: &str) -> Client {
        self.visitor().into_member(name)
    }

    #[track_caller]
    pub(crate) fn members<const N: usize>(&self, names: [&str; N]) -> [Client; N] {
        names.map(|name| self.member(name))
    }

    /// The same browser at the chat as it runs now. Nothing binds a cookie to a port, and whoever starts
    /// again gets another one, as others may have taken the old one meanwhile.
    pub(crate) fn client_of(&self, browser: &Client) -> Client {
        let mut client = self.visitor();
        client.cookie.clone_from(&browser.cookie);
        client
    }

    /// Numbered messages on one connection; their ids.
    pub(crate) fn post_many(&self, client: &Client, count: usize) -> Vec<u64> {
        let mut poster = Poster::new(self.address, client);
        (0..count).map(|n| poster.say(&format!("message {n}"))).collect()
    }

    // What it looks like from outside

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A number of /proc/PID/status: kibibytes or a count.
    pub(crate) fn status(&self, name: &str) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// What is resident now, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS")
    }

    pub(crate) fn threads(&self) -> u64 {
        self.status("Threads")
    }

    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid())).unwrap().count()
    }

    /// How many connections it serves: each has a thread of this name.
    pub(crate) fn clients(&self) -> usize {
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap().flatten();
        // One that has just ended has no name any more.
        let names = threads.map(|thread| fs::read_to_string(thread.path().join("comm")).unwrap_or_default());
        names.filter(|name| name.trim() == "client").count()
    }

    /// Waits until this is so.
    pub(crate) fn wait_until(&self, condition: impl Fn(&Self) -> bool, what: &str) {
        let deadline = Instant::now() + TIMEOUT;
        while !condition(self) {
            assert!(
                Instant::now() < deadline,
                "in vain: {what}; {} threads, {} clients, {} descriptors, {} KiB",
                self.threads(),
                self.clients(),
                self.descriptors(),
                self.memory()
            );
            thread::sleep(LOOK);
        }
    }

    /// Waits until it has served whoever it serves now: threads and descriptors are back.
    pub(crate) fn wait_until_back_to(&self, threads: u64, descriptors: usize) {
        let back = |snug: &Self| snug.threads() <= threads && snug.descriptors() <= descriptors;
        self.wait_until(back, &format!("{threads} threads and {descriptors} descriptors at most"));
    }

    /// Waits until those who were served have given their places back, which is a little after their answers.
    pub(crate) fn wait_until_nobody_is_there(&self) {
        self.wait_until(|snug| snug.clients() == 0, "all have gone");
    }

    /// Limits a resource of the running process, as `nproc`; without a limit, to what it may have at most.
    pub(crate) fn limit(&self, resource: &str, limit: Option<usize>) {
        let pid = self.pid();
        let soft = match limit {
            Some(limit) => limit.to_string(),
            None => format!("$(prlimit --pid {pid} --{resource} --noheadings --output HARD)"),
        };
        // As the user whose process it is: root may lack the capability for others'.
        let (user, command) = (unprivileged(), format!("prlimit --pid {pid} --{resource}={soft}:"));
        let words = user.iter().map(String::as_str).chain(["sh", "-c", &command]);
        let words: Vec<&str> = words.collect();
        let done = Command::new(words[0]).args(&words[1..]).status();
        assert!(done.unwrap().success(), "{resource}: {limit:?}");
    }

    // How it ends

    pub(crate) fn signal(&self, name: &str) {
        let kill = Command::new("kill").args([name, &self.pid().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end, at most this long; whether it ended well.
    pub(crate) fn ends_well_within(&mut self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.success();
            }
            assert!(Instant::now() < deadline, "it still runs after {time:?}");
            thread::sleep(LOOK);
        }
    }

    /// Ends it as kill -9 does; what it wrote to its log.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.whole_log()
    }

    fn whole_log(&mut self) -> String {
        self.logger.take().unwrap().join().unwrap();
        self.log()
    }

    /// How it ended, within the time that anything here may take.
    pub(crate) fn end(mut self) -> ExitStatus {
        // Its standard output closes when it ends; then `wait` does not block.
        loop {
            match self.next_line(TIMEOUT) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
            }
        }
    }

    /// Ends it by this signal, and waits until it is gone.
    #[track_caller]
    pub(crate) fn end_by(self, signal: &str) {
        self.signal(signal);
        let status = self.end();
        assert_eq!(status.success(), signal == "-TERM", "{signal}: {status}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It is our own child, and may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl TempDir {
    /// The chat in it, served on a port of its own.
    pub(crate) fn serve(&self, flags: &[&str]) -> Process {
        Process::serve(&self.data(), flags)
    }

    /// The path of the link that `reset-password` prints.
    #[track_caller]
    pub(crate) fn reset_link(&self, name: &str) -> String {
        let (code, stdout, stderr) = outcome(snug(&["reset-password", name, "--data", &self.data()]));
        assert_eq!(code, Some(0), "{stderr}");
        let (_, path) = stdout.trim().split_once("//").and_then(|(_, rest)| rest.split_once('/')).unwrap();
        format!("/{path}")
    }
}

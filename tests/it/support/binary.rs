//! The real program, in a process of its own that a test can look at from outside.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{Client, PASSWORD, RawConnection, get_request};

/// Within this, somebody new must get a page, whatever others do. Whoever had to wait for the others would do so
/// for ten seconds or more.
const WELL: Duration = Duration::from_secs(6);
/// What the process may have needed at most, in MiB, unless a story says otherwise.
const MEMORY: u64 = 64;
/// How long anything here may take before it counts as hanging.
const TIMEOUT: Duration = Duration::from_secs(40);
/// How often something is looked at that is awaited.
const LOOK: Duration = Duration::from_millis(10);

/// Said before any attack, and still there after it.
const SAID: [&str; 3] = ["first", "second", "third"];

/// Nobody's number. Threads are counted for each user.
const USER: u32 = 104_729;

/// The words before a command that make root another user.
fn unprivileged() -> Vec<String> {
    let id = Command::new("id").arg("-u").output().unwrap().stdout;
    let is_root = id.trim_ascii() == b"0";
    let words = format!("setpriv --reuid={USER} --regid={USER} --clear-groups");
    words.split(' ').filter(|_| is_root).map(str::to_owned).collect()
}

/// A running snug, in which ann has said something.
pub(crate) struct SeededProcess {
    child: Child,
    /// Where it keeps its private folder: it is killed, so it cannot tidy up.
    home: PathBuf,
    pub(crate) address: SocketAddr,
    /// What it wrote to its log.
    log: Arc<Mutex<String>>,
    pub(crate) ann: Client,
    said: Vec<String>,
}

impl SeededProcess {
    pub(crate) fn run(flags: &[&str]) -> Self {
        Self::start("exec", flags, "")
    }

    /// As another user than root, for whom the number of threads has no limit.
    pub(crate) fn run_unprivileged(flags: &[&str]) -> Self {
        let user = unprivileged();
        let owner = user.first().map_or_else(String::new, |_| format!("chown {USER} \"$TMPDIR\";"));
        Self::start(&format!("{owner} exec {}", user.join(" ")), flags, "")
    }

    /// With at most this many open descriptors.
    pub(crate) fn with_descriptors(count: usize, flags: &[&str]) -> Self {
        Self::start(&format!("ulimit -n {count}; exec"), flags, "")
    }

    /// Listening on every address; only in a network that nobody else can reach.
    pub(crate) fn run_anywhere(flags: &[&str]) -> Self {
        Self::start("exec", &[&["--listen", "[::]:0"], flags].concat(), "")
    }

    /// Below a path, which the flags have to say as well.
    pub(crate) fn below(base: &str, flags: &[&str]) -> Self {
        Self::start("exec", flags, base)
    }

    fn start(before: &str, flags: &[&str], base: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let home = std::env::temp_dir().join(format!("snug-test-{}-{number}", std::process::id()));
        fs::create_dir_all(&home).unwrap();
        let mut command = Command::new("sh");
        command.env("TMPDIR", &home);
        command.arg("-c").arg(format!("{before} \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_snug"));
        // The cheapest hashes that it allows.
        command.args(["--listen", "127.0.0.1:0", "--password-memory", "7"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::<Mutex<String>>::default();
        thread::spawn({
            let (errors, log) = (BufReader::new(child.stderr.take().unwrap()), Arc::clone(&log));
            move || {
                for line in errors.lines().map_while(Result::ok) {
                    *log.lock().unwrap() += &(line + "\n");
                }
            }
        });
        let out = BufReader::new(child.stdout.take().unwrap());
        let mut said = out.lines().map_while(Result::ok).take_while(|line| !line.starts_with("Ctrl+C"));
        let said: Vec<String> = said.by_ref().collect();
        let address = said.iter().find_map(|line| {
            let url = line.trim().strip_prefix("http://")?;
            let address: SocketAddr = url.split('/').next()?.parse().ok()?;
            Some(SocketAddr::from(([127, 0, 0, 1], address.port())))
        });
        // Asked for where others may reach the chat.
        let code = said.iter().find_map(|line| Some(line.split_once("code: ")?.1.to_owned()));
        let Some(address) = address else {
            let _ = child.kill();
            panic!("snug does not start: {:?} {}", child.wait(), log.lock().unwrap());
        };
        let mut running = Self { child, home, address, log, ann: Client::at(address), said: Vec::new() };
        let code = code.unwrap_or_default();
        let fields = [("username", "ann"), ("password", PASSWORD), ("code", &*code)];
        let registered = running.ann.post(&format!("{base}/register"), &fields);
        assert_eq!(registered.status, 303, "{}", registered.body);
        if base.is_empty() {
            for text in SAID {
                running.say(text);
            }
        }
        running
    }

    /// Says something that has to be there after every attack.
    pub(crate) fn say(&mut self, text: &str) {
        assert_eq!(self.ann.say(text).status, 303);
        self.said.push(text.into());
    }

    pub(crate) fn visitor(&self) -> Client {
        Client::at(self.address)
    }

    pub(crate) fn wire(&self) -> RawConnection {
        RawConnection::open(self.address)
    }

    pub(crate) fn cookie(&self) -> String {
        self.ann.cookie.clone().unwrap()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// That the attack did no harm: somebody new gets a page, memory stayed within its bound,
    /// what was said is there, and nothing went wrong inside.
    pub(crate) fn assert_well(&mut self) {
        self.assert_well_within(MEMORY);
    }

    /// The same, with another bound for the memory, in MiB.
    pub(crate) fn assert_well_within(&mut self, mib: u64) {
        self.assert_page_for_a_fresh_client();
        let most = self.status("VmHWM") / 1024;
        assert!(most <= mib, "{most} MiB were resident, {mib} are allowed");
        let kept = self.ann.all_messages();
        let texts: Vec<&str> = kept.iter().filter_map(|message| message["text"].as_str()).collect();
        assert!(texts == self.said, "{} of {} messages", texts.len(), self.said.len());
        let log = self.log();
        assert!(!log.contains("panicked") && !log.contains("internal error"), "{log}");
    }

    /// That somebody new gets a page in time; who is turned away may try again.
    pub(crate) fn assert_page_for_a_fresh_client(&self) {
        let deadline = Instant::now() + WELL;
        let mut last = String::from("nothing");
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            let Ok(wire) = RawConnection::try_open(self.address, None) else { continue };
            let mut wire = wire.patient(left.max(LOOK));
            wire.say(get_request("/login"));
            match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| wire.next_answer(false))) {
                Ok(Ok(answer)) if answer.status == 200 && answer.body.contains("Sign in") => return,
                Ok(other) => last = format!("{other:?}"),
                Err(_) => last = "no answer in time".into(),
            }
            thread::sleep(LOOK);
        }
        panic!("no page for a fresh client within {WELL:?}: {last}; log: {}", self.log());
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A number of /proc/PID/status.
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

    /// Where it keeps what is only for itself.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").arg("-TERM").arg(self.pid().to_string()).status().unwrap();
        assert!(status.success());
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
}

impl Drop for SeededProcess {
    fn drop(&mut self) {
        // It is our own child, and may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// A helper program that ends with the test.
pub(crate) struct ExternalProgram(Child);

impl ExternalProgram {
    /// Starts it with its files in `home`, or says loudly that it is not installed, which is a
    /// fault in CI.
    pub(crate) fn start(
        program: &str,
        home: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Option<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
        match command.spawn() {
            Ok(child) => Some(Self(child)),
            Err(error) => {
                assert!(std::env::var_os("CI").is_none(), "{program} is needed in CI: {error}");
                eprintln!("SKIPPED: {program} is not installed, so nothing was tried with it ({error})");
                None
            }
        }
    }

    /// Waits until something listens there.
    pub(crate) fn wait_for(&mut self, address: SocketAddr) {
        let deadline = Instant::now() + TIMEOUT;
        while std::net::TcpStream::connect(address).is_err() {
            let ended = self.0.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                let _ = self.0.kill();
                let mut text = String::new();
                let _ = self.0.stderr.take().unwrap().read_to_string(&mut text);
                panic!("nothing listens at {address}: {ended:?} {text}");
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for ExternalProgram {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // SIGTERM, so that it takes its own children along.
            let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        }
        let _ = self.0.wait();
    }
}

//! The real program, in a process of its own that a test can look at from outside.

use std::ops::{Deref, DerefMut};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::process::{LOOK, USER, unprivileged};
use super::{Client, PASSWORD, Process, RawConnection, get_request};

/// Between the signal and the end of the process: it gives others a second and a half, and what comes after that
/// takes its time where there is much else to do. Whoever held it up would do so for ten seconds or more.
pub(crate) const STOP: Duration = Duration::from_secs(6);
/// Within this, somebody new must get a page, whatever others do. Whoever had to wait for the others would do so
/// for ten seconds or more.
const WELL: Duration = Duration::from_secs(6);
/// What the process may have needed at most, in MiB, unless a story says otherwise.
const MEMORY: u64 = 64;

/// Said before any attack, and still there after it.
const SAID: [&str; 3] = ["first", "second", "third"];

/// A running snug, in which ann has said something.
pub(crate) struct SeededProcess {
    process: Process,
    pub(crate) ann: Client,
    said: Vec<String>,
}

impl Deref for SeededProcess {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for SeededProcess {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
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
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{before} \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_snug"));
        // The cheapest hashes that it allows.
        command.args(["--listen", "127.0.0.1:0", "--password-memory", "7"]).args(flags);
        let mut process = Process::start(command);
        // Also where it listens on every address.
        process.address = ([127, 0, 0, 1], process.address.port()).into();
        // Asked for where others may reach the chat.
        let code =
            process.rest_of_the_opening().find_map(|line| Some(line.split_once("code: ")?.1.to_owned()));
        let mut ann = process.visitor();
        let fields = [("username", "ann"), ("password", PASSWORD), ("code", &*code.unwrap_or_default())];
        ann.post(&format!("{base}/register"), &fields).expect(303);
        let mut seeded = Self { process, ann, said: Vec::new() };
        if base.is_empty() {
            for text in SAID {
                seeded.say(text);
            }
        }
        seeded
    }

    /// Says something that has to be there after every attack.
    pub(crate) fn say(&mut self, text: &str) {
        assert_eq!(self.ann.say(text).status, 303);
        self.said.push(text.into());
    }

    pub(crate) fn wire(&self) -> RawConnection {
        RawConnection::open(self.address)
    }

    pub(crate) fn cookie(&self) -> String {
        self.ann.cookie.clone().unwrap()
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
}

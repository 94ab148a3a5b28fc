//! The program as its own process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};

use super::{Client, TIMEOUT};

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

/// The program, without whatever this shell has set for it.
pub(crate) fn snug(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    command.args(arguments);
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

/// A program that runs, until this is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    /// What it writes to its log, once it has ended.
    log: Option<JoinHandle<String>>,
    pub address: SocketAddr,
}

impl Process {
    pub(crate) fn start(command: Command) -> Self {
        Self::try_start(command).unwrap_or_else(|(code, log)| panic!("it does not start: {code:?} {log}"))
    }

    /// Where it may refuse: then its exit code and what it said.
    pub(crate) fn try_start(mut command: Command) -> Result<Self, (Option<i32>, String)> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = stderr.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut running = Self { child, lines, log: Some(log), address };
        match running.lines.recv_timeout(TIMEOUT) {
            Ok(opening) => assert!(opening.contains("is open at"), "{opening}"),
            Err(RecvTimeoutError::Disconnected) => {
                let code = running.child.wait().unwrap().code();
                return Err((code, running.log.take().unwrap().join().unwrap()));
            }
            Err(RecvTimeoutError::Timeout) => panic!("it neither starts nor ends"),
        }
        running.address = running.url().parse().unwrap();
        Ok(running)
    }

    pub(crate) fn local(more: &[&str]) -> Self {
        Self::start(snug(&[&["--listen", "127.0.0.1:0"], more].concat()))
    }

    /// The next line that it prints.
    pub(crate) fn line(&self) -> String {
        let line = self.lines.recv_timeout(TIMEOUT);
        line.expect("a line in time")
    }

    /// The address and port of the URL in the next line.
    fn url(&self) -> String {
        let line = self.line();
        let url = line.trim().strip_prefix("http://").expect("a URL");
        url.split('/').next().expect("a URL").to_owned()
    }

    pub(crate) fn visitor(&self) -> Client {
        Client::at(self.address)
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([name, &pid]).status();
        assert!(kill.unwrap().success());
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as kill -9 does; what it wrote to its log.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.take().unwrap().join().unwrap()
    }

    /// How it ended, within the time that anything here may take.
    pub(crate) fn end(mut self) -> ExitStatus {
        // Its standard output closes when it ends; then `wait` does not block.
        loop {
            match self.lines.recv_timeout(TIMEOUT) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
            }
        }
    }

    /// A number from its status: kibibytes or a count.
    #[cfg(target_os = "linux")]
    pub(crate) fn status(&self, name: &str) -> i64 {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let number = line.unwrap().trim_start_matches(':').split_whitespace();
        number.map(|word| word.parse().unwrap()).next().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! One server of PostgreSQL, which a story may freeze and kill.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use super::super::reserved_port::ReservedPort;
use super::super::skips::skip;
use super::super::temp_dir::TempDir;

/// How long anything here may take before it counts as hanging.
const TIMEOUT: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);
/// The user and group "nobody": PostgreSQL does not run as root.
const NOBODY: u32 = 65_534;
/// Small, and without waiting for disks: what a killed process wrote is there all the same.
const SETTINGS: [&str; 6] = [
    "listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off", "max_connections=200",
    "shared_buffers=32MB", "log_min_messages=warning",
];

/// A server, its files and its port. Ends with this value.
pub(crate) struct PostgresServer {
    pub(crate) address: SocketAddr,
    _port: ReservedPort,
    folder: TempDir,
    keeper: Mutex<Keeper>,
}

/// Where PostgreSQL's programs are: the newest of them. Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.filter_map(|entry| Some((version(&entry.path())?, entry.path()))).max();
    newest.map(|(_, path)| path.join("bin")).filter(|folder| folder.join("initdb").exists())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Makes something a server's own.
pub(crate) fn hand_over(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// A program of PostgreSQL's, run by an ordinary user.
fn program(name: &str) -> Command {
    let path = programs().expect("looked for before").join(name);
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()]);
        command.arg(path);
        command
    } else {
        Command::new(path)
    };
    command.stdin(Stdio::null()).current_dir("/");
    command
}

#[track_caller]
fn run(mut command: Command) -> String {
    let output = command.output().unwrap();
    let [out, error] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{command:?}: {error}");
    out.trim_end().to_owned()
}

impl PostgresServer {
    /// A new server with a database "chat" of a role "snug" that may do nothing else. Without PostgreSQL this is said
    /// loudly, and there is none.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        if programs().is_none() {
            skip("PostgreSQL is not installed");
            return None;
        }
        Some(Self::filled(settings, |data| {
            let mut initdb = program("initdb");
            initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
            initdb.args(["--no-sync", "--no-instructions", "--wal-segsize=1", "--pgdata"]).arg(data);
            run(initdb);
        }))
        .inspect(|server| {
            server.ask("postgres", "CREATE ROLE snug LOGIN");
            server.ask("postgres", "CREATE DATABASE chat OWNER snug");
        })
    }

    /// A standby that follows this primary, which waits for nobody yet.
    pub(crate) fn standby(&self, settings: &[&str]) -> Self {
        let primary = format!(
            "host={} port={} user=postgres application_name=standby",
            self.address.ip(),
            self.address.port()
        );
        Self::filled(settings, |data| {
            let mut copy = program("pg_basebackup");
            copy.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", &primary]);
            copy.arg("--pgdata").arg(data);
            run(copy);
        })
    }

    fn filled(settings: &[&str], fill: impl FnOnce(&Path)) -> Self {
        let (folder, port) = (TempDir::new(), ReservedPort::port());
        let data = folder.path().join("data");
        hand_over(folder.path());
        fill(&data);
        let mut server = program("postgres");
        server.arg("-D").arg(&data).args(["-p", &port.address.port().to_string(), "-k"]).arg(folder.path());
        for setting in SETTINGS.iter().chain(settings) {
            server.args(["-c", setting]);
        }
        let keeper = Mutex::new(Keeper::new(folder.path(), &server));
        let server = Self { address: port.address, _port: port, folder, keeper };
        server.restart();
        server
    }

    /// Starts it where it was killed, with what it had.
    pub(crate) fn restart(&self) {
        self.tell("START");
        self.wait_until("it answers", || self.is_ready());
    }

    /// As a power cut does.
    pub(crate) fn kill(&self) {
        self.tell("KILL");
    }

    /// As a machine that hangs: its connections stay, and nothing answers.
    pub(crate) fn freeze(&self) {
        self.tell("STOP");
    }

    pub(crate) fn thaw(&self) {
        self.tell("CONT");
    }

    /// Makes a standby the primary.
    pub(crate) fn promote(&self) {
        assert_eq!(self.ask("postgres", "SELECT pg_promote()"), "t");
    }

    /// From now on, a commit of this primary waits for a standby.
    pub(crate) fn wait_for_standby(&self) {
        self.ask("postgres", "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (standby)'");
        self.ask("postgres", "SELECT pg_reload_conf()");
        let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'";
        self.wait_until("a standby follows", || self.ask("postgres", synchronous) == "1");
    }

    /// What the server's own user is answered: rows as lines.
    #[track_caller]
    pub(crate) fn ask(&self, database: &str, sql: &str) -> String {
        let mut psql = self.client("psql");
        psql.args(["-XAqt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", sql]);
        run(psql)
    }

    fn is_ready(&self) -> bool {
        self.client("pg_isready").arg("-q").status().unwrap().success()
    }

    fn client(&self, name: &str) -> Command {
        let mut command = program(name);
        command.args(["-h", &self.address.ip().to_string(), "-p", &self.address.port().to_string()]);
        if name == "psql" {
            command.args(["-U", "postgres"]);
        }
        command
    }

    fn wait_until(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + TIMEOUT;
        while !condition() {
            assert!(Instant::now() < deadline, "in vain: {what}: {}", self.log());
            thread::sleep(LOOK);
        }
    }

    fn tell(&self, word: &str) {
        self.keeper.lock().unwrap().tell(word);
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// The shell that has the server as its child: it ends the server also where this program is killed.
struct Keeper {
    shell: Child,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    fn new(folder: &Path, server: &Command) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", include_str!("keeper.sh"), "keeper"]).arg(folder);
        shell.arg(server.get_program()).args(server.get_args());
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let answers = BufReader::new(shell.stdout.take().unwrap());
        Self { shell, answers }
    }

    fn tell(&mut self, word: &str) {
        writeln!(self.shell.stdin.as_ref().unwrap(), "{word}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n", "{word}");
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

//! Servers to measure, each in a process of its own, and clients that load them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use snug::chat::MemoryLog;
use snug::settings::Settings;
use snug::web::{App, Web};

use crate::client::Origin;
use crate::connection::{Connecting, answer_length};
use crate::temp_dir::TempDir;

/// The word by which this program knows that it is to serve.
const BARE: &str = "serve-bare";

/// No page of a bench is longer, in bytes, also where nothing is compressed.
const ANSWER_MAX: usize = 1024 * 1024;

/// A server in a process of its own; it ends with this value.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What the first member has to know, if anything.
    pub(crate) code: Option<String>,
    /// In place of `/tmp`: killed, it leaves its private folder behind.
    _home: TempDir,
}

impl Process {
    /// The real program, door and all.
    pub(crate) fn snug(arguments: &[&str]) -> Self {
        Self::with_rates(&[&["--search-rate", "0"], arguments].concat())
    }

    /// The same with the rates that it has by default.
    pub(crate) fn with_rates(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        Self::start(command)
    }

    /// The same pages from `tiny_http` alone, with `TCP_NODELAY`.
    pub(crate) fn bare() -> Self {
        Self::own(BARE)
    }

    /// This program itself, serving what `word` says.
    pub(crate) fn own(word: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(word);
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let home = TempDir::new();
        let mut child = command.env("TMPDIR", home.path()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut address, mut code) = (None, None);
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            let url = line.trim().strip_prefix("http://").map(|rest| rest.trim_end_matches('/').parse().ok());
            address = address.or(url.flatten());
            code = code.or(line.split_once("code: ").map(|(_, code)| code.to_owned()));
            // The bare servers say no more than their address.
            if line.starts_with("Ctrl+C") || (address.is_some() && line.starts_with("http")) {
                break;
            }
        }
        Self { child, address: address.expect("the server prints its address"), code, _home: home }
    }

    /// Resident memory, in bytes (Linux).
    pub(crate) fn resident(&self) -> u64 {
        self.status("VmRSS") * 1024
    }

    /// The most that was resident so far, in bytes (Linux).
    pub(crate) fn peak(&self) -> u64 {
        self.status("VmHWM") * 1024
    }

    pub(crate) fn threads(&self) -> u64 {
        self.status("Threads")
    }

    fn status(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Processor time used so far, in the system's ticks of 10 ms (Linux).
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(&self.child)
    }

    /// Processor time that the threads with this name have used so far (Linux, `CONFIG_SCHED_INFO`).
    pub(crate) fn cpu_of_threads(&self, name: &str) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().flatten();
        let text = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let named = tasks.map(|task| task.path()).filter(|task| text(task.join("comm")).trim() == name);
        let times =
            named.filter_map(|task| text(task.join("schedstat")).split(' ').next()?.parse::<u64>().ok());
        Duration::from_nanos(times.sum())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time that a process has used so far.
pub(crate) fn cpu_of(child: &Child) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}

/// In the process that [`Process::bare`] starts: serves until it is killed.
pub(crate) fn serve_if_asked() {
    match std::env::args().nth(1).as_deref() {
        Some(BARE) => {}
        Some(crate::live::BARE_STREAMS) => crate::live::serve_bare(),
        _ => return,
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    socket2::SockRef::from(&listener).set_tcp_nodelay(true).unwrap();
    let address = listener.local_addr().unwrap();
    let app = App::new(&Settings::default(), Box::<MemoryLog>::default()).unwrap();
    let _web = Web::start(listener, Arc::new(app)).unwrap();
    println!("http://{address}/");
    loop {
        std::thread::park();
    }
}

/// One kept connection, or a new one for each request.
pub(crate) struct Client {
    address: SocketAddr,
    kept: Option<TcpStream>,
    keep: bool,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, keep: bool) -> Self {
        Self { address, kept: None, keep, buffer: vec![0; ANSWER_MAX] }
    }

    pub(crate) fn ask(&mut self, request: &[u8]) {
        self.answer(request);
    }

    /// Asks once, and takes all of the answer, head and body.
    pub(crate) fn answer(&mut self, request: &[u8]) -> &[u8] {
        let address = self.address;
        let stream = self.kept.get_or_insert_with(|| connect(address));
        stream.write_all(request).unwrap();
        let mut filled = 0;
        loop {
            let read = stream.read(&mut self.buffer[filled..]).unwrap();
            assert!(read > 0, "the answer ended early");
            filled += read;
            if answer_length(&self.buffer[..filled]).is_some_and(|length| filled >= length) {
                break;
            }
        }
        let answer = &self.buffer[..filled];
        assert!(answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(answer));
        if !self.keep {
            self.kept = None;
        }
        answer
    }
}

/// A bare connection.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    Connecting::patient(Duration::from_secs(20)).to(address).unwrap()
}

/// A request for a page.
pub(crate) fn get(address: SocketAddr, path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").into_bytes()
}

/// A new member's cookies.
pub(crate) fn register(address: SocketAddr, name: &str) -> String {
    let origin = Origin { server: address, from: Ipv4Addr::LOCALHOST.into(), forwarded: false };
    crate::client::Client::register(origin, name, "").unwrap().cookies
}

/// How fast answers came.
pub(crate) struct Pace {
    pub(crate) per_second: f64,
    times: Vec<Duration>,
}

impl Pace {
    /// That of threads which do their work until `over`, which is after `time`; each gives how long each piece of it took.
    pub(crate) fn of_threads(
        count: usize,
        time: Duration,
        over: &AtomicBool,
        work: impl Fn(usize) -> Vec<Duration> + Sync,
    ) -> Self {
        let (start, work) = (Instant::now(), &work);
        let mut times: Vec<Duration> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..count).map(|number| scope.spawn(move || work(number))).collect();
            std::thread::sleep(time);
            over.store(true, Ordering::Relaxed);
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        let per_second = times.len() as f64 / start.elapsed().as_secs_f64();
        times.sort_unstable();
        Self { per_second, times }
    }

    /// Of several at the same time.
    #[cfg(feature = "postgres")]
    pub(crate) fn together(all: impl Iterator<Item = Self>) -> Self {
        let mut together = Self { per_second: 0.0, times: Vec::new() };
        for one in all {
            together.per_second += one.per_second;
            together.times.extend(one.times);
        }
        together.times.sort_unstable();
        together
    }

    /// The same where each piece of work was so many.
    #[cfg(feature = "postgres")]
    pub(crate) fn of_each(self, count: usize) -> Self {
        Self { per_second: self.per_second * count as f64, ..self }
    }

    pub(crate) fn count(&self) -> usize {
        self.times.len()
    }

    /// How long `percent` of the answers took at most, in milliseconds.
    pub(crate) fn ms(&self, percent: usize) -> f64 {
        percentile(&self.times, percent).as_secs_f64() * 1e3
    }
}

/// `clients` ask for a page that needs nobody to be signed in.
pub(crate) fn pages(address: SocketAddr, clients: usize, keep: bool, time: Duration) -> Pace {
    let request = get(address, "/login", if keep { "" } else { "Connection: close\r\n" });
    answers(address, clients, keep, time, |_, _| request.clone())
}

/// `clients` ask, each for the next answer after the last, for `time`. `request` is given the
/// client's number and how often it has asked.
pub(crate) fn answers(
    address: SocketAddr,
    clients: usize,
    keep: bool,
    time: Duration,
    request: impl Fn(usize, usize) -> Vec<u8> + Sync,
) -> Pace {
    let over = AtomicBool::new(false);
    let work = |number| {
        let mut client = Client::new(address, keep);
        let mut times = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let request = request(number, times.len());
            let asked = Instant::now();
            client.ask(&request);
            times.push(asked.elapsed());
        }
        times
    };
    Pace::of_threads(clients, time, &over, work)
}

pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// The middle one of these numbers.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

//! The attacker's process: what all attacks use.

use std::collections::BTreeMap;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::attacks::ATTACKS;
use super::fronts::Front;
use crate::client::{Client, Origin};

/// The word by which this program knows that it is to attack.
const WORD: &str = "attack";
/// From its end on, what the attacker still waits for.
const LAST_WAIT: Duration = Duration::from_secs(1);
/// Threads that look after connections of which nothing is awaited.
const KEEPERS: usize = 8;
/// Receive buffers of those who read slowly, in bytes.
pub(crate) const NARROW: usize = 4 * 1024;

/// The attacker, with an address or many.
pub(crate) struct Force {
    server: std::net::SocketAddr,
    front: Front,
    over: AtomicBool,
    /// How often each status was answered; 0 is none.
    answered: Mutex<BTreeMap<u16, u64>>,
}

impl Force {
    pub(crate) fn origin(&self, number: usize) -> Origin {
        self.front.attacking(self.server, number)
    }

    pub(crate) fn goes_on(&self) -> bool {
        !self.over.load(Ordering::Relaxed)
    }

    pub(crate) fn stranger(&self, number: usize) -> Client {
        Client::at(self.origin(number))
    }

    /// New members, each with an address of its own where there are several.
    pub(crate) fn members(&self, count: usize) -> Vec<Client> {
        let register = |number| Client::register(self.origin(number), &format!("mallory{number}"), "");
        (0..count).map(|number| register(number).unwrap()).collect()
    }

    pub(crate) fn member(&self) -> Client {
        self.members(1).remove(0)
    }

    pub(crate) fn count(&self, outcome: &io::Result<u16>) {
        let status = outcome.as_ref().copied().unwrap_or(0);
        *self.answered.lock().unwrap().entry(status).or_default() += 1;
    }

    /// The attack begins: `act` again and again on each of `count` connections, until it is over.
    pub(crate) fn repeat<T>(
        &self,
        count: usize,
        client: impl Fn(usize) -> T + Sync,
        act: impl Fn(&mut T, usize) -> io::Result<u16> + Sync,
    ) {
        println!("ready");
        thread::scope(|scope| {
            for number in 0..count {
                let (client, act) = (&client, &act);
                let work = move || {
                    let mut client = client(number);
                    let mut turn = number;
                    while self.goes_on() {
                        let outcome = act(&mut client, turn);
                        self.count(&outcome);
                        turn += count;
                        if outcome.is_err() {
                            // Without this it would be a loop of refused connections alone.
                            thread::sleep(Duration::from_millis(5));
                        }
                    }
                };
                thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, work).unwrap();
            }
        });
    }

    /// The attack begins: many connections of which nothing is awaited, opened anew when they are closed.
    pub(crate) fn keep(
        &self,
        count: usize,
        open: impl Fn(usize) -> io::Result<TcpStream> + Sync,
        tend: impl Fn(&mut TcpStream) + Sync,
    ) {
        println!("ready");
        thread::scope(|scope| {
            for keeper in 0..KEEPERS {
                let (open, tend) = (&open, &tend);
                scope.spawn(move || {
                    let mut kept: Vec<Option<TcpStream>> = (0..count / KEEPERS).map(|_| None).collect();
                    while self.goes_on() {
                        for (index, place) in kept.iter_mut().enumerate() {
                            self.look_after(place, || open(index * KEEPERS + keeper), tend);
                        }
                        thread::sleep(Duration::from_millis(20));
                    }
                });
            }
        });
    }

    fn look_after(
        &self,
        place: &mut Option<TcpStream>,
        open: impl Fn() -> io::Result<TcpStream>,
        tend: impl Fn(&mut TcpStream),
    ) {
        if !self.goes_on() {
            return;
        }
        if let Some(stream) = place {
            let mut buffer = [0; 512];
            match stream.read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return tend(stream),
                // A stream goes on, and what is refused ends after its answer.
                Ok(count @ 1..) => {
                    let status = status_of(&buffer[..count]);
                    if status > 0 {
                        self.count(&Ok(status));
                    }
                    return;
                }
                _ => self.count(&Ok(0)),
            }
        }
        *place = open().and_then(|stream| stream.set_nonblocking(true).map(|()| stream)).ok();
    }
}

/// The status of an answer of which only the beginning may be there.
pub(crate) fn status_of(bytes: &[u8]) -> u16 {
    let line = String::from_utf8_lossy(&bytes[..bytes.len().min(16)]).into_owned();
    line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
}

/// Sends a request, and reads the answer slowly: `bytes` at a time, with a pause after each.
pub(crate) fn sip(
    force: &Force,
    origin: Origin,
    request: &[u8],
    (bytes, pause): (usize, Duration),
) -> io::Result<u16> {
    let mut stream = origin.connect(Some(NARROW))?;
    let _ = stream.write_all(request);
    let mut buffer = vec![0; bytes];
    let mut first = None;
    while force.goes_on() {
        let count = stream.read(&mut buffer)?;
        first = first.or(Some(status_of(&buffer[..count])));
        if count == 0 {
            break;
        }
        thread::sleep(pause);
    }
    Ok(first.unwrap_or(0))
}

/// A running attack, which ends with this value.
pub(crate) struct Attacker(Child);

impl Attacker {
    /// Starts it as a process that gives way to all others, and waits until it has prepared itself.
    pub(crate) fn start(name: &str, server: std::net::SocketAddr, front: Front) -> Self {
        let mut command = Command::new("nice");
        command.args(["-n", "10"]).arg(std::env::current_exe().unwrap());
        command.args([WORD, name, &server.to_string(), front.name()]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = [0; 6];
        let ready = child.stdout.as_mut().unwrap().read_exact(&mut line);
        assert!(ready.is_ok() && line == *b"ready\n", "the attack does not begin: {name}");
        Self(child)
    }

    pub(crate) fn cpu(&self) -> Duration {
        crate::load::cpu_of(&self.0)
    }

    /// Ends it. What it was answered.
    pub(crate) fn end(mut self) -> String {
        drop(self.0.stdin.take());
        let mut answered = String::new();
        let _ = self.0.stdout.as_mut().unwrap().read_to_string(&mut answered);
        answered.trim().to_owned()
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// In the process that [`Attacker::start`] starts: attacks until its standard input is closed.
pub(crate) fn attack_if_asked() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [word, name, server, front] = &words[..] else { return };
    if word != WORD {
        return;
    }
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let front = Front::ALL.into_iter().find(|known| known.name() == front).unwrap();
    let attack = ATTACKS.iter().find(|attack| attack.name == name).unwrap();
    let (over, answered) = (AtomicBool::new(false), Mutex::default());
    let force = Force { server: server.parse().unwrap(), front, over, answered };
    thread::scope(|scope| {
        let force = &force;
        scope.spawn(move || {
            // Nothing is ever written there.
            let _ = io::stdin().lock().read_line(&mut String::new());
            force.over.store(true, Ordering::Relaxed);
            thread::sleep(LAST_WAIT);
            end(force);
        });
        (attack.run)(force);
        while force.goes_on() {
            thread::sleep(Duration::from_millis(10));
        }
        end(force);
    });
}

fn end(force: &Force) -> ! {
    let answered = force.answered.lock().unwrap();
    let each = answered.iter().map(|(status, count)| match status {
        0 => format!("{count} without answer"),
        status => format!("{count} x {status}"),
    });
    println!("{}", each.collect::<Vec<_>>().join(", "));
    std::process::exit(0)
}

//! What it costs to tell everybody who watches, beside a bare loop that polls and writes.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::load::{Process, connect, median, percentile, register};

/// The word by which this program knows that it is to serve bare streams.
pub(crate) const BARE_STREAMS: &str = "serve-bare-streams";
const ROUNDS: usize = 5;
/// The thread that serves all streams; the bare loop is its process.
const STREAMS_THREAD: &str = "live";
/// Most CPU time of one delivery beside the bare loop, and to a socket beside a stream, one message at a time.
const DELIVERY_AIM: f64 = 1.1;
/// Most bytes that a socket takes more than a stream.
const SOCKET_AIM: f64 = 2048.0;

/// Whoever makes messages on one side.
struct Poster {
    stream: TcpStream,
    head: Option<String>,
    read: Vec<u8>,
}

impl Poster {
    /// Posts one message, and waits until it is acknowledged.
    fn post(&mut self, text: &str) {
        let request = match &self.head {
            Some(head) => {
                let body = format!("message={text}");
                format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
            }
            None => format!("{text}\n"),
        };
        self.stream.write_all(request.as_bytes()).unwrap();
        let count = self.stream.read(&mut self.read).unwrap();
        let answer = String::from_utf8_lossy(&self.read[..count]);
        assert!(count > 0 && (self.head.is_none() || answer.starts_with("HTTP/1.1 201")), "{answer}");
    }
}

/// What the watchers of a side speak.
#[derive(Clone, Copy)]
enum Protocol {
    ServerSentEvents,
    WebSocket,
}

impl Protocol {
    /// What is asked for, of snug, and the lines that ask for it.
    fn request(self) -> (&'static str, &'static str) {
        match self {
            Self::ServerSentEvents => ("/events", ""),
            Self::WebSocket => (
                "/socket",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
            ),
        }
    }

    /// The end of what comes before the first event.
    fn beginning(self) -> &'static [u8] {
        match self {
            Self::ServerSentEvents => b"\n\n",
            Self::WebSocket => b"\r\n\r\n",
        }
    }

    fn count(self, bytes: &[u8]) -> usize {
        match self {
            // An event is two lines and an empty one.
            Self::ServerSentEvents => bytes.windows(2).filter(|pair| *pair == b"\n\n").count(),
            // The first byte of a text frame; the texts are ASCII, and of other lengths.
            Self::WebSocket => bytes.split(|byte| *byte == 0x81).count() - 1,
        }
    }
}

/// All streams of one side, read by this thread.
struct Watchers {
    protocol: Protocol,
    poll: Poll,
    events: Events,
    streams: Vec<mio::net::TcpStream>,
    buffer: Vec<u8>,
    /// Deliveries so far.
    delivered: usize,
    /// The time from before the post to the delivery, of messages that bear their time.
    waits: Vec<Duration>,
}

impl Watchers {
    fn open(address: SocketAddr, count: usize, request: &str, protocol: Protocol) -> Self {
        let poll = Poll::new().unwrap();
        let mut streams = Vec::new();
        for index in 0..count {
            let mut stream = connect(address);
            stream.write_all(request.as_bytes()).unwrap();
            // The head, and for snug the first comment, have arrived before the count begins.
            let mut seen = Vec::new();
            while !seen.ends_with(protocol.beginning()) {
                let mut byte = [0; 256];
                let read = stream.read(&mut byte).unwrap();
                assert!(read > 0, "{}", String::from_utf8_lossy(&seen));
                seen.extend_from_slice(&byte[..read]);
            }
            stream.set_nonblocking(true).unwrap();
            let mut stream = mio::net::TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(index), Interest::READABLE).unwrap();
            streams.push(stream);
        }
        let events = Events::with_capacity(1024);
        Self { protocol, poll, events, streams, buffer: vec![0; 1 << 18], delivered: 0, waits: vec![] }
    }

    /// Reads until there were `total` deliveries in all, or no more came for a while.
    fn read_until(&mut self, total: usize, start: Instant, timed: bool) {
        let mut quiet = Instant::now();
        while self.delivered < total && quiet.elapsed() < Duration::from_secs(10) {
            self.read_some(Duration::from_millis(100), start, timed).then(|| quiet = Instant::now());
        }
    }

    fn read_some(&mut self, patience: Duration, start: Instant, timed: bool) -> bool {
        let _ = self.poll.poll(&mut self.events, Some(patience));
        let mut any = false;
        for event in &self.events {
            let stream = &mut self.streams[event.token().0];
            loop {
                match stream.read(&mut self.buffer) {
                    Ok(0) => panic!("a stream ended"),
                    Ok(count) => {
                        any = true;
                        let bytes = &self.buffer[..count];
                        let ends = self.protocol.count(bytes);
                        self.delivered += ends;
                        if timed && let Some(sent) = sent_at(bytes) {
                            let now = start.elapsed();
                            self.waits.extend(std::iter::repeat_n(now.saturating_sub(sent), ends));
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
        any
    }
}

/// The time that the last message in these bytes bears, in nanoseconds after the start.
fn sent_at(bytes: &[u8]) -> Option<Duration> {
    let at = bytes.windows(3).rposition(|window| window == b"at-")? + 3;
    let digits: Vec<u8> = bytes[at..].iter().copied().take_while(u8::is_ascii_digit).collect();
    Some(Duration::from_nanos(String::from_utf8(digits).ok()?.parse().ok()?))
}

/// One side of the comparison.
struct Side {
    process: Process,
    poster: Poster,
    watchers: Watchers,
    per_stream: f64,
}

impl Side {
    fn snug(streams: usize, protocol: Protocol) -> Self {
        let most = (streams + 10).to_string();
        let flags =
            ["--streams", &most, "--streams-per-member", &most, "--post-rate", "0", "--connections", "64"];
        let process = Process::snug(&flags);
        let address = process.address;
        let cookie = register(address, "ann");
        let resident = process.resident();
        let (target, upgrade) = protocol.request();
        let watch = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\n{upgrade}\r\n");
        let watchers = Watchers::open(address, streams, &watch, protocol);
        let head = format!(
            "POST /chat HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nAccept: application/json\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n"
        );
        Self::new(process, watchers, Some(head), resident, streams)
    }

    fn bare(streams: usize) -> Self {
        let process = Process::own(BARE_STREAMS);
        let resident = process.resident();
        let watchers = Watchers::open(process.address, streams, "w", Protocol::ServerSentEvents);
        Self::new(process, watchers, None, resident, streams)
    }

    fn new(
        process: Process,
        watchers: Watchers,
        head: Option<String>,
        resident: u64,
        streams: usize,
    ) -> Self {
        let mut stream = connect(process.address);
        if head.is_none() {
            stream.write_all(b"p").unwrap();
        }
        // Threads that handed their sockets over wait a moment for others before they end.
        std::thread::sleep(Duration::from_millis(1_500));
        let per_stream = process.resident().saturating_sub(resident) as f64 / streams as f64;
        let poster = Poster { stream, head, read: vec![0; 4096] };
        Self { process, poster, watchers, per_stream }
    }

    /// CPU time so far of what delivers: without the posts where these are another thread's work.
    fn delivery_cpu(&self) -> Duration {
        let is_bare = self.poster.head.is_none();
        if is_bare { self.process.cpu() } else { self.process.cpu_of_threads(STREAMS_THREAD) }
    }

    /// Posts messages in some rhythm; gives deliveries a second and CPU time per delivery.
    fn run(&mut self, messages: usize, timed: bool, rhythm: impl Fn(&mut Self, usize, Instant)) -> Figures {
        let before = self.watchers.delivered;
        let (cpu, delivery_cpu) = (self.process.cpu(), self.delivery_cpu());
        self.watchers.waits.clear();
        let start = Instant::now();
        for index in 0..messages {
            let text = format!("message-number-{index}-at-{}-end", start.elapsed().as_nanos());
            self.poster.post(&text);
            rhythm(self, before + (index + 1) * self.watchers.streams.len(), start);
        }
        let total = before + messages * self.watchers.streams.len();
        self.watchers.read_until(total, start, timed);
        assert_eq!(self.watchers.delivered, total, "everything is delivered once");
        let deliveries = (total - before) as f64;
        let mut waits = std::mem::take(&mut self.watchers.waits);
        waits.sort_unstable();
        let each = |now: Duration, before| now.saturating_sub(before).as_secs_f64() * 1e6 / deliveries;
        let wait = |percent| if waits.is_empty() { Duration::ZERO } else { percentile(&waits, percent) };
        Figures {
            per_second: deliveries / start.elapsed().as_secs_f64(),
            cpu_us: each(self.process.cpu(), cpu),
            delivery_us: each(self.delivery_cpu(), delivery_cpu),
            p50_ms: wait(50).as_secs_f64() * 1e3,
            p99_ms: wait(99).as_secs_f64() * 1e3,
        }
    }

    /// The next message when the last one has reached everybody.
    fn one_at_a_time(&mut self, messages: usize) -> Figures {
        self.run(messages, true, |side, total, start| side.watchers.read_until(total, start, true))
    }

    /// Twenty messages a second.
    fn twenty_a_second(&mut self, messages: usize) -> Figures {
        self.run(messages, true, |side, _, start| {
            let due = Instant::now() + Duration::from_millis(50);
            while let Some(left) = due.checked_duration_since(Instant::now()) {
                side.watchers.read_some(left, start, true);
            }
        })
    }

    /// The next message as soon as the last one is acknowledged.
    fn full_speed(&mut self, messages: usize) -> Figures {
        self.run(messages, false, |side, _, start| {
            side.watchers.read_some(Duration::ZERO, start, false);
        })
    }
}

struct Figures {
    per_second: f64,
    /// Of the whole process.
    cpu_us: f64,
    delivery_us: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// What a reaction costs that reaches all streams, beside a message.
fn reactions(side: &mut Side) {
    const FEW: usize = 25;
    let head = side.poster.head.clone().unwrap();
    let post = |side: &mut Side, path: &str, body: &str| {
        let head = head.replacen("/chat", path, 1);
        let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        side.poster.stream.write_all(request.as_bytes()).unwrap();
        let count = side.poster.stream.read(&mut side.poster.read).unwrap();
        let answer = String::from_utf8_lossy(&side.poster.read[..count]).into_owned();
        let total = side.watchers.delivered + side.watchers.streams.len();
        side.watchers.read_until(total, Instant::now(), false);
        assert_eq!(side.watchers.delivered, total, "{answer}");
        answer
    };
    let answer = post(side, "/chat", "message=react");
    let id = answer.split("\"id\":").nth(1).unwrap().split([',', '}']).next().unwrap().to_owned();
    let mut cost = |path: &str, body: &dyn Fn(usize) -> String| {
        let cpu = side.process.cpu();
        (0..FEW).for_each(|n| drop(post(side, path, &body(n))));
        let deliveries = (FEW * side.watchers.streams.len()) as f64;
        side.process.cpu().saturating_sub(cpu).as_secs_f64() * 1e6 / deliveries
    };
    let message = cost("/chat", &|n| format!("message=message-number-{n}"));
    let react = format!("/messages/{id}/react");
    let reaction = cost(&react, &|n| format!("emoji=%F0%9F%91%8D&on={}", (n + 1) % 2));
    println!("  a reaction     CPU {reaction:.2} us, a message {message:.2} us ({:.2})", reaction / message);
}

/// Streams beside the bare loop, in turn.
pub(crate) fn streams() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    for count in [10, 100, 1_000, 5_000] {
        let (mut snug, mut bare) = (Side::snug(count, Protocol::ServerSentEvents), Side::bare(count));
        println!(
            "{count} streams: {:.0} bytes resident and {} threads for all of them",
            snug.per_stream,
            snug.process.threads()
        );
        let few = (100_000 / count).clamp(20, 1_000);
        let ratio = compare("one at a time", &mut snug, &mut bare, "bare", |side| side.one_at_a_time(few));
        let verdict = if ratio <= DELIVERY_AIM { "met" } else { "missed" };
        println!("  one delivery beside the bare loop: {ratio:.2}, at most {DELIVERY_AIM}: {verdict}");
        compare("20 a second", &mut snug, &mut bare, "bare", |side| side.twenty_a_second(40));
        compare("full speed", &mut snug, &mut bare, "bare", |side| side.full_speed(few * 4));
        reactions(&mut snug);
    }
}

/// Sockets beside streams, in turn.
pub(crate) fn sockets() {
    for count in [100, 1_000, 5_000] {
        let mut sockets = Side::snug(count, Protocol::WebSocket);
        let mut streams = Side::snug(count, Protocol::ServerSentEvents);
        let more = sockets.per_stream - streams.per_stream;
        let verdict = |is_met| if is_met { "met" } else { "missed" };
        println!(
            "{count} sockets: {:.0} bytes resident, {more:.0} more than a stream, at most {SOCKET_AIM}: {}",
            sockets.per_stream,
            verdict(more <= SOCKET_AIM)
        );
        let few = (100_000 / count).clamp(20, 1_000);
        let ratio =
            compare("one at a time", &mut sockets, &mut streams, "streams", |side| side.one_at_a_time(few));
        println!(
            "  one delivery beside a stream's: {ratio:.2}, at most {DELIVERY_AIM}: {}",
            verdict(ratio <= DELIVERY_AIM)
        );
        compare("full speed", &mut sockets, &mut streams, "streams", |side| side.full_speed(few * 4));
    }
}

/// Gives the CPU time of one delivery beside the other's.
fn compare(
    name: &str,
    own: &mut Side,
    other: &mut Side,
    others: &str,
    load: impl Fn(&mut Side) -> Figures,
) -> f64 {
    let rounds: Vec<(Figures, Figures)> = (0..ROUNDS).map(|_| (load(own), load(other))).collect();
    let of = |figure: fn(&Figures) -> f64| {
        let own = median(rounds.iter().map(|(own, _)| figure(own)).collect());
        let other = median(rounds.iter().map(|(_, other)| figure(other)).collect());
        let ratio = median(rounds.iter().map(|(own, other)| figure(own) / figure(other)).collect());
        (own, other, ratio)
    };
    let (rate, other_rate, rate_ratio) = of(|figures| figures.per_second);
    let (cpu, other_cpu, cpu_ratio) = of(|figures| figures.cpu_us);
    let (delivery, _, delivery_ratio) = of(|figures| figures.delivery_us);
    let (p50, other_p50, _) = of(|figures| figures.p50_ms);
    let (p99, other_p99, p99_ratio) = of(|figures| figures.p99_ms);
    let waits = if p99.is_normal() {
        format!(
            "   p50 {p50:.2} ms {others} {other_p50:.2} ms   p99 {p99:.2} ms {others} {other_p99:.2} ms ({p99_ratio:.2})"
        )
    } else {
        String::new()
    };
    println!(
        "  {name:<14} {rate:>8.0}/s {others} {other_rate:>8.0}/s ({rate_ratio:.2})   CPU {cpu:.2} us {others} {other_cpu:.2} us ({cpu_ratio:.2}), without posts {delivery:.2} us ({delivery_ratio:.2}){waits}"
    );
    delivery_ratio
}

/// The bare loop: every line of the posting client is answered, and then written to every watcher, one `write` each.
pub(crate) fn serve_bare() {
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    socket2::SockRef::from(&listener).set_tcp_nodelay(true).unwrap();
    println!("http://{}/", listener.local_addr().unwrap());
    let mut watchers: Vec<TcpStream> = Vec::new();
    for connection in listener.incoming() {
        let mut connection = connection.unwrap();
        let mut kind = [0];
        connection.read_exact(&mut kind).unwrap();
        if kind == *b"w" {
            connection.write_all(b":\n\n").unwrap();
            watchers.push(connection);
            continue;
        }
        let mut answers = connection.try_clone().unwrap();
        for (id, line) in BufReader::new(connection).lines().map_while(Result::ok).enumerate() {
            // As long as what snug says.
            let event = format!(
                "id: {id}\ndata: {{\"at\":\"2026-11-22T13:39:10.311Z\",\"author\":\"ann\",\"id\":{id},\"room\":0,\
                 \"text\":\"{line}\",\"version\":\"8397dc367351ff3c\"}}\n\n"
            );
            // As snug, whose watchers read while it writes to others.
            answers.write_all(b"ok").unwrap();
            for watcher in &mut watchers {
                watcher.write_all(event.as_bytes()).unwrap();
            }
        }
    }
}

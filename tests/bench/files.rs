//! Files on their way, beside nginx with the same file on the same disk; and what many at once cost everybody else.

use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::fairness::{start_proxy, temporary_paths};
use crate::load::{Process, connect, cpu_of, get, median, percentile, register};
use crate::temp_dir::TempDir;

const MIB: usize = 1 << 20;
/// The largest file that the chat takes by default.
const SIZE: usize = 25 * MIB;
const ROUNDS: usize = 7;
const BOUNDARY: &str = "a-boundary-of-the-bench";

/// A file server that stores what is PUT (`ngx_http_dav_module`), without asking who it is.
struct Nginx {
    child: Child,
    address: SocketAddr,
}

impl Nginx {
    fn start(folder: &TempDir) -> Option<Self> {
        Command::new("nginx").arg("-v").output().ok()?;
        let files = folder.path().join("files");
        fs::create_dir(&files).unwrap();
        let (place, files) = (folder.path().display(), files.display());
        let paths = temporary_paths(folder);
        let (child, address) = start_proxy(|port| {
            let config = format!(
                "daemon off; master_process off; pid nginx.pid; error_log stderr;
                 events {{}}
                 http {{ access_log off; {paths} sendfile on; tcp_nopush on; client_max_body_size 100m;
                    server {{ listen {port}; root {files}; location / {{ dav_methods PUT; }} }} }}"
            );
            let mut command = Command::new("nginx");
            let file = folder.write("nginx.conf", &config);
            command.args(["-p", &place.to_string(), "-e", "stderr", "-c", &file]);
            command
        });
        Some(Self { child: child?, address })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A member's uploads and downloads.
struct Sender {
    address: SocketAddr,
    cookies: String,
}

impl Sender {
    /// Uploads by a form; at so many bytes a second, if there is a pace. Gives the file's path.
    fn upload(&self, content: &[u8], pace: Option<usize>) -> String {
        let before = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"film.bin\"\r\n\r\n"
        );
        let after = format!("\r\n--{BOUNDARY}--\r\n");
        let head = format!(
            "POST /files HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nAccept: application/json\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            self.cookies,
            before.len() + content.len() + after.len()
        );
        let mut stream = connect(self.address);
        stream.write_all(&[head.as_bytes(), before.as_bytes()].concat()).unwrap();
        send_paced(&mut stream, content, pace);
        stream.write_all(after.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let file: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        assert!(file["id"].is_u64(), "{answer}");
        format!("/files/{}", file["id"])
    }

    /// A message with ten small files, for a connection that is kept.
    fn ten_small(&self, message: usize) -> Vec<u8> {
        let part = |number: usize| {
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"report-{message}-{number}.txt\"\r\n\r\n\
                 notes {message} {number}\r\n"
            )
        };
        let body = (0..10).map(part).collect::<String>() + &format!("--{BOUNDARY}--\r\n");
        format!(
            "POST /chat HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nAccept: application/json\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.cookies,
            body.len()
        )
        .into_bytes()
    }

    fn download(&self, path: &str, pace: Option<usize>) -> usize {
        download(self.address, path, &self.cookies, pace)
    }

    fn remove(&self, path: &str) {
        let mut client = Client::at(crate::client::Origin {
            server: self.address,
            from: self.address.ip(),
            forwarded: false,
        });
        client.cookies.clone_from(&self.cookies);
        let answer = client.post_json(&format!("{path}/remove"), &[]).unwrap();
        assert!(answer.status < 300, "{answer:?}");
    }
}

fn send_paced(stream: &mut impl Write, content: &[u8], pace: Option<usize>) {
    for piece in content.chunks(64 * 1024) {
        stream.write_all(piece).unwrap();
        if let Some(pace) = pace {
            sleep(Duration::from_secs_f64(piece.len() as f64 / pace as f64));
        }
    }
}

/// Gives the bytes of the body, and of a head that is shorter than a piece.
fn download(address: SocketAddr, path: &str, cookies: &str, pace: Option<usize>) -> usize {
    let mut stream = connect(address);
    let request = get(address, path, &format!("Cookie: {cookies}\r\nConnection: close\r\n"));
    stream.write_all(&request).unwrap();
    let (mut buffer, mut all) = (vec![0; 64 * 1024], 0);
    loop {
        let read = stream.read(&mut buffer).unwrap();
        if read == 0 {
            return all;
        }
        all += read;
        if let Some(pace) = pace {
            sleep(Duration::from_secs_f64(read as f64 / pace as f64));
        }
    }
}

fn put(address: SocketAddr, content: &[u8]) {
    let mut stream = connect(address);
    let head = format!(
        "PUT /film.bin HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(content).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
}

/// Bytes that no compression makes smaller, and that are no picture.
fn content() -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let words = (0..SIZE / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    });
    words.collect()
}

fn chat(folder: &TempDir) -> (Process, Sender) {
    let data = folder.data();
    let snug = Process::with_rates(&["--data", &data, "--file-rate", "1000000", "--files-total", "100000"]);
    let sender = Sender { address: snug.address, cookies: register(snug.address, "ann") };
    (snug, sender)
}

/// One client, one file of [`SIZE`] after the other, in turn with nginx.
pub(crate) fn beside_nginx() {
    let folder = TempDir::new();
    let Some(nginx) = Nginx::start(&folder) else { return println!("files: nginx is missing") };
    let (snug, sender) = chat(&folder);
    let content = content();
    println!(
        "files of {} MiB, one client, {ROUNDS} rounds in turn: median (and the ratio snug / nginx)",
        SIZE / MIB
    );
    let (mut up, mut down) = (Turns::default(), Turns::default());
    for _ in 0..ROUNDS {
        let mut path = String::new();
        up.ours(|| snug.cpu(), || path = sender.upload(&content, None));
        up.theirs(|| cpu_of(&nginx.child), || put(nginx.address, &content));
        down.ours(|| snug.cpu(), || assert!(sender.download(&path, None) > SIZE));
        down.theirs(
            || cpu_of(&nginx.child),
            || assert!(download(nginx.address, "/film.bin", "", None) > SIZE),
        );
        sender.remove(&path);
    }
    up.report("upload, synced to the disk");
    down.report("download");
    println!("  snug's peak: {:.1} MiB resident", snug.peak() as f64 / MIB as f64);
}

/// Time and processor time of one kind of transfer.
#[derive(Default)]
struct Turns {
    ours: Vec<(f64, f64)>,
    theirs: Vec<(f64, f64)>,
}

impl Turns {
    fn ours(&mut self, cpu: impl Fn() -> Duration, transfer: impl FnOnce()) {
        self.ours.push(timed(cpu, transfer));
    }

    fn theirs(&mut self, cpu: impl Fn() -> Duration, transfer: impl FnOnce()) {
        self.theirs.push(timed(cpu, transfer));
    }

    fn report(&self, what: &str) {
        let rate = |times: &[(f64, f64)]| {
            SIZE as f64 / MIB as f64 / median(times.iter().map(|(time, _)| *time).collect())
        };
        let cpu = |times: &[(f64, f64)]| median(times.iter().map(|(_, cpu)| cpu * 1e3).collect());
        let ratio =
            median(self.ours.iter().zip(&self.theirs).map(|(ours, theirs)| theirs.0 / ours.0).collect());
        println!(
            "  {what:<28} snug {:>6.0} MiB/s, {:>3.0} ms CPU   nginx {:>6.0} MiB/s, {:>3.0} ms CPU   ratio {ratio:.2}",
            rate(&self.ours),
            cpu(&self.ours),
            rate(&self.theirs),
            cpu(&self.theirs),
        );
    }
}

/// Seconds, and seconds of the processor.
fn timed(cpu: impl Fn() -> Duration, transfer: impl FnOnce()) -> (f64, f64) {
    let (start, before) = (Instant::now(), cpu());
    transfer();
    (start.elapsed().as_secs_f64(), cpu().saturating_sub(before).as_secs_f64())
}

/// Memory, and pages for others, while many files of [`SIZE`] come and go.
pub(crate) fn many_at_once() {
    const UPLOADS: usize = 20;
    const DOWNLOADS: usize = 50;
    const PACE: usize = 2 * MIB;
    let folder = TempDir::new();
    let (snug, sender) = chat(&folder);
    let content = content();
    let path = sender.upload(&content, None);
    sender.download(&path, None);
    let page = get(snug.address, "/chat", &format!("Cookie: {}\r\n", sender.cookies));
    let pages = |count: usize| {
        let mut client = crate::load::Client::new(snug.address, true);
        let mut times: Vec<Duration> = (0..count)
            .map(|_| {
                let asked = Instant::now();
                client.ask(&page);
                let taken = asked.elapsed();
                sleep(Duration::from_millis(20));
                taken
            })
            .collect();
        times.sort_unstable();
        (percentile(&times, 50), percentile(&times, 99))
    };
    let quiet = pages(200);
    let before = snug.resident();
    let (busy, peak) = std::thread::scope(|scope| {
        for _ in 0..DOWNLOADS {
            scope.spawn(|| assert!(sender.download(&path, Some(PACE)) > SIZE));
        }
        for _ in 0..UPLOADS - 1 {
            scope.spawn(|| sender.upload(&content, Some(PACE)));
        }
        let busy = pages(200);
        let mut peak = snug.resident();
        for _ in 0..60 {
            peak = peak.max(snug.resident());
            sleep(Duration::from_millis(100));
        }
        (busy, peak)
    });
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{UPLOADS} uploads and {DOWNLOADS} downloads of {} MiB at once, each at {} MiB/s: {:+.1} MiB resident (peak of all {:.1}); a page: median {:.1} ms, p99 {:.1}; before {:.1}, {:.1}",
        SIZE / MIB,
        PACE / MIB,
        (peak as f64 - before as f64) / MIB as f64,
        snug.peak() as f64 / MIB as f64,
        ms(busy.0),
        ms(busy.1),
        ms(quiet.0),
        ms(quiet.1),
    );
}

/// A room with many files: its pages, a search, and a start.
pub(crate) fn ten_thousand_in_a_room() {
    const MESSAGES: usize = 1_000;
    let folder = TempDir::new();
    let data = folder.data();
    let open = || Process::snug(&["--data", &data, "--post-rate", "0"]);
    let snug = open();
    let mut sender = Sender { address: snug.address, cookies: register(snug.address, "ann") };
    let started = Instant::now();
    let mut client = crate::load::Client::new(snug.address, true);
    for message in 0..MESSAGES {
        client.ask(&sender.ten_small(message));
    }
    let sent = started.elapsed();
    drop((client, snug));
    let started = Instant::now();
    let snug = open();
    let start = started.elapsed();
    sender.address = snug.address;
    let pages = ["/chat", "/chat/files", "/search?q=report-500"].map(|path| {
        let asked = || {
            let asked = Instant::now();
            sender.download(path, None);
            asked.elapsed().as_secs_f64() * 1e3
        };
        format!("{path} {:.1} ms", median((0..21).map(|_| asked()).collect()))
    });
    println!(
        "{} files in a room: sent in {:.1} s; a start {:.2} s, then {}; {:.1} MiB resident",
        MESSAGES * 10,
        sent.as_secs_f64(),
        start.as_secs_f64(),
        pages.join(", "),
        snug.resident() as f64 / MIB as f64
    );
}

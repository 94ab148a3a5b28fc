//! A chat with files whose server is killed, or whose disk is full: a message has its files, nothing else lies there, and
//! what was acknowledged stays.

use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use crate::files::gif;
use crate::prelude::*;

/// Who upload and send at the same time.
const SENDERS: usize = 6;

/// A file as its sender knows it.
#[derive(Clone)]
struct SentFile {
    id: u64,
    content: Vec<u8>,
}

/// Something whose answer did not come.
enum Doubt {
    /// Nobody was told its id.
    Upload,
    /// A message with files that are uploaded, under its nonce.
    Message(String, Vec<SentFile>),
    /// A message that brings its files along, under its nonce.
    Form(String, Vec<Vec<u8>>),
    Removal(u64),
    /// A file of a message.
    FileRemoval(u64, u64),
}

/// Somebody who sends files, and knows what they were told of them.
struct Sender {
    client: Client,
    name: String,
    count: usize,
    /// By the message's id.
    sent: BTreeMap<u64, Vec<SentFile>>,
    /// Uploaded, and in no message.
    unsent: Vec<SentFile>,
    doubt: Option<Doubt>,
}

impl Sender {
    fn join(server: &Process, number: usize) -> Self {
        let name = format!("sender{number}");
        let client = server.member(&name).json();
        Self { client, name, count: 0, sent: BTreeMap::new(), unsent: Vec::new(), doubt: None }
    }

    /// Does one thing after the other, until there is no answer.
    fn act_until_the_end(&mut self, sizes: &[usize], count: &AtomicUsize) {
        for size in sizes.iter().cycle() {
            self.count += 1;
            let acted = match self.count % 5 {
                0 => self.remove(),
                1 | 2 => self.upload(*size),
                3 => self.send(),
                _ => self.send_form(*size),
            };
            if acted.is_none() {
                return;
            }
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Different each time.
    fn content(&self, part: usize, size: usize) -> Vec<u8> {
        let line = format!("{} {} {part} ", self.name, self.count);
        line.bytes().cycle().take(line.len() + size).collect()
    }

    fn upload(&mut self, size: usize) -> Option<()> {
        let content = self.content(0, size);
        self.doubt = Some(Doubt::Upload);
        let preview = Part::file("a.gif", &gif(3, 2)).called("preview");
        let parts = [Part::file("a.txt", &content), preview];
        let answer = self.client.try_post_parts("/files", &parts)?.expect(201).value();
        assert_eq!(answer["preview"], true);
        let id = answer["id"].as_u64().unwrap();
        self.unsent.push(SentFile { id, content });
        self.doubt = None;
        Some(())
    }

    fn send(&mut self) -> Option<()> {
        let nonce = format!("{}-{}", self.name, self.count);
        let files = std::mem::take(&mut self.unsent);
        self.doubt = Some(Doubt::Message(nonce, files));
        self.settle()
    }

    fn send_form(&mut self, size: usize) -> Option<()> {
        let nonce = format!("{}-{}", self.name, self.count);
        let contents = [size, 10].into_iter().enumerate().map(|(part, size)| self.content(part, size));
        self.doubt = Some(Doubt::Form(nonce, contents.collect()));
        self.settle()
    }

    /// Their oldest message, or one of its files.
    fn remove(&mut self) -> Option<()> {
        let (message, files) = self.sent.first_key_value()?;
        self.doubt = Some(match files.as_slice() {
            [file, _, ..] => Doubt::FileRemoval(*message, file.id),
            _ => Doubt::Removal(*message),
        });
        self.settle()
    }

    /// Does what is in doubt, for the first time or again.
    fn settle(&mut self) -> Option<()> {
        match self.doubt.as_ref()? {
            Doubt::Upload => {}
            Doubt::Message(nonce, files) => {
                let ids: Vec<String> = files.iter().map(|file| file.id.to_string()).collect();
                let fields = [("message", &**nonce), ("nonce", nonce)];
                let fields = fields.into_iter().chain(ids.iter().map(|id| ("file", &**id)));
                let answer = self.client.try_post("/chat", &fields.collect::<Vec<_>>())?.expect(201);
                self.sent.insert(answer.value()["id"].as_u64().unwrap(), files.clone());
            }
            Doubt::Form(nonce, contents) => {
                let mut parts = vec![Part::field("message", nonce), Part::field("nonce", nonce)];
                parts.extend(contents.iter().map(|content| Part::file("b.txt", content)));
                let id =
                    self.client.try_post_parts("/chat", &parts)?.expect(201).value()["id"].as_u64().unwrap();
                let ids = self.files_of(id)?;
                assert_eq!(ids.len(), contents.len());
                let files = ids.into_iter().zip(contents.clone());
                self.sent.insert(id, files.map(|(id, content)| SentFile { id, content }).collect());
            }
            Doubt::Removal(message) => {
                let answer = self.client.try_post(&format!("/messages/{message}/remove"), &[])?;
                assert!([200, 204, 303, 404].contains(&answer.status), "{} {}", answer.head, answer.body);
                self.sent.remove(message);
            }
            Doubt::FileRemoval(message, file) => {
                let answer = self.client.try_post(&format!("/files/{file}/remove"), &[])?;
                assert!([200, 204, 303, 404].contains(&answer.status), "{} {}", answer.head, answer.body);
                self.sent.entry(*message).or_default().retain(|other| other.id != *file);
            }
        }
        self.doubt = None;
        Some(())
    }

    /// The ids of a message's files, in order.
    fn files_of(&self, message: u64) -> Option<Vec<u64>> {
        let page = self.client.try_get(&format!("/chat?at={message}"))?.expect(200).value();
        let messages = page["messages"].as_array().unwrap();
        let message = messages.iter().find(|other| other["id"] == message).unwrap();
        let files = message["files"].as_array().unwrap();
        Some(files.iter().map(|file| file["id"].as_u64().unwrap()).collect())
    }
}

/// What the database knows of a file, and what lies in the folder.
struct Disk {
    connection: Connection,
    folder: PathBuf,
}

/// A row of the table of files.
struct FileRow {
    id: u64,
    message: Option<u64>,
    owner: String,
    name: String,
    size: u64,
    sha256: Vec<u8>,
    preview: Option<String>,
}

impl Disk {
    fn of(home: &TempDir) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(home.data_path(), flags).unwrap();
        Self { connection, folder: home.path().join("chat.db.files") }
    }

    fn rows(&self) -> Vec<FileRow> {
        let text = "SELECT files.id, message, members.name, lower(hex(key)), size, sha256,
            lower(hex(preview))
            FROM files JOIN members ON members.id = files.owner ORDER BY files.id";
        let mut query = self.connection.prepare(text).unwrap();
        let rows = query.query_map([], |row| {
            Ok(FileRow {
                id: row.get::<_, i64>(0)?.unsigned_abs(),
                message: row.get::<_, Option<i64>>(1)?.map(i64::unsigned_abs),
                owner: row.get(2)?,
                name: row.get(3)?,
                size: row.get::<_, i64>(4)?.unsigned_abs(),
                sha256: row.get(5)?,
                preview: Some(row.get(6)?).filter(|name: &String| !name.is_empty()),
            })
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The bytes of every file below, with their lengths.
    fn files(&self) -> BTreeMap<String, u64> {
        let mut found = BTreeMap::new();
        for below in fs::read_dir(&self.folder).into_iter().flatten().map(Result::unwrap) {
            for file in fs::read_dir(below.path()).unwrap().map(Result::unwrap) {
                let name = file.file_name().into_string().unwrap();
                found.insert(name, file.metadata().unwrap().len());
            }
        }
        found
    }

    /// That each row has its bytes, of which those of the newer files are read, and that nothing else is there.
    fn assert_whole(&self, newer_than: u64) -> Vec<FileRow> {
        let rows = self.rows();
        let of_row = |row: &FileRow| {
            let preview = row.preview.clone().map(|name| (name, gif(3, 2).len() as u64));
            [(row.name.clone(), row.size)].into_iter().chain(preview)
        };
        let known: BTreeMap<String, u64> = rows.iter().flat_map(of_row).collect();
        assert_eq!(self.files(), known);
        for row in rows.iter().filter(|row| row.id > newer_than) {
            let bytes = fs::read(self.folder.join(&row.name[..2]).join(&row.name)).unwrap();
            assert_eq!(Sha256::digest(&bytes).as_slice(), row.sha256, "file {}", row.id);
        }
        let dropped = self.connection.query_one("SELECT count(*) FROM dropped_files", [], |row| row.get(0));
        assert_eq!(dropped, Ok(0_i64));
        rows
    }
}

#[test]
fn a_kill_leaves_no_message_without_its_files_and_no_file_without_its_row() {
    let (home, mut dice) = (TempDir::new(), SeededRandom::new());
    let start = |round: usize| {
        let durability = ["full", "normal"][round % 2];
        Process::start(serve_command(&home.data_path(), &["--history", "50", "--durability", durability]))
    };
    let mut server = start(0);
    let mut senders: Vec<Sender> = (0..SENDERS).map(|number| Sender::join(&server, number)).collect();
    let (mut newest, mut done) = (0, 0);
    for round in 1..=rounds(4) {
        let sizes: Vec<usize> = (0..32).map(|_| [0, 3_000, 70_000, 300_000][dice.throw(4)]).collect();
        let (enough, moment) = (dice.throw(40), Duration::from_micros(dice.throw(5_000) as u64));
        let (count, log) = (AtomicUsize::new(0), Mutex::new(String::new()));
        thread::scope(|scope| {
            for sender in &mut senders {
                scope.spawn(|| sender.act_until_the_end(&sizes, &count));
            }
            wait_until("something is done", || count.load(Ordering::Relaxed) >= enough);
            thread::sleep(moment);
            *log.lock().unwrap() = server.kill();
        });
        assert_calm(&log.into_inner().unwrap());
        done += count.into_inner();

        server = start(round);
        let disk = Disk::of(&home);
        let rows = disk.assert_whole(newest);
        for sender in &mut senders {
            sender.client = sender.client.clone().moved_to(server.address);
            let doubtful = sender.count;
            assert_acknowledged(sender, &rows);
            assert!(sender.settle().is_some() || sender.doubt.is_none(), "{doubtful}");
            // What nobody was told of goes by its hour, and here at once.
            for row in rows.iter().filter(|row| row.owner == sender.name && row.message.is_none()) {
                let is_known =
                    sender.unsent.iter().chain(sender.sent.values().flatten()).any(|file| file.id == row.id);
                if !is_known {
                    let path = format!("/files/{}/remove", row.id);
                    sender.client.clone().post(&path, &[]);
                }
            }
        }
        newest = rows.last().map_or(0, |row| row.id);
    }
    Disk::of(&home).assert_whole(0);
    let reader = server.member("reader");
    for file in senders.iter().flat_map(|sender| sender.sent.values().flatten()) {
        assert!(reader.clone().get(&format!("/files/{}", file.id)).expect(200).bytes == file.content);
    }
    eprintln!("{} kills, {done} answers", rounds(4));
    let check = snug(&["check", "--data", &home.data()]).output().unwrap();
    assert!(check.status.success(), "{check:?}");
}

/// That all is there that a sender was told of, but for what is in doubt.
fn assert_acknowledged(sender: &Sender, rows: &[FileRow]) {
    let of_message = |message: u64| -> Vec<u64> {
        rows.iter().filter(|row| row.message == Some(message)).map(|row| row.id).collect()
    };
    for (message, files) in &sender.sent {
        let found: BTreeSet<u64> = of_message(*message).into_iter().collect();
        let expected: BTreeSet<u64> = files.iter().map(|file| file.id).collect();
        match &sender.doubt {
            Some(Doubt::Removal(removed)) if removed == message && found.is_empty() => {}
            Some(Doubt::FileRemoval(of, file)) if of == message && !found.contains(file) => {
                assert!(expected.difference(&found).eq([file]));
            }
            _ => assert_eq!(found, expected, "message {message}"),
        }
    }
    for file in &sender.unsent {
        let row = rows.iter().find(|row| row.id == file.id).expect("it was uploaded");
        assert_eq!(row.message, None);
    }
}

#[test]
fn files_lie_beside_the_chats_own_whatever_name_leads_there() {
    let (home, elsewhere) = (TempDir::new(), TempDir::new());
    drop(home.serve(&[]));
    std::os::unix::fs::symlink(home.data_path(), elsewhere.data_path()).unwrap();
    let server = elsewhere.serve(&[]);
    let ann = server.member("ann");
    let (_, file) = ann.send_file("a.txt", b"here");
    server.kill();
    let server = home.serve(&[]);
    let bob = server.member("bob");
    assert_eq!(bob.clone().get(&format!("/files/{file}")).expect(200).bytes, b"here");
    assert_eq!(elsewhere.names(), ["chat.db"]);
}

#[test]
fn a_full_disk_refuses_files_and_loses_none() {
    in_mounts_of_its_own("file_crash::on_eight_megabytes");
}

#[test]
#[ignore = "needs a file system of its own; a_full_disk_refuses_files_and_loses_none starts it there"]
fn on_eight_megabytes() {
    let home = TempDir::new();
    let server = Process::start(serve_command(&home.data_path(), &[]));
    let ann = server.member("ann");
    let content = |number: usize| format!("{number} ").into_bytes().repeat(250_000);
    let mut sent = Vec::new();
    let refused = loop {
        let answer = ann.try_upload("large.txt", &content(sent.len()));
        if answer.status != 201 {
            break answer;
        }
        let file = answer.value()["id"].as_u64().unwrap();
        sent.push((ann.say_with("/chat", "large", &[file]), file));
        assert!(sent.len() < 20, "it never gets full");
    };
    assert_eq!((refused.status, sent.len() > 3), (507, true), "{}", refused.body);
    // Also as a form, whose text comes back; and again.
    let parts = [Part::field("message", "my <text>"), Part::file("large.txt", &content(99))];
    let page = ann.post_parts("/chat", &parts).expect(507);
    assert_eq!(textarea(&page.body), "my <text>");
    ann.try_upload("large.txt", &content(99)).expect(507);
    let disk = Disk::of(&home);
    assert_eq!(disk.assert_whole(0).len(), sent.len());
    let read = |number: usize, file: u64| {
        assert!(ann.clone().get(&format!("/files/{file}")).expect(200).bytes == content(number));
    };
    for (number, (_, file)) in sent.iter().enumerate() {
        read(number, *file);
    }
    ann.clone().say("texts still come").expect(303);
    // Room again.
    ann.clone().post(&format!("/messages/{}/remove", sent[0].0), &[]).expect(303);
    let (_, file) = ann.send_file("small.txt", &content(7)[..100_000]);
    assert!(ann.clone().get(&format!("/files/{file}")).expect(200).bytes == content(7)[..100_000]);
    read(1, sent[1].1);
    assert_eq!(disk.assert_whole(0).len(), sent.len());
    assert_calm(&server.kill());
}

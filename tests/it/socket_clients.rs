//! Sockets by libraries that many programs use: the README's bots as they stand there, and what else these do.

use std::env;

use crate::prelude::*;

const README: &str = include_str!("../../README.md");
const CHECK_PY: &str = include_str!("socket_clients/check.py");
const CHECK_MJS: &str = include_str!("socket_clients/check.mjs");

/// How to run a program, which is in the folder beside its library.
struct Runtime {
    program: &'static str,
    file: String,
    folder: TempDir,
}

impl Runtime {
    /// `SNUG_WEBSOCKETS` is a folder with the Python package `websockets` (`pip install --target`).
    fn python(text: &str) -> Option<Self> {
        let library = library("SNUG_WEBSOCKETS", "websockets")?;
        Some(Self::new("python3", "program.py", text, &library, "websockets"))
    }

    /// `SNUG_WS` is a folder of packages with `ws` (`npm install`).
    fn node(text: &str) -> Option<Self> {
        let library = library("SNUG_WS", "ws")?;
        Some(Self::new("node", "program.mjs", text, &library, "node_modules/ws"))
    }

    fn new(program: &'static str, name: &str, text: &str, library: &Path, place: &str) -> Self {
        let folder = TempDir::new();
        let place = folder.path().join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(library, place).unwrap();
        Self { program, file: folder.write(name, text), folder }
    }

    /// Starts it as a person does, and ends it with the story.
    fn start(&self) -> Option<ExternalProgram> {
        ExternalProgram::start(self.program, self.folder.path(), [&self.file])
    }

    /// Runs it to its end, which is to be a good one.
    #[track_caller]
    fn finish(&self, arguments: &[&str]) {
        let output = Command::new(self.program).arg(&self.file).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The folder of a library, in that which a variable names.
fn library(variable: &str, name: &str) -> Option<PathBuf> {
    let library = env::var_os(variable).map(|folder| Path::new(&folder).join(name));
    if library.is_none() {
        skip(&format!("{name}: {variable} names no folder that has it"));
    }
    library
}

/// The README's program in this language, for a chat at this address.
fn bot(language: &str, address: SocketAddr) -> String {
    let begin = format!("```{language}\n");
    let (_, rest) = README.split_once(&begin).expect("the README has a bot");
    let (program, _) = rest.split_once("```").unwrap();
    assert_eq!(program.lines().filter(|line| !line.is_empty()).count(), 10);
    program.replace("127.0.0.1:8080", &address.to_string())
}

/// A bot of ann's answers whoever asks, where they ask.
fn answers_the_time(snug: &SeededProcess, bot: &Runtime) {
    let bob = snug.visitor().into_member("bob");
    let mut asking = Socket::open(&bob, "/socket");
    let Some(_running) = bot.start() else { return };
    let is_answer = |told: &StreamEvent| {
        let told = told.value();
        told["author"] == "ann" && told["text"].as_str().is_some_and(|text| text.starts_with("It is "))
    };
    // What is said before it is there is not for it.
    let (mut asked, mut answers) = (0, 0);
    wait_until("the bot answers", || {
        asked = asking.post("!time");
        while let Some(told) = asking.message().filter(|told| told.id != Some(asked)) {
            answers += usize::from(is_answer(&told));
        }
        answers > 0
    });
    // Once, and in the room where it is asked.
    let conversation = "/people/ann";
    let question = bob.say_at(conversation, "!time");
    let mut told = asking.message().unwrap();
    while told.id <= Some(question) || !is_answer(&told) || told.value()["room"] == 0 {
        told = asking.message().unwrap();
    }
    let said = bob.clone().json().get(conversation).value();
    let texts: Vec<_> = said["messages"].as_array().unwrap().iter().map(|one| &one["author"]).collect();
    assert_eq!(texts, ["bob", "ann"]);
}

#[test]
fn the_bot_in_python_answers() {
    let snug = SeededProcess::run(&["--post-rate", "0"]);
    let Some(python) = Runtime::python(&bot("python", snug.address)) else { return };
    answers_the_time(&snug, &python);
}

#[test]
fn the_bot_in_javascript_answers() {
    let snug = SeededProcess::run(&["--post-rate", "0"]);
    let Some(node) = Runtime::node(&bot("js", snug.address)) else { return };
    answers_the_time(&snug, &node);
}

#[test]
fn the_library_of_python_agrees() {
    let Some(python) = Runtime::python(CHECK_PY) else { return };
    let (server, [ann]) = Server::open().with_members(["ann"]);
    python.finish(&[&server.address.to_string(), ann.cookie.as_ref().unwrap()]);
}

#[test]
fn the_library_of_javascript_agrees() {
    let Some(node) = Runtime::node(CHECK_MJS) else { return };
    let (server, [ann]) = Server::open().with_members(["ann"]);
    node.finish(&[&server.address.to_string(), ann.cookie.as_ref().unwrap()]);
}

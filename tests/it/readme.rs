//! The README's commands do what it says.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const README: &str = include_str!("../../README.md");

/// The lines of the README's shell blocks that begin with this word.
fn commands(word: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in README.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside && line.split(' ').next() == Some(word) => found.push(line.to_owned()),
            _ => {}
        }
    }
    found
}

/// Ends the program with the test, also with one that fails.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // `cargo run` passes its place on to snug, so this process is snug itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn its_first_command_runs_the_chat_and_its_curl_lines_work() {
    let run = commands("cargo").first().cloned().expect("the README has a command");
    let mut child = Command::new("sh");
    child.arg("-c").arg(format!("exec {run}")).env("SNUG_LISTEN", "127.0.0.1:0");
    let mut running = Process(child.stdout(Stdio::piped()).spawn().unwrap());
    let out = BufReader::new(running.0.stdout.take().unwrap());
    let url = out
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.trim().strip_prefix("http://").map(|rest| format!("http://{rest}")))
        .expect("the program prints its address");

    let here = |line: &str| line.replace("http://127.0.0.1:8080/", &url).replace("curl", "curl --fail");
    let folder = std::env::temp_dir().join(format!("snug-readme-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let shell = |line: &str| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(here(line)).current_dir(&folder).stdout(Stdio::piped());
        shell
    };
    let told = |line: &str| {
        let output = shell(line).output().unwrap();
        assert!(output.status.success(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    };

    let lines = commands("curl");
    let [register, post, read, leave, bot] = &lines[..] else { panic!("five curl lines: {lines:?}") };
    told(register);
    assert!(told(post).starts_with(r#"{"id":"#));
    assert!(told(read).contains(r#""author":"ann""#));

    // The bot is several programs in a row; it ends when its stream does.
    let mut bot = shell(bot).spawn().unwrap();
    let ask = post.replace("Hello from a script", "!time");
    let answered = (0..100).any(|_| {
        told(&ask);
        std::thread::sleep(Duration::from_millis(100));
        told(read).contains("It is ")
    });
    assert!(answered, "the bot says the time");
    told(leave);
    bot.wait().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

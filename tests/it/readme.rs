//! The README's commands do what it says.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

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
struct Running(Child);

impl Drop for Running {
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
    let mut running = Running(child.stdout(Stdio::piped()).spawn().unwrap());
    let out = BufReader::new(running.0.stdout.take().unwrap());
    let url = out
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.trim().strip_prefix("http://").map(|rest| format!("http://{rest}")))
        .expect("the program prints its address");

    let lines = commands("curl");
    assert!(lines.len() >= 4, "the README shows how to use curl");
    let folder = std::env::temp_dir().join(format!("snug-readme-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut answers = Vec::new();
    for line in lines {
        let here = line.replace("http://127.0.0.1:8080/", &url).replacen("curl", "curl --fail", 1);
        let output = Command::new("sh").arg("-c").arg(&here).current_dir(&folder).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{line}\n{text}{}", String::from_utf8_lossy(&output.stderr));
        answers.push(text);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let all = answers.concat();
    assert!(all.contains(r#"{"id":"#) && all.contains(r#""author":"ann""#), "{all}");
}

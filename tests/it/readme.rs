//! The README's commands do what it says.

use crate::prelude::*;

/// How long the first command may take, which builds the program.
const BUILD: Duration = Duration::from_secs(900);

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

#[test]
fn its_first_command_runs_the_chat_and_its_curl_lines_work() {
    let run = commands("cargo").first().cloned().expect("the README has a command");
    let mut child = Command::new("sh");
    child.arg("-c").arg(format!("exec {run}")).env("SNUG_LISTEN", "127.0.0.1:0");
    let snug = Process::try_start_within(BUILD, child).unwrap_or_else(|(_, log)| panic!("{log}"));
    let url = format!("http://{}/", snug.address);

    let here = |line: &str| line.replace("http://127.0.0.1:8080/", &url).replace("curl", "curl --fail");
    let folder = TempDir::new();
    let shell = |line: &str| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(here(line)).current_dir(folder.path()).stdout(Stdio::piped());
        shell
    };
    let told = |line: &str| {
        let output = shell(line).output().unwrap();
        assert!(output.status.success(), "{line}");
        String::from_utf8(output.stdout).unwrap()
    };

    let lines = commands("curl");
    let [register, post, send, read, leave, bot] = &lines[..] else { panic!("six curl lines: {lines:?}") };
    told(register);
    assert!(told(post).starts_with(r#"{"id":"#));
    folder.write("plan.pdf", "%PDF-1.7");
    told(send);
    let said = told(read);
    assert!(said.contains(r#""author":"ann""#) && said.contains(r#""name":"plan.pdf""#), "{said}");

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
}

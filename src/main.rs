//! Arguments in, exit code out.

use std::io::Write as _;
use std::process::ExitCode;

use snug::cli::{self, Command};

/// The command line was wrong.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let command = cli::read(std::env::args_os().skip(1), |name| std::env::var_os(name));
    match command {
        Ok(Command::Print(text)) => {
            // Whoever closes the pipe early has read enough.
            let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Ok(Command::Serve(settings)) => done(snug::run(&settings)),
        #[cfg(feature = "sqlite")]
        Ok(Command::Host(command)) => done(command.run()),
        Err(line) => fail(&line, ExitCode::from(USAGE)),
    }
}

fn done(result: Result<(), String>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(line) => fail(&line, ExitCode::FAILURE),
    }
}

fn fail(line: &str, code: ExitCode) -> ExitCode {
    eprintln!("snug: {line}");
    code
}

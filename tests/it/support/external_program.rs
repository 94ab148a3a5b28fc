//! Other programs that a story needs, such as a proxy.

use std::ffi::OsStr;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{TIMEOUT, skip};

/// How often something is looked at that is awaited.
const LOOK: Duration = Duration::from_millis(10);

/// A helper program that ends with the test.
pub(crate) struct ExternalProgram(Child);

impl ExternalProgram {
    /// Starts it with its files in `home`, or says loudly that it is not installed, which is a
    /// fault in CI.
    pub(crate) fn start(
        program: &str,
        home: &Path,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Option<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.env("HOME", home).env_remove("XDG_CONFIG_HOME").env_remove("XDG_DATA_HOME");
        match command.spawn() {
            Ok(child) => Some(Self(child)),
            Err(error) => {
                skip(&format!("{program} is not installed: {error}"));
                None
            }
        }
    }

    /// Waits until something listens there.
    pub(crate) fn wait_for(&mut self, address: SocketAddr) {
        let deadline = Instant::now() + TIMEOUT;
        while std::net::TcpStream::connect(address).is_err() {
            let ended = self.0.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                let _ = self.0.kill();
                let mut text = String::new();
                let _ = self.0.stderr.take().unwrap().read_to_string(&mut text);
                panic!("nothing listens at {address}: {ended:?} {text}");
            }
            thread::sleep(LOOK);
        }
    }
}

impl Drop for ExternalProgram {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            // SIGTERM, so that it takes its own children along.
            let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        }
        let _ = self.0.wait();
    }
}

//! Signals: which of them end the server, and which it lives with.

use std::fs;
use std::io;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGXFSZ};
use signal_hook::iterator::Signals;

/// These end it in good order. `SIGQUIT` would else leave a core file, with everything that people wrote in it.
const THAT_END: [i32; 3] = [SIGINT, SIGTERM, SIGQUIT];

/// These would end it on the spot: what operators try on daemons, and a file that may grow no more (`ulimit -f`), which is
/// an error of the write as well and told to people as that.
const WITHOUT_EFFECT: [i32; 3] = [SIGUSR1, SIGUSR2, SIGXFSZ];

/// The signals that the process waits for.
pub(crate) struct StopSignals(Signals);

impl StopSignals {
    /// From now on no signal ends the process by itself, but those that nothing can stop.
    pub(crate) fn new() -> io::Result<Self> {
        // The terminal was closed, unless it is to outlive that.
        let hangup = Some(SIGHUP).filter(|_| !is_ignored(SIGHUP));
        Signals::new(THAT_END.into_iter().chain(WITHOUT_EFFECT).chain(hangup)).map(Self)
    }

    /// What ends the wait as a signal does.
    pub(crate) fn ender(&self) -> impl Fn() + Send + Sync + 'static {
        let signals = self.0.handle();
        move || signals.close()
    }

    /// Blocks until a signal asks for the end.
    pub(crate) fn wait(mut self) {
        self.0.forever().find(|signal| !WITHOUT_EFFECT.contains(signal));
    }
}

/// True where the process was started with this signal ignored, as `nohup` does. Known on Linux only.
fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

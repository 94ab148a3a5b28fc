//! Lines for the operator, on stderr.

use std::fmt;
use std::io::{Write, stderr};

/// Writes one line. `eprintln!` would panic where nobody reads stderr any more (a closed pipe, a
/// full disk), and no request may suffer from that.
pub(crate) fn log(line: fmt::Arguments) {
    let _ = writeln!(stderr(), "snug: {line}");
}

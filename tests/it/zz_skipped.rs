//! The last story by name, and so the last to begin: says how much of the run was skipped.

use crate::prelude::*;

#[test]
fn what_was_skipped_is_said_at_the_end() {
    match skipped() {
        0 => {}
        count => announce(&format!("*** {count} times something was SKIPPED in this run: see above ***")),
    }
}

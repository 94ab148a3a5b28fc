//! File systems of a story's own.

use std::process::Command;

use super::{TempDir, skip};

/// Runs an ignored story, by its full name, where it may mount what it likes, its temporary files in a file
/// system of 8 MB.
pub(crate) fn in_mounts_of_its_own(story: &str) {
    let folder = TempDir::new();
    let mounts = |words: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c"]);
        let script = "mount -t tmpfs -o size=8m tmpfs \"$TMPDIR\" && exec \"$@\"";
        command.args([script, "sh"]).args(words).env("TMPDIR", folder.path());
        command.output()
    };
    if !mounts(&["true"]).is_ok_and(|output| output.status.success()) {
        return skip(&format!("no mounts of our own here (unshare, mount), so {story} was not tried"));
    }
    let this = std::env::current_exe().unwrap();
    let output = mounts(&[this.to_str().unwrap(), "--exact", "--ignored", story]).unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

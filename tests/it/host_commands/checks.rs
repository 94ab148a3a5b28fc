//! Damage is found by a check, which changes nothing.

use super::*;

#[test]
fn a_check_finds_what_is_wrong_and_changes_nothing() {
    let (folder, ann) = small_chat();
    let (data, broken) = (folder.data(), folder.file("broken.db"));
    assert!(done(&["check", "--data", &data]).ends_with("is sound: 2 members, 5 messages\n"));
    let whole = fs::read(&data).unwrap();
    let find = |text: &str| whole.windows(text.len()).position(|some| some == text.as_bytes()).unwrap();
    let needle = find("needle in a haystack");
    let with = |at: usize, bytes: &[u8]| {
        let mut all = whole.clone();
        all[at..at + bytes.len()].copy_from_slice(bytes);
        all
    };
    for (what, bytes) in [
        ("a NUL in a text", with(needle + 3, b"\0")),
        ("half a character", with(needle + 3, b"\xff")),
        ("a page of zeros", with(needle / 4096 * 4096, &[0; 4096])),
        ("a page of noise", with(needle / 4096 * 4096, &[0xa5; 512])),
        ("the first table's root", with(4096, &[0xff; 64])),
        ("a cut", whole[..whole.len() - 4096].to_vec()),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("a head alone", whole[..100].to_vec()),
        ("less than that", whole[..50].to_vec()),
    ] {
        fs::write(&broken, &bytes).unwrap();
        fs::set_permissions(&broken, fs::Permissions::from_mode(0o600)).unwrap();
        let line = refused(&["check", "--data", &broken]);
        assert!(line.contains(&broken), "{what}: {line}");
        assert!(line.contains("damage"), "{what}: {line}");
        assert!(fs::read(&broken).unwrap() == bytes, "{what}: the file is as it was");
        let names = folder.names();
        assert_eq!(names, ["broken.db", "chat.db"], "{what}");
        // What is found is not served either, unless it is far back.
        refused(&["--listen", "127.0.0.1:0", "--data", &broken]);
    }
    // In the running chat: what is older than memory is only read when somebody asks for it.
    fs::write(&broken, with(needle + 3, b"\0")).unwrap();
    let snug = Process::serve(&broken, &["--history", "2"]);
    let mut ann = snug.client_of(&ann);
    ann.get("/chat").expect(503);
    ann.clone().json().get("/chat?after=1").expect(503);
    ann.say("still here").expect(303);
    let stream = Stream::open(&ann, "/events");
    assert!(stream.head.status == 200);
}

#[test]
fn one_flipped_byte_anywhere_is_found_or_harmless_and_never_a_crash() {
    let (folder, _) = small_chat();
    let whole = fs::read(folder.data()).unwrap();
    let broken = folder.file("broken.db");
    let mut found = 0;
    for n in 0..120 {
        let at = n * whole.len() / 120 + n * 7 % 64;
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (n % 8) | 1;
        fs::write(&broken, &bytes).unwrap();
        let (code, stdout, stderr) = outcome(snug(&["check", "--data", &broken]));
        match code {
            Some(0) => assert!(stdout.contains("is sound"), "{at}: {stdout}"),
            Some(1) => {
                one_line((code, stdout, stderr), 1);
                found += 1;
            }
            other => panic!("byte {at}: {other:?} {stderr}"),
        }
    }
    assert!(found > 0);
}

#[test]
fn a_check_under_load_and_after_a_kill_finds_nothing() {
    let busy = Busy::start();
    let data = busy.folder.data();
    let (line, _) = busy.meanwhile(|| done(&["check", "--data", &data]));
    line.shows("is sound: 2 members");
    let count = ids(&busy.ann).len();
    let Busy { folder, snug, .. } = busy;
    snug.end_by("-KILL");
    let sound = format!("{data} is sound: 2 members, {count} messages\n");
    assert_eq!(done(&["check", "--data", &data]), sound);
    folder.serve(&[]).end_by("-TERM");
    assert_eq!(done(&["check", "--data", &data]), sound);
}

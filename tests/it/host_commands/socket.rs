//! The socket beside the file, by which a command reaches the server.

use super::*;

#[test]
fn the_socket_beside_the_file_goes_with_the_server_and_a_left_over_one_does_no_harm() {
    let (folder, _) = small_chat();
    let socket = folder.file("chat.db.sock");
    let snug = folder.serve(&[]);
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    snug.end_by("-TERM");
    assert!(!folder.names().contains(&"chat.db.sock".into()));
    folder.serve(&[]).end_by("-KILL");
    assert!(folder.names().contains(&"chat.db.sock".into()));
    // Nobody listens: the command does it itself, and so does the next server.
    let path = folder.reset_link("ann");
    let snug = folder.serve(&[]);
    snug.visitor().get(&path).expect(200);
    let newer = folder.reset_link("ann");
    snug.visitor().get(&path).expect(410);
    snug.visitor().get(&newer).expect(200);
    snug.end_by("-TERM");
    assert!(!folder.names().contains(&"chat.db.sock".into()));
}

#[test]
fn a_path_too_long_for_a_socket_still_serves_the_chat() {
    let folder = TempDir::new();
    let long = folder.file(&"d".repeat(120));
    fs::create_dir(&long).unwrap();
    let by_name = folder.file(&"d".repeat(120));
    // A folder may be as deep as it likes; the name of the file itself is part of the socket's address.
    for (data, is_asked) in [(format!("{long}/chat.db"), true), (format!("{by_name}.db"), false)] {
        let snug = Process::serve(&data, &[]);
        let mut ann = snug.member("ann");
        ann.say_all(["hello".into()]);
        let link = || outcome(crate::support::snug(&["reset-password", "ann", "--data", &data]));
        let (code, stdout, stderr) = link();
        if is_asked && cfg!(target_os = "linux") {
            let path = &stdout.trim()[stdout.find("/reset").unwrap()..];
            assert_eq!((code, snug.visitor().get(path).status), (Some(0), 200), "{stderr}");
        } else {
            assert!(code == Some(1) && stderr.contains("in use"), "{stderr}");
        }
        assert!(done(&["check", "--data", &data]).contains("is sound"));
        snug.end_by("-TERM");
        assert!(!fs::exists(format!("{data}.sock")).unwrap());
        let (code, stdout, _) = link();
        assert_eq!((code, stdout.contains("/reset?token=")), (Some(0), true));
    }
}

#[test]
fn what_is_no_command_does_the_server_no_harm() {
    let (folder, _) = small_chat();
    let snug = folder.serve(&[]);
    let socket = folder.file("chat.db.sock");
    let long = [b"reset-password ".as_slice(), &[b'x'; 5000], b"\n"].concat();
    for garbage in [
        b"".as_slice(),
        b"\n",
        b"\0\xff\xfe\n",
        b"reset-password\n",
        b"reset-password ann",
        b"reset-password  \n",
        b"shutdown now\n",
        b"GET / HTTP/1.1\r\n\r\n",
        &long,
        &vec![0xff; 100_000],
    ] {
        let mut client = UnixStream::connect(&socket).unwrap();
        client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // It may have heard enough before the end.
        let _ = client.write_all(garbage);
        let _ = client.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"ok"), "{garbage:?}");
    }
    // Hanging up before the answer. Not for ann: an offer that comes late would take the place of the one below.
    for _ in 0..5 {
        UnixStream::connect(&socket).unwrap().write_all("reset-password Zoë\n".as_bytes()).unwrap();
    }
    let begun = Instant::now();
    let path = folder.reset_link("ann");
    assert!(begun.elapsed() < WELL, "{:?}", begun.elapsed());
    snug.visitor().get(&path).expect(200);
    snug.end_by("-TERM");
}

/// Programs that connect and say nothing.
fn idle(folder: &TempDir, count: usize) -> Vec<UnixStream> {
    (0..count).map(|_| UnixStream::connect(folder.file("chat.db.sock")).unwrap()).collect()
}

#[test]
fn clients_that_say_nothing_do_not_keep_a_command_waiting() {
    let (folder, _) = small_chat();
    let _snug = folder.serve(&[]);
    let _idle = idle(&folder, 8);
    let begun = Instant::now();
    folder.reset_link("ann");
    assert!(begun.elapsed() < WELL, "{:?}", begun.elapsed());
}

#[test]
fn a_client_that_says_nothing_does_not_hold_up_the_end() {
    let (folder, _) = small_chat();
    let snug = folder.serve(&[]);
    let _idle = idle(&folder, 1);
    let begun = Instant::now();
    snug.end_by("-TERM");
    assert!(begun.elapsed() < WELL, "{:?}", begun.elapsed());
}

#[test]
fn a_reader_who_closes_the_pipe_early_gets_no_more_than_a_line() {
    let (folder, _) = small_chat();
    let mut command = Command::new("sh");
    let script = "\"$0\" export --data \"$1\" | true";
    command.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_snug")).arg(folder.data());
    let (_, _, stderr) = outcome(command);
    assert!(stderr.lines().count() <= 1 && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn a_result_that_nobody_takes_is_no_panic() {
    let (folder, _) = small_chat();
    for arguments in [&["check"][..], &["reset-password", "ann"]] {
        let mut command = snug(&[arguments, &["--data", &folder.data()]].concat());
        // Like a log on a full disk.
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).stderr(Stdio::piped()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
        assert_ne!(output.status.code(), Some(101), "{arguments:?}");
    }
}

#[test]
fn two_backups_to_one_place_leave_one_whole() {
    let (folder, _) = small_chat();
    let out = folder.file("out.db");
    fs::write(folder.file("out.db.part"), "precious").unwrap();
    let codes: Vec<Option<i32>> = thread::scope(|scope| {
        let run = || outcome(snug(&["backup", &out, "--data", &folder.data()])).0;
        let both = [scope.spawn(run), scope.spawn(run)];
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert!(done(&["check", "--data", &out]).contains("is sound"));
    assert_eq!(fs::read_to_string(folder.file("out.db.part")).unwrap(), "precious");
}

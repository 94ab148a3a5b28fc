//! Files go out with an export, and come in again or not at all.

use super::*;

#[test]
fn what_was_exported_imports_with_the_same_files() {
    let (folder, ann) = small_chat();
    let (out, new) = (folder.file("out.jsonl"), folder.file("new.db"));
    assert_eq!(done(&["export", "--data", &folder.data(), &out]), "");
    let exported = files_in(&format!("{out}.files"));
    assert_eq!(exported.len(), 5, "{:?}", exported.keys());
    assert_eq!(done(&["import", "--data", &new, &out]), "");
    assert!(done(&["check", "--data", &new]).contains(", 4 files\n"));
    let again = folder.file("again.jsonl");
    done(&["export", "--data", &new, &again]);
    assert_eq!(fs::read(&again).unwrap(), fs::read(&out).unwrap());
    let bytes = |folder: &str| files_in(folder).into_values().collect::<BTreeSet<_>>();
    assert_eq!(bytes(&format!("{again}.files")), bytes(&format!("{out}.files")));
    let old = Process::serve(&folder.data(), &[]);
    let copy = Process::serve(&new, &[]);
    let mut other = copy.visitor();
    other.login("ann", PASSWORD).expect(303);
    let all = served(&old.client_of(&ann));
    assert_eq!(
        (all[0].1[0].1.as_str(), all[0].1[1].0.as_str(), all[0].1[1].2.clone()),
        ("A kite", "plan \"1\".md", content(1))
    );
    assert_eq!(served(&other), all);
    let photo = &other.all_messages()[0]["files"][0];
    assert_eq!([&photo["width"], &photo["height"]], [40, 30]);
    let preview = other.get(photo["preview"].as_str().unwrap()).expect(200).bytes;
    assert_eq!(preview, gif(4, 3));
    // What was imported is searched as what was sent.
    assert_eq!(other.search("q=kite"), old.client_of(&ann).search("q=kite"));
    assert_eq!(other.search("q=kite").len(), 1);
}

#[test]
fn an_import_without_one_of_its_files_takes_nothing() {
    let (folder, _) = small_chat();
    let (out, new) = (folder.file("out.jsonl"), folder.file("new.db"));
    done(&["export", "--data", &folder.data(), &out]);
    let names: Vec<PathBuf> = files_in(&format!("{out}.files")).into_keys().collect();
    let nothing = |line: &str, path: &Path, how: &str| {
        assert!(line.contains(path.to_str().unwrap()) && line.contains(how), "{line}");
        assert_eq!(line.lines().count(), 1);
        assert!(!folder.names().iter().any(|name| name.starts_with("new.db")), "{:?}", folder.names());
    };
    for path in &names {
        let whole = fs::read(path).unwrap();
        fs::remove_file(path).unwrap();
        nothing(&refused(&["import", "--data", &new, &out]), path, "is missing");
        let mut altered = whole.clone();
        altered[0] ^= 1;
        for altered in [&altered, &whole[..whole.len() - 1], &[&whole[..], &vec![0; 70_000]].concat()] {
            // Of a preview nothing is known but that it is a small picture.
            if altered.len() < whole.len() && path.to_str().unwrap().ends_with("-preview") {
                continue;
            }
            fs::write(path, altered).unwrap();
            nothing(&refused(&["import", "--data", &new, &out]), path, "is not what was exported");
        }
        fs::write(path, whole).unwrap();
    }
    let lines = fs::read_to_string(&out).unwrap();
    let mut input = snug(&["import", "--data", &new]);
    let mut child = input.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let told = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    nothing(&told, Path::new("it has files"), "--no-files");
    // Who wants it without files, says so.
    done(&["import", "--data", &new, "--no-files", &out]);
    assert!(!Path::new(&format!("{new}.files")).exists());
    let copy = Process::serve(&new, &[]);
    let mut ann = copy.visitor();
    ann.login("ann", PASSWORD).expect(303);
    let file = ann.all_messages()[0]["files"][0].clone();
    assert_eq!([&file["name"], &file["gone"]], [&json!("Kite.GIF"), &json!(true)]);
    ann.get(file["url"].as_str().unwrap()).expect(410);
    assert!(done(&["check", "--data", &new]).contains("is sound"));
}

#[test]
fn an_import_that_is_killed_leaves_no_half_chat() {
    let folder = TempDir::new();
    let chat = folder.serve(&["--durability", "normal"]);
    let ann = chat.member("ann");
    send_forty(&ann);
    chat.end_by("-TERM");
    let (out, new, mut dice) = (folder.file("out"), folder.file("new.db"), SeededRandom::new());
    done(&["export", "--data", &folder.data(), &out]);
    for _ in 0..rounds(5) {
        start_and_kill(
            snug(&["import", "--data", &new, &out]),
            Duration::from_micros(dice.throw(200_000) as u64),
        );
        if !Path::new(&new).exists() || outcome(snug(&["check", "--data", &new])).0 != Some(0) {
            continue;
        }
        // Whole or empty: what came before it was killed goes at the next start.
        let copy = Process::serve(&new, &[]);
        let known = files_in(&format!("{new}.files")).len();
        assert!([0, 40].contains(&known), "{known}");
        drop(copy);
        let _ = (fs::remove_file(&new), fs::remove_dir_all(format!("{new}.files")));
    }
    let _ = (
        fs::remove_file(&new),
        fs::remove_file(format!("{new}-wal")),
        fs::remove_file(format!("{new}-journal")),
    );
    done(&["import", "--data", &new, &out]);
    assert!(done(&["check", "--data", &new]).contains(", 40 files\n"));
}

#[test]
fn an_export_without_a_place_for_files_says_so() {
    let (folder, _) = small_chat();
    let data = folder.data();
    for arguments in [&["export"][..], &["export", "--html"]] {
        let arguments = [arguments, &["--data", &data]].concat();
        refused(&arguments).shows("OUT.files").shows("--no-files");
        let without = done(&[&arguments[..], &["--no-files"]].concat());
        assert!(without.contains("Kite.GIF"));
    }
    refused(&["export", "--data", &folder.data(), &folder.file("no/such")]).shows("no/such");
    fs::create_dir(folder.file("out.files")).unwrap();
    fs::write(folder.file("out.files/precious"), "").unwrap();
    refused(&["export", "--data", &folder.data(), &folder.file("out")]).shows("out.files exists already");
    assert_eq!(files_in(&folder.file("out.files")).len(), 1);
    assert!(!Path::new(&folder.file("out")).exists());
}

#[test]
fn a_page_that_is_exported_shows_photos_and_leads_to_files() {
    let (folder, _) = small_chat();
    let out = folder.file("our \"chat\".html");
    assert_eq!(done(&["export", "--html", "--data", &folder.data(), &out]), "");
    let page = fs::read_to_string(&out).unwrap();
    let names = files_in(&format!("{out}.files"));
    let prefix = "./our%20%22chat%22.html.files/";
    let links: BTreeSet<&str> =
        page.split(prefix).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let there: BTreeSet<&str> =
        names.keys().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    // Of a photo that moves, the page has no use for a preview; nor for what is said in a private room.
    assert_eq!(links, there.iter().copied().filter(|name| !name.ends_with("-preview")).collect());
    assert_eq!(links.len(), 3);
    assert!(page.contains("alt=\"A kite\"") && !page.contains("secret"));
    assert!(links.iter().all(|name| !name.ends_with("html")), "a page that people sent is none on the disk");
}

#[test]
fn an_import_of_more_than_all_files_may_have_says_so_and_has_them() {
    let folder = TempDir::new();
    let chat = folder.serve(&[]);
    chat.member("ann").send_file("film.bin", &vec![7; (1 << 20) + 1]);
    let export = folder.file("chat.jsonl");
    done(&["export", "--data", &folder.data(), &export]);
    for (name, total, said) in [
        ("more.db", "2", ""),
        (
            "less.db",
            "1",
            "snug: the files take 2 MiB, and --files-total is 1: start snug with more, or no more files can be sent\n",
        ),
    ] {
        let new = folder.file(name);
        let (code, _, stderr) = outcome(snug(&["import", "--files-total", total, "--data", &new, &export]));
        assert_eq!((code, &*stderr), (Some(0), said));
        let copy = Process::serve(&new, &["--files-total", total]);
        let mut ann = copy.visitor();
        ann.login("ann", PASSWORD).expect(303);
        assert_eq!(served(&ann)[0].1[0].2.len(), (1 << 20) + 1);
    }
}

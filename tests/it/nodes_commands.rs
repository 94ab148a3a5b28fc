//! What is done on the host with a chat in a database: it comes from a file and goes back to one, also while nodes serve
//! it.

use crate::files::gif;
use crate::prelude::*;

/// A command that does what it should; what it says.
#[track_caller]
fn done(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = outcome(snug(arguments));
    assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
    stdout
}

/// A command that does not; why.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = outcome(snug(arguments));
    assert_eq!((code, &*stdout), (Some(1), ""), "{stderr}");
    stderr
}

/// A chat in a file, exported: a photo with a preview, a large file, a private room, an answer, a reaction of somebody who
/// came later, a pin. Gives the export.
fn exported(folder: &TempDir) -> String {
    let snug = folder.serve(&[]);
    let ann = snug.member("ann");
    let photo = [Part::file("Kite.gif", &gif(40, 30)), Part::file("p", &gif(4, 3)).called("preview")];
    let photo = ann.clone().json().post_parts("/files", &photo).expect(201).value()["id"].as_u64().unwrap();
    let message = ann.say_with("/chat", "look, @ann", &[photo]);
    ann.send_file("film.bin", &(0..=250).cycle().take(600_000).collect::<Vec<u8>>());
    let bob = snug.member("bob");
    bob.clone().post(&format!("/messages/{message}/react"), &[("emoji", "👍"), ("on", "1")]).expect(303);
    bob.clone().post("/chat", &[("message", "nice"), ("reply_to", &message.to_string())]).expect(303);
    ann.clone().post(&format!("/messages/{message}/pin"), &[("on", "1")]).expect(303);
    ann.clone().post("/rooms", &[("name", "Garden")]).expect(303);
    snug.end_by("-TERM");
    let out = folder.file("first.jsonl");
    done(&["export", "--data", &folder.data(), &out]);
    out
}

fn files_in(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn a_chat_comes_from_a_file_and_goes_back_as_it_was() {
    let Some(database) = Database::shared() else { return };
    let (folder, url) = (TempDir::new(), database.url());
    assert!(refused(&["export", "--data", &url]).contains("there is no chat"));
    let first = exported(&folder);
    done(&["import", "--data", &url, &first]);
    done(&["check", "--data", &url]).shows("2 members, 3 messages, 2 files");
    let second = folder.file("second.jsonl");
    done(&["export", "--data", &url, &second]);
    assert_eq!(fs::read_to_string(&second).unwrap(), fs::read_to_string(&first).unwrap());
    assert_eq!(files_in(&format!("{second}.files")), files_in(&format!("{first}.files")));
    let page = folder.file("page.html");
    done(&["export", "--html", "--data", &url, &page]);
    assert!(fs::read_to_string(&page).unwrap().contains("Kite.gif"));
    let back = folder.file("back.db");
    done(&["import", "--data", &back, &second]);
    assert!(refused(&["import", "--data", &url, &first]).contains("has a chat already"));
    // A part that is lost is missed.
    database.ask("DELETE FROM blob_parts WHERE at > 0");
    assert!(refused(&["check", "--data", &url]).contains("is altered"));
}

#[test]
fn an_import_without_one_of_its_files_leaves_nothing() {
    let Some(database) = Database::shared() else { return };
    let (folder, url) = (TempDir::new(), database.url());
    let export = exported(&folder);
    let lost = files_in(&format!("{export}.files")).into_keys().last().unwrap();
    fs::remove_file(format!("{export}.files/{lost}")).unwrap();
    assert!(refused(&["import", "--data", &url, &export]).contains("is missing"));
    let left = database
        .ask("SELECT (SELECT count(*) FROM members), (SELECT count(*) FROM blobs), newest FROM numbering");
    assert_eq!(left, "0|0|0");
    done(&["import", "--no-files", "--data", &url, &export]);
    done(&["check", "--data", &url]).shows("2 members, 3 messages");
}

#[test]
fn nodes_on_an_empty_database_notice_an_import_and_a_new_password() {
    let Some(database) = Database::shared() else { return };
    let (folder, url) = (TempDir::new(), database.url());
    let nodes = [(); 2].map(|()| Process::serve(&url, &[]));
    done(&["import", "--data", &url, &exported(&folder)]);
    let signs_in = |node: &Process, password: &str| node.visitor().login("ann", password).status == 303;
    wait_until("both have it", || nodes.iter().all(|node| signs_in(node, PASSWORD)));
    let link = done(&["reset-password", "ann", "--data", &url]);
    let (_, path) = link.trim().split_once("//").and_then(|(_, rest)| rest.split_once('/')).unwrap();
    let path = format!("/{path}");
    wait_until("the node has heard of it", || nodes[1].visitor().get(&path).status == 200);
    let new = "another good one";
    nodes[1].visitor().reset_password(&path, new).expect(303);
    wait_until("the other one knows", || signs_in(&nodes[0], new));
    assert!(!signs_in(&nodes[0], PASSWORD));
    assert!(refused(&["reset-password", "eve", "--data", &url]).contains("nobody is called eve"));
    // While they serve it.
    done(&["check", "--data", &url]).shows("2 members, 3 messages, 2 files");
    assert_eq!(done(&["export", "--no-files", "--data", &url]).matches("\"member\"").count(), 2);
}

#[test]
fn a_backup_says_how_it_is_done() {
    let Some(database) = Database::shared() else { return };
    let folder = TempDir::new();
    let out = folder.file("out.db");
    let said = refused(&["backup", &out, "--data", &database.url()]);
    said.shows("pg_dump").shows("pg_basebackup").shows("archive_command");
    assert!(!Path::new(&out).exists());
}

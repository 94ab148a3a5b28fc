//! Messages that were edited or removed, in memory and in the file.

use super::*;

#[test]
fn what_was_edited_or_removed_is_found_no_more() {
    in_memory_and_in_a_file(|member| {
        let ann = member("ann");
        let ids: Vec<u64> = (0..10).map(|n| ann.say_at("/chat", &format!("soup 你好 {n}"))).collect();
        for (n, id) in ids.iter().enumerate() {
            match n % 3 {
                0 => ann.edit_message(*id, "tea 世界"),
                1 => ann.remove_message(*id),
                _ => {
                    ann.edit_message(*id, "tea");
                    ann.edit_message(*id, "soup again");
                }
            }
        }
        let of =
            |rest: usize| -> Vec<u64> { (0..10).rev().filter(|n| n % 3 == rest).map(|n| ids[n]).collect() };
        assert_eq!(by_words(&ann, "soup"), of(2));
        assert_eq!(by_words(&ann, "again"), of(2));
        assert_eq!(by_words(&ann, "好"), [0; 0]);
        assert_eq!(by_words(&ann, "tea"), of(0));
        assert_eq!(by_words(&ann, "界 tea"), of(0));
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn all_that_is_in_the_file_is_found_also_after_a_restart() {
    use crate::support::TempDir;
    for signal in ["-TERM", "-KILL"] {
        let folder = TempDir::new();
        let program = folder.serve(&FILE);
        let ann = program.member("ann");
        let soup = ann.say_at("/chat", "soup");
        let gone = ann.say_at("/chat", "soup that goes");
        let said = program.post_many(&ann, 60);
        ann.edit_message(said[0], "more soup");
        ann.remove_message(gone);
        let look = |ann: &Client| {
            assert_eq!(by_words(ann, "soup"), [said[0], soup]);
            assert_eq!(by_words(ann, "message 59"), [said[59]]);
            assert_eq!(by_words(ann, "goes"), [0; 0]);
        };
        look(&ann);
        program.end_by(signal);
        let program = folder.serve(&FILE);
        look(&program.client_of(&ann));
    }
}

#[test]
fn memory_alone_finds_what_it_holds() {
    let (_server, [ann]) =
        Server::alone(|settings| (settings.history, settings.post_rate) = (3, 0)).with_members(["ann"]);
    let ids: Vec<u64> = (0..5).map(|n| ann.say_at("/chat", &format!("soup {n}"))).collect();
    assert_eq!(by_words(&ann, "soup"), [ids[4], ids[3], ids[2]]);
}

//! Messages are found by their files.

use super::*;

#[test]
fn a_message_is_found_by_the_names_of_its_files_and_not_once_they_are_gone() {
    in_memory_and_in_a_file(|member| {
        let [ann, bob] = ["ann", "bob"].map(member);
        let [plan, photo] = ["Holiday_Plan-2026.pdf", "IMG_2034.JPG"].map(|name| ann.upload_id(name, b"x"));
        let both = ann.say_with("/chat", "look", &[plan, photo]);
        let (alone, _) = bob.send_file("बजट.xlsx", b"y");
        ann.upload_id("unsent.txt", b"z");
        bob.clone().say("what a plan").expect(303);
        ann.clone().say("nothing").expect(303);
        let plans = by_words(&bob, "plan");
        assert_eq!((plans.len(), plans[1]), (2, both));
        assert_eq!(by_words(&bob, "look img_2034.jpg"), [both]);
        assert_eq!(bob.search(&query(&[("q", "plan"), ("author", "ann")])), [both]);
        assert_eq!(by_words(&ann, "बजट"), [alone]);
        assert!(by_words(&ann, "unsent").is_empty(), "nobody has said it");
        let page = page(&bob, "holiday");
        assert!(page.body.contains("Holiday_Plan-2026.pdf"), "{}", page.body);
        ann.clone().post(&format!("/files/{plan}/remove"), &[]).expect(303);
        assert_eq!([by_words(&bob, "holiday").len(), by_words(&bob, "plan").len()], [0, 1]);
        assert_eq!(by_words(&bob, "2034"), [both]);
        ann.edit_message(both, "there");
        assert_eq!([by_words(&bob, "there jpg"), by_words(&bob, "look")], [vec![both], vec![]]);
        bob.remove_message(alone);
        assert!(by_words(&ann, "बजट").is_empty());
    });
}

//! The own messages of a member.

use super::*;

/// All parts of what somebody said, by the links from one to the next: each with its head.
fn parts(who: &Client, format: &str) -> Vec<Response> {
    let (mut parts, mut path) = (Vec::new(), Some(format!("/me/messages?format={format}")));
    while let Some(here) = path {
        assert!(parts.len() < 10, "it ends");
        let answer = who.clone().get(&here);
        assert_eq!(answer.status, 200, "{here}: {}", answer.body);
        path = match format {
            "html" => newer(&answer.body),
            _ => Some(answer.header("link")).filter(|link| !link.is_empty()).map(|link| {
                assert!(link.ends_with(">; rel=\"next\""), "{link}");
                between(link, "<", ">").to_owned()
            }),
        };
        parts.push(answer);
    }
    parts
}

fn own_lines(who: &Client) -> Vec<Value> {
    let parts = parts(who, "lines");
    parts.iter().flat_map(|part| part.body.lines()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn ones_own_words_come_as_lines_and_as_a_page() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob) = (member("ann"), member("bob"));
        let nothing = ann.clone().get("/me/messages?format=html").body;
        nothing.shows("No messages");
        assert_eq!(own_lines(&ann), [Value::Null; 0]);
        let room = ann.open_room(false);
        let here = format!("/rooms/{room}");
        let texts = ["one\ntwo <b>\"x\"</b>", "in the room", "private"];
        let ids =
            [ann.say_at("/chat", texts[0]), ann.say_at(&here, texts[1]), ann.say_at("/people/bob", texts[2])];
        bob.say_at("/chat", "not hers");
        bob.say_at("/people/ann", "not hers");
        let lost = ann.say_at("/chat", "it goes");
        ann.remove_message(lost);
        let edited = ann.say_at("/people/ann", "at first");
        ann.edit_message(edited, "now");
        let lines = own_lines(&ann);
        let expected: Vec<Value> = ids
            .iter()
            .chain([&edited])
            .map(|id| ann.clone().json().get(&format!("/messages/{id}")).value())
            .collect();
        assert_eq!(lines, expected, "as each is told elsewhere");
        assert_eq!(lines.iter().zip(texts).filter(|(line, text)| line["text"] == *text).count(), 3);
        assert!(lines[3]["edited"].is_string());
        let page = ann.clone().get("/me/messages?format=html").body;
        page.shows("&lt;b&gt;").shows("<p dir=\"auto\">now</p>").lacks("at first");
        page.lacks("not hers").lacks("it goes").lacks("<script");
        assert_eq!(articles(&page).len(), 4);
        // Without anyone else in it, the room would go with her.
        ann.add_to_room(room, "bob");
        ann.leave_room(room);
        assert_eq!(own_lines(&ann), expected, "also from where she left");
        let page = ann.clone().get("/me/messages?format=html").body;
        page.shows("in the room").shows("A room that you left");
        // The rest, as one who has the beginning asks for it.
        let rest = ann.clone().get(&format!("/me/messages?after={}", ids[1])).body;
        assert_eq!(rest.lines().count(), 2);
        assert_eq!(ann.clone().get(&format!("/me/messages?after={}", u64::MAX)).body, "");
        for bad in ["format=x", "after=x", "after=-1", "format=lines&format=html"] {
            assert_eq!(ann.clone().get(&format!("/me/messages?{bad}")).status, 400, "{bad}");
        }
    });
}

#[test]
fn what_is_too_much_for_one_answer_comes_in_parts() {
    in_memory_and_in_a_file(|member| {
        let (ann, bob) = (member("ann"), member("bob"));
        let said: Vec<u64> = (0..300)
            .map(|n| {
                if n % 7 == 0 {
                    bob.say_at("/chat", "meanwhile");
                }
                ann.say_at("/chat", &format!("{n:03}{}", "🙂".repeat(3_997)))
            })
            .collect();
        let ids: Vec<u64> = own_lines(&ann).iter().map(|line| line["id"].as_u64().unwrap()).collect();
        assert_eq!(ids.len(), 300);
        for format in ["lines", "html"] {
            let parts = parts(&ann, format);
            assert!(parts.len() > 1, "{format}: more than one");
            assert!(parts.iter().all(|part| part.body.len() < 1024 * 1024 + 40_000), "{format}");
            let mark = if format == "html" { "<p dir=\"auto\">" } else { "\"text\":\"" };
            let texts: Vec<&str> = parts
                .iter()
                .flat_map(|part| part.body.split(mark).skip(1))
                .filter_map(|rest| rest.get(..3))
                .collect();
            let expected: Vec<String> = (0..300).map(|n| format!("{n:03}")).collect();
            assert_eq!(texts, expected, "{format}");
        }
        assert_eq!(ids, said);
    });
}

#[test]
fn who_searches_all_the_time_waits_and_the_others_do_not() {
    let (_server, [ann, bob]) =
        Server::alone(|settings| settings.search_rate = 1).with_members(["ann", "bob"]);
    let search = |who: &Client| who.clone().json().get("/search?q=soup");
    let answers: Vec<Response> = (0..40).map(|_| search(&ann)).collect();
    let refused: Vec<&Response> = answers.iter().filter(|answer| answer.status == 429).collect();
    // One more may have come back meanwhile.
    assert!((9..=10).contains(&refused.len()), "{}", refused.len());
    assert_eq!(refused[0].value()["error"], "too_many_searches");
    assert!(refused[0].header("retry-after").parse::<u64>().is_ok());
    search(&bob).expect(200);
    let page = ann.clone().get("/search?q=soup&author=ann").expect(429);
    assert!(
        page.body.contains("value=\"soup\"") && page.body.contains("value=\"ann\""),
        "what was typed stays"
    );
}

//! Search, the way to a day and one's own words, over HTTP: from memory and from a file alike.

mod days;
mod files;
mod hostile;
mod kept;
mod own;
mod words;

use crate::prelude::*;
#[cfg(feature = "sqlite")]
use crate::support::TempDir;

/// Runs a story with members of a chat in memory, and then of one in a file of which memory holds little.
fn in_memory_and_in_a_file(story: impl Fn(&dyn Fn(&str) -> Client)) {
    let server = Server::unlimited();
    story(&|name| server.member(name));
    #[cfg(feature = "sqlite")]
    {
        let folder = crate::support::TempDir::new();
        let program = folder.serve(&FILE);
        story(&|name| program.member(name));
    }
}

#[cfg(feature = "sqlite")]
const FILE: [&str; 4] = ["--history", "3", "--durability", "normal"];

fn query(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Ids of what is found by these words.
fn by_words(who: &Client, words: &str) -> Vec<u64> {
    who.search(&query(&[("q", words)]))
}

fn page(who: &Client, words: &str) -> Response {
    who.clone().get(&format!("/search?{}", query(&[("q", words)])))
}

/// The text of each result, as markup; of one paragraph, what is in it.
fn results(page: &str) -> Vec<&str> {
    let texts = page.split("<div class=\"said\">").skip(1);
    let all = texts.map(|rest| rest.split("</div></li>").next().unwrap());
    all.map(|text| {
        let inside = text.strip_prefix("<p dir=\"auto\">").and_then(|text| text.strip_suffix("</p>"));
        inside.filter(|text| !text.contains("</p>")).unwrap_or(text)
    })
    .collect()
}

/// That a query has no word in it, which is said rather than everything found.
#[track_caller]
fn has_no_word(who: &Client, fields: &[(&str, &str)]) {
    let path = format!("/search?{}", query(fields));
    let answer = who.clone().json().get(&path);
    assert_eq!((answer.status, answer.value()["error"].as_str()), (422, Some("no_words")), "{path}");
    let page = who.clone().get(&path);
    assert!(page.status == 422 && page.body.contains("There is no word to search for."), "{}", page.body);
    assert!(results(&page.body).is_empty());
}

/// A text, what finds it, and what does not.
type Case = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Where the page's link to newer messages leads.
fn newer(page: &str) -> Option<String> {
    let (_, link) = page.split_once("rel=\"next\"")?;
    Some(unescape(between(link, "href=\"", "\"")))
}

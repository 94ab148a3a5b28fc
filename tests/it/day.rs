//! A day of chat in several scripts (`day.txt`) reads back as it was typed.

use std::collections::HashMap;

use scraper::{ElementRef, Html, Node, Selector};

use crate::prelude::*;

/// What the file says of a message.
#[derive(Default)]
struct Line<'t> {
    author: &'t str,
    typed: String,
    reads: Option<String>,
    mentions: Vec<&'t str>,
    links: Vec<&'t str>,
    /// Blocks that are laid out so.
    right_to_left: usize,
}

fn day() -> Vec<Line<'static>> {
    let messages = include_str!("day.txt").split("\n## ").skip(1);
    messages.map(line).collect()
}

fn line(text: &str) -> Line<'_> {
    let mut line = Line::default();
    for (n, row) in text.lines().enumerate() {
        match (n, row.strip_prefix("=> "), &mut line.reads) {
            (0, ..) => line.author = row,
            (_, Some("reads"), _) => line.reads = Some(String::new()),
            (_, Some(facts), _) => {
                let (what, facts) = facts.split_once(' ').unwrap();
                let facts: Vec<&str> = facts.split(' ').collect();
                match what {
                    "right-to-left" => line.right_to_left = facts[0].parse().unwrap(),
                    "mentions" => line.mentions = facts,
                    "links" => line.links = facts,
                    _ => panic!("{row}"),
                }
            }
            (_, None, Some(text)) => text.extend([row, "\n"]),
            (_, None, None) => line.typed.extend([row, "\n"]),
        }
    }
    line.typed.truncate(line.typed.trim_end().len());
    line
}

/// What a reader sees: each line break and each block begins a line. Lines without anything do not count.
fn seen(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    collect(element, &mut text);
    lines(&text)
}

fn collect(element: ElementRef<'_>, text: &mut String) {
    for child in element.children() {
        match child.value() {
            Node::Text(some) => text.push_str(some),
            Node::Element(tag) => {
                let block = matches!(
                    tag.name(),
                    "p" | "li" | "ul" | "ol" | "pre" | "blockquote" | "br" | "hr" | "div"
                );
                if block {
                    text.push('\n');
                }
                collect(ElementRef::wrap(child).unwrap(), text);
                if block {
                    text.push('\n');
                }
            }
            _ => {}
        }
    }
}

fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_day_in_several_scripts_reads_back_as_it_was_typed() {
    let server = Server::with(|settings| settings.post_rate = 0);
    let day = day();
    assert!(day.len() > 30);
    let mut people: HashMap<&str, Client> = HashMap::new();
    // All are there before the first of them is mentioned.
    for line in &day {
        people.entry(line.author).or_insert_with(|| server.member(line.author));
    }
    for line in &day {
        let answer = people.get_mut(line.author).unwrap().say(&line.typed);
        assert_eq!(answer.status, 303, "{}", line.typed);
    }
    let mut ann = people.remove("ann").unwrap();
    let page = Html::parse_document(&ann.get("/chat").body);
    let select = |css: &str| Selector::parse(css).unwrap();
    let (said, mention, link) = (select("article .said"), select(".mention"), select("a"));
    let shown: Vec<ElementRef<'_>> = page.select(&said).collect();
    assert_eq!(shown.len(), day.len());
    for (element, line) in shown.into_iter().zip(&day) {
        let reads = line.reads.as_ref().unwrap_or(&line.typed);
        assert_eq!(seen(element), lines(reads), "{}", element.html());
        let attributes = |css: &Selector, name: &str| -> Vec<String> {
            element.select(css).map(|found| found.value().attr(name).unwrap().to_owned()).collect()
        };
        assert_eq!(attributes(&mention, "data-name"), line.mentions, "{}", line.typed);
        assert_eq!(attributes(&link, "href"), line.links, "{}", line.typed);
    }
    // What an own program gets is what was typed.
    let kept = ann.json().get("/chat").value();
    let kept = kept["messages"].as_array().unwrap().iter().map(|message| message["text"].as_str().unwrap());
    assert!(kept.eq(day.iter().map(|line| line.typed.as_str())));
}

/// Of each message: what a reader can copy, and how many of its innermost blocks go from right to left.
const LAID_OUT: &str = "return [...document.querySelectorAll('article .said')].map((said) => {
    const blocks = [...said.querySelectorAll('p, li, pre')].filter((block) => !block.querySelector('p, li'));
    return [said.innerText, blocks.filter((block) => getComputedStyle(block).direction === 'rtl').length];
})";

#[test]
fn a_browser_lays_each_block_out_in_its_own_direction() {
    let server = Server::with(|settings| settings.post_rate = 0);
    let day = day();
    for scripts in [true, false] {
        let name = if scripts { "ann" } else { "jörg" };
        let Some(reader) = BrowserUser::arrives(&server, name, scripts) else { return };
        reader.registers();
        if scripts {
            let mut writer = server.member("writer");
            for line in &day {
                writer.say(&line.typed).expect(303);
            }
        }
        reader.opens("/chat");
        let laid_out = reader.at_messages(|browser| {
            let mut laid_out = json!([]);
            browser.wait_until("all messages are there", || {
                laid_out = browser.execute(LAID_OUT, &json!([]));
                laid_out.as_array().is_some_and(|all| all.len() == day.len())
            });
            laid_out
        });
        let laid_out = laid_out.as_array().unwrap();
        for (said, line) in laid_out.iter().zip(&day) {
            let reads = line.reads.as_ref().unwrap_or(&line.typed);
            assert_eq!(lines(said[0].as_str().unwrap()), lines(reads));
            assert_eq!(said[1], line.right_to_left, "{}", line.typed);
        }
    }
}

//! What differs between two pages that say the same.

use std::collections::HashMap;

use crate::prelude::*;

/// What is random, and belongs to one page or one session alone.
#[derive(Default)]
pub(super) struct Secrets {
    nonces: HashSet<String>,
    /// Each session's key of its frames, by its token, and the other way round.
    keys: HashMap<String, String>,
    tokens: HashMap<String, String>,
}

impl Secrets {
    /// An answer with other words in the place of what is random. Fails the story where it has another's.
    pub(super) fn conceal(&mut self, server: &Server, client: &Client, answer: &Response) -> String {
        const OTHERWISE: [&str; 5] = ["date", "etag", "content-length", "content-encoding", "vary"];
        assert_eq!(answer.header("content-length"), answer.bytes.len().to_string(), "{}", answer.asked);
        // What nobody stores needs no such word for those who do.
        if !answer.header("content-encoding").is_empty() && answer.header("cache-control") != "no-store" {
            assert!(
                answer.header("vary").to_ascii_lowercase().contains("accept-encoding"),
                "{}",
                answer.head
            );
        }
        let is_the_same = |line: &&str| {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            !OTHERWISE.contains(&&*name)
        };
        let head: Vec<&str> = answer.head.lines().filter(is_the_same).collect();
        let mut text = head.join("\n") + "\n\n" + &answer.unpacked();
        text = self.conceal_nonces(&text);
        text = text.replace(&server.address.to_string(), "ADDRESS").replace(&server.cookie_name(), "COOKIE");
        if client.cookie.is_some() {
            text = self.conceal_keys(client.token(), &text).replace(client.token(), "TOKEN");
        }
        text
    }

    /// No form has the nonce of another one.
    fn conceal_nonces(&mut self, text: &str) -> String {
        let mut parts = text.split("name=\"nonce\" value=\"");
        let mut concealed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (nonce, rest) = part.split_once('"').expect("the value's end");
            assert!(nonce.is_empty() || self.nonces.insert(nonce.into()), "the nonce of another page");
            concealed += "NONCE";
            concealed += rest;
        }
        concealed
    }

    fn conceal_keys(&mut self, token: &str, text: &str) -> String {
        let mut parts = text.split("&amp;key=");
        let mut concealed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part
                .find(|ch: char| !ch.is_ascii_alphanumeric() && ch != '-' && ch != '_')
                .expect("the key's end");
            let (key, rest) = part.split_at(end);
            let (known, owner) = (
                self.keys.entry(token.into()).or_insert_with(|| key.into()),
                self.tokens.entry(key.into()).or_insert_with(|| token.into()),
            );
            assert!(known == key && owner == token, "the key of another session");
            concealed += "KEY";
            concealed += rest;
        }
        concealed
    }
}

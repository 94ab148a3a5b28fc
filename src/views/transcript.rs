//! All that was said, as one page that needs nobody: no server, no script, and no other file but those that were sent.

use maud::{DOCTYPE, html};

use super::message::MessageRow;
use super::page_place::PagePlace;
use super::reader::Reader;
use super::{ICON, Site, VIEWPORT, head, local};
use crate::chat::{Message, MessageView, Timestamp};
use crate::text::Locale;

/// Ends the page after the last message.
const END: &str = "</div></main></body></html>";

/// The page, piece by piece, as it may be long.
pub(crate) struct Transcript {
    site: Site,
    locale: Locale,
    /// The address of the folder of files.
    files: Option<String>,
    earlier: Option<Message>,
    empty: bool,
}

impl Transcript {
    /// `files`: the address of the folder of files, if it has any.
    pub(crate) fn new(title: &str, locale: Locale, files: Option<String>) -> Self {
        Self { site: Site::new(title, locale.zone, ""), locale, files, earlier: None, empty: true }
    }

    /// The page up to the first message. `now` is when it was made.
    pub(crate) fn beginning(&self, now: Timestamp) -> String {
        let texts = &self.locale.texts().transcript;
        let (title, made) = (self.site.title(), local(now, self.locale));
        let page = html! {
            (DOCTYPE)
            html lang=(self.locale.language.tag()) dir=(self.locale.language.direction()) {
                (head(&title, VIEWPORT, &html! { link rel="icon" href=(ICON); }))
                body {
                    header.bar {
                        h1.brand dir="auto" { (title) }
                        " "
                        small { ((texts.as_of)(&self.locale.in_full(&made))) }
                    }
                    main { div #messages {} }
                }
            }
        };
        let page = page.into_string();
        page.strip_suffix(END).map(str::to_owned).unwrap_or(page)
    }

    /// From here on, messages are of this room, if it is not the shared one.
    pub(crate) fn room(&mut self, name: Option<&str>) -> String {
        self.earlier = None;
        name.map_or_else(String::new, |name| html! { h2.room { bdi { (name) } } }.into_string())
    }

    pub(crate) fn entry(&mut self, said: MessageView) -> String {
        let entry = MessageRow {
            place: PagePlace::Alone(self.files.as_deref()),
            locale: self.locale,
            earlier: self.earlier.as_ref(),
            said: &said,
            reader: Reader::Anyone,
            unseen: None,
            linked: &[],
        };
        let text = entry.render().into_string() + "\n";
        self.earlier = Some(said.message);
        self.empty = false;
        text
    }

    /// `next`: the address of the rest, if this is not all.
    pub(crate) fn end(&self, next: Option<&str>) -> String {
        let texts = &self.locale.texts().transcript;
        let word = match next {
            Some(next) => html! { p.edge { a rel="next" href=(next) { (texts.next_part) } } },
            None if self.empty => html! { p.edge { (texts.empty) } },
            None => html! {},
        };
        word.into_string() + END + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_open_until_its_end() {
        let transcript = Transcript::new("The Millers", Locale::PROGRAM, None);
        let page = transcript.beginning(Timestamp(0));
        assert!(page.ends_with("<div id=\"messages\">"), "{page}");
        assert!(transcript.end(None).ends_with(&format!("{END}\n")));
    }
}

//! Reads our pages the way a browser would: enough of HTML to ask for what a story needs.

/// The text between two marks, or a panic with the whole.
#[track_caller]
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let inner = text.split_once(start).and_then(|(_, rest)| {
        let (inner, _) = rest.split_once(end)?;
        Some(inner)
    });
    inner.unwrap_or_else(|| panic!("nothing between {start:?} and {end:?} in {text}"))
}

/// Markup as the text that it shows.
pub(crate) fn unescape(markup: &str) -> String {
    markup.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// What stands in the page's one text area. A browser drops one line break at its start.
#[track_caller]
pub(crate) fn textarea(page: &str) -> String {
    let (_, area) = page.split_once("<textarea").expect("a textarea");
    let text = between(area, ">", "</textarea>");
    unescape(text.strip_prefix('\n').unwrap_or(text))
}

/// The whole tag of the input with this name.
pub(crate) fn input_tag<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let mut tags = page.split("<input").skip(1);
    tags.find_map(|tag| {
        let (tag, _) = tag.split_once('>')?;
        tag.contains(&format!(" name=\"{name}\"")).then_some(tag)
    })
}

/// An attribute of a tag.
pub(crate) fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| unescape(value))
}

/// What the input with this name is filled with.
pub(crate) fn input_value(page: &str, name: &str) -> Option<String> {
    attribute(input_tag(page, name)?, "value")
}

/// What is said to be wrong with this field, where the field itself points to.
pub(crate) fn field_error(page: &str, name: &str) -> Option<String> {
    let tag = input_tag(page, name)?;
    let id = format!("{name}-fault");
    let described = attribute(tag, "aria-describedby")?;
    if attribute(tag, "aria-invalid")? != "true" || !described.split(' ').any(|word| word == id) {
        return None;
    }
    let (_, said) = page.split_once(&format!("id=\"{id}\""))?;
    Some(unescape(between(said, ">", "</p>")))
}

/// A message as a page shows it.
pub(crate) struct Article {
    pub id: u64,
    pub grouped: bool,
    pub author: String,
    /// The machine's time, and the one that people read.
    pub datetime: String,
    pub clock: String,
    /// The text, as markup without the direction of its blocks; of a single paragraph, what is inside.
    pub markup: String,
}

/// All messages of a page, in its order.
pub(crate) fn articles(page: &str) -> Vec<Article> {
    let of = |article: &str| {
        let (tag, _) = article.split_once('>').expect("a tag");
        let (_, time) = article.split_once("<time").expect("a time");
        let said = between(article, "<div class=\"said\">", "</div>").replace(" dir=\"auto\"", "");
        Article {
            id: between(tag, "id=\"m", "\"").parse().expect("an id"),
            grouped: attribute(tag, "class").is_some_and(|class| class == "grouped"),
            author: unescape(between(article, "<bdi>", "</bdi>")),
            datetime: between(time, "datetime=\"", "\"").into(),
            clock: between(time, ">", "</time>").into(),
            markup: paragraph(&said).into(),
        }
    };
    let articles = page.split("<article").skip(1);
    articles.map(of).collect()
}

fn paragraph(markup: &str) -> &str {
    let inside = markup.strip_prefix("<p>").and_then(|rest| rest.strip_suffix("</p>"));
    inside.filter(|inside| !inside.contains("<p>")).unwrap_or(markup)
}

/// Where the page's link to older messages leads.
pub(crate) fn older_link(page: &str) -> Option<String> {
    let (_, link) = page.split_once("rel=\"prev\"")?;
    Some(unescape(between(link, "href=\"", "\"")))
}

/// Assertions about a text that show all of it where they fail.
pub(crate) trait Shows {
    #[track_caller]
    fn shows(&self, part: impl AsRef<str>) -> &Self;
    #[track_caller]
    fn lacks(&self, part: impl AsRef<str>) -> &Self;
}

impl<T: AsRef<str> + ?Sized> Shows for T {
    fn shows(&self, part: impl AsRef<str>) -> &Self {
        let (text, part) = (self.as_ref(), part.as_ref());
        assert!(text.contains(part), "{part:?} is missing in {text}");
        self
    }

    fn lacks(&self, part: impl AsRef<str>) -> &Self {
        let (text, part) = (self.as_ref(), part.as_ref());
        assert!(!text.contains(part), "{part:?} is in {text}");
        self
    }
}

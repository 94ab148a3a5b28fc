//! The parts of a long list.

use maud::{Markup, html};

use crate::text::Locale;

/// The ways from one part of a list to those beside it.
#[derive(Default)]
pub(crate) struct Pager {
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

impl Pager {
    /// For the part of `count` after the first `skip` of `total`. `query`: what else the address asks for.
    pub(crate) fn new(path: &str, query: &[(&str, &str)], skip: usize, count: usize, total: usize) -> Self {
        let link = |skip: usize| {
            let mut pairs = form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
            if skip > 0 {
                pairs.append_pair("skip", &skip.to_string());
            }
            format!("{path}?{}", pairs.finish())
        };
        Self {
            previous: (skip > 0).then(|| link(skip.saturating_sub(count))),
            next: (skip < total.saturating_sub(count)).then(|| link(skip.saturating_add(count))),
        }
    }

    pub(crate) fn render(&self, locale: Locale) -> Markup {
        let texts = &locale.texts().lists;
        html! {
            @if self.previous.is_some() || self.next.is_some() {
                p.pager {
                    @if let Some(path) = &self.previous { a rel="prev" href=(path) { (texts.previous) } }
                    " "
                    @if let Some(path) = &self.next { a rel="next" href=(path) { (texts.next) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_leads_to_those_beside_it() {
        let ways = |skip, total| {
            let pager = Pager::new("/people", &[("like", "a&b"), ("x", "")], skip, 100, total);
            [pager.previous, pager.next].map(|way| way.map(|way| way.replace("/people?like=a%26b", "…")))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(ways(0, 100), [None, None]);
        assert_eq!(ways(0, 101), [None, some("…&skip=100")]);
        assert_eq!(ways(100, 201), [some("…"), some("…&skip=200")]);
        assert_eq!(ways(101, 201), [some("…&skip=1"), None]);
        assert_eq!(ways(usize::MAX, 0), [some(&format!("…&skip={}", usize::MAX - 100)), None]);
    }
}

//! Activity: where the reader was mentioned, and who answered or reacted to them.

use maud::{Markup, html};

use super::attachment;
use super::message::avatar;
use super::page_place::PagePlace;
use super::paths::message_path;
use super::quote::quote;
use super::room_title::RoomTitle;
use super::search::part_of;
use super::{Site, empty_form_field, exact, isolated, local};
use crate::chat::{MemberId, MessageView, Seq, Timestamp, Username};
use crate::text::{ActivityTexts, Locale};

/// A page of it, newest first.
pub(crate) struct ActivityPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) rows: &'a [ActivityRow],
    /// Those before this record are on the next page.
    pub(crate) more: Option<Seq>,
    /// It is the first page.
    pub(crate) newest: bool,
    /// Up to which record its reader has seen reactions, having seen this page. None: there is nothing new to see.
    pub(crate) sees: Option<Seq>,
}

/// An entry; reactions to one message that follow each other are one.
pub(crate) struct ActivityRow {
    /// The number of its newest record.
    pub(crate) id: Seq,
    pub(crate) kind: ActivityRowKind,
    pub(crate) at: Timestamp,
    pub(crate) room: RoomTitle,
    pub(crate) message: MessageView,
    pub(crate) unread: bool,
}

pub(crate) enum ActivityRowKind {
    Mention,
    Reply,
    Reactions {
        /// Each once, and so the emoji; never empty.
        by: Vec<(MemberId, Username)>,
        emoji: Vec<String>,
    },
}

impl ActivityPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let texts = self.texts();
        html! {
            section.activity {
                h1 { (texts.title) }
                div data-fresh data-sees=[self.sees] {
                    @if self.rows.is_empty() && self.newest {
                        div.nothing {
                            p { b { (texts.empty) } }
                            p.hint { (texts.empty_hint) }
                        }
                    } @else {
                        (self.forms())
                        ol.hits { @for row in self.rows { (self.row(row)) } }
                        (self.pager())
                    }
                }
            }
        }
    }

    fn texts(&self) -> &'static ActivityTexts {
        &self.locale.texts().activity
    }

    /// Scripts see by themselves what is shown.
    fn forms(&self) -> Markup {
        let texts = self.texts();
        html! {
            div.choices {
                form.read-all method="post" action=(self.site.path("/read-all")) {
                    (empty_form_field())
                    button.quiet { (texts.read_all) }
                }
                @if let Some(up_to) = self.sees {
                    noscript {
                        form method="post" action=(self.site.path("/activity/seen")) {
                            input type="hidden" name="up_to" value=(up_to);
                            button.quiet { (texts.mark_seen) }
                        }
                    }
                }
            }
        }
    }

    fn pager(&self) -> Markup {
        let (path, texts) = (self.site.path("/activity"), self.texts());
        html! {
            @if !self.newest || self.more.is_some() {
                p.pager {
                    @if !self.newest { a rel="prev" href=(path) { (texts.latest) } }
                    " "
                    @if let Some(more) = self.more { a rel="next" href={ (path) "?before=" (more) } { (texts.older) } }
                }
            }
        }
    }

    /// All of it leads to the message: the one link covers the rest, but for links in the text.
    fn row(&self, row: &ActivityRow) -> Markup {
        let (language, MessageView { message, author, .. }) = (self.locale.language, &row.message);
        let (at, what) = (self.locale.date_time(&local(row.at, self.locale)), self.sentence(row));
        let (actor, name) = match &row.kind {
            ActivityRowKind::Reactions { by, .. } if let [(id, name), ..] = &**by => (*id, name),
            _ => (message.author, &author.name),
        };
        let label = (self.texts().entry)(&what, &isolated(row.room.name(language)), &at);
        html! {
            @let reactions = matches!(row.kind, ActivityRowKind::Reactions { .. }).then_some("");
            li.hit.unread[row.unread] data-id=(row.id) data-reactions=[reactions] {
                header {
                    (avatar(actor, name))
                    @if row.unread { b.new { (self.texts().unread) } " " }
                    b.what { (what) }
                    " " small.where { (row.room.sign()) " " (row.room.marked(language)) }
                    " "
                    a.to href=(self.site.path(&message_path(message.id, ""))) aria-label=(label) {
                        time datetime=(exact(row.at)) { (at) }
                    }
                }
                (quote(PagePlace::Chat(self.site), self.locale, &row.message))
                (part_of(&row.message, &[]))
                (attachment::files(PagePlace::Chat(self.site), self.locale, &message.files))
            }
        }
    }

    fn sentence(&self, row: &ActivityRow) -> String {
        let (texts, author) = (self.texts(), isolated(row.message.author.name.as_str()));
        match &row.kind {
            ActivityRowKind::Mention => (texts.mentioned)(&author),
            ActivityRowKind::Reply => (texts.replied)(&author),
            ActivityRowKind::Reactions { by, emoji } => {
                let emoji = emoji.concat();
                let names: Vec<String> = by.iter().take(2).map(|(_, name)| isolated(name.as_str())).collect();
                match &*names {
                    [one, other] if by.len() == 2 => (texts.reacted_two)(one, other, &emoji),
                    [one, ..] if by.len() > 2 => (texts.reacted_many)(one, by.len() - 1, &emoji),
                    names => (texts.reacted_one)(&names.concat(), &emoji),
                }
            }
        }
    }
}

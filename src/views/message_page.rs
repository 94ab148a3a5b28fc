//! The page of one message: what one can do with it, where scripts do not do it in its place.

use maud::{Markup, html};

use super::actions::{Action, EditForm, Rights, current_text, delete_form};
use super::message::MessageRow;
use super::page_place::PagePlace;
use super::paths::message_path;
use super::pins::pin_form;
use super::quote::LinkedMessage;
use super::reader::Reader;
use super::{Site, empty_form_field, isolated, reactions};
use crate::chat::{MemberId, MessageView, TextVersion};
use crate::text::Locale;

/// A message, and what its reader may do with it.
pub(crate) struct MessagePage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) me: MemberId,
    pub(crate) said: &'a MessageView,
    /// To which it links.
    pub(crate) linked: &'a [LinkedMessage],
    /// The address of its room.
    pub(crate) room: &'a str,
    /// The scheme and host under which its reader knows the chat.
    pub(crate) origin: &'a str,
    /// The text to go on with, for one who edits it.
    pub(crate) draft: EditDraft<'a>,
    pub(crate) rights: Rights,
    /// What is wrong with which action's form.
    pub(crate) fault: Option<(Action, &'a str)>,
}

pub(crate) struct EditDraft<'a> {
    pub(crate) text: &'a str,
    /// The text that it replaces.
    pub(crate) version: TextVersion,
    /// That text, where the draft was made from an earlier one.
    pub(crate) meanwhile: Option<&'a str>,
}

impl MessagePage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let Self { site, locale, said, .. } = self;
        let texts = &locale.texts().message;
        html! {
            section.sheet.broad {
                h1 { (texts.heading) }
                (MessageRow { place: PagePlace::Chat(site), locale: *locale, earlier: None, said, reader: self.reader(), unseen: None, linked: self.linked }.render())
                @let is_of_use = |action: &Action| *action != Action::CopyText || !said.message.body.is_none();
                @for action in Action::of(self.rights, &said.message).filter(is_of_use) {
                    h2 { (action.label(*locale)) }
                    (self.section(action))
                }
                p.aside { a href=(self.path("")) { (texts.back) } }
            }
        }
    }

    fn reader(&self) -> Reader {
        if self.rights.speak { Reader::Member(self.me) } else { Reader::Onlooker }
    }

    fn fault_of(&self, action: Action) -> Option<&str> {
        self.fault.filter(|(of, _)| *of == action).map(|(_, text)| text)
    }

    fn path(&self, rest: &str) -> String {
        self.site.path(&message_path(self.said.message.id, rest))
    }

    /// The room at the message, with a composer that answers it.
    fn reply_path(&self) -> String {
        let (room, id) = (self.room, self.said.message.id);
        format!("{room}?at={id}&reply={id}#m{id}")
    }

    /// The form of an action, for browsers without scripts.
    fn section(&self, action: Action) -> Markup {
        let (locale, texts) = (self.locale, &self.locale.texts().message);
        match action {
            Action::React => reactions::forms(self.site, locale, self.me, self.said, self.fault_of(action)),
            Action::Reply => {
                html! { p { a href=(self.reply_path()) { (self.locale.texts().replies.write) } } }
            }
            Action::CopyLink => html! {
                input readonly aria-label=(texts.copy_link) value={ (self.origin) (self.path("")) };
            },
            Action::CopyText => html! {
                textarea readonly rows="3" dir="auto" aria-label=(texts.copy_text) { "\n" (self.said.message.body.as_str()) }
            },
            Action::Edit => self.edit(),
            Action::Pin => self.pin(true),
            Action::Unpin => self.pin(false),
            Action::MarkUnread => html! {
                form method="post" action=(self.path("/unread")) {
                    (empty_form_field())
                    button.quiet { (action.label(locale)) }
                }
            },
            Action::RemoveFile => self.file_removal(),
            Action::Delete => delete_form(locale, &self.path("/remove"), false),
        }
    }

    fn pin(&self, wanted: bool) -> Markup {
        let texts = &self.locale.texts().pins;
        html! {
            p.hint { (if wanted { texts.pin_hint } else { texts.unpin_hint }) }
            (pin_form(self.site, self.locale, self.said.message.id, (wanted, None)))
        }
    }

    /// Scripts show this in the message's place.
    fn file_removal(&self) -> Markup {
        let texts = &self.locale.texts().files;
        html! {
            div.files-removal {
                p.hint { (texts.remove_hint) }
                @for (id, file) in &*self.said.message.files {
                    form method="post" action=(self.site.path(&format!("/files/{}/remove", id.0))) {
                        (empty_form_field())
                        button.grave { ((texts.remove_named)(&isolated(file.name.as_str()))) }
                    }
                }
            }
        }
    }

    fn edit(&self) -> Markup {
        let EditDraft { text, version, meanwhile } = self.draft;
        let action = self.path("/edit");
        let form = EditForm {
            action: &action,
            text,
            version: Some(version),
            fault: self.fault_of(Action::Edit),
            in_place: false,
        };
        html! {
            (form.render(self.locale))
            @if let Some(now) = meanwhile {
                (current_text(self.locale, now))
                p { a href=(self.path("")) { (self.locale.texts().message.keep_current) } }
            }
        }
    }
}

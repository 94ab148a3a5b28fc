//! What one can do with a message: the list from which its page, its toolbar and its menu come.

use maud::{Markup, PreEscaped, html};

use super::icons::Icon;
use super::quote;
use super::{Site, empty_form_field};
use crate::chat::{MESSAGE_MAX, Message, TextVersion};
use crate::text::Locale;

/// Something to do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    React,
    Reply,
    CopyLink,
    CopyText,
    Edit,
    Pin,
    Unpin,
    MarkUnread,
    RemoveFile,
    Delete,
}

/// To whom an action is offered.
#[derive(Clone, Copy)]
enum ActionAudience {
    Everyone,
    /// Those who may write in the room.
    Writers,
    Author,
    /// The author of a message with files.
    Sender,
    /// Who may speak in its room, where it is not pinned.
    Pinner,
    /// The same where it is.
    Unpinner,
    /// The author, and owners of the chat where they moderate.
    Moderators,
}

/// A reader's rights over messages.
#[derive(Clone, Copy)]
pub(crate) struct Rights {
    /// To say something in its room.
    pub(crate) speak: bool,
    pub(crate) edit: bool,
    pub(crate) delete: bool,
}

impl Action {
    /// In the order in which they are shown.
    pub(crate) const ALL: [Self; 10] = [
        Self::React,
        Self::Reply,
        Self::Edit,
        Self::Pin,
        Self::Unpin,
        Self::MarkUnread,
        Self::CopyLink,
        Self::CopyText,
        Self::RemoveFile,
        Self::Delete,
    ];

    /// Those of one reader with a message.
    pub(crate) fn of(rights: Rights, message: &Message) -> impl Iterator<Item = Self> {
        let is_pinned = message.amendments.pin.is_some();
        let may = move |action: &Self| match action.offered() {
            ActionAudience::Everyone => true,
            ActionAudience::Writers => rights.speak,
            ActionAudience::Author => rights.edit,
            ActionAudience::Sender => rights.edit && !message.files.is_empty(),
            ActionAudience::Pinner => rights.speak && !is_pinned,
            ActionAudience::Unpinner => rights.speak && is_pinned,
            ActionAudience::Moderators => rights.delete,
        };
        Self::ALL.into_iter().filter(may)
    }

    const fn offered(self) -> ActionAudience {
        match self {
            Self::CopyLink | Self::CopyText => ActionAudience::Everyone,
            Self::React | Self::Reply | Self::MarkUnread => ActionAudience::Writers,
            Self::Edit => ActionAudience::Author,
            Self::Pin => ActionAudience::Pinner,
            Self::Unpin => ActionAudience::Unpinner,
            Self::RemoveFile => ActionAudience::Sender,
            Self::Delete => ActionAudience::Moderators,
        }
    }

    /// True for those that the toolbar has as well.
    const fn is_quick(self) -> bool {
        !matches!(self, Self::Pin | Self::Unpin | Self::MarkUnread | Self::CopyText | Self::RemoveFile)
    }

    /// As scripts know it.
    const fn name(self) -> &'static str {
        match self {
            Self::React => "react",
            Self::Reply => "reply",
            Self::CopyLink => "copy-link",
            Self::CopyText => "copy-text",
            Self::Edit => "edit",
            Self::Pin => "pin",
            Self::Unpin => "unpin",
            Self::MarkUnread => "mark-unread",
            Self::RemoveFile => "remove-file",
            Self::Delete => "delete",
        }
    }

    pub(crate) fn label(self, locale: Locale) -> &'static str {
        let texts = &locale.texts().message;
        match self {
            Self::React => locale.texts().reactions.react,
            Self::Reply => locale.texts().replies.reply,
            Self::CopyLink => texts.copy_link,
            Self::CopyText => texts.copy_text,
            Self::Edit => texts.edit,
            Self::Pin => locale.texts().pins.pin,
            Self::Unpin => locale.texts().pins.unpin,
            Self::MarkUnread => locale.texts().activity.mark_unread,
            Self::RemoveFile => locale.texts().files.remove,
            Self::Delete => texts.delete,
        }
    }

    const fn icon(self) -> Icon {
        match self {
            Self::React => Icon::React,
            Self::Reply => Icon::Reply,
            Self::CopyLink => Icon::Link,
            Self::CopyText => Icon::Copy,
            Self::Edit => Icon::Pencil,
            Self::Pin | Self::Unpin => Icon::Pin,
            Self::MarkUnread => Icon::Unread,
            Self::RemoveFile => Icon::File,
            Self::Delete => Icon::Trash,
        }
    }

    /// A button for scripts, which show it to those to whom it is offered.
    fn button(self, locale: Locale, in_menu: bool) -> Markup {
        let offered = match self.offered() {
            ActionAudience::Everyone => "everyone",
            ActionAudience::Writers => "writers",
            ActionAudience::Author => "author",
            ActionAudience::Sender => "sender",
            ActionAudience::Pinner => "pinner",
            ActionAudience::Unpinner => "unpinner",
            ActionAudience::Moderators => "moderators",
        };
        let label = self.label(locale);
        html! {
            button type="button" tabindex="-1" data-action=(self.name()) data-offered=(offered)
                role=[in_menu.then_some("menuitem")]
                title=[(!in_menu).then_some(label)] aria-label=[(!in_menu).then_some(label)] {
                (self.icon().render())
                @if in_menu { " " span { (label) } }
            }
        }
    }
}

/// The parts that scripts put into messages, in an element that no browser shows. `rights` are those over one's own, and
/// over those of others.
pub(crate) fn parts(site: &Site, locale: Locale, rights: Rights) -> Markup {
    let texts = &locale.texts().message;
    let blank = EditForm { action: "", text: "", version: None, fault: None, in_place: true };
    let parts = html! {
        div.toolbar { @for action in Action::ALL.into_iter().filter(|action| action.is_quick()) { (action.button(locale, false)) } }
        div.actions role="menu" popover="auto" aria-label=(texts.actions) {
            @for action in Action::ALL {
                @if action == Action::React { (super::reactions::quick(locale)) } @else { (action.button(locale, true)) }
            }
        }
        (super::reactions::chooser(locale))
        (super::reactions::blank(site, locale))
        (blank.render(locale))
        (current_text(locale, ""))
        (delete_form(locale, "", true))
        (quote::blank(locale))
    };
    html! { script #message-parts type="text/html" data-speaks=[rights.speak.then_some("")] data-edits=[rights.edit.then_some("")] data-moderates=[rights.delete.then_some("")] { (PreEscaped(parts.into_string())) } }
}

/// The form that gives a message another text.
pub(crate) struct EditForm<'a> {
    pub(crate) action: &'a str,
    pub(crate) text: &'a str,
    /// The text that it replaces.
    pub(crate) version: Option<TextVersion>,
    pub(crate) fault: Option<&'a str>,
    /// Inside the message, with keys and a way out, by scripts.
    pub(crate) in_place: bool,
}

impl EditForm<'_> {
    pub(crate) fn render(&self, locale: Locale) -> Markup {
        let Self { action, version, fault, in_place, .. } = self;
        let texts = &locale.texts().message;
        let (text, cut) = super::echo(self.text, locale);
        html! {
            form.edit method="post" action=(action) autocomplete="off" {
                p.fault #edit-fault role="alert" hidden[fault.is_none()] { (fault.unwrap_or_default()) }
                (cut)
                input type="hidden" name="version" value=[version] autocomplete="off";
                label for="edit-text" .hidden[*in_place] { (texts.edited_text) }
                textarea #edit-text name="message" data-most=(MESSAGE_MAX) rows=(if *in_place { 1 } else { 5 }) dir="auto"
                    aria-invalid=[fault.map(|_| "true")] aria-describedby="edit-fault edit-hint" { "\n" (text) }
                @if *in_place {
                    div.choices {
                        button { (texts.save) }
                        " "
                        button.quiet.cancel type="button" { (texts.cancel) }
                        " "
                        span.hint #edit-hint { span.keys {} " " span.length {} }
                    }
                } @else {
                    p.hint #edit-hint { (texts.edit_hint) }
                    button { (texts.save) }
                }
            }
        }
    }
}

/// The present text, for one who edited an earlier one.
pub(crate) fn current_text(locale: Locale, text: &str) -> Markup {
    html! {
        label.current {
            span { (locale.texts().message.current_text) }
            textarea #now readonly rows="3" dir="auto" { "\n" (text) }
        }
    }
}

/// The form that deletes a message, which is asked once.
pub(crate) fn delete_form(locale: Locale, action: &str, in_place: bool) -> Markup {
    let texts = &locale.texts().message;
    html! {
        form.delete method="post" action=(action) {
            @if in_place { p.fault role="alert" hidden {} }
            p.hint { (texts.delete_hint) }
            (empty_form_field())
            div.choices {
                button.grave { (texts.delete) }
                @if in_place { " " button.quiet.cancel type="button" { (texts.cancel) } }
            }
        }
    }
}

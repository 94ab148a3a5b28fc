//! What owners decide about the chat, and about a person.

use maud::{Markup, html};

use super::message::person_path;
use super::{EMPTY_FORM_FIELD, Site, exact, isolated, local};
use crate::chat::{INVITE_CODE_MAX, MemberId, Registration, Seq, TITLE_MAX, Timestamp, Username};
use crate::text::Locale;

/// The form about the chat, as it stands or as it was typed.
pub(crate) struct ChatSettingsPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    /// Empty: as snug was started.
    pub(crate) title: &'a str,
    /// `open`, `invited` or `closed`; empty: as snug was started.
    pub(crate) registration: &'a str,
    pub(crate) code: &'a str,
    /// Since when it holds: another owner may be quicker.
    pub(crate) version: Seq,
    /// Title, registration and code as they are, where something else is in the form.
    pub(crate) decided: Option<[&'a str; 3]>,
    /// A code to take instead, where there is none or it may be guessed.
    pub(crate) suggested: Option<&'a str>,
    /// What it comes to where nothing else is decided.
    pub(crate) default_title: &'a str,
    pub(crate) default_registration: &'a Registration,
    pub(crate) owners: &'a [Username],
    pub(crate) invite: InvitePage<'a>,
    /// Whether it was just saved.
    pub(crate) saved: bool,
    pub(crate) fault: Option<&'a str>,
}

impl ChatSettingsPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let (texts, all) = (&self.locale.texts().settings, self.locale.texts());
        html! {
            section.sheet.broad {
                h1 { (texts.heading) }
                (self.form())
                h2 { (all.invite.heading) }
                (self.invite.render())
                h2 { (texts.owners) }
                p {
                    @for (index, name) in self.owners.iter().enumerate() {
                        @if index > 0 { ", " }
                        a href={ (self.site.path(&person_path(name))) "/about" } { bdi { (name.as_str()) } }
                    }
                }
                p.hint { (texts.owners_hint) }
                p { a href=(self.site.path("/people")) { (texts.people) } " · " a href=(self.site.path("/owner/removed")) { (all.removal.removed_members) } }
                p.aside { a href=(self.site.path("/chat")) { (texts.back) } }
            }
        }
    }

    fn form(&self) -> Markup {
        let texts = &self.locale.texts().settings;
        let default = match self.default_registration {
            Registration::Open => texts.default_open,
            Registration::Invited(_) => texts.default_invited,
            Registration::Closed => texts.default_closed,
        };
        let choices =
            [("", default), ("open", texts.open), ("invited", texts.invited), ("closed", texts.closed)];
        html! {
            form method="post" action=(self.site.path("/owner")) autocomplete="off" {
                @if let Some(text) = self.fault { p.fault #house-fault role="alert" { (text) } }
                @if let Some(decided) = self.decided { (self.decided(decided, &choices)) }
                input type="hidden" name="version" value=(self.version) autocomplete="off";
                label for="title" { (texts.name) }
                input #title name="title" value=(self.title) placeholder=(self.default_title) maxlength=(TITLE_MAX) dir="auto" autocomplete="off"
                    aria-describedby="title-hint";
                p.hint #title-hint { ((texts.name_hint)(&isolated(self.default_title))) }
                fieldset {
                    legend { (texts.who_can_join) }
                    @for (value, words) in choices {
                        label.check {
                            input type="radio" name="registration" value=(value) checked[value == self.registration];
                            " " (words)
                        }
                    }
                }
                label for="code" { (texts.code) }
                input #code name="code" value=(self.code) maxlength=(INVITE_CODE_MAX) dir="auto" autocomplete="off" autocapitalize="none" spellcheck="false"
                    aria-describedby="code-hint";
                p.hint #code-hint {
                    (texts.code_hint)
                    @if let Some(code) = self.suggested {
                        @if !self.code.is_empty() { br; (texts.code_is_short) }
                        br; (texts.example) " " code { (code) }
                    }
                }
                button { (texts.save) }
                @if self.saved { p.saved role="status" { (texts.saved) } }
            }
        }
    }

    /// What another owner saved meanwhile.
    fn decided(&self, [title, registration, code]: [&str; 3], choices: &[(&str, &str)]) -> Markup {
        let texts = &self.locale.texts().settings;
        let words = choices.iter().find(|(value, _)| *value == registration).map_or("", |(_, words)| *words);
        html! {
            div #house-now {
                p { (texts.current) }
                dl {
                    dt { (texts.name) } dd { bdi { @if title.is_empty() { (self.default_title) } @else { (title) } } }
                    dt { (texts.who_can_join) } dd { (words) }
                    @if !code.is_empty() { dt { (texts.code) } dd { bdi { (code) } } }
                }
            }
        }
    }
}

/// How others get into the chat.
pub(crate) struct InvitePage<'a> {
    pub(crate) locale: Locale,
    /// Where the chat is, as others may reach it.
    pub(crate) addresses: &'a [String],
    /// What one sends to newcomers, for each of these; none where no one can join.
    pub(crate) links: &'a [String],
    /// Whether newcomers need a code that only whoever started snug knows.
    pub(crate) needs_code: bool,
    /// What makes the chat reachable for others, where it is for this machine alone.
    pub(crate) flag: Option<&'a str>,
}

impl InvitePage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let texts = &self.locale.texts().invite;
        html! {
            @for (index, address) in self.addresses.iter().enumerate() {
                (self.copied(texts.address, &format!("address-{index}"), address))
                @if let Some(link) = self.links.get(index) {
                    (self.copied(texts.link, &format!("invite-{index}"), link))
                }
            }
            @if self.links.is_empty() { p { (texts.closed) } }
            @else if self.needs_code { p.hint { (texts.needs_code) } }
            @else { p.hint { (texts.link_hint) } }
            @if let Some(flag) = self.flag {
                p { (texts.local_only) }
                pre { code { (flag) } }
            }
        }
    }

    /// A text to be copied: by a button, where scripts run.
    fn copied(&self, label: &str, id: &str, text: &str) -> Markup {
        copied(self.locale, label, id, text)
    }
}

/// A text that is there to be copied: by a button, where scripts run.
pub(super) fn copied(locale: Locale, label: &str, id: &str, text: &str) -> Markup {
    let texts = &locale.texts().invite;
    html! {
        label for=(id) { (label) }
        div.copied {
            input id=(id) name=(id) value=(text) readonly dir="ltr" autocomplete="off";
            button.quiet.copy type="button" aria-controls=(id) data-done=(texts.copied) hidden { (texts.copy) }
        }
    }
}

/// The page after the chat was created.
pub(crate) fn invite_page(site: &Site, locale: Locale, created: bool, invite: &InvitePage) -> Markup {
    let texts = &locale.texts().invite;
    html! {
        section.sheet.broad {
            h1 { (texts.heading) }
            @if created { p role="status" { (texts.you_own_it) } }
            (invite.render())
            p { a.button href=(site.path("/chat")) { (texts.go) } }
        }
    }
}

/// What somebody is to the chat.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Member,
    Former,
}

/// Who somebody is, and what an owner may do about them.
pub(crate) struct PersonPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) id: MemberId,
    pub(crate) name: &'a Username,
    pub(crate) since: Timestamp,
    pub(crate) standing: Role,
    pub(crate) here: bool,
    /// Whether the reader is an owner.
    pub(crate) by_owner: bool,
    pub(crate) fault: Option<&'a str>,
}

impl PersonPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let path = self.site.path(&person_path(self.name));
        let (texts, removal) = (&self.locale.texts().person, &self.locale.texts().removal);
        let date = self.locale.date(&local(self.since, self.locale));
        html! {
            section.sheet {
                h1 {
                    bdi { (self.name.as_str()) }
                    @if self.standing == Role::Former { " " small { (removal.mark) } }
                }
                p {
                    @match self.standing {
                        Role::Former => (texts.former),
                        Role::Member => time datetime=(exact(self.since)) { ((texts.member_since)(&date)) },
                        Role::Owner => time datetime=(exact(self.since)) { ((texts.owner_since)(&date)) },
                    }
                    @if self.here { " · " (texts.online) }
                }
                @if let Some(text) = self.fault { p.fault role="alert" { (text) } }
                @if self.standing != Role::Former { p { a.button href=(path) { (texts.message) } } }
                @if self.by_owner {
                    @if self.standing == Role::Former {
                        p { a href={ (self.site.path("/owner/removed/")) (self.id.0) } { (removal.bring_back) } }
                    } @else { (self.decisions(&path)) }
                }
                p.aside { a href=(self.site.path("/chat")) { (self.locale.texts().settings.back) } }
            }
        }
    }

    fn decisions(&self, path: &str) -> Markup {
        let texts = &self.locale.texts().person;
        // Their name may be another's by the time this is sent.
        let to = html! { input type="hidden" name="to" value=(self.id.0) autocomplete="off"; };
        html! {
            h2 { (texts.owner) }
            form method="post" action={ (path) "/role" } {
                (to)
                @if self.standing == Role::Owner {
                    input type="hidden" name="owner" value="no";
                    button.quiet { (texts.remove_as_owner) }
                } @else {
                    input type="hidden" name="owner" value="yes";
                    p.hint { (texts.owner_hint) }
                    button.quiet { (texts.make_owner) }
                }
            }
            h2 { (texts.remove) }
            form method="post" action={ (path) "/remove" } {
                (to)
                p.hint { (texts.remove_hint) }
                label.check { input type="checkbox" name="free" value="yes"; " " (texts.free_name) }
                label.check { input type="checkbox" name=(EMPTY_FORM_FIELD.0) value="yes" required; " " (texts.sure) }
                button.quiet.grave { (texts.remove) }
            }
        }
    }
}

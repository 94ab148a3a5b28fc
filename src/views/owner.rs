//! What owners decide about the chat, and about a person.

use maud::{Markup, html};

use super::message::person_path;
use super::{CONFIRMATION, Site, exact, local};
use crate::chat::{INVITE_CODE_MAX, MemberId, Seq, TITLE_MAX, Timestamp, Username};
use crate::text::Locale;

/// The form about the chat, as it stands or as it was typed.
pub(crate) struct House<'a> {
    pub(crate) site: &'a Site,
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
    pub(crate) default_registration: &'a str,
    pub(crate) owners: &'a [Username],
    pub(crate) fault: Option<&'a str>,
}

impl House<'_> {
    pub(crate) fn render(&self) -> Markup {
        let choices = [
            ("", format!("As snug was started: {}", self.default_registration)),
            ("open", "Everybody who reaches this page".into()),
            ("invited", "Whoever knows the code".into()),
            ("closed", "Nobody".into()),
        ];
        html! {
            section.sheet.broad {
                h1 { "This chat" }
                form method="post" action=(self.site.path("/owner")) autocomplete="off" {
                    @if let Some(text) = self.fault { p.fault #house-fault role="alert" { (text) } }
                    @if let Some([title, registration, code]) = self.decided {
                        @let words = choices.iter().find(|(value, _)| *value == registration).map(|(_, words)| words);
                        p #house-now {
                            "Now: title " bdi { @if title.is_empty() { (self.default_title) } @else { (title) } }
                            "; who may register: " (words.map_or("", |words| words))
                            @if !code.is_empty() { "; code " bdi { (code) } } "."
                        }
                    }
                    input type="hidden" name="version" value=(self.version) autocomplete="off";
                    label for="title" { "Title" }
                    input #title name="title" value=(self.title) placeholder=(self.default_title) maxlength=(TITLE_MAX) dir="auto" autocomplete="off"
                        aria-describedby="title-hint";
                    p.hint #title-hint { "Empty: as snug was started, " bdi { (self.default_title) } "." }
                    fieldset {
                        legend { "Who may register" }
                        @for (value, words) in &choices {
                            label.check {
                                input type="radio" name="registration" value=(value) checked[*value == self.registration];
                                " " (words)
                            }
                        }
                    }
                    label for="code" { "Code" }
                    input #code name="code" value=(self.code) maxlength=(INVITE_CODE_MAX) dir="auto" autocomplete="off" autocapitalize="none" spellcheck="false"
                        aria-describedby="code-hint";
                    p.hint #code-hint {
                        @if self.registration == "invited" && !self.code.is_empty() && self.fault.is_none() {
                            @let link: String = form_urlencoded::byte_serialize(self.code.as_bytes()).collect();
                            "Send newcomers " a href={ (self.site.path("/register?code=")) (link) } { "this link" } "."
                        } @else { "The word that newcomers need." }
                        @if let Some(code) = self.suggested {
                            @if !self.code.is_empty() { " This code is short: others may guess it." }
                            " For example: " code { (code) }
                        }
                    }
                    button { "Change" }
                }
                h2 { "Owners" }
                p {
                    @for (index, name) in self.owners.iter().enumerate() {
                        @if index > 0 { ", " }
                        a href={ (self.site.path(&person_path(name))) "/about" } { bdi { (name.as_str()) } }
                    }
                }
                p.hint { "They may change this page, remove messages that are not private, and decide about people: choose somebody in the "
                    a href=(self.site.path("/people")) { "list" } ", then “About”." }
                p { a href=(self.site.path("/owner/removed")) { "Removed members" } }
                p.aside { a href=(self.site.path("/chat")) { "Back to the chat" } }
            }
        }
    }
}

/// What somebody is to the chat.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Owner,
    Member,
    Former,
}

/// Who somebody is, and what an owner may do about them.
pub(crate) struct Person<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) id: MemberId,
    pub(crate) name: &'a Username,
    pub(crate) since: Timestamp,
    pub(crate) standing: Standing,
    pub(crate) here: bool,
    /// Whether the reader is an owner.
    pub(crate) by_owner: bool,
    pub(crate) fault: Option<&'a str>,
}

impl Person<'_> {
    pub(crate) fn render(&self) -> Markup {
        let path = self.site.path(&person_path(self.name));
        html! {
            section.sheet {
                h1 { bdi { (self.name.as_str()) } }
                p {
                    @if self.standing == Standing::Former { "Was a member, and left." }
                    @else {
                        "A member since " time datetime=(exact(self.since)) { (self.locale.date(&local(self.since, self.locale))) }
                        @if self.standing == Standing::Owner { ", and an owner of this chat" } "."
                        @if self.here { " Here now." }
                    }
                }
                @if let Some(text) = self.fault { p.fault role="alert" { (text) } }
                @if self.by_owner {
                    @if self.standing == Standing::Former {
                        p { a href={ (self.site.path("/owner/removed/")) (self.id.0) } { (self.locale.texts().removal.bring_back) } }
                    } @else { (self.decisions(&path)) }
                }
                p.aside {
                    @if self.standing == Standing::Former { a href=(self.site.path("/chat")) { "Back to the chat" } }
                    @else { a href=(path) { "Talk in private" } }
                }
            }
        }
    }

    fn decisions(&self, path: &str) -> Markup {
        // Their name may be another's by the time this is sent.
        let to = html! { input type="hidden" name="to" value=(self.id.0) autocomplete="off"; };
        html! {
            h2 { "Owner" }
            form method="post" action={ (path) "/role" } {
                (to)
                @if self.standing == Standing::Owner {
                    input type="hidden" name="owner" value="no";
                    button.quiet { "Owns this chat no more" }
                } @else {
                    input type="hidden" name="owner" value="yes";
                    p.hint { "Owners change the title and who may register, remove messages that are not private, and remove people." }
                    button.quiet { "Make an owner" }
                }
            }
            h2 { "Remove" }
            form method="post" action={ (path) "/remove" } {
                (to)
                p.hint { "This signs them out everywhere at once. Their messages stay. An owner can bring them back." }
                label.check {
                    input type="checkbox" name="free" value="yes";
                    " Somebody else may take the name"
                }
                label.check {
                    input type="checkbox" name=(CONFIRMATION.0) value="yes" required;
                    " I am sure"
                }
                button.quiet.grave { "Remove " bdi { (self.name.as_str()) } }
            }
        }
    }
}

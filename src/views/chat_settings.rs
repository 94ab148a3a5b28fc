//! What owners decide about the chat, and about a person.

use maud::{Markup, html};

use super::notifications::LevelForm;
use super::paths::person_path;
use super::sign_in::{Field, FieldError, Input, Offer, general};
use super::{Site, empty_form_field, exact, in_two_steps, isolated, local};
use crate::chat::{MemberId, Seq, Timestamp, Username};
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
    /// Title, registration and code as another owner saved them while this form was open.
    pub(crate) meanwhile: Option<[&'a str; 3]>,
    /// A code to take instead, where there is none or it may be guessed.
    pub(crate) suggested: Option<Offer>,
    /// In use while `title` is empty.
    pub(crate) default_title: &'a str,
    /// snug was started with an invite code.
    pub(crate) default_is_invited: bool,
    pub(crate) owners: &'a [Username],
    pub(crate) invite: InvitePage<'a>,
    /// Several nodes serve the chat.
    pub(crate) has_nodes: bool,
    pub(crate) saved: bool,
    pub(crate) fault: Option<FieldError>,
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
                p { a href=(self.site.path("/people")) { (texts.people) } " · " a href=(self.site.path("/owner/removed")) { (all.removal.removed_members) }
                    @if self.has_nodes { " · " a href=(self.site.path("/owner/nodes")) { (all.nodes.title) } }
                }
                p.aside { a href=(self.site.path("/chat")) { (texts.back) } }
            }
        }
    }

    /// The values of `registration`, each with what it means. Where anyone may join by default, deciding so and
    /// deciding nothing are one choice.
    fn choices(&self) -> Vec<(&'static str, &'static str)> {
        let texts = &self.locale.texts().settings;
        let rest = [("invited", texts.invited), ("closed", texts.closed)];
        let first = match (self.default_is_invited, self.registration) {
            (true, _) => vec![("", texts.default_invited), ("open", texts.open)],
            (false, "open") => vec![("open", texts.open)],
            (false, _) => vec![("", texts.open)],
        };
        first.into_iter().chain(rest).collect()
    }

    fn form(&self) -> Markup {
        let (texts, fault, locale) = (&self.locale.texts().settings, self.fault.as_ref(), self.locale);
        let title_hint = (texts.name_hint)(&isolated(self.default_title));
        let title = Input {
            hint: &title_hint,
            default: Some(self.default_title),
            ..Input::of(Field::Title, texts.name, self.title)
        };
        let code = Input {
            hint: texts.code_hint,
            default: Some(""),
            ..Input::of(Field::Code, texts.code, self.code)
        };
        html! {
            form method="post" action=(self.site.path("/owner")) autocomplete="off" {
                (general(fault))
                @if let Some(meanwhile) = self.meanwhile { (self.meanwhile(meanwhile)) }
                input type="hidden" name="version" value=(self.version) autocomplete="off";
                (title.render(fault, locale))
                fieldset {
                    legend { (texts.who_can_join) }
                    @for (value, words) in self.choices() {
                        label.check {
                            input id=[(value == "invited").then_some("by-invitation")] type="radio" name="registration" value=(value)
                                checked[value == self.registration];
                            " " (words)
                        }
                    }
                }
                (code.render(fault, locale))
                @if let Some(offer) = &self.suggested {
                    @if !self.code.is_empty() { p.hint { (texts.code_is_short) } }
                    (offer.render("code", Some("by-invitation"), texts.use_code))
                }
                button { (texts.save) }
                @if self.saved { p.saved role="status" { (texts.saved) } }
            }
        }
    }

    fn meanwhile(&self, [title, registration, code]: [&str; 3]) -> Markup {
        let texts = &self.locale.texts().settings;
        let words = match registration {
            "open" => texts.open,
            "invited" => texts.invited,
            "closed" => texts.closed,
            _ if self.default_is_invited => texts.default_invited,
            _ => texts.open,
        };
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

pub(crate) struct InvitePage<'a> {
    pub(crate) locale: Locale,
    /// Addresses at which others may reach the chat.
    pub(crate) addresses: &'a [String],
    /// Invite links, one for each address; none where no one can join.
    pub(crate) links: &'a [String],
    /// Newcomers need a code that only the operator knows.
    pub(crate) needs_code: bool,
    /// The flag that makes the chat reachable for others. None: it is reachable.
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
                p #flag-hint { (texts.local_only) }
                (copied_field(self.locale, "flag", flag, Some("flag-hint")))
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
    html! {
        label for=(id) { (label) }
        (copied_field(locale, id, text, None))
    }
}

/// `labelled`: the id of what says what it is, where that is no label of its own.
fn copied_field(locale: Locale, id: &str, text: &str, labelled: Option<&str>) -> Markup {
    let texts = &locale.texts().invite;
    html! {
        div.copied {
            input id=(id) name=(id) value=(text) readonly dir="ltr" autocomplete="off" aria-labelledby=[labelled];
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

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Owner,
    Member,
    Former,
}

/// A member, and an owner's actions on them.
pub(crate) struct PersonPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) id: MemberId,
    pub(crate) name: &'a Username,
    pub(crate) since: Timestamp,
    pub(crate) standing: Role,
    pub(crate) here: bool,
    /// The reader is an owner.
    pub(crate) by_owner: bool,
    /// None: no conversation with them has begun.
    pub(crate) level: Option<LevelForm<'a>>,
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
                @if let Some(level) = &self.level { (level.render()) }
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
            (in_two_steps(texts.remove, &html! {
                form method="post" action={ (path) "/remove" } {
                    (to)
                    (empty_form_field())
                    p.hint { (texts.remove_hint) }
                    label.check { input type="checkbox" name="free" value="yes"; " " (texts.free_name) }
                    button.quiet.grave { (texts.remove) }
                }
            }))
        }
    }
}

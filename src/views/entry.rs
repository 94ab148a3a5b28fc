//! The pages by which one comes in and goes out.

use maud::{Markup, html};

use super::{CONFIRMATION, Site, isolated, unsent};
use crate::chat::NAME_MAX;
use crate::secrets::{PASSWORD_MAX, PASSWORD_MIN};
use crate::text::Locale;

/// A field of these forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Username,
    /// The password that one has.
    Current,
    /// A new one, or that of whoever signs in.
    Password,
    Code,
}

/// What is wrong with a form: said beside the field, or above all of them.
pub(crate) struct FormFault {
    pub(crate) field: Option<Field>,
    pub(crate) text: String,
}

/// The form for a new member.
pub(crate) struct Register<'a> {
    pub(crate) site: &'a Site,
    pub(crate) username: &'a str,
    /// The code so far, where one is asked for.
    pub(crate) code: Option<&'a str>,
    /// Whether it is the one that snug has printed: whoever comes first is the owner.
    pub(crate) first: bool,
    pub(crate) fault: Option<FormFault>,
}

impl Register<'_> {
    pub(crate) fn render(&self) -> Markup {
        let name_hint = format!("1 to {NAME_MAX} letters or digits of any script; . _ - inside.");
        let fault = self.fault.as_ref();
        html! {
            section.sheet {
                h1 { "Join the chat" }
                form method="post" action=(self.site.path("/register")) {
                    (general(fault))
                    (Input { field: Field::Username, label: "Name", kind: "text", autocomplete: "username",
                        value: self.username, hint: &name_hint, focus: true }.render(fault))
                    (Input { field: Field::Password, label: "Password", kind: "password", autocomplete: "new-password",
                        value: "", hint: &password_hint(), focus: false }.render(fault))
                    @if let Some(code) = self.code {
                        @let (label, hint) = if self.first {
                            ("Code", "You are the first, and will own this chat: snug has printed a code for you when it started.")
                        } else {
                            ("Invite code", "The word you were given with the invitation.")
                        };
                        (Input { field: Field::Code, label, kind: "text", autocomplete: "off", value: code, hint, focus: false }.render(fault))
                    }
                    button { "Register" }
                }
                p.aside { "Already a member? " a href=(self.site.path("/login")) { "Sign in" } }
            }
        }
    }
}

/// The form for a member who comes back.
pub(crate) struct Login<'a> {
    pub(crate) site: &'a Site,
    pub(crate) username: &'a str,
    /// Where the person wanted to go: a path of ours, or nothing.
    pub(crate) next: &'a str,
    pub(crate) fault: Option<FormFault>,
    /// Whether name or password were wrong.
    pub(crate) failed: bool,
    /// A message that could not be posted because the session was over.
    pub(crate) unsent: Option<&'a str>,
    /// Whether somebody new could register.
    pub(crate) registration: bool,
}

impl Login<'_> {
    pub(crate) fn render(&self) -> Markup {
        let fault = self.fault.as_ref();
        html! {
            section.sheet {
                h1 { "Sign in" }
                @if let Some(text) = self.unsent {
                    (unsent(text, "Your message was not sent. Copy it before you sign in:"))
                }
                form method="post" action=(self.site.path("/login")) {
                    (general(fault))
                    @if !self.next.is_empty() { input type="hidden" name="next" value=(self.next); }
                    (Input { field: Field::Username, label: "Name", kind: "text", autocomplete: "username",
                        value: self.username, hint: "", focus: self.username.is_empty() }.render(fault))
                    (Input { field: Field::Password, label: "Password", kind: "password", autocomplete: "current-password",
                        value: "", hint: "", focus: !self.username.is_empty() }.render(fault))
                    button { "Sign in" }
                    @if self.failed { p.hint { "Forgot your password? Whoever runs this chat can give you a link to set a new one." } }
                }
                @if self.registration { p.aside { "New here? " a href=(self.site.path("/register")) { "Register" } } }
            }
        }
    }
}

/// The form for a new password, for whoever has a link to it; one who was removed comes back by it.
pub(crate) struct NewPassword<'a> {
    pub(crate) site: &'a Site,
    /// Whose.
    pub(crate) name: &'a str,
    /// What makes the link theirs.
    pub(crate) token: &'a str,
    pub(crate) locale: Locale,
    /// Whether they were removed.
    pub(crate) returns: bool,
    /// The other name so far, where their own is taken.
    pub(crate) other: Option<&'a str>,
    pub(crate) fault: Option<FormFault>,
}

impl NewPassword<'_> {
    pub(crate) fn render(&self) -> Markup {
        let fault = self.fault.as_ref();
        html! {
            section.sheet {
                @let texts = self.locale.texts();
                @if self.returns {
                    h1 { (texts.removal.welcome_back) }
                    @let sentence = if self.other.is_some() { texts.removal.comes_back_renamed } else { texts.removal.comes_back_as };
                    p { (sentence(&isolated(self.name))) }
                } @else {
                    h1 { "New password" }
                    p { "For " bdi { b { (self.name) } } ". This signs you out everywhere else." }
                }
                form method="post" action=(self.site.path("/reset")) {
                    (general(fault))
                    input type="hidden" name="token" value=(self.token);
                    @if let Some(other) = self.other {
                        (Input { field: Field::Username, label: "Name", kind: "text", autocomplete: "username",
                            value: other, hint: "", focus: true }.render(fault))
                    } @else {
                    // For password managers.
                    input.hidden type="text" name="username" value=(self.name) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                    }
                    (Input { field: Field::Password, label: "Password", kind: "password", autocomplete: "new-password",
                        value: "", hint: &password_hint(), focus: self.other.is_none() }.render(fault))
                    button { "Set password" }
                }
            }
        }
    }
}

pub(super) fn password_hint() -> String {
    format!("{PASSWORD_MIN} to {PASSWORD_MAX} characters, any.")
}

/// The question before leaving.
pub(crate) fn logout(site: &Site) -> Markup {
    html! {
        section.sheet {
            h1 { "Sign out?" }
            form method="post" action=(site.path("/logout")) { (CONFIRMATION.render()) button { "Sign out" } }
            p.aside { a href=(site.path("/chat")) { "Stay in the chat" } }
        }
    }
}

pub(super) fn general(fault: Option<&FormFault>) -> Markup {
    html! {
        @if let Some(FormFault { field: None, text }) = fault { p.fault role="alert" { (text) } }
    }
}

/// A labelled field, with its rule before and what is wrong with it after.
pub(super) struct Input<'a> {
    pub(super) field: Field,
    pub(super) label: &'a str,
    pub(super) kind: &'a str,
    pub(super) autocomplete: &'a str,
    pub(super) value: &'a str,
    pub(super) hint: &'a str,
    /// Whether the cursor starts here when nothing is wrong elsewhere.
    pub(super) focus: bool,
}

impl Input<'_> {
    pub(super) fn render(&self, fault: Option<&FormFault>) -> Markup {
        let name = match self.field {
            Field::Username => "username",
            Field::Current => "current",
            Field::Password => "password",
            Field::Code => "code",
        };
        let wrong = fault.filter(|fault| fault.field == Some(self.field)).map(|fault| &*fault.text);
        let focus = match fault.and_then(|fault| fault.field) {
            Some(field) => field == self.field,
            None => self.focus,
        };
        let (hint_id, fault_id) = (format!("{name}-hint"), format!("{name}-fault"));
        let described = match (self.hint.is_empty(), wrong) {
            (true, None) => None,
            (false, None) => Some(hint_id.clone()),
            (true, Some(_)) => Some(fault_id.clone()),
            (false, Some(_)) => Some(format!("{fault_id} {hint_id}")),
        };
        html! {
            div.field {
            label for=(name) { (self.label) }
            input id=(name) name=(name) type=(self.kind) value=[(!self.value.is_empty()).then_some(self.value)]
                autocomplete=(self.autocomplete) autocapitalize="none" spellcheck="false" dir="auto" required
                autofocus[focus] aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described];
            @if let Some(text) = wrong { p.fault #(fault_id) role="alert" { (text) } }
            @if !self.hint.is_empty() { p.hint #(hint_id) { (self.hint) } }
            }
        }
    }
}

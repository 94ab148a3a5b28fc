//! The pages by which one comes in and goes out.

use maud::{Markup, html};

use super::{Site, empty_form_field, isolated, unsent};
use crate::chat::{INVITE_CODE_MAX, TITLE_MAX};
use crate::secrets::PASSWORD_MIN;
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
    /// The name of the chat.
    Title,
    Zone,
}

/// Rendered beside the field, or above all of them.
pub(crate) struct FieldError {
    pub(crate) field: Option<Field>,
    pub(crate) text: String,
    /// A name that would do instead.
    pub(crate) offer: Option<Offer>,
}

/// A value to take for a field with one click.
pub(crate) struct Offer {
    pub(crate) value: String,
    /// Address of the form with it in its field.
    pub(crate) href: String,
}

impl Offer {
    /// `field`: the id of the field. `chooses`: that of a radio button that goes with it.
    pub(super) fn render(&self, field: &str, chooses: Option<&str>, label: fn(&str) -> String) -> Markup {
        html! {
            p.offered {
                a.offer href=(self.href) data-fills=(field) data-value=(self.value) data-chooses=[chooses] { (label(&isolated(&self.value))) }
            }
        }
    }
}

/// The form for a new member.
pub(crate) struct RegisterPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) username: &'a str,
    /// The code so far, where one is asked for.
    pub(crate) code: Option<&'a str>,
    pub(crate) fault: Option<FieldError>,
}

impl RegisterPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let (texts, fault, locale) = (&self.locale.texts().entry, self.fault.as_ref(), self.locale);
        html! {
            section.sheet {
                h1 { (texts.join) }
                form.kept method="post" action=(self.site.path("/register")) data-then=(self.site.path("/chat")) {
                    (general(fault))
                    (Input { hint: texts.name_hint, focus: true, ..Input::of(Field::Username, texts.name, self.username) }.render(fault, locale))
                    (Input { hint: &password_hint(locale), autocomplete: "new-password", ..Input::of(Field::Password, texts.password, "") }.render(fault, locale))
                    @if let Some(code) = self.code {
                        (Input { hint: texts.invite_code_hint, ..Input::of(Field::Code, texts.invite_code, code) }.render(fault, locale))
                    }
                    button { (texts.join_button) }
                }
                p.aside { (texts.already_member) " " a href=(self.site.path("/login")) { (texts.sign_in) } }
            }
        }
    }
}

/// The form for whoever comes first, and owns the chat.
pub(crate) struct CreateChatPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    /// The code so far, where one was printed.
    pub(crate) code: Option<&'a str>,
    pub(crate) title: &'a str,
    pub(crate) username: &'a str,
    pub(crate) zone: &'a str,
    pub(crate) fault: Option<FieldError>,
}

impl CreateChatPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let (texts, fault, locale) = (&self.locale.texts().entry, self.fault.as_ref(), self.locale);
        html! {
            section.sheet {
                h1 { (texts.create) }
                p { (texts.create_hint) }
                form.kept method="post" action=(self.site.path("/register")) data-then=(self.site.path("/owner/invite?created=yes")) {
                    (general(fault))
                    @if let Some(code) = self.code {
                        (Input { hint: texts.printed_code_hint, focus: code.is_empty(), ..Input::of(Field::Code, texts.printed_code, code) }.render(fault, locale))
                    }
                    (Input::of(Field::Title, texts.chat_name, self.title).render(fault, locale))
                    (Input { hint: texts.name_hint, focus: self.code.is_none_or(|code| !code.is_empty()), ..Input::of(Field::Username, texts.own_name, self.username) }.render(fault, locale))
                    (Input { hint: &password_hint(locale), autocomplete: "new-password", ..Input::of(Field::Password, texts.password, "") }.render(fault, locale))
                    (Input::of(Field::Zone, texts.time_zone, self.zone).render(fault, locale))
                    button.quiet.offer type="button" data-fills="zone" data-zone=(texts.use_zone) hidden {}
                    button { (texts.create_button) }
                }
            }
        }
    }
}

/// The form for a member who comes back.
pub(crate) struct LoginPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) username: &'a str,
    /// Path of the chat to go on to; may be empty.
    pub(crate) next: &'a str,
    pub(crate) fault: Option<FieldError>,
    /// Name or password were wrong.
    pub(crate) failed: bool,
    /// A message that could not be posted because the session was over.
    pub(crate) unsent: Option<&'a str>,
    /// Registration is open, perhaps by a code.
    pub(crate) registration: bool,
}

impl LoginPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let (texts, fault, locale) = (&self.locale.texts().entry, self.fault.as_ref(), self.locale);
        html! {
            section.sheet {
                h1 { (texts.sign_in) }
                @if let Some(text) = self.unsent { (unsent(text, texts.unsent, self.locale)) }
                form method="post" action=(self.site.path("/login")) {
                    (general(fault))
                    @if !self.next.is_empty() { input type="hidden" name="next" value=(self.next); }
                    (Input { focus: self.username.is_empty(), ..Input::of(Field::Username, texts.name, self.username) }.render(fault, locale))
                    (Input { focus: !self.username.is_empty(), ..Input::of(Field::Password, texts.password, "") }.render(fault, locale))
                    button { (texts.sign_in) }
                    @if self.failed { p.hint { (texts.forgot) } }
                }
                @if self.registration { p.aside { (texts.new_here) " " a href=(self.site.path("/register")) { (texts.register) } } }
            }
        }
    }
}

/// The form for a new password, for whoever has a link to it; one who was removed comes back by it.
pub(crate) struct NewPasswordPage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) locale: Locale,
    pub(crate) name: &'a str,
    pub(crate) token: &'a str,
    /// They were removed, and come back by it.
    pub(crate) returns: bool,
    /// The other name so far, where their own is taken.
    pub(crate) other: Option<&'a str>,
    pub(crate) fault: Option<FieldError>,
}

impl NewPasswordPage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let (fault, locale) = (self.fault.as_ref(), self.locale);
        let (texts, removal) = (&locale.texts().entry, &locale.texts().removal);
        let name = isolated(self.name);
        html! {
            section.sheet {
                @if self.returns {
                    h1 { (removal.welcome_back) }
                    @let sentence = if self.other.is_some() { removal.comes_back_renamed } else { removal.comes_back_as };
                    p { (sentence(&name)) }
                } @else {
                    h1 { (texts.new_password) }
                    p { ((texts.new_password_for)(&name)) }
                }
                form.kept method="post" action=(self.site.path("/reset")) data-then=(self.site.path("/chat")) {
                    (general(fault))
                    input type="hidden" name="token" value=(self.token);
                    @if let Some(other) = self.other {
                        (Input { hint: texts.name_hint, focus: true, ..Input::of(Field::Username, texts.name, other) }.render(fault, locale))
                    } @else {
                        // For password managers.
                        input.hidden type="text" name="username" value=(self.name) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                    }
                    (Input { hint: &password_hint(locale), autocomplete: "new-password", focus: self.other.is_none(), ..Input::of(Field::Password, texts.password, "") }.render(fault, locale))
                    button { (texts.set_password) }
                }
            }
        }
    }
}

/// The question before leaving.
pub(crate) fn logout(site: &Site, locale: Locale) -> Markup {
    let texts = locale.texts();
    html! {
        section.sheet {
            h1 { (texts.entry.sign_out_question) }
            form method="post" action=(site.path("/logout")) { (empty_form_field()) button { (texts.frame.sign_out) } }
            p.aside { a href=(site.path("/chat")) { (texts.entry.stay) } }
        }
    }
}

pub(super) fn general(fault: Option<&FieldError>) -> Markup {
    html! {
        @if let Some(FieldError { field: None, text, .. }) = fault { p.fault role="alert" { (text) } }
    }
}

pub(super) fn password_hint(locale: Locale) -> String {
    (locale.texts().entry.password_hint)(PASSWORD_MIN)
}

/// A labelled field, with its rule before and what is wrong with it after.
pub(super) struct Input<'a> {
    pub(super) field: Field,
    pub(super) label: &'a str,
    pub(super) autocomplete: &'a str,
    pub(super) value: &'a str,
    pub(super) hint: &'a str,
    /// The cursor starts here, unless another field has an error.
    pub(super) focus: bool,
    /// Stands for an empty field, which is allowed then.
    pub(super) default: Option<&'a str>,
}

impl<'a> Input<'a> {
    pub(super) fn of(field: Field, label: &'a str, value: &'a str) -> Self {
        let autocomplete = match field {
            Field::Username => "username",
            Field::Current | Field::Password => "current-password",
            Field::Code | Field::Title | Field::Zone => "off",
        };
        Self { field, label, autocomplete, value, hint: "", focus: false, default: None }
    }

    pub(super) fn render(&self, fault: Option<&FieldError>, locale: Locale) -> Markup {
        let name = match self.field {
            Field::Username => "username",
            Field::Current => "current",
            Field::Password => "password",
            Field::Code => "code",
            Field::Title => "title",
            Field::Zone => "zone",
        };
        let secret = matches!(self.field, Field::Current | Field::Password);
        let wrong = fault.filter(|fault| fault.field == Some(self.field));
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
        let most = match self.field {
            Field::Title => Some(TITLE_MAX),
            Field::Code if self.default.is_some() => Some(INVITE_CODE_MAX),
            _ => None,
        };
        let texts = &locale.texts().entry;
        html! {
            div.field {
            label for=(name) { (self.label) }
            input id=(name) name=(name) type=(if secret { "password" } else { "text" }) value=[(!self.value.is_empty()).then_some(self.value)]
                autocomplete=(self.autocomplete) autocapitalize=[(self.field != Field::Title).then_some("none")]
                spellcheck="false" dir="auto" required[self.default.is_none()] maxlength=[most] placeholder=[self.default]
                autofocus[focus] aria-invalid=[wrong.map(|_| "true")] aria-describedby=[described];
            @if secret {
                button.quiet.reveal type="button" aria-controls=(name) data-show=(texts.show_password) data-hide=(texts.hide_password) hidden { (texts.show_password) }
            }
            @if let Some(FieldError { text, offer, .. }) = wrong {
                p.fault #(fault_id) role="alert" { (text) }
                @if let Some(offer) = offer { (offer.render(name, None, texts.use_name)) }
            }
            @if !self.hint.is_empty() { p.hint #(hint_id) { (self.hint) } }
            }
        }
    }
}

//! One's own page: time zone, language, devices, password.

use maud::{Markup, html};

use super::paths::person_path;
use super::sign_in::{Field, FieldError, Input, general, password_hint};
use super::{Site, empty_form_field, exact, local};
use crate::chat::{Seq, Timestamp, Username};
use crate::text::{Language, Locale, ProfileTexts};
use crate::time_zone;

pub(crate) struct ProfilePage<'a> {
    pub(crate) site: &'a Site,
    pub(crate) name: &'a Username,
    pub(crate) owner: bool,
    pub(crate) locale: Locale,
    /// The zone as it was typed, or as it was chosen; empty: the chat's own.
    pub(crate) zone: &'a str,
    /// The beginning and the end of the quiet hours, as they were typed, or as they were chosen; empty: none.
    pub(crate) quiet: [&'a str; 2],
    /// The language that was chosen, if not the browser's.
    pub(crate) language: Option<Language>,
    pub(crate) devices: &'a [DeviceRow],
    /// Just saved.
    pub(crate) saved: Option<Saved>,
    pub(crate) password_fault: Option<FieldError>,
    pub(crate) zone_fault: Option<&'a str>,
    pub(crate) quiet_fault: Option<&'a str>,
}

/// A device that is signed in.
pub(crate) struct DeviceRow {
    pub(crate) id: Seq,
    pub(crate) device: String,
    pub(crate) since: Timestamp,
    pub(crate) used: Timestamp,
    /// The session of this request.
    pub(crate) this: bool,
}

/// The part of the page that was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saved {
    Zone,
    Language,
    Notifications,
    Devices,
    Password,
}

impl Saved {
    const ALL: [Self; 5] = [Self::Zone, Self::Language, Self::Notifications, Self::Devices, Self::Password];

    /// The word for it in addresses: also the id of its heading.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Zone => "time-zone",
            Self::Language => "language",
            Self::Notifications => "notifications",
            Self::Devices => "devices",
            Self::Password => "password-form",
        }
    }

    pub(crate) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|saved| saved.word() == word)
    }

    const fn text(self, texts: &ProfileTexts) -> &'static str {
        match self {
            Self::Zone | Self::Language | Self::Notifications => texts.saved,
            Self::Devices => texts.signed_out_there,
            Self::Password => texts.password_changed,
        }
    }
}

impl ProfilePage<'_> {
    pub(crate) fn render(&self) -> Markup {
        let texts = self.texts();
        html! {
            section.sheet.broad {
                h1 { bdi { (self.name.as_str()) } }
                p {
                    a href=(self.site.path(&person_path(self.name))) { (texts.notes) }
                    @if self.owner { " · " a href=(self.site.path("/owner")) { (texts.chat_settings) } }
                }
                (self.heading(Saved::Zone, texts.time_zone))
                (self.zone_form())
                (self.heading(Saved::Language, texts.language))
                (self.language_form())
                (self.heading(Saved::Notifications, self.locale.texts().notifications.title))
                // A script puts its button there.
                div #alert-test {}
                (self.quiet_form())
                (self.heading(Saved::Devices, texts.devices))
                (self.devices())
                (self.heading(Saved::Password, texts.change_password))
                (self.password_form())
                h2 { (texts.my_messages) }
                p {
                    a href=(self.site.path("/search?author=") + &self.link_name()) { (texts.view) } " · "
                    a href=(self.site.path("/me/messages?format=html")) { (texts.download_html) } " · "
                    a href=(self.site.path("/me/messages")) { (texts.download_json) }
                }
                p.aside { a href=(self.site.path("/chat")) { (texts.back) } }
            }
        }
    }

    fn texts(&self) -> &'static ProfileTexts {
        &self.locale.texts().profile
    }

    /// A part's heading, and whether it was saved.
    fn heading(&self, part: Saved, text: &str) -> Markup {
        html! {
            h2 #(part.word()) { (text) }
            @if self.saved == Some(part) { p.saved role="status" { (part.text(self.texts())) } }
        }
    }

    fn link_name(&self) -> String {
        form_urlencoded::byte_serialize(self.name.as_str().as_bytes()).collect()
    }

    fn zone_form(&self) -> Markup {
        let texts = self.texts();
        html! {
            form method="post" action=(self.site.path("/me/zone")) {
                @if let Some(text) = self.zone_fault { p.fault #zone-fault role="alert" { (text) } }
                input #zone name="zone" list="zones" value=(self.zone) placeholder=(self.site.zone) autocomplete="off"
                    autocapitalize="none" spellcheck="false" aria-labelledby=(Saved::Zone.word())
                    aria-describedby=(if self.zone_fault.is_some() { "zone-fault zone-hint" } else { "zone-hint" })
                    aria-invalid=[self.zone_fault.map(|_| "true")];
                datalist #zones { @for zone in time_zone::NAMES.iter() { option value=(zone) {} } }
                p.hint #zone-hint { ((texts.time_zone_hint)(&self.locale.name_of(self.site.zone))) }
                button.quiet { (texts.save) }
            }
        }
    }

    fn quiet_form(&self) -> Markup {
        let (texts, [from, to]) = (&self.locale.texts().notifications, self.quiet);
        let described = if self.quiet_fault.is_some() { "quiet-fault quiet-hint" } else { "quiet-hint" };
        let time = |name, label, value| {
            html! {
                div {
                    label for={ "quiet-" (name) } { (label) }
                    input #{ "quiet-" (name) } type="time" name=(name) value=(value) autocomplete="off"
                        aria-describedby=(described) aria-invalid=[self.quiet_fault.map(|_| "true")];
                }
            }
        };
        html! {
            form method="post" action=(self.site.path("/me/quiet")) {
                fieldset {
                    legend { (texts.quiet_hours) }
                    @if let Some(text) = self.quiet_fault { p.fault #quiet-fault role="alert" { (text) } }
                    div.pair { (time("from", texts.quiet_from, from)) (time("to", texts.quiet_to, to)) }
                    p.hint #quiet-hint { ((texts.quiet_hint)(&self.locale.name_of(self.locale.zone))) }
                }
                button.quiet { (texts.save) }
            }
        }
    }

    fn language_form(&self) -> Markup {
        let texts = self.texts();
        html! {
            form method="post" action=(self.site.path("/me/language")) {
                select name="language" aria-labelledby=(Saved::Language.word()) aria-describedby="language-hint" autocomplete="off" {
                    option value="" selected[self.language.is_none()] { (texts.automatic) }
                    @for language in Language::ALL {
                        option value=(language.tag()) lang=(language.tag()) selected[self.language == Some(language)] { (language.name()) }
                    }
                }
                p.hint #language-hint { (texts.language_hint) }
                button.quiet { (texts.save) }
            }
        }
    }

    fn devices(&self) -> Markup {
        let texts = self.texts();
        html! {
            ul.devices {
                @for device in self.devices {
                    @let name = self.named(device);
                    li {
                        div {
                            b { (name) }
                            @if device.this { " (" (texts.this_device) ")" }
                            br;
                            small { (texts.since) " " (self.time(device.since)) }
                            @if !device.this { br; small { (texts.used) " " (self.time(device.used)) } }
                        }
                        @if !device.this {
                            form method="post" action=(self.site.path("/me/sessions")) {
                                input type="hidden" name="session" value=(device.id);
                                button.quiet aria-label=((texts.sign_out_device)(&name)) { (texts.sign_out) }
                            }
                        }
                    }
                }
            }
            @if self.devices.len() > 1 {
                form method="post" action=(self.site.path("/me/sessions")) {
                    (empty_form_field())
                    button.quiet { (texts.sign_out_elsewhere) }
                }
            }
        }
    }

    /// Its name is kept in English, as "Firefox on Linux".
    fn named(&self, DeviceRow { device, .. }: &DeviceRow) -> String {
        match device.split_once(" on ") {
            Some((browser, system)) => (self.texts().device_on)(browser, system),
            None if device.is_empty() => self.texts().unknown_device.to_owned(),
            None => device.clone(),
        }
    }

    fn time(&self, at: Timestamp) -> Markup {
        html! { time datetime=(exact(at)) { (self.locale.date_time(&local(at, self.locale))) } }
    }

    fn password_form(&self) -> Markup {
        let (texts, fault) = (self.texts(), self.password_fault.as_ref());
        html! {
            p.hint { (texts.password_hint) }
            form method="post" action=(self.site.path("/me/password")) {
                (general(fault))
                // For password managers.
                input.hidden type="text" name="username" value=(self.name.as_str()) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                (Input::of(Field::Current, texts.current_password, "").render(fault, self.locale))
                (Input { hint: &password_hint(self.locale), autocomplete: "new-password", ..Input::of(Field::Password, texts.new_password, "") }.render(fault, self.locale))
                button.quiet { (texts.change_password) }
            }
        }
    }
}

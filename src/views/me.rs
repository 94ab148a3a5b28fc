//! One's own page: password, time zone, devices.

use maud::{Markup, html};

use super::entry::{Field, FormFault, Input, general, password_hint};
use super::message::person_path;
use super::{CONFIRMATION, Site, exact, local};
use crate::chat::{Seq, Timestamp, Username};
use crate::text::Locale;
use crate::zone;

/// What one sees and sets of oneself.
pub(crate) struct Me<'a> {
    pub(crate) site: &'a Site,
    pub(crate) name: &'a Username,
    pub(crate) owner: bool,
    pub(crate) locale: Locale,
    /// The zone as it was typed, or as it was chosen; empty: the chat's own.
    pub(crate) chosen: &'a str,
    pub(crate) devices: &'a [SignedIn],
    /// What is wrong with the form for a new password.
    pub(crate) password_fault: Option<FormFault>,
    /// What is wrong with the zone.
    pub(crate) zone_fault: Option<&'a str>,
}

/// A device that is signed in.
pub(crate) struct SignedIn {
    pub(crate) id: Seq,
    pub(crate) device: String,
    pub(crate) since: Timestamp,
    pub(crate) used: Timestamp,
    /// Whether it is the one that asks.
    pub(crate) this: bool,
}

impl Me<'_> {
    pub(crate) fn render(&self) -> Markup {
        html! {
            section.sheet.broad {
                h1 { bdi { (self.name.as_str()) } }
                p {
                    a href=(self.site.path(&person_path(self.name))) { "Notes to myself" }
                    @if self.owner { " · " a href=(self.site.path("/owner")) { "This chat" } }
                }
                h2 { "Times" }
                (self.zone_form())
                h2 #devices { "Signed in" }
                (self.devices())
                h2 #password-form { "New password" }
                (self.password_form())
                h2 { "What I said" }
                p { a href=(self.site.path("/search?author=") + &self.link_name()) { "Show it" } " · " a href=(self.site.path("/me/messages?format=html")) { "All of it as one page" } " · "
                    a href=(self.site.path("/me/messages")) { "As JSON lines" } }
                p.aside { a href=(self.site.path("/chat")) { "Back to the chat" } }
            }
        }
    }

    fn link_name(&self) -> String {
        form_urlencoded::byte_serialize(self.name.as_str().as_bytes()).collect()
    }

    fn zone_form(&self) -> Markup {
        html! {
            form method="post" action=(self.site.path("/me/zone")) {
                @if let Some(text) = self.zone_fault { p.fault #zone-fault role="alert" { (text) } }
                label for="zone" { "Time zone" }
                input #zone name="zone" list="zones" value=(self.chosen) placeholder=(self.site.zone) autocomplete="off"
                    autocapitalize="none" spellcheck="false" aria-describedby=(if self.zone_fault.is_some() { "zone-fault zone-hint" } else { "zone-hint" })
                    aria-invalid=[self.zone_fault.map(|_| "true")];
                datalist #zones { @for zone in zone::NAMES.iter() { option value=(zone) {} } }
                p.hint #zone-hint { "A city, as Europe/Berlin, or an offset, as UTC+5:30. Empty: that of this chat, " (self.site.zone) "." }
                button.quiet { "Change the zone" }
            }
        }
    }

    fn devices(&self) -> Markup {
        html! {
            ul.devices {
                @for device in self.devices {
                    li {
                        div {
                            b { @if device.device.is_empty() { "Some device" } @else { (device.device) } }
                            @if device.this { " (this one)" }
                            br;
                            small { "since " (self.time(device.since)) @if !device.this { ", used " (self.time(device.used)) } }
                        }
                        @if !device.this {
                            form method="post" action=(self.site.path("/me/sessions")) {
                                input type="hidden" name="session" value=(device.id);
                                button.quiet { "Sign out" span.hidden { " " (device.device) } }
                            }
                        }
                    }
                }
            }
            @if self.devices.len() > 1 {
                form method="post" action=(self.site.path("/me/sessions")) {
                    (CONFIRMATION.render())
                    button.quiet { "Sign out all others" }
                }
            }
        }
    }

    fn time(&self, at: Timestamp) -> Markup {
        html! { time datetime=(exact(at)) { (self.locale.date_time(&local(at, self.locale))) } }
    }

    fn password_form(&self) -> Markup {
        let fault = self.password_fault.as_ref();
        html! {
            p.hint { "It signs you out on all other devices." }
            form method="post" action=(self.site.path("/me/password")) {
                (general(fault))
                // For password managers.
                input.hidden type="text" name="username" value=(self.name.as_str()) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                (Input::of(Field::Current, "Current password", "").render(fault, self.locale))
                (Input { hint: &password_hint(self.locale), autocomplete: "new-password", ..Input::of(Field::Password, "New password", "") }.render(fault, self.locale))
                button.quiet { "Set password" }
            }
        }
    }
}

//! One's own page, and what stands beside the composer.

pub(crate) struct ProfileTexts {
    pub(crate) notes: &'static str,
    pub(crate) chat_settings: &'static str,
    pub(crate) time_zone: &'static str,
    pub(crate) time_zone_hint: fn(&str) -> String,
    pub(crate) language: &'static str,
    /// The language of the browser.
    pub(crate) automatic: &'static str,
    pub(crate) language_hint: &'static str,
    pub(crate) save: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) devices: &'static str,
    pub(crate) this_device: &'static str,
    /// Browser, system.
    pub(crate) device_on: fn(&str, &str) -> String,
    pub(crate) unknown_device: &'static str,
    /// Before a time.
    pub(crate) since: &'static str,
    /// Before a time.
    pub(crate) used: &'static str,
    /// A device, for those who hear it; it begins with the text of the button.
    pub(crate) sign_out_device: fn(&str) -> String,
    pub(crate) sign_out: &'static str,
    pub(crate) sign_out_elsewhere: &'static str,
    pub(crate) signed_out_there: &'static str,
    pub(crate) change_password: &'static str,
    pub(crate) current_password: &'static str,
    pub(crate) new_password: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) password_changed: &'static str,
    pub(crate) my_messages: &'static str,
    pub(crate) view: &'static str,
    pub(crate) download_html: &'static str,
    pub(crate) download_json: &'static str,
    pub(crate) back: &'static str,
}

/// The emoji to choose from.
pub(crate) struct EmojiTexts {
    pub(crate) title: &'static str,
    pub(crate) search: &'static str,
    pub(crate) none: &'static str,
    /// Unicode's groups.
    pub(crate) groups: [&'static str; 9],
}

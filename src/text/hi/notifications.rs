//! What one wants to be told of, in Hindi.

use crate::text::NotificationsTexts;

pub(super) const NOTIFICATIONS: NotificationsTexts = NotificationsTexts {
    title: "नोटिफ़िकेशन",
    title_of: |room| format!("{room} के नोटिफ़िकेशन"),
    everything: "सभी संदेश",
    mentions: "मेंशन और जवाब",
    nothing: "कुछ नहीं (म्यूट)",
    hint: "म्यूट किए गए रूम धुँधले और सबसे नीचे दिखते हैं, और उनके संदेश गिने नहीं जाते।",
    save: "सेव करें",
    saved: "सेव हो गया",
    muted: "म्यूट",
    quiet_hours: "शांत समय",
    quiet_from: "से",
    quiet_to: "तक",
    quiet_hint: |zone| {
        format!(
            "इस समय ({zone}) में आपके ब्राउज़र न नोटिफ़िकेशन दिखाएँगे, न आवाज़ करेंगे। अपठित संदेश फिर भी गिने जाएँगे। बंद रखने के लिए दोनों खाली छोड़ें।"
        )
    },
    no_quiet_hours: "शांत समय के लिए दो अलग समय चाहिए। जैसे 22:00 और 07:00।",
};

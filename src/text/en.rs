//! English.

use super::{Catalogue, Dates, Frame, Message, Plural, Room, Scripts, Sidebar, Transcript};

/// "one" is 1 (CLDR).
const fn plural(forms: &'static [(&'static str, &'static str)]) -> Plural {
    Plural::new(|number| if number == 1 { "one" } else { "other" }, forms)
}

pub(super) const ENGLISH: Catalogue = Catalogue {
    dates: Dates {
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        date: |day, month, year| format!("{day} {month} {year}"),
        day: |weekday, date| format!("{weekday}, {date}"),
        date_time: |date, time| format!("{date}, {time}"),
        morning: |clock| format!("{clock} am"),
        afternoon: |clock| format!("{clock} pm"),
    },
    frame: Frame { skip_to_content: "Skip to content", sign_out: "Sign out" },
    sidebar: Sidebar { unread: plural(&[("other", "{n} unread")]) },
    room: Room { general: "General", notes: "Notes" },
    message: Message { edited: "edited" },
    transcript: Transcript {
        as_of: |time| format!("As of {time}"),
        next_part: "Next part",
        empty: "No messages",
    },
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} new message"), ("other", "{n} new messages")]),
        removed: "This message was deleted.",
    },
};

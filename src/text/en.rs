//! English.

use super::{Catalogue, Dates, Frame, Message, Plural, Removal, Room, Scripts, Sidebar, Transcript};

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
    removal: Removal {
        told: "You were removed from this chat. Ask its owner if that was a mistake.",
        mark: "(removed)",
        removed_members: "Removed members",
        none: "No one was removed.",
        removed_on: |date| format!("Removed on {date}"),
        from_to: |from, to| format!("Member from {from} to {to}"),
        bring_back: "Bring back",
        bring_back_hint: "They get a link to set a new password, and are a member again. Their messages and direct messages are theirs; they have to join other rooms again.",
        name_is_taken: "Someone else has this name now. They will choose another one.",
        send_link: |name| format!("Send this link to {name}. It works once, within an hour."),
        link: "Link",
        welcome_back: "Welcome back",
        comes_back_as: |name| format!("Set a new password to be a member again, as {name}."),
        comes_back_renamed: |name| {
            format!(
                "Set a new password to be a member again. Someone else is called {name} now, so choose another name."
            )
        },
    },
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} new message"), ("other", "{n} new messages")]),
        removed: "This message was deleted.",
    },
};

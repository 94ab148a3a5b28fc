//! German.

use super::{Catalogue, Dates, Frame, Message, Plural, Room, Scripts, Sidebar, Transcript};

/// "one" is 1 (CLDR).
const fn plural(forms: &'static [(&'static str, &'static str)]) -> Plural {
    Plural::new(|number| if number == 1 { "one" } else { "other" }, forms)
}

pub(super) const GERMAN: Catalogue = Catalogue {
    dates: Dates {
        months: [
            "Januar",
            "Februar",
            "März",
            "April",
            "Mai",
            "Juni",
            "Juli",
            "August",
            "September",
            "Oktober",
            "November",
            "Dezember",
        ],
        weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
        date: |day, month, year| format!("{day}. {month} {year}"),
        day: |weekday, date| format!("{weekday}, {date}"),
        date_time: |date, time| format!("{date}, {time}"),
        morning: |clock| format!("{clock} vorm."),
        afternoon: |clock| format!("{clock} nachm."),
    },
    frame: Frame { skip_to_content: "Zum Inhalt springen", sign_out: "Abmelden" },
    sidebar: Sidebar { unread: plural(&[("other", "{n} ungelesen")]) },
    room: Room { general: "Allgemein", notes: "Notizen" },
    message: Message { edited: "bearbeitet" },
    transcript: Transcript {
        as_of: |time| format!("Stand: {time}"),
        next_part: "Nächster Teil",
        empty: "Keine Nachrichten",
    },
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} neue Nachricht"), ("other", "{n} neue Nachrichten")]),
        removed: "Diese Nachricht wurde gelöscht.",
    },
};

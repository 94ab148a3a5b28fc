//! German.

use super::{Catalogue, Dates, Frame, Message, Plural, Removal, Room, Scripts, Sidebar, Transcript};

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
    removal: Removal {
        told: "Du wurdest aus diesem Chat entfernt. Frag einen Inhaber, falls das ein Versehen war.",
        mark: "(entfernt)",
        removed_members: "Entfernte Mitglieder",
        none: "Niemand wurde entfernt.",
        removed_on: |date| format!("Entfernt am {date}"),
        from_to: |from, to| format!("Mitglied vom {from} bis {to}"),
        bring_back: "Zurückholen",
        bring_back_hint: "Das Mitglied bekommt einen Link, um ein neues Passwort zu setzen, und gehört dann wieder dazu. Nachrichten und Direktnachrichten gehören ihm wieder; anderen Räumen muss es neu beitreten.",
        name_is_taken: "Diesen Namen hat jetzt jemand anderes. Das Mitglied wählt einen neuen.",
        send_link: |name| format!("Schick diesen Link an {name}. Er gilt einmal und eine Stunde lang."),
        link: "Link",
        welcome_back: "Willkommen zurück",
        comes_back_as: |name| format!("Setz ein neues Passwort, um als {name} wieder dabei zu sein."),
        comes_back_renamed: |name| {
            format!(
                "Setz ein neues Passwort, um wieder dabei zu sein. {name} heißt jetzt jemand anderes, wähle also einen anderen Namen."
            )
        },
    },
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} neue Nachricht"), ("other", "{n} neue Nachrichten")]),
        removed: "Diese Nachricht wurde gelöscht.",
    },
};

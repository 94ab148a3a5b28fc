//! German.

use super::{
    Catalogue, Dates, Details, Frame, Lists, Message, People, Plural, Privacy, Removal, Room, Rooms, Scripts,
    Sidebar, Transcript,
};

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
    room: Room {
        general: "Allgemein",
        notes: "Notizen",
        privacy: Privacy {
            general: "Alle können mitlesen",
            open: "Alle können beitreten und mitlesen",
            private: "Nur Mitglieder können mitlesen",
            direct: "Nur ihr beide könnt das lesen",
            notes: "Nur du kannst das lesen",
        },
    },
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
    rooms: Rooms {
        browse: "Räume entdecken",
        search: "Räume suchen",
        invitations: "Einladungen",
        invited_by: |who, room| format!("{who} hat dich in {room} eingeladen"),
        to_join: "Räume, denen du beitreten kannst",
        none_to_join: "Im Moment gibt es keine weiteren offenen Räume.",
        none_found: "Keine Räume gefunden.",
        members: plural(&[("one", "{n} Mitglied"), ("other", "{n} Mitglieder")]),
        preview: "Vorschau",
        preview_room: |room| format!("Vorschau von {room}"),
        join: "Beitreten",
        join_room: |room| format!("{room} beitreten"),
        decline: "Ablehnen",
        decline_room: |room| format!("Einladung in {room} ablehnen"),
        new_room: "Neuer Raum",
        name: "Name",
        topic: "Thema (optional)",
        visibility: "Sichtbarkeit",
        private: "Privat: nur wer hinzugefügt wird, sieht ihn",
        open: "Offen: alle können ihn finden, lesen und beitreten",
        create: "Raum erstellen",
    },
    details: Details {
        title: "Raumdetails",
        open: "Offen: alle können diesen Raum finden, lesen und beitreten.",
        private: "Privat: nur Mitglieder sehen diesen Raum. Neue Mitglieder können auch ältere Nachrichten lesen.",
        invited: "Eingeladen",
        add_people: "Personen hinzufügen",
        member_name: "Name des Mitglieds",
        add: "Hinzufügen",
        added: |who| format!("{who} wurde hinzugefügt."),
        was_invited: |who| {
            format!("{who} hat diesen Raum schon einmal verlassen und wurde deshalb eingeladen.")
        },
        edit: "Raum bearbeiten",
        now: |room| format!("Jetzt: {room}"),
        save: "Speichern",
        saved: "Gespeichert",
        leave: "Raum verlassen",
        leave_hint: "Du bekommst dann keine Nachrichten mehr aus diesem Raum.",
        delete: "Raum löschen",
        delete_hint: "Du bist das letzte Mitglied. Wenn du gehst, werden der Raum und seine Nachrichten gelöscht.",
        back: "Zurück zum Raum",
    },
    people: People {
        title: "Personen",
        search: "Personen suchen",
        none_found: "Niemand gefunden.",
        you: "(du)",
        online: "online",
        message: "Nachricht",
        message_to: |who| format!("Nachricht an {who}"),
    },
    lists: Lists { search: "Suchen", previous: "Zurück", next: "Weiter" },
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} neue Nachricht"), ("other", "{n} neue Nachrichten")]),
        removed: "Diese Nachricht wurde gelöscht.",
    },
};

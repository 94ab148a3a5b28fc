//! What went wrong, in German.

use super::{number, plural};
use crate::text::ErrorTexts;

pub(super) const FAULTS: ErrorTexts = ErrorTexts {
    not_found: "Diese Seite gibt es nicht.",
    no_such_message: "Diese Nachricht gibt es nicht. Vielleicht wurde sie gelöscht.",
    answered_gone: "Die Nachricht, auf die du antwortest, gibt es nicht mehr. Sende noch einmal, um ohne sie zu posten.",
    nobody: "Kein Mitglied hat diesen Namen.",
    method: "Diese Seite lässt sich so nicht aufrufen.",
    gone: "Nachrichten nach dieser oder Änderungen an früheren sind nicht mehr bekannt. Frag ohne after.",
    wrong_current_password: "Das aktuelle Passwort ist falsch.",
    reset_over: "Dieser Link wurde schon benutzt oder ist zu alt. Bitte die Person, die diesen Chat betreibt, um einen neuen.",
    blank_message: "Schreib zuerst eine Nachricht.",
    long_message: |count, max| {
        let (count, max) = (number(count), number(max));
        format!("Diese Nachricht ist zu lang ({count} von {max} Zeichen).")
    },
    nonce_reused: "Deine vorige Nachricht wurde gesendet. Diese ist eine andere: Sende noch einmal, um sie auch zu senden.",
    message_changed: "Diese Nachricht wurde inzwischen geändert. Vergleiche beide Texte und speichere deinen noch einmal, um sie zu ersetzen.",
    written_by_another: |name| {
        format!("Das hat jemand anderes geschrieben: Du bist jetzt als {name} angemeldet.")
    },
    another_member: |name| format!("Du bist jetzt als {name} angemeldet. Lade die Seite neu."),
    someone_else: |name| {
        format!("{name} ist jetzt jemand anderes. Öffne die Unterhaltung neu, aus der Liste der Leute.")
    },
    someone_else_not_sent: |name| {
        format!(
            "{name} ist jetzt jemand anderes. Deine Nachricht wurde nicht gesendet. Um ihnen zu schreiben, kopier sie und öffne diese Seite noch einmal."
        )
    },
    someone_else_not_changed: |name| format!("{name} ist jetzt jemand anderes. Es wurde nichts geändert."),
    this_member: "Dieses Mitglied",
    many_people: |count| {
        let count = number(count);
        format!("Das benachrichtigt {count} Personen. Drücke noch einmal auf Senden, um es zu senden.")
    },
    outside: "Tritt dem Raum bei, um darin zu schreiben.",
    partner_gone: "Diese Unterhaltung ist beendet: Die andere Person ist kein Mitglied mehr.",
    not_yours: "Das kannst du nicht ändern.",
    outdated: "Jemand anderes hat das inzwischen geändert. Sieh es dir an und versuch es dann noch einmal.",
    room_without_name: "Gib dem Raum einen Namen.",
    long_room_name: |max| format!("Ein Raumname darf bis zu {max} Zeichen haben."),
    long_topic: |max| format!("Ein Thema darf bis zu {max} Zeichen haben."),
    unknown_zone: |hint| format!("Diese Zeitzone gibt es nicht. {hint}"),
    zone_hint: "Gib eine Stadt an, zum Beispiel Europe/Berlin, oder einen Abstand, zum Beispiel UTC+5:30.",
    did_you_mean: |names| format!("Meintest du {names}?"),
    ambiguous_zone: |short, hint| format!("{short} steht für mehr als eine Zeitzone. {hint}"),
    no_offset: "Schreib einen Abstand wie UTC+5:30, von UTC-12 bis UTC+14.",
    no_day: "Schreib ein Datum wie 2026-12-31.",
    long_query: "Das ist zu lang für eine Suche. Nimm weniger Wörter.",
    wait: plural(&[
        ("one", "Warte {n} Sekunde und versuch es dann noch einmal."),
        ("other", "Warte {n} Sekunden und versuch es dann noch einmal."),
    ]),
    too_many_attempts: "Zu viele Versuche.",
    too_many_members: "Aus deinem Netz haben sich gerade viele registriert.",
    too_many_messages: "Zu viele Nachrichten auf einmal.",
    too_many_searches: "Zu viele Suchen auf einmal.",
    too_many_rooms: "Zu viele neue Räume auf einmal.",
    too_many_pairs: "Zu viele neue Unterhaltungen auf einmal.",
    too_many_changes: "Zu viele Änderungen auf einmal.",
    too_many_hints: "Zu viele Lese- oder Tipphinweise auf einmal.",
    too_many_reactions: "Zu viele Reaktionen auf einmal.",
    too_many_files_sent: "Du hast in der letzten Stunde sehr viele Dateien gesendet.",
    too_many_streams: "Du hast diesen Chat an zu vielen Stellen offen. Schließ einige davon.",
    streams_full: "Gerade haben zu viele Leute diesen Chat offen. Versuch es gleich noch einmal.",
    busy: "Gerade machen das zu viele Leute auf einmal. Versuch es gleich noch einmal.",
    not_kept: "Gerade lässt sich nichts speichern. Versuch es gleich noch einmal.",
    not_read: "Ältere Nachrichten lassen sich gerade nicht laden. Versuch es gleich noch einmal.",
    cut_off: "Der Chat erreicht gerade seine Datenbank nicht. Versuch es gleich noch einmal.",
    members_full: "Dieser Chat hat so viele Mitglieder, wie er haben kann. Sag der Person Bescheid, die ihn betreibt.",
    sessions_full: "In diesem Chat sind so viele Geräte angemeldet, wie möglich ist. Sag der Person Bescheid, die ihn betreibt.",
    rooms_full: "Dieser Chat hat so viele Räume und Unterhaltungen, wie er haben kann. Sag der Person Bescheid, die ihn betreibt.",
    memberships_full: "Die Räume dieses Chats haben so viele Leute, wie sie haben können. Verlass einen Raum oder sag der Person Bescheid, die den Chat betreibt.",
    own_rooms_full: |count| {
        format!(
            "Du hast {count} Räume erstellt, so viele, wie ein Mitglied kann. Verlass einen, in dem du das letzte Mitglied bist."
        )
    },
    room_share_full: |count| {
        format!(
            "Du hast {count} Räume erstellt, so viele, wie ein Mitglied in einem so vollen Chat kann. Verlass einen, in dem du das letzte Mitglied bist."
        )
    },
    own_conversations_full: "Du hast so viele Unterhaltungen begonnen, wie ein Mitglied in einem so vollen Chat kann. Nimm eine davon oder einen Raum.",
    own_memberships_full: "Du bist in so vielen Räumen, wie ein Mitglied in einem so vollen Chat sein kann. Verlass zuerst einen.",
    their_memberships_full: "Sie sind in so vielen Räumen, dass sie den nächsten selbst beitreten müssen.",
    room_full: "Die Räume, die ein Mitglied erstellt hat, können zusammen nicht mehr Leute haben. Nimm einen Raum, den jemand anderes erstellt hat.",
    unknown_host: |host| {
        format!(
            "Dieser Chat antwortet nicht auf den Namen {host}. Wenn er deiner ist, starte snug mit --host {host}."
        )
    },
    foreign: "Das kam von einer anderen Seite, deshalb wurde nichts geändert. Öffne den Chat selbst und versuch es noch einmal.",
    foreign_origin: "Das scheint von einer anderen Seite gekommen zu sein, deshalb wurde nichts geändert. Wenn du es aus dem Chat selbst gesendet hast, sag der Person Bescheid, die ihn betreibt: snugs Konsole sagt, was einzustellen ist.",
    content_type: "Erwartet wird ein Formular: application/x-www-form-urlencoded.",
    encoding: "Das Formular ist kein gültiges prozentkodiertes UTF-8.",
    unknown_field: "Das Formular hat ein Feld, das nicht dazugehört.",
    repeated_field: "Das Formular hat dasselbe Feld zweimal.",
    long_field: |field, limit| {
        format!("Das Feld „{field}“ ist zu lang: Es darf bis zu {limit} Bytes haben. Kürze es.")
    },
    repeated_header: "Ein Header, der nur einmal gesendet werden darf, kam mehrmals.",
    cut_body: "Der Inhalt der Anfrage kam nicht vollständig an.",
    no_nonce: |max| format!("Die nonce hat 1 bis {max} Buchstaben, Ziffern, _ oder -."),
    no_version: "Eine version sind 16 hexadezimale Ziffern, wie eine Nachricht sie hat.",
    no_id: "Die id einer Nachricht ist eine ganze Zahl.",
    before_and_after: "Frag nach dem, was davor oder danach war, nicht nach beidem.",
    no_one_meant: "Nur Unterhaltungen sind mit einer Person.",
    no_registration: "registration ist open, invited oder closed.",
    no_language: "language ist en, hi oder de, oder leer für die des Browsers.",
    no_switch: "Sende on=1 oder on=0.",
    no_role: "owner ist yes oder no.",
    no_level: "level ist everything, mentions oder nothing.",
    no_export_format: "format ist lines oder html.",
    no_emoji: "Das ist nicht genau ein Emoji. Wähle eins aus oder füge eins ein.",
    no_stream_format: "format ist json oder html.",
    many_shown_rooms: "room wurde zu oft angegeben.",
    not_upgraded: "Diese Adresse ist für Programme, die WebSocket sprechen, Version 13.",
    no_handshake: "Das ist kein Handshake von WebSocket: Connection: Upgrade oder ein gültiger Sec-WebSocket-Key fehlt.",
    not_json: "Sende JSON: Content-Type: application/json.",
    no_command: "Ein Befehl ist ein JSON-Objekt, etwa {\"do\":\"post\",\"message\":\"Hallo\"}.",
    unknown_command: "do ist post, typing oder read.",
    no_tag: "tag ist ein kurzer Text oder eine ganze Zahl.",
    no_value: "Ein Feld ist ein Text oder eine Zahl, oder eine Liste davon.",
    file_too_large: |mib| format!("Das ist zu groß. Eine Datei kann bis zu {mib} MB haben."),
    form_too_large: |mib| {
        format!("Das ist zu viel auf einmal. Sende weniger Dateien, jede mit bis zu {mib} MB.")
    },
    too_many_files: |max| {
        format!(
            "Eine Nachricht kann bis zu {max} Dateien haben. Sende die übrigen in einer weiteren Nachricht."
        )
    },
    one_file: "Sende eine Datei nach der anderen.",
    uploads_full: "Es werden zu viele Dateien auf einmal gesendet. Versuch es gleich noch einmal.",
    downloads_full: "Es werden zu viele Dateien auf einmal geladen. Versuch es gleich noch einmal.",
    files_full: "In diesem Chat ist kein Platz für weitere Dateien. Inhaber können Platz schaffen, indem sie Nachrichten mit Dateien löschen. Die Person, die diesen Chat betreibt, kann mehr erlauben.",
    file_share_full: |taken, share| {
        format!(
            "Dafür ist kein Platz. Deine Dateien belegen {taken} von deinem Anteil von {share}. Lösche einige, um Platz zu schaffen."
        )
    },
    file_share_small: |share| {
        format!("Das ist zu groß. Dein Anteil am Platz für Dateien ist gerade {share}.")
    },
    disk_full: "Für diese Datei ist kein Platz. Sag der Person Bescheid, die diesen Chat betreibt.",
    unsent_files_full: "Zu viele Dateien warten darauf, gesendet zu werden. Sende erst einige davon, oder versuch es in einer Stunde noch einmal.",
    emoji_full: |most| format!("Diese Nachricht hat schon {most} verschiedene Reaktionen. Nimm eine davon."),
    reactions_full: |most| format!("Diese Nachricht hat {most} Reaktionen, mehr nimmt sie nicht an."),
    pins_full: |most| format!("Dieser Raum hat schon {most} angeheftete Nachrichten. Löse erst eine davon."),
    no_file: "Diese Datei gibt es nicht. Vielleicht wurde sie gelöscht.",
    file_gone: "Diese Datei ist nicht mehr vorhanden.",
    file_missing: "Diese Datei fehlt. Sag der Person Bescheid, die diesen Chat betreibt.",
    files_off: "In diesem Chat gibt es keine Dateien.",
    no_files_form: "Erwartet wird ein Formular mit Dateien: multipart/form-data.",
};

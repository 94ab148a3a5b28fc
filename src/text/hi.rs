//! Hindi.

use super::{
    Catalogue, Dates, Details, Frame, Lists, Message, People, Plural, Privacy, Removal, Room, Rooms, Scripts,
    Sidebar, Transcript,
};

/// "one" is 0 and 1 (CLDR).
const fn plural(forms: &'static [(&'static str, &'static str)]) -> Plural {
    Plural::new(|number| if number <= 1 { "one" } else { "other" }, forms)
}

pub(super) const HINDI: Catalogue = Catalogue {
    dates: Dates {
        months: [
            "जनवरी",
            "फ़रवरी",
            "मार्च",
            "अप्रैल",
            "मई",
            "जून",
            "जुलाई",
            "अगस्त",
            "सितंबर",
            "अक्टूबर",
            "नवंबर",
            "दिसंबर",
        ],
        weekdays: ["सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार"],
        date: |day, month, year| format!("{day} {month} {year}"),
        day: |weekday, date| format!("{weekday}, {date}"),
        date_time: |date, time| format!("{date}, {time}"),
        morning: |clock| format!("{clock} am"),
        afternoon: |clock| format!("{clock} pm"),
    },
    frame: Frame {
        skip_to_content: "मुख्य सामग्री पर जाएँ", sign_out: "साइन आउट करें"
    },
    sidebar: Sidebar { unread: plural(&[("other", "{n} अपठित")]) },
    room: Room {
        general: "सामान्य",
        notes: "नोट्स",
        privacy: Privacy {
            general: "इसे सभी पढ़ सकते हैं",
            open: "इसे सभी पढ़ सकते हैं और इसमें शामिल हो सकते हैं",
            private: "इसे सिर्फ़ सदस्य पढ़ सकते हैं",
            direct: "इसे सिर्फ़ आप दोनों पढ़ सकते हैं",
            notes: "इसे सिर्फ़ आप पढ़ सकते हैं",
        },
    },
    message: Message { edited: "संपादित" },
    transcript: Transcript {
        as_of: |time| format!("{time} तक"),
        next_part: "अगला भाग",
        empty: "कोई संदेश नहीं",
    },
    removal: Removal {
        told: "आपको इस चैट से हटा दिया गया है। अगर यह गलती से हुआ है, तो चैट के ओनर से पूछें।",
        mark: "(हटाए गए)",
        removed_members: "हटाए गए सदस्य",
        none: "किसी को नहीं हटाया गया है।",
        removed_on: |date| format!("{date} को हटाया गया"),
        from_to: |from, to| format!("{from} से {to} तक सदस्य"),
        bring_back: "वापस लाएँ",
        bring_back_hint: "उन्हें नया पासवर्ड सेट करने का लिंक मिलेगा और वे फिर से सदस्य बन जाएँगे। उनके संदेश और डायरेक्ट मैसेज फिर उनके होंगे; बाकी रूम में उन्हें दोबारा शामिल होना होगा।",
        name_is_taken: "यह नाम अब किसी और का है। वे दूसरा नाम चुनेंगे।",
        send_link: |name| format!("यह लिंक {name} को भेजें। यह एक घंटे तक और सिर्फ़ एक बार काम करेगा।"),
        link: "लिंक",
        welcome_back: "फिर से स्वागत है",
        comes_back_as: |name| format!("नया पासवर्ड सेट करें और {name} नाम से फिर सदस्य बनें।"),
        comes_back_renamed: |name| {
            format!("नया पासवर्ड सेट करके फिर सदस्य बनें। {name} नाम अब किसी और का है, इसलिए कोई दूसरा नाम चुनें।")
        },
    },
    rooms: Rooms {
        browse: "रूम देखें",
        search: "रूम खोजें",
        invitations: "आमंत्रण",
        invited_by: |who, room| format!("{who} ने आपको {room} में आमंत्रित किया है"),
        to_join: "रूम जिनमें आप शामिल हो सकते हैं",
        none_to_join: "अभी कोई और खुला रूम नहीं है।",
        none_found: "कोई रूम नहीं मिला।",
        members: plural(&[("other", "{n} सदस्य")]),
        preview: "झलक देखें",
        preview_room: |room| format!("{room} की झलक देखें"),
        join: "शामिल हों",
        join_room: |room| format!("{room} में शामिल हों"),
        decline: "अस्वीकार करें",
        decline_room: |room| format!("{room} का आमंत्रण अस्वीकार करें"),
        new_room: "नया रूम",
        name: "नाम",
        topic: "विषय (वैकल्पिक)",
        visibility: "इसे कौन देख सकता है",
        private: "निजी: सिर्फ़ वे लोग देख सकते हैं जिन्हें आप जोड़ेंगे",
        open: "खुला: सभी इसे खोज और पढ़ सकते हैं और इसमें शामिल हो सकते हैं",
        create: "रूम बनाएँ",
    },
    details: Details {
        title: "रूम की जानकारी",
        open: "खुला: सभी इस रूम को खोज और पढ़ सकते हैं और इसमें शामिल हो सकते हैं।",
        private: "निजी: यह रूम सिर्फ़ सदस्यों को दिखता है। नए सदस्य पुराने संदेश भी पढ़ सकते हैं।",
        invited: "आमंत्रित",
        add_people: "लोगों को जोड़ें",
        member_name: "सदस्य का नाम",
        add: "जोड़ें",
        added: |who| format!("{who} को जोड़ा गया।"),
        was_invited: |who| format!("{who} पहले यह रूम छोड़ चुके हैं, इसलिए उन्हें आमंत्रण भेजा गया।"),
        edit: "रूम में बदलाव करें",
        now: |room| format!("अभी: {room}"),
        save: "सेव करें",
        saved: "सेव हो गया",
        leave: "रूम छोड़ें",
        leave_hint: "आपको इस रूम के संदेश मिलना बंद हो जाएँगे।",
        delete: "रूम हटाएँ",
        delete_hint: "आप आख़िरी सदस्य हैं। आपके छोड़ने पर यह रूम और इसके संदेश हटा दिए जाएँगे।",
        back: "रूम पर वापस जाएँ",
    },
    people: People {
        title: "लोग",
        search: "लोगों को खोजें",
        none_found: "कोई नहीं मिला।",
        you: "(आप)",
        online: "ऑनलाइन",
        message: "संदेश भेजें",
        message_to: |who| format!("{who} को संदेश भेजें"),
    },
    lists: Lists { search: "खोजें", previous: "पिछला", next: "अगला" },
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} नया संदेश"), ("other", "{n} नए संदेश")]),
        removed: "यह संदेश हटा दिया गया।",
    },
};

//! Hindi.

use super::{Catalogue, Dates, Frame, Message, Plural, Removal, Room, Scripts, Sidebar, Transcript};

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
    room: Room { general: "सामान्य", notes: "नोट्स" },
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
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} नया संदेश"), ("other", "{n} नए संदेश")]),
        removed: "यह संदेश हटा दिया गया।",
    },
};

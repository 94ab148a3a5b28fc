//! Hindi.

use super::{Catalogue, Dates, Frame, Message, Plural, Room, Scripts, Sidebar, Transcript};

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
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} नया संदेश"), ("other", "{n} नए संदेश")]),
        removed: "यह संदेश हटा दिया गया।",
    },
};

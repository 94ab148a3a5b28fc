//! Activity, in Hindi.

use super::plural;
use crate::text::ActivityTexts;

pub(super) const ACTIVITY: ActivityTexts = ActivityTexts {
    title: "गतिविधि",
    unread_mentions: plural(&[("other", "गतिविधि, {n} मेंशन")]),
    new_reactions: "गतिविधि, नई प्रतिक्रियाएँ",
    unread: "नया",
    mentioned: |name| format!("{name} ने आपको मेंशन किया"),
    replied: |name| format!("{name} ने आपको जवाब दिया"),
    reacted_one: |name, emoji| format!("{name} ने आपके संदेश पर {emoji} प्रतिक्रिया दी"),
    reacted_two: |one, other, emoji| format!("{one} और {other} ने आपके संदेश पर {emoji} प्रतिक्रिया दी"),
    reacted_many: |name, others, emoji| {
        format!("{name} और {others} अन्य लोगों ने आपके संदेश पर {emoji} प्रतिक्रिया दी")
    },
    entry: |what, room, at| format!("{what}, {room}, {at}"),
    empty: "अभी कोई गतिविधि नहीं",
    empty_hint: "जब कोई आपको मेंशन करेगा, आपको जवाब देगा या आपके संदेशों पर प्रतिक्रिया देगा, तो वह यहाँ दिखेगा।",
    older: "पुरानी गतिविधि",
    latest: "नई गतिविधि",
    mark_seen: "देखा हुआ चिह्नित करें",
    mark_unread: "अपठित चिह्नित करें",
    read_all: "सब कुछ पढ़ा हुआ चिह्नित करें",
    marked_unread: "अपठित चिह्नित किया गया",
    everything_read: "सब कुछ पढ़ा हुआ चिह्नित किया गया।",
};

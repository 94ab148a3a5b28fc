//! Pinned messages, in Hindi.

use crate::text::PinsTexts;

pub(super) const PINS: PinsTexts = PinsTexts {
    pin: "पिन करें",
    unpin: "अनपिन करें",
    pin_hint: "यह इस रूम के सभी लोगों को पिन किए गए संदेशों में मिलेगा।",
    unpin_hint: "यह पिन किए गए संदेशों में नहीं रहेगा। संदेश बना रहेगा।",
    pinned_by: |name| format!("{name} ने पिन किया"),
    pinned_at: |name, when| format!("{name} ने पिन किया, {when}"),
    heading: "पिन किए गए संदेश",
    all: "सभी पिन किए गए संदेश",
    title: |room| format!("{room} में पिन किए गए संदेश"),
    none: "अभी कोई पिन किया गया संदेश नहीं",
    none_hint: "जो लोगों को फिर ढूँढना हो उसे पिन करें: संदेश के मेनू में पिन करें चुनें।",
    gone: "यह संदेश अब उपलब्ध नहीं है।",
    place: |author, when| format!("{author} के संदेश पर जाएँ, {when}"),
};

//! Several nodes, in Hindi.

use super::plural;
use crate::text::NodesTexts;

pub(super) const NODES: NodesTexts = NodesTexts {
    cut_off: "चैट अभी अपने डेटाबेस तक नहीं पहुँच पा रहा है। आप पढ़ना जारी रख सकते हैं। आप जो लिखेंगे, वह भेजे जाने तक सुरक्षित रहेगा।",
    title: "नोड",
    this_node: "यह नोड",
    version: |version| format!("संस्करण {version}"),
    up_to_date: "पूरी तरह अपडेट",
    behind: plural(&[("one", "{n} बदलाव पीछे"), ("other", "{n} बदलाव पीछे")]),
    seen: |seconds| match seconds {
        0..3 => "अभी-अभी दिखा".into(),
        _ => format!("{seconds} सेकंड पहले दिखा"),
    },
    database: "डेटाबेस",
    answered: |seconds| match seconds {
        0..3 => "अभी-अभी जवाब दिया".into(),
        _ => format!("पिछला जवाब {seconds} सेकंड पहले"),
    },
    standbys: |synchronous, others| format!("स्टैंडबाय: {synchronous} सिंक्रोनस, {others} एसिंक्रोनस"),
    no_standby: "कोई सिंक्रोनस स्टैंडबाय नहीं है। डेटाबेस की मशीन खराब हुई तो सबसे नए संदेश खो सकते हैं।",
};

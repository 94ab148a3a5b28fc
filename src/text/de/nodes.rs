//! Several nodes, in German.

use super::plural;
use crate::text::NodesTexts;

pub(super) const NODES: NodesTexts = NodesTexts {
    cut_off: "Der Chat erreicht gerade seine Datenbank nicht. Du kannst weiterlesen. Was du schreibst, bleibt erhalten, bis es gesendet werden kann.",
    title: "Knoten",
    this_node: "dieser Knoten",
    version: |version| format!("Version {version}"),
    up_to_date: "auf dem neuesten Stand",
    behind: plural(&[("one", "{n} Änderung zurück"), ("other", "{n} Änderungen zurück")]),
    seen: |seconds| match seconds {
        0..3 => "gerade eben gesehen".into(),
        _ => format!("vor {seconds} Sekunden gesehen"),
    },
    database: "Datenbank",
    answered: |seconds| match seconds {
        0..3 => "Hat gerade eben geantwortet".into(),
        _ => format!("Letzte Antwort vor {seconds} Sekunden"),
    },
    standbys: |synchronous, others| format!("Standbys: {synchronous} synchron, {others} asynchron"),
    no_standby: "Es gibt keinen synchronen Standby. Fällt der Rechner der Datenbank aus, können die neuesten Nachrichten verloren gehen.",
};

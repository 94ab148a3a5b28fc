//! Every event as bytes, and back.

use std::sync::Arc;

use proptest::prelude::*;

use super::wire::{WireError, decode, encode};
use crate::chat::log_contract::{check_every_event, check_log_contract, verbs};
use crate::chat::{
    Amendments, Body, Emoji, Event, MemberId, Mentions, Pin, Reaction, Reactions, Record, RoomId, Seq,
    Timestamp,
};
use crate::store::tests::Folder;

fn reads_back(records: &[Record]) {
    for record in records {
        let bytes = encode(&record.event);
        assert_eq!(decode(&bytes).as_ref(), Ok(&record.event));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), Err(WireError::Damaged), "{record:?} {end}");
        }
        assert_eq!(decode(&[&bytes[..], &[0]].concat()), Err(WireError::Damaged));
    }
}

#[test]
fn every_event_reads_back_and_none_that_is_cut_off() {
    let folder = Folder::new();
    reads_back(&check_every_event(|| Box::new(folder.open().unwrap())));
    assert_eq!(decode(&[127]), Err(WireError::UnknownKind));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn what_a_chat_records_reads_back(verbs in verbs()) {
        let folder = Folder::new();
        reads_back(&check_log_contract(|| Box::new(folder.open().unwrap()), verbs));
    }
}

proptest! {
    #[test]
    fn a_record_that_is_read_again_keeps_its_amendments(
        numbers in prop::collection::vec(any::<(u64, i64)>(), 0..4), edited in any::<Option<i64>>()
    ) {
        let emoji = Emoji::parse("👍").unwrap();
        let reaction = |(id, at): (u64, i64)| Reaction {
            id: Seq(id), at: Timestamp(at), member: MemberId(Seq(id)), emoji: emoji.clone(),
        };
        let pin = numbers.first().map(|(id, at)| Box::new(Pin { id: Seq(*id), by: MemberId(Seq(*id)), at: Timestamp(*at) }));
        let reactions = Reactions::from_storage(numbers.into_iter().map(reaction).collect());
        let amendments = Amendments { edited: edited.map(Timestamp), reactions, pin };
        let event = Event::Posted {
            author: MemberId(Seq(1)), room: RoomId::SHARED, body: Body::none(), mentions: Mentions::default(),
            group: None, quote: None, files: Arc::default(), nonce: None, amendments,
        };
        prop_assert_eq!(decode(&encode(&event)), Ok(event));
    }

    #[test]
    fn any_bytes_are_an_event_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200), kind in 0..40u8) {
        let _ = decode(&[&[kind][..], &bytes].concat());
    }
}

//! Records under other numbers, as those of other nodes came before them.

use std::sync::Arc;

use super::{Event, ForgottenChange, Record};
use crate::chat::file::{FileId, FileRecord};
use crate::chat::mentions::{GroupMention, Mentions};
use crate::chat::model::{MemberId, Nonce, RoomId, Seq};
use crate::chat::quote::Quote;

impl Record {
    /// Moves its number on by `by`, and with it the numbers that it names and that come after `after`: those of records
    /// that were decided before it and are not applied.
    pub fn renumber(&mut self, after: Seq, by: u64) {
        let shift = Shift { after, by };
        self.seq.move_on(shift);
        self.event.move_on(shift);
    }
}

#[derive(Clone, Copy)]
struct Shift {
    after: Seq,
    by: u64,
}

/// Is or has numbers of records.
trait Numbered {
    fn move_on(&mut self, shift: Shift);
}

impl Numbered for Seq {
    fn move_on(&mut self, shift: Shift) {
        if *self > shift.after {
            self.0 += shift.by;
        }
    }
}

/// All fields of these types: first those that have numbers, and behind the semicolon the others. One that is in neither
/// list does not compile, nor does an event that is not here.
macro_rules! numbered {
    (
        $(struct $type:ident { $($numbered:ident)+ $(; $($other:ident)+)? })+
        enum Event { $($event:ident { $($in_event:ident)* $(; $($beside:ident)+)? })+ }
    ) => {
        $(
            impl Numbered for $type {
                fn move_on(&mut self, shift: Shift) {
                    let Self { $($numbered,)+ $($($other: _,)+)? } = self;
                    $($numbered.move_on(shift);)+
                }
            }
        )+

        impl Numbered for Event {
            fn move_on(&mut self, shift: Shift) {
                match self {
                    Self::Configured(_) => {}
                    $(Self::$event { $($in_event,)* $($($beside: _,)+)? } => {
                        $($in_event.move_on(shift);)*
                    })+
                }
            }
        }
    };
}

numbered! {
    struct ForgottenChange { room seq }
    struct GroupMention { members; at length }
    struct Quote { message author; excerpt }

    enum Event {
        Registered { ; name password owner }
        SessionOpened { member; digest device }
        SessionEnded { ; digest }
        SessionRevoked { member; digest }
        DeviceKnown { member; digest }
        DeviceForgotten { ; digest }
        RevokedSessionsForgotten { up_to }
        ResetOffered { by member; digest }
        PasswordChanged { member; password }
        ZoneChosen { member; zone }
        LanguageChosen { member; language }
        RoleChanged { member; owner }
        MemberRemoved { member left; name_freed }
        MemberReturned { member conversations; name }
        RoomOpened { by; name topic open }
        RoomChanged { room; name topic }
        RoomDeleted { room; open }
        PairOpened { by one other }
        Joined { room member }
        Invited { room member by }
        InvitationDeclined { room member }
        Left { room member }
        Read { member room up_to }
        // Only a record that is read again has amendments.
        Posted { author room mentions group quote files; body nonce amendments }
        FileAdded { owner; file }
        FilesDropped { ids }
        FileRemoved { message room file forgets; gone }
        Edited { message room mentions group notified forgets; body }
        Reacted { message room author member forgets; emoji }
        ReactionRemoved { message room author reaction forgets }
        Pinned { message room by forgets }
        Unpinned { message room by forgets }
        NotificationLevelChosen { member room; level }
        QuietHoursChosen { member; hours }
        ReactionsSeen { member up_to }
        MarkedUnread { member room after mentions }
        Removed { message room sent forgets }
    }
}

/// What is numbered by its first field.
macro_rules! numbered_first {
    ($($type:ty),+) => {$(
        impl Numbered for $type {
            fn move_on(&mut self, shift: Shift) {
                self.0.move_on(shift);
            }
        }
    )+};
}

numbered_first!(MemberId, RoomId, FileId, (MemberId, Nonce), (FileId, FileRecord));

impl Numbered for Mentions {
    fn move_on(&mut self, shift: Shift) {
        self.members_mut().for_each(|member| member.move_on(shift));
    }
}

impl<T: Numbered> Numbered for Option<T> {
    fn move_on(&mut self, shift: Shift) {
        if let Some(one) = self {
            one.move_on(shift);
        }
    }
}

impl<T: Numbered> Numbered for [T] {
    fn move_on(&mut self, shift: Shift) {
        for one in self {
            one.move_on(shift);
        }
    }
}

impl<T: Numbered> Numbered for Vec<T> {
    fn move_on(&mut self, shift: Shift) {
        self.as_mut_slice().move_on(shift);
    }
}

impl<T: Numbered + ?Sized> Numbered for Box<T> {
    fn move_on(&mut self, shift: Shift) {
        (**self).move_on(shift);
    }
}

impl<T: Numbered + Clone> Numbered for Arc<[T]> {
    fn move_on(&mut self, shift: Shift) {
        Arc::make_mut(self).move_on(shift);
    }
}

impl Numbered for Arc<GroupMention> {
    fn move_on(&mut self, shift: Shift) {
        Arc::make_mut(self).move_on(shift);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Body, Emoji, Mention, Timestamp};

    const OLD: Seq = Seq(10);
    const NEW: Seq = Seq(11);
    /// The same, after five others.
    const MOVED: Seq = Seq(16);

    fn renumbered(event: Event) -> Event {
        let mut record = Record { seq: Seq(12), at: Timestamp(7), event };
        record.renumber(OLD, 5);
        assert_eq!((record.seq, record.at), (Seq(17), Timestamp(7)));
        record.event
    }

    #[test]
    fn what_was_decided_before_it_moves_on_and_what_was_applied_stays() {
        let reaction = |[message, author, member, forgotten]: [Seq; 4]| Event::Reacted {
            message,
            room: RoomId(message),
            author: MemberId(author),
            member: MemberId(member),
            emoji: Emoji::parse("👍").unwrap(),
            forgets: Some(ForgottenChange { room: RoomId(OLD), seq: forgotten }),
        };
        assert_eq!(renumbered(reaction([OLD, NEW, OLD, NEW])), reaction([OLD, MOVED, OLD, MOVED]));
        assert_eq!(renumbered(reaction([NEW, OLD, NEW, OLD])), reaction([MOVED, OLD, MOVED, OLD]));
    }

    #[test]
    fn whoever_a_message_names_moves_on_with_it() {
        let posted = |member: Seq| {
            let (body, member) = (Body::parse("@ann @all").unwrap(), MemberId(member));
            let mention = Mention { at: 0, length: 4, member };
            let group = GroupMention { at: 5, length: 4, members: [MemberId(OLD), member].into() };
            let quote = Quote { message: member.0, author: member, excerpt: None };
            Event::Posted {
                author: member,
                room: RoomId(member.0),
                mentions: Mentions::from_storage(&body, vec![mention]).unwrap(),
                body,
                group: Some(Arc::new(group)),
                quote: Some(Box::new(quote)),
                files: [].into(),
                nonce: None,
                amendments: crate::chat::Amendments::default(),
            }
        };
        assert_eq!(renumbered(posted(NEW)), posted(MOVED));
        assert_eq!(renumbered(posted(OLD)), posted(OLD));
    }
}

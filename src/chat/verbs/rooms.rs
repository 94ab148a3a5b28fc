//! Opening, changing and reading rooms.

use crate::chat::Chat;
use crate::chat::commit_queue::{Decision, conflicts_with_all};
use crate::chat::event::{Event, Record};
use crate::chat::model::{MemberId, Naming, Refusal, RoomId, RoomName, Seq, Timestamp};
use crate::chat::room::{Room, RoomKind};
use crate::chat::state::State;

impl State {
    /// A room of this kind that a member opened after another.
    fn opened_after(&self, member: MemberId, known: RoomId, kind: &RoomKind) -> Option<RoomId> {
        let mut opened = self.member(member)?.opened.iter().rev().take_while(|room| **room > known);
        opened.find(|room| self.rooms.get(room).is_some_and(|room| room.kind == *kind)).copied()
    }

    /// None for the shared room and conversations.
    fn naming(&self, room: RoomId) -> Option<Naming> {
        match &self.rooms.get(&room)?.kind {
            RoomKind::Named { name, topic, .. } => Some(Naming { name: name.clone(), topic: topic.clone() }),
            _ => None,
        }
    }

    /// Refuses a name that could deceive those who see the rooms that `by` sees. A room keeps the name that it has.
    fn may_be_called(&self, by: MemberId, now: Option<&RoomName>, name: &RoomName) -> Result<(), Refusal> {
        if now == Some(name) {
            return Ok(());
        }
        if let Some(mix) = name.mixed_scripts() {
            return Err(Refusal::RoomNameMixed(mix));
        }
        if name.is_like_our_own() {
            return Err(Refusal::RoomNameReserved);
        }
        let is_like = |room: &Room| match &room.kind {
            RoomKind::Named { name: other, .. } => now != Some(other) && name.is_look_alike_of(other),
            _ => false,
        };
        let deceives = self.rooms.iter().any(|(id, room)| is_like(room) && self.sees(by, *id));
        if deceives { Err(Refusal::RoomLooksTaken) } else { Ok(()) }
    }
}

/// A room to open.
#[derive(Clone, Debug)]
pub struct NewRoom {
    pub naming: Naming,
    /// All members may see and join it.
    pub open: bool,
    /// The newest that the member had opened when they decided; 0: none. Where they opened the same one after it, they
    /// asked twice, and it is that one. None: it is a new one in any case.
    pub known: Option<RoomId>,
}

/// Another name or topic for a room.
#[derive(Clone, Debug)]
pub struct RoomChange {
    pub naming: Naming,
    /// Errors: `Outdated` where this is not the present naming. None: replaces any.
    pub known: Option<Naming>,
}

impl Chat {
    /// Opens a room, with its first member in it. Asked twice, returns the same room: see [`NewRoom::known`].
    ///
    /// Errors: those of its name (`RoomLooksTaken` and its kin) and of the quotas.
    pub fn open_room(
        &self,
        by: MemberId,
        NewRoom { naming: Naming { name, topic }, open, known }: NewRoom,
        now: Timestamp,
    ) -> Result<RoomId, Refusal> {
        let opened = self.commit(now, conflicts_with_all, |state, next| {
            let kind = RoomKind::Named { name: name.clone(), topic: topic.clone(), open };
            let twin = known.and_then(|known| state.opened_after(by, known, &kind));
            if let Some(room) = twin {
                return Ok(Decision::AlreadyRecorded(room.0));
            }
            self.may_open_a_room(state, by)?;
            state.may_be_called(by, None, &name)?;
            let room = RoomId(next);
            Ok(Decision::Record(vec![
                Event::RoomOpened { by: Some(by), name: name.clone(), topic: topic.clone(), open },
                Event::Joined { room, member: by },
            ]))
        })?;
        Ok(RoomId(opened))
    }

    /// Gives a room another name and topic. Any of its members may.
    ///
    /// Errors: `Outdated` if it is called other than was known.
    pub fn change_room(
        &self,
        by: MemberId,
        room: RoomId,
        RoomChange { naming, known }: RoomChange,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.change(now, conflicts_with_all, |state| {
            state.must_manage(by, room)?;
            let current = state.naming(room).ok_or(Refusal::NoSuchRoom)?;
            match &known {
                _ if current == naming => Ok(Vec::new()),
                Some(known) if *known != current => Err(Refusal::Outdated),
                _ => {
                    state.may_be_called(by, Some(&current.name), &naming.name)?;
                    Ok(vec![Event::RoomChanged {
                        room,
                        name: naming.name.clone(),
                        topic: naming.topic.clone(),
                    }])
                }
            }
        })
    }

    /// Advances read markers, at most to the newest record. Those that are no news, or of a room that the member is
    /// not in, are passed over; a marker never moves back.
    pub fn read(&self, marks: Vec<(MemberId, RoomId, Seq)>, now: Timestamp) -> Result<(), Refusal> {
        let other = |record: &Record| record.event.commutes_with_messages();
        self.change(now, other, |state| {
            let news = |&(member, room, up_to): &(MemberId, RoomId, Seq)| {
                let up_to = up_to.min(state.last());
                let news = state.active(member).is_ok()
                    && state.is_in(member, room)
                    && up_to > state.read_marker_of(member, room)
                    && state.unseen(member, room).next().is_some();
                news.then_some(Event::Read { member, room, up_to })
            };
            Ok(marks.iter().filter_map(news).collect())
        })
    }
}

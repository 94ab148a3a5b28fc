//! Where one could go, by the keyboard: the quick switcher finds rooms and people by some letters of their names. And the page
//! of all shortcuts.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::context::Context;
use super::form_page::member_card;
use super::moment::Moment;
use super::reply::{HandlerResult, Reply};
use super::room_access::{conversation, heading_of, path_of, room_path};
use crate::chat::{MemberId, ROOM_NAME_MAX, RoomId, RoomSummary, Seq, UnreadActivity, Username};
use crate::folding::fold_for_search;
use crate::text::Language;
use crate::views;
use crate::views::paths::person_path;
use crate::views::room_title::RoomTitle;
use crate::views::sidebar::ActivityLine;
use crate::views::switcher::{Destination, destinations};

/// Destinations in one answer.
const SHOWN: usize = 12;

/// Sorts better matches first, then unread, newer, rooms, and people who are online.
type Order = (Match, bool, Reverse<Seq>, DestinationKind);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// It begins with it.
    Beginning,
    /// A word in it does.
    Word,
    Inside,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DestinationKind {
    /// A room or a conversation of one's own.
    Own,
    Online,
    Offline,
    /// A room that one could join.
    Beside,
}

/// GET `/switch`: the best of what has these letters in its name; without any, what is unread and what is newest. The options
/// of a list, for our script.
///
/// Cost: looks at all names; what each is called is shared with the state, and compared without it.
pub(super) fn switch(cx: &Context) -> HandlerResult {
    let fields = cx.request.query(form![q])?;
    let moment = Moment::now(cx);
    let unread = moment.state.unread_activity(cx.visitor.member);
    let candidates = candidates(&moment, cx.visitor.member);
    drop(moment);
    let finder = DestinationFinder {
        own_name: cx.visitor.name.as_str(),
        language: cx.request.locale.language,
        letters: fold_for_search(fields.q.trim(), ROOM_NAME_MAX),
    };
    let activity = finder.finds_activity(unread).then_some(ActivityLine { unread, current: false });
    let found = finder.best(candidates);
    Ok(Reply::html(200, destinations(&cx.app.site, cx.request.locale, activity.as_ref(), &found)))
}

/// GET `/shortcuts`.
pub(super) fn shortcuts(cx: &Context) -> HandlerResult {
    let title = cx.request.locale.texts().shortcuts.title;
    Ok(member_card(cx, title, &views::shortcuts::shortcuts(cx.request.locale), None))
}

struct Candidate {
    heading: RoomTitle,
    path: CandidatePath,
    kind: DestinationKind,
    newest: Seq,
    unread: usize,
    mentions: usize,
}

/// Its address, which is written out for those alone that are shown.
enum CandidatePath {
    Known(String),
    Person(Username),
    Room(RoomId),
}

impl Candidate {
    fn new(heading: RoomTitle, path: CandidatePath, kind: DestinationKind) -> Self {
        Self { heading, path, kind, newest: Seq::default(), unread: 0, mentions: 0 }
    }

    fn destination(self) -> Destination {
        let path = match self.path {
            CandidatePath::Known(path) => path,
            CandidatePath::Person(name) => person_path(&name),
            CandidatePath::Room(room) => room_path(room),
        };
        let joined = self.kind != DestinationKind::Beside;
        let (heading, unread, mentions) = (self.heading, self.unread, self.mentions);
        Destination { path, heading, unread, mentions, joined }
    }
}

fn candidates(moment: &Moment, me: MemberId) -> Vec<Candidate> {
    let state = &*moment.state;
    let mut partners = HashSet::new();
    let own = |listed: RoomSummary| {
        partners.extend(listed.kind.partner(me));
        let path = CandidatePath::Known(path_of(state, me, listed.room, &listed.kind));
        let heading = heading_of(state, me, &listed.kind);
        let RoomSummary { newest, mentions, .. } = listed;
        let unread = if listed.is_muted() { 0 } else { listed.unread };
        Candidate { newest, unread, mentions, ..Candidate::new(heading, path, DestinationKind::Own) }
    };
    let mut found: Vec<Candidate> = state.rooms_of(me).into_iter().map(own).collect();
    found.extend(state.active_members().filter(|(id, _)| !partners.contains(id)).map(|(id, member)| {
        let kind = if moment.is_online(id) { DestinationKind::Online } else { DestinationKind::Offline };
        Candidate::new(conversation(me, id, member), CandidatePath::Person(member.name.clone()), kind)
    }));
    found.extend(state.rooms_beside(me).map(|(id, room)| {
        let heading = heading_of(state, me, &room.kind);
        Candidate::new(heading, CandidatePath::Room(id), DestinationKind::Beside)
    }));
    found
}

struct DestinationFinder<'a> {
    own_name: &'a str,
    language: Language,
    /// Folded for search.
    letters: String,
}

impl DestinationFinder<'_> {
    /// Without letters, it is there while something in it is unread.
    fn finds_activity(&self, unread: UnreadActivity) -> bool {
        let title = self.language.texts().activity.title;
        if self.letters.is_empty() {
            unread.mentions > 0
        } else {
            matched(title, &self.letters) == Some(Match::Beginning)
        }
    }

    fn best(&self, candidates: Vec<Candidate>) -> Vec<Destination> {
        let ordered = candidates.into_iter().filter_map(|one| Some((self.order(&one)?, one)));
        let mut found: Vec<(Order, Candidate)> = ordered.collect();
        found.sort_by(|(one, first), (other, second)| {
            let [first, second] = [first, second].map(|candidate| candidate.heading.name(self.language));
            one.cmp(other).then_with(|| first.cmp(second))
        });
        found.into_iter().take(SHOWN).map(|(_, candidate)| candidate.destination()).collect()
    }

    /// None: the name does not have the letters.
    fn order(&self, candidate: &Candidate) -> Option<Order> {
        let own = Some(self.own_name).filter(|_| matches!(candidate.heading, RoomTitle::Notes));
        let names = [candidate.heading.name(self.language)].into_iter().chain(own);
        let found = names.filter_map(|name| matched(name, &self.letters)).min()?;
        Some((found, candidate.unread == 0, Reverse(candidate.newest), candidate.kind))
    }
}

/// Returns the best match of folded letters in a name. Without letters all names match alike.
fn matched(name: &str, letters: &str) -> Option<Match> {
    if letters.is_empty() {
        return Some(Match::Beginning);
    }
    let name = fold_for_search(name, ROOM_NAME_MAX);
    let places = name.match_indices(letters).map(|(at, _)| match name[..at].chars().next_back() {
        None => Match::Beginning,
        Some(before) if !before.is_alphanumeric() => Match::Word,
        Some(_) => Match::Inside,
    });
    places.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_their_letters_and_better_where_words_begin() {
        for (name, letters, found) in [
            ("Garden", "gar", Some(Match::Beginning)),
            ("The garden", "GAR", Some(Match::Word)),
            ("ann.miller", "mill", Some(Match::Word)),
            ("Kindergarten", "gar", Some(Match::Inside)),
            ("Zoë", "zoe", Some(Match::Beginning)),
            ("Zoe", "ZOË", Some(Match::Beginning)),
            ("गीता", "गी", Some(Match::Beginning)),
            ("Garden", "", Some(Match::Beginning)),
            ("Garden", "grd", None),
        ] {
            assert!(matched(name, &fold_for_search(letters, ROOM_NAME_MAX)) == found, "{name} {letters}");
        }
    }
}

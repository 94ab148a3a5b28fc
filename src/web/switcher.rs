//! Where one could go, by the keyboard: the quick switcher finds rooms and people by some letters of their names. And the page
//! of all shortcuts.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::App;
use super::form_page::card;
use super::people::online;
use super::reply::{HandlerResult, Reply};
use super::request::Request;
use super::room_access::{conversation, heading_of, path_of, room_path};
use super::sessions::Visitor;
use crate::chat::{MemberId, ROOM_NAME_MAX, RoomSummary, Seq, State};
use crate::folding::fold_for_search;
use crate::text::Language;
use crate::views;
use crate::views::message::person_path;
use crate::views::room_title::RoomTitle;
use crate::views::switcher::{Destination, destinations};

/// Destinations in one answer.
const SHOWN: usize = 12;

/// What comes first: better matches, then what is unread, what is newer, rooms, and people who are online.
type Order = (Match, bool, Reverse<Seq>, DestinationKind);

/// How a name has what was typed.
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
/// Cost: looks at all names.
pub(super) fn switch(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let fields = request.query(&["q"])?;
    let online = online(app, visitor);
    let mut finder = DestinationFinder {
        member: visitor.member,
        own_name: visitor.name.as_str(),
        language: request.locale.language,
        letters: fold_for_search(fields.get("q").trim(), ROOM_NAME_MAX),
        found: Vec::new(),
    };
    finder.look(&app.chat.state(), &online);
    Ok(Reply::html(200, destinations(&app.site, request.locale, &finder.best())))
}

/// GET `/shortcuts`.
pub(super) fn shortcuts(app: &App, request: &Request, visitor: &Visitor) -> HandlerResult {
    let title = request.locale.texts().shortcuts.title;
    Ok(card(app, request, Some(visitor), title, &views::shortcuts::shortcuts(request.locale), None))
}

struct DestinationFinder<'a> {
    member: MemberId,
    own_name: &'a str,
    language: Language,
    /// What was typed, folded.
    letters: String,
    found: Vec<(Order, Destination)>,
}

impl DestinationFinder<'_> {
    /// `online` is in order.
    fn look(&mut self, state: &State, online: &[MemberId]) {
        let me = self.member;
        let mut partners = HashSet::new();
        for RoomSummary { room, kind, unread, mentions, newest } in state.rooms_of(me) {
            partners.extend(kind.partner(me));
            let rank = (unread == 0, Reverse(newest), DestinationKind::Own);
            let heading = heading_of(state, me, &kind);
            self.consider(heading, rank, || (path_of(state, me, room, &kind), unread, mentions));
        }
        for (id, member) in state.everybody().filter(|(id, _)| !partners.contains(id)) {
            let kind = if online.binary_search(&id).is_ok() {
                DestinationKind::Online
            } else {
                DestinationKind::Offline
            };
            let heading = conversation(me, id, member);
            self.consider(heading, (true, Reverse(Seq::default()), kind), || {
                (person_path(&member.name), 0, 0)
            });
        }
        for (id, room) in state.rooms_beside(me) {
            let heading = heading_of(state, me, &room.kind);
            self.consider(heading, (true, Reverse(Seq::default()), DestinationKind::Beside), || {
                (room_path(id), 0, 0)
            });
        }
    }

    /// Takes what is called so, if that has the letters; `more` is its path, and what is unread and mentions there.
    fn consider(
        &mut self,
        heading: RoomTitle,
        (read, newest, kind): (bool, Reverse<Seq>, DestinationKind),
        more: impl FnOnce() -> (String, usize, usize),
    ) {
        let own = Some(self.own_name).filter(|_| matches!(heading, RoomTitle::Notes));
        let names = [heading.name(self.language)].into_iter().chain(own);
        if let Some(found) = names.filter_map(|name| matched(name, &self.letters)).min() {
            let (path, unread, mentions) = more();
            let joined = kind != DestinationKind::Beside;
            self.found
                .push(((found, read, newest, kind), Destination { path, heading, unread, mentions, joined }));
        }
    }

    fn best(mut self) -> Vec<Destination> {
        let language = self.language;
        self.found.sort_by(|(one, first), (other, second)| {
            one.cmp(other).then_with(|| first.heading.name(language).cmp(second.heading.name(language)))
        });
        self.found.into_iter().take(SHOWN).map(|(_, destination)| destination).collect()
    }
}

/// How a name has these folded letters, at best. Without letters all names are the same.
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

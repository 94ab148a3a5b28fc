//! The chat's title, and the rule by which people become members.

use std::fmt;
use std::sync::Arc;

use super::characters::is_invisible;
use super::model::one_line;

/// Longest title of a chat, in characters.
pub const TITLE_MAX: usize = 60;
/// Longest invite code, in characters.
pub const INVITE_CODE_MAX: usize = 100;

/// The chat's name: 1 to [`TITLE_MAX`] characters in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title(Arc<str>);

/// Not 1 to [`TITLE_MAX`] characters that could be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TitleError;

impl Title {
    /// White space becomes single spaces; what would disturb is left out.
    pub fn parse(text: &str) -> Result<Self, TitleError> {
        let line = one_line(text);
        let fits = line.chars().count() <= TITLE_MAX && !line.chars().all(is_invisible);
        if fits { Ok(Self(line.into())) } else { Err(TitleError) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Whoever reaches the chat.
    Open,
    /// Whoever knows this word.
    Invited(InviteCode),
    Closed,
}

impl Registration {
    /// The word for it in forms, files and exports, and the code that goes with one of them.
    pub(crate) fn words(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Open => ("open", None),
            Self::Invited(code) => ("invited", Some(code.as_str())),
            Self::Closed => ("closed", None),
        }
    }

    /// The other way round; nothing for what is no such word, or lacks its code.
    pub(crate) fn of(word: &str, code: &str) -> Option<Self> {
        match word {
            "open" => Some(Self::Open),
            "invited" => InviteCode::parse(code).map(Self::Invited),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The word that newcomers need: 1 to [`INVITE_CODE_MAX`] characters in one line.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteCode(Arc<str>);

impl InviteCode {
    /// Trims. None: it is empty or longer than [`INVITE_CODE_MAX`] characters.
    pub fn parse(text: &str) -> Option<Self> {
        let word = one_line(text);
        (1..=INVITE_CODE_MAX).contains(&word.chars().count()).then(|| Self(word.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteCode(..)")
    }
}

/// Owners' decisions about the chat; where one is missing, the settings of the process hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    pub title: Option<Title>,
    pub registration: Option<Registration>,
}

//! What a member is told of beyond the page that they look at.

use super::room::RoomKind;

/// How much of a room's messages a member is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotificationLevel {
    Everything,
    /// Mentions, and replies to their messages.
    Mentions,
    /// The room is muted.
    Nothing,
}

impl NotificationLevel {
    pub const ALL: [Self; 3] = [Self::Everything, Self::Mentions, Self::Nothing];

    /// The one of a room for which a member has chosen none.
    pub fn default_of(kind: &RoomKind) -> Self {
        if let RoomKind::Pair(..) = kind { Self::Everything } else { Self::Mentions }
    }

    /// Its word in forms, in JSON and in storage.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Mentions => "mentions",
            Self::Nothing => "nothing",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }
}

/// A time of the day, in minutes since midnight: below 1440.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeOfDay(u16);

/// A part of each day, in the zone in which a member reads times; it may go on beyond midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: TimeOfDay,
    /// Exclusive, and other than `from`.
    pub to: TimeOfDay,
}

impl TimeOfDay {
    /// From `HH:MM`, as browsers send it.
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        if !two_digits(hours) || !two_digits(minutes) {
            return None;
        }
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(Self(hours * 60 + minutes))
    }

    pub fn minutes(self) -> u16 {
        self.0
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl QuietHours {
    /// From two times as [`TimeOfDay::parse`] takes them. None: they are no times, or the same.
    pub fn parse(from: &str, to: &str) -> Option<Self> {
        let (from, to) = (TimeOfDay::parse(from)?, TimeOfDay::parse(to)?);
        (from != to).then_some(Self { from, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_two_different_times() {
        let hours = QuietHours::parse("22:00", "07:05").unwrap();
        assert_eq!((hours.from.minutes(), hours.to.to_string()), (1320, "07:05".to_owned()));
        for (from, to) in
            [("22:00", "22:00"), ("24:00", "07:00"), ("2:00", "07:00"), ("22:60", "07:00"), ("", "")]
        {
            assert_eq!(QuietHours::parse(from, to), None, "{from} {to}");
        }
    }
}

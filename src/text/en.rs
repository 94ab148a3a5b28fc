//! English.

use super::{
    Catalogue, Dates, Details, Frame, Lists, Message, People, Plural, Privacy, Removal, Room, Rooms, Scripts,
    Sidebar, Transcript,
};

/// "one" is 1 (CLDR).
const fn plural(forms: &'static [(&'static str, &'static str)]) -> Plural {
    Plural::new(|number| if number == 1 { "one" } else { "other" }, forms)
}

pub(super) const ENGLISH: Catalogue = Catalogue {
    dates: Dates {
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        date: |day, month, year| format!("{day} {month} {year}"),
        day: |weekday, date| format!("{weekday}, {date}"),
        date_time: |date, time| format!("{date}, {time}"),
        morning: |clock| format!("{clock} am"),
        afternoon: |clock| format!("{clock} pm"),
    },
    frame: Frame { skip_to_content: "Skip to content", sign_out: "Sign out" },
    sidebar: Sidebar { unread: plural(&[("other", "{n} unread")]) },
    room: Room {
        general: "General",
        notes: "Notes",
        privacy: Privacy {
            general: "Everyone can read this",
            open: "Everyone can join and read this",
            private: "Only members can read this",
            direct: "Only the two of you can read this",
            notes: "Only you can read this",
        },
    },
    message: Message { edited: "edited" },
    transcript: Transcript {
        as_of: |time| format!("As of {time}"),
        next_part: "Next part",
        empty: "No messages",
    },
    removal: Removal {
        told: "You were removed from this chat. Ask its owner if that was a mistake.",
        mark: "(removed)",
        removed_members: "Removed members",
        none: "No one was removed.",
        removed_on: |date| format!("Removed on {date}"),
        from_to: |from, to| format!("Member from {from} to {to}"),
        bring_back: "Bring back",
        bring_back_hint: "They get a link to set a new password, and are a member again. Their messages and direct messages are theirs; they have to join other rooms again.",
        name_is_taken: "Someone else has this name now. They will choose another one.",
        send_link: |name| format!("Send this link to {name}. It works once, within an hour."),
        link: "Link",
        welcome_back: "Welcome back",
        comes_back_as: |name| format!("Set a new password to be a member again, as {name}."),
        comes_back_renamed: |name| {
            format!(
                "Set a new password to be a member again. Someone else is called {name} now, so choose another name."
            )
        },
    },
    rooms: Rooms {
        browse: "Browse rooms",
        search: "Search rooms",
        invitations: "Invitations",
        invited_by: |who, room| format!("{who} invited you to {room}"),
        to_join: "Rooms you can join",
        none_to_join: "There are no other open rooms right now.",
        none_found: "No rooms found.",
        members: plural(&[("one", "{n} member"), ("other", "{n} members")]),
        preview: "Preview",
        preview_room: |room| format!("Preview {room}"),
        join: "Join",
        join_room: |room| format!("Join {room}"),
        decline: "Decline",
        decline_room: |room| format!("Decline the invitation to {room}"),
        new_room: "New room",
        name: "Name",
        topic: "Topic (optional)",
        visibility: "Visibility",
        private: "Private: only people you add can see it",
        open: "Open: everyone can find, read and join it",
        create: "Create room",
    },
    details: Details {
        title: "Room details",
        open: "Open: everyone can find, read and join this room.",
        private: "Private: only members can see this room. New members can read its older messages too.",
        invited: "Invited",
        add_people: "Add people",
        member_name: "Member's name",
        add: "Add",
        added: |who| format!("{who} was added."),
        was_invited: |who| format!("{who} left this room before, so {who} was invited instead."),
        edit: "Edit room",
        now: |room| format!("Now: {room}"),
        save: "Save",
        saved: "Saved",
        leave: "Leave room",
        leave_hint: "You'll stop getting messages from this room.",
        delete: "Delete room",
        delete_hint: "You're the last member. When you leave, this room and its messages are deleted.",
        back: "Back to the room",
    },
    people: People {
        title: "People",
        search: "Search people",
        none_found: "No people found.",
        you: "(you)",
        online: "online",
        message: "Message",
        message_to: |who| format!("Message {who}"),
    },
    lists: Lists { search: "Search", previous: "Previous", next: "Next" },
    scripts: Scripts {
        new_messages: plural(&[("one", "{n} new message"), ("other", "{n} new messages")]),
        removed: "This message was deleted.",
    },
};

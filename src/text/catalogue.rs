//! What there is to say. One section for each surface, one field for each sentence; none is put together from others.

use serde_json::Value;

use super::{
    ActivityTexts, EmojiTexts, ErrorTexts, FilesTexts, NodesTexts, NotificationsTexts, PinsTexts, Plural,
    ProfileTexts, ReactionsTexts, RepliesTexts,
};

/// The sentences of one language.
pub(crate) struct Catalogue {
    pub(crate) dates: DatesTexts,
    pub(crate) frame: FrameTexts,
    pub(crate) notice: NoticeTexts,
    pub(crate) outcome: OutcomeTexts,
    pub(crate) sidebar: SidebarTexts,
    pub(crate) activity: ActivityTexts,
    pub(crate) notifications: NotificationsTexts,
    pub(crate) room: RoomTexts,
    pub(crate) message: MessageTexts,
    pub(crate) replies: RepliesTexts,
    pub(crate) composer: ComposerTexts,
    pub(crate) files: FilesTexts,
    pub(crate) pins: PinsTexts,
    pub(crate) reactions: ReactionsTexts,
    pub(crate) transcript: TranscriptTexts,
    pub(crate) removal: RemovalTexts,
    pub(crate) rooms: RoomsTexts,
    pub(crate) details: DetailsTexts,
    pub(crate) people: PeopleTexts,
    pub(crate) lists: ListsTexts,
    pub(crate) search: SearchTexts,
    pub(crate) shortcuts: ShortcutsTexts,
    pub(crate) entry: EntryTexts,
    pub(crate) names: NamesTexts,
    pub(crate) settings: ChatSettingsTexts,
    pub(crate) invite: InviteTexts,
    pub(crate) nodes: NodesTexts,
    pub(crate) person: PersonTexts,
    pub(crate) profile: ProfileTexts,
    pub(crate) emoji: EmojiTexts,
    pub(crate) faults: ErrorTexts,
    pub(crate) scripts: ScriptTexts,
}

pub(crate) struct DatesTexts {
    /// From January on.
    pub(crate) months: [&'static str; 12],
    /// From Monday on.
    pub(crate) weekdays: [&'static str; 7],
    /// Day of the month, name of the month, year.
    pub(crate) date: fn(u32, &str, i32) -> String,
    /// Name of the weekday, date.
    pub(crate) day: fn(&str, &str) -> String,
    /// Date, time.
    pub(crate) date_time: fn(&str, &str) -> String,
    /// The zone of India.
    pub(crate) india: &'static str,
    /// A clock of 12 hours before noon.
    pub(crate) morning: fn(&str) -> String,
    pub(crate) afternoon: fn(&str) -> String,
}

pub(crate) struct FrameTexts {
    /// Names the links that skip to the content.
    pub(crate) skip_links: &'static str,
    pub(crate) skip_to_content: &'static str,
    pub(crate) skip_to_message: &'static str,
    /// Opens the list of them.
    pub(crate) rooms_and_people: &'static str,
    pub(crate) search: &'static str,
    pub(crate) search_room: &'static str,
    /// The way to what there is to know and do about a room.
    pub(crate) details: &'static str,
    /// Name of the member.
    pub(crate) signed_in_as: fn(&str) -> String,
    pub(crate) profile: &'static str,
    pub(crate) notes: &'static str,
    pub(crate) chat_settings: &'static str,
    pub(crate) sign_out: &'static str,
    /// Year, title of the chat.
    pub(crate) copyright: fn(i32, &str) -> String,
    /// Name of a zone.
    pub(crate) times_in: fn(&str) -> String,
}

/// A page that says one thing: what went wrong, and the way on.
pub(crate) struct NoticeTexts {
    /// Headings.
    pub(crate) not_found: &'static str,
    pub(crate) not_allowed: &'static str,
    pub(crate) gone: &'static str,
    pub(crate) not_now: &'static str,
    pub(crate) did_not_work: &'static str,
    pub(crate) signed_out: &'static str,
    pub(crate) not_available: &'static str,
    /// Before a text that could not be sent.
    pub(crate) unsent: &'static str,
    /// Characters of a text that was too long.
    pub(crate) kept: fn(usize) -> String,
    pub(crate) back: &'static str,
}

pub(crate) struct OutcomeTexts {
    pub(crate) left_room: &'static str,
    pub(crate) room_deleted: &'static str,
    pub(crate) declined: &'static str,
    pub(crate) message_deleted: &'static str,
    /// Name; so are the next two.
    pub(crate) member_removed: fn(&str) -> String,
    pub(crate) owner_made: fn(&str) -> String,
    pub(crate) owner_unmade: fn(&str) -> String,
}

/// The list of rooms and people.
pub(crate) struct SidebarTexts {
    /// The button of the quick switcher.
    pub(crate) jump_to: &'static str,
    pub(crate) title: &'static str,
    pub(crate) close: &'static str,
    pub(crate) direct_messages: &'static str,
    pub(crate) rooms: &'static str,
    pub(crate) people: &'static str,
    pub(crate) invitations: &'static str,
    /// Number of rooms to join.
    pub(crate) browse_rooms: fn(usize) -> String,
    pub(crate) new_room: &'static str,
    pub(crate) more_people: Plural,
    /// Behind one's own name.
    pub(crate) you: &'static str,
    /// Behind the name of one who is there now.
    pub(crate) online: &'static str,
}

pub(crate) struct RoomTexts {
    /// The room of all members.
    pub(crate) general: &'static str,
    /// A conversation with oneself.
    pub(crate) notes: &'static str,
    /// The region of messages.
    pub(crate) messages: &'static str,
    pub(crate) newer: &'static str,
    pub(crate) empty: &'static str,
    /// Above the first message of a room; its name.
    pub(crate) start_of: fn(&str) -> String,
    pub(crate) start_of_conversation: fn(&str) -> String,
    pub(crate) start_of_notes: &'static str,
    pub(crate) forgotten: &'static str,
    pub(crate) jump_to_first: &'static str,
    pub(crate) mark_as_read: &'static str,
    /// A day on which nothing was said, before others.
    pub(crate) no_messages_on: fn(&str) -> String,
    /// A day from which on nothing was said.
    pub(crate) no_messages_since: fn(&str) -> String,
    /// The name of an open room, with its sign.
    pub(crate) previewing: fn(&str) -> String,
    pub(crate) join: &'static str,
    /// The removed partner's name.
    pub(crate) ended: fn(&str) -> String,
    pub(crate) privacy: PrivacyTexts,
}

pub(crate) struct PrivacyTexts {
    pub(crate) general: &'static str,
    pub(crate) open: &'static str,
    pub(crate) private: &'static str,
    pub(crate) direct: &'static str,
    pub(crate) notes: &'static str,
}

pub(crate) struct MessageTexts {
    pub(crate) edited: &'static str,
    /// The button of the menu.
    pub(crate) more: &'static str,
    /// The menu.
    pub(crate) actions: &'static str,
    pub(crate) copy_link: &'static str,
    pub(crate) copy_text: &'static str,
    pub(crate) edit: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) save: &'static str,
    pub(crate) cancel: &'static str,
    /// The page of one message.
    pub(crate) heading: &'static str,
    pub(crate) back: &'static str,
    /// The field of the form.
    pub(crate) edited_text: &'static str,
    pub(crate) edit_hint: &'static str,
    pub(crate) delete_hint: &'static str,
    /// Labels the present text, where an edit was made from an earlier one.
    pub(crate) current_text: &'static str,
    pub(crate) keep_current: &'static str,
}

/// The form in which one writes.
pub(crate) struct ComposerTexts {
    /// Its frame, and its field.
    pub(crate) write: &'static str,
    pub(crate) field: &'static str,
    pub(crate) send: &'static str,
    /// Names the longest message.
    pub(crate) limit: &'static str,
    /// Members of a room, in which each may mention all.
    pub(crate) group_of_owners: fn(usize) -> String,
    /// Members whom one word may mention.
    pub(crate) group_too_large: fn(usize) -> String,
    /// Files that are sent with the message; names.
    pub(crate) with_files: fn(&str) -> String,
}

/// All messages as one page, to be kept.
pub(crate) struct TranscriptTexts {
    /// The time of the export.
    pub(crate) as_of: fn(&str) -> String,
    /// In the place of its name.
    pub(crate) left_room: &'static str,
    pub(crate) next_part: &'static str,
    pub(crate) empty: &'static str,
}

/// Members who were removed, and their return.
pub(crate) struct RemovalTexts {
    /// For a member whose session ended by it.
    pub(crate) told: &'static str,
    /// Beside a name.
    pub(crate) mark: &'static str,
    /// The name with that mark, inside a line: name.
    pub(crate) marked: fn(&str) -> String,
    pub(crate) removed_members: &'static str,
    pub(crate) none: &'static str,
    /// Date.
    pub(crate) removed_on: fn(&str) -> String,
    /// Date, date.
    pub(crate) from_to: fn(&str, &str) -> String,
    pub(crate) bring_back: &'static str,
    pub(crate) bring_back_hint: &'static str,
    pub(crate) name_is_taken: &'static str,
    /// Name.
    pub(crate) send_link: fn(&str) -> String,
    pub(crate) link: &'static str,
    pub(crate) welcome_back: &'static str,
    /// Name.
    pub(crate) comes_back_as: fn(&str) -> String,
    /// Name.
    pub(crate) comes_back_renamed: fn(&str) -> String,
}

/// Rooms that one is not in, and new ones.
pub(crate) struct RoomsTexts {
    pub(crate) browse: &'static str,
    pub(crate) search: &'static str,
    /// The inviter's name, the room's.
    pub(crate) invited_by: fn(&str, &str) -> String,
    pub(crate) to_join: &'static str,
    pub(crate) none_to_join: &'static str,
    pub(crate) none_found: &'static str,
    pub(crate) members: Plural,
    pub(crate) preview: &'static str,
    pub(crate) preview_room: fn(&str) -> String,
    pub(crate) join: &'static str,
    pub(crate) join_room: fn(&str) -> String,
    pub(crate) decline: &'static str,
    pub(crate) decline_room: fn(&str) -> String,
    pub(crate) name: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) visibility: &'static str,
    pub(crate) private: &'static str,
    pub(crate) open: &'static str,
    pub(crate) create: &'static str,
}

pub(crate) struct DetailsTexts {
    pub(crate) title: fn(&str) -> String,
    pub(crate) open: &'static str,
    pub(crate) private: &'static str,
    pub(crate) all_members: Plural,
    pub(crate) invited: &'static str,
    pub(crate) add_people: &'static str,
    pub(crate) member_name: &'static str,
    pub(crate) add: &'static str,
    pub(crate) added: fn(&str) -> String,
    /// A member who left the room before.
    pub(crate) was_invited: fn(&str) -> String,
    pub(crate) edit: &'static str,
    /// The room's name and topic.
    pub(crate) now: fn(&str) -> String,
    pub(crate) save: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) leave: &'static str,
    pub(crate) leave_hint: &'static str,
    pub(crate) delete: &'static str,
    pub(crate) delete_hint: &'static str,
    pub(crate) back: &'static str,
}

pub(crate) struct PeopleTexts {
    pub(crate) title: &'static str,
    pub(crate) search: &'static str,
    pub(crate) none_found: &'static str,
    pub(crate) message: &'static str,
    pub(crate) message_to: fn(&str) -> String,
}

pub(crate) struct ListsTexts {
    pub(crate) search: &'static str,
    pub(crate) previous: &'static str,
    pub(crate) next: &'static str,
}

/// Search, and what was found.
pub(crate) struct SearchTexts {
    pub(crate) title: &'static str,
    /// A page of results: how many, and the words.
    pub(crate) title_of: fn(&str, &str) -> String,
    /// The label of the field.
    pub(crate) words: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) submit: &'static str,
    pub(crate) filters: &'static str,
    pub(crate) from: &'static str,
    pub(crate) anyone: &'static str,
    pub(crate) room: &'static str,
    pub(crate) all_rooms: &'static str,
    pub(crate) jump_to_date: &'static str,
    pub(crate) date: &'static str,
    pub(crate) go: &'static str,
    pub(crate) results: &'static str,
    pub(crate) count: Plural,
    pub(crate) nothing: &'static str,
    /// The search took too long to find anything.
    pub(crate) no_time: &'static str,
    pub(crate) ended_early: &'static str,
    /// Results from one room.
    pub(crate) within: fn(&str) -> String,
    pub(crate) everywhere: &'static str,
    /// A result to screen readers: author, room, date and time.
    pub(crate) place: fn(&str, &str, &str) -> String,
    pub(crate) load_more: &'static str,
    /// A room that one could join.
    pub(crate) open_room: &'static str,
    pub(crate) no_words: &'static str,
}

/// The page of keyboard shortcuts.
pub(crate) struct ShortcutsTexts {
    pub(crate) title: &'static str,
    pub(crate) anywhere: &'static str,
    pub(crate) switch: &'static str,
    pub(crate) list: &'static str,
    pub(crate) writing: &'static str,
    pub(crate) send: &'static str,
    pub(crate) new_line: &'static str,
    pub(crate) edit_last: &'static str,
    pub(crate) mention: &'static str,
    pub(crate) reply: &'static str,
    pub(crate) editing: &'static str,
    pub(crate) save: &'static str,
    pub(crate) cancel: &'static str,
    pub(crate) lists: &'static str,
    pub(crate) choose: &'static str,
    pub(crate) take: &'static str,
    pub(crate) close: &'static str,
    /// As keys are labelled.
    pub(crate) control: &'static str,
    pub(crate) shift: &'static str,
    pub(crate) enter: &'static str,
    pub(crate) escape: &'static str,
    pub(crate) tab: &'static str,
}

/// The pages by which people come in and go out.
pub(crate) struct EntryTexts {
    pub(crate) join: &'static str,
    pub(crate) join_button: &'static str,
    pub(crate) name: &'static str,
    pub(crate) password: &'static str,
    pub(crate) show_password: &'static str,
    pub(crate) hide_password: &'static str,
    pub(crate) name_hint: &'static str,
    /// Characters at least.
    pub(crate) password_hint: fn(usize) -> String,
    pub(crate) invite_code: &'static str,
    pub(crate) invite_code_hint: &'static str,
    pub(crate) already_member: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) new_here: &'static str,
    pub(crate) register: &'static str,
    pub(crate) forgot: &'static str,
    pub(crate) unsent: &'static str,
    pub(crate) sign_out_question: &'static str,
    pub(crate) stay: &'static str,
    pub(crate) new_password: &'static str,
    /// Name.
    pub(crate) new_password_for: fn(&str) -> String,
    pub(crate) set_password: &'static str,
    pub(crate) create: &'static str,
    pub(crate) create_hint: &'static str,
    pub(crate) create_button: &'static str,
    pub(crate) printed_code: &'static str,
    pub(crate) printed_code_hint: &'static str,
    pub(crate) chat_name: &'static str,
    pub(crate) own_name: &'static str,
    pub(crate) time_zone: &'static str,
    /// `{zone}` stands for the browser's own.
    pub(crate) use_zone: &'static str,
    /// Name.
    pub(crate) use_name: fn(&str) -> String,
    pub(crate) signed_out: &'static str,
    pub(crate) signed_out_writing: &'static str,
    pub(crate) wrong_password: &'static str,
    pub(crate) wrong_code: &'static str,
    pub(crate) wrong_printed_code: &'static str,
    pub(crate) closed: &'static str,
    /// Characters at least.
    pub(crate) password_too_short: fn(usize) -> String,
    /// Characters at most.
    pub(crate) password_too_long: fn(usize) -> String,
}

/// Refusals of names. Sentences that stand together are whole ones.
pub(crate) struct NamesTexts {
    pub(crate) empty: &'static str,
    /// Characters at most.
    pub(crate) too_long: fn(usize) -> String,
    pub(crate) spaces: &'static str,
    /// As `U+200B`.
    pub(crate) invisible: fn(&str) -> String,
    pub(crate) character: fn(char) -> String,
    /// As `U+0336`.
    pub(crate) mark: fn(&str) -> String,
    pub(crate) stacked: &'static str,
    /// As `U+200D`.
    pub(crate) joiner: fn(&str) -> String,
    pub(crate) edge: &'static str,
    pub(crate) mixed: &'static str,
    pub(crate) reserved: &'static str,
    pub(crate) taken: &'static str,
    pub(crate) looks_taken: &'static str,
    /// Name.
    pub(crate) try_this: fn(&str) -> String,
    pub(crate) use_letters: &'static str,
    pub(crate) choose_another: &'static str,
    pub(crate) room_mixed: &'static str,
    pub(crate) room_reserved: &'static str,
    pub(crate) room_looks_taken: &'static str,
}

pub(crate) struct ChatSettingsTexts {
    pub(crate) heading: &'static str,
    pub(crate) current: &'static str,
    pub(crate) name: &'static str,
    /// Title.
    pub(crate) name_hint: fn(&str) -> String,
    pub(crate) who_can_join: &'static str,
    /// If snug was started with an invite code.
    pub(crate) default_invited: &'static str,
    pub(crate) open: &'static str,
    pub(crate) invited: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) code: &'static str,
    pub(crate) code_hint: &'static str,
    pub(crate) code_is_short: &'static str,
    /// Code.
    pub(crate) use_code: fn(&str) -> String,
    pub(crate) save: &'static str,
    pub(crate) saved: &'static str,
    pub(crate) owners: &'static str,
    pub(crate) owners_hint: &'static str,
    pub(crate) people: &'static str,
    pub(crate) back: &'static str,
    pub(crate) owners_only: &'static str,
    pub(crate) last_owner: &'static str,
    /// Characters at most.
    pub(crate) no_code: fn(usize) -> String,
    /// Characters at most.
    pub(crate) no_title: fn(usize) -> String,
}

pub(crate) struct InviteTexts {
    pub(crate) heading: &'static str,
    pub(crate) you_own_it: &'static str,
    pub(crate) address: &'static str,
    pub(crate) link: &'static str,
    pub(crate) link_hint: &'static str,
    pub(crate) needs_code: &'static str,
    pub(crate) closed: &'static str,
    /// Before a flag of the command line.
    pub(crate) local_only: &'static str,
    pub(crate) copy: &'static str,
    pub(crate) copied: &'static str,
    pub(crate) go: &'static str,
}

/// A person, and what owners decide about them.
pub(crate) struct PersonTexts {
    /// Date.
    pub(crate) member_since: fn(&str) -> String,
    /// Date since which they are a member.
    pub(crate) owner_since: fn(&str) -> String,
    pub(crate) former: &'static str,
    pub(crate) online: &'static str,
    pub(crate) message: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) owner_hint: &'static str,
    pub(crate) make_owner: &'static str,
    pub(crate) remove_as_owner: &'static str,
    pub(crate) remove_hint: &'static str,
    pub(crate) free_name: &'static str,
    pub(crate) remove: &'static str,
}

/// The sentences of scripts, which take them from the page as JSON under these names.
macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)*) => {
        /// Sentences of scripts. `{name}` stands for a value that they put in.
        pub(crate) struct ScriptTexts {
            $($(#[$doc])* pub(crate) $name: $kind,)*
        }

        impl ScriptTexts {
            pub(super) fn json(&self) -> Value {
                [$((stringify!($name).to_owned(), Value::from(self.$name)),)*].into_iter().collect()
            }
        }
    };
}

scripts! {
    /// To one whose browser is in another zone.
    zone_question: &'static str,
    zone_use: &'static str,
    zone_keep: &'static str,
    unread: Plural,
    /// Of them, those that mention the reader.
    mentioned: Plural,
    new_messages: Plural,
    /// The line before the first unread message.
    new_line: &'static str,
    older: &'static str,
    jump_to_latest: &'static str,
    /// Over the messages, while newer ones are out of sight.
    news: Plural,
    mentions: Plural,
    online: &'static str,
    /// Others who are not named.
    online_more: Plural,
    removed: &'static str,
    /// In place of what a reply answers.
    quote_deleted: &'static str,
    photo_or_file: &'static str,
    replying_to: &'static str,
    /// The title of a notification.
    replied_to_you: &'static str,
    /// The answered message is not on this page: back to the reply.
    back_to_reply: &'static str,
    switcher_title: &'static str,
    switcher_field: &'static str,
    switcher_list: &'static str,
    results: Plural,
    no_results: &'static str,
    close: &'static str,
    /// Over what was written where one cannot write any more.
    unsent: &'static str,
    copy: &'static str,
    copied: &'static str,
    discard: &'static str,
    copy_by_hand: &'static str,
    edit_keys: &'static str,
    composer_keys: &'static str,
    length: &'static str,
    too_long: &'static str,
    not_saved: &'static str,
    not_deleted: &'static str,
    not_reacted: &'static str,
    not_pinned: &'static str,
    /// The way to a room's pinned messages.
    pinned: Plural,
    not_sent: &'static str,
    /// What was chosen to be sent with a message.
    files_to_send: &'static str,
    drop_files: &'static str,
    no_folders: &'static str,
    too_many_files: &'static str,
    file_too_large: &'static str,
    /// It was chosen, and the browser did not keep it.
    file_lost: &'static str,
    file_waits: &'static str,
    keeps_metadata: &'static str,
    uploading: &'static str,
    sending_files: &'static str,
    retry: &'static str,
    original: &'static str,
    original_hint: &'static str,
    describe: &'static str,
    describe_file: &'static str,
    remove_file: &'static str,
    /// A photo over the room.
    photo: &'static str,
    previous_photo: &'static str,
    next_photo: &'static str,
    photo_gone: &'static str,
    download: &'static str,
    /// Words that mention many, as they are offered: all in the room, and those online.
    group_room: &'static str,
    group_here: &'static str,
    group_room_hint: Plural,
    group_here_hint: Plural,
    /// The question before they are told, and its answer.
    many_people: Plural,
    send: &'static str,
    /// At the composer, of someone whom the text mentions.
    outside_room: &'static str,
    outside_conversation: &'static str,
    outside_invited: &'static str,
    outside_add: &'static str,
    not_added: &'static str,
    cancel: &'static str,
    signed_out: &'static str,
    sign_in: &'static str,
    names: &'static str,
    typing_one: &'static str,
    typing_two: &'static str,
    typing_many: Plural,
    alerts: &'static str,
    alerts_shown: &'static str,
    alerts_sound: &'static str,
    alerts_hint: &'static str,
    alerts_insecure: &'static str,
    alerts_blocked: &'static str,
    alerts_unsupported: &'static str,
    alerts_unknown: &'static str,
    marked_unread: &'static str,
    not_marked: &'static str,
    test_button: &'static str,
    test_title: &'static str,
    test_body: &'static str,
    test_shown: &'static str,
    test_off: &'static str,
    test_quiet: &'static str,
    test_blocked: &'static str,
    test_dismissed: &'static str,
    test_insecure: &'static str,
    test_unsupported: &'static str,
    reconnecting: &'static str,
}

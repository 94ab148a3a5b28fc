//! What went wrong, in English.

use super::{number, plural};
use crate::text::ErrorTexts;

pub(super) const FAULTS: ErrorTexts = ErrorTexts {
    not_found: "This page doesn't exist.",
    no_such_message: "This message doesn't exist. It may have been deleted.",
    answered_gone: "The message you replied to doesn't exist any more. Send again to post this without the reply.",
    nobody: "No member has that name.",
    method: "This page can't be opened this way.",
    gone: "Messages after that one, or changes to earlier ones, are no longer known. Ask without after.",
    wrong_current_password: "The current password is wrong.",
    reset_over: "This link was already used or is too old. Ask the person who runs this chat for a new one.",
    blank_message: "Write a message first.",
    long_message: |count, max| {
        let (count, max) = (number(count), number(max));
        format!("This message is too long ({count} of {max} characters).")
    },
    nonce_reused: "Your earlier message was sent. This one is different: send it again to post it too.",
    message_changed: "This message was changed in the meantime. Compare the two texts, then save yours again to replace it.",
    written_by_another: |name| format!("Someone else wrote this: you are signed in as {name} now."),
    another_member: |name| format!("You are signed in as {name} now. Reload the page."),
    someone_else: |name| {
        format!("{name} is someone else now. Open the conversation again, from the list of people.")
    },
    someone_else_not_sent: |name| {
        format!(
            "{name} is someone else now. Your message was not sent. To write to them, copy it and open this page again."
        )
    },
    someone_else_not_changed: |name| format!("{name} is someone else now. Nothing was changed."),
    this_member: "This member",
    many_people: |count| {
        let count = number(count);
        format!("This will notify {count} people. Press Send again to send it.")
    },
    outside: "Join the room to post in it.",
    partner_gone: "This conversation is over: the other person is no longer a member.",
    not_yours: "You can't change this.",
    outdated: "Someone else changed this in the meantime. Check it, then try again.",
    room_without_name: "Give the room a name.",
    long_room_name: |max| format!("A room name can have up to {max} characters."),
    long_topic: |max| format!("A topic can have up to {max} characters."),
    unknown_zone: |hint| format!("There is no such time zone. {hint}"),
    zone_hint: "Enter a city, for example Europe/Berlin, or an offset, for example UTC+5:30.",
    did_you_mean: |names| format!("Did you mean {names}?"),
    ambiguous_zone: |short, hint| format!("{short} stands for more than one time zone. {hint}"),
    no_offset: "Write an offset like UTC+5:30, from UTC-12 to UTC+14.",
    no_day: "Write a date like 2026-12-31.",
    long_query: "This is too long to search for. Use fewer words.",
    wait: plural(&[
        ("one", "Wait {n} second, then try again."),
        ("other", "Wait {n} seconds, then try again."),
    ]),
    too_many_attempts: "Too many attempts.",
    too_many_members: "Many people registered from your network just now.",
    too_many_messages: "Too many messages at once.",
    too_many_searches: "Too many searches at once.",
    too_many_rooms: "Too many new rooms at once.",
    too_many_pairs: "Too many new conversations at once.",
    too_many_changes: "Too many changes at once.",
    too_many_hints: "Too many read markers or typing hints at once.",
    too_many_reactions: "Too many reactions at once.",
    too_many_files_sent: "You sent a lot of files in the last hour.",
    too_many_streams: "You have this chat open in too many places. Close some of them.",
    streams_full: "Too many people have this chat open right now. Try again in a moment.",
    busy: "Too many people are doing this at once. Try again in a moment.",
    not_kept: "Nothing can be saved right now. Try again in a moment.",
    not_read: "Older messages can't be loaded right now. Try again in a moment.",
    cut_off: "The chat can't reach its database right now. Try again in a moment.",
    members_full: "This chat has as many members as it can. Tell the person who runs it.",
    sessions_full: "As many devices are signed in to this chat as it can have. Tell the person who runs it.",
    rooms_full: "This chat has as many rooms and conversations as it can. Tell the person who runs it.",
    memberships_full: "The rooms of this chat have as many people as they can. Leave a room, or tell the person who runs the chat.",
    own_rooms_full: |count| {
        format!(
            "You created {count} rooms, as many as one member can. Leave one in which you are the last member."
        )
    },
    room_share_full: |count| {
        format!(
            "You created {count} rooms, as many as one member can in a chat as full as this one. Leave one in which you are the last member."
        )
    },
    own_conversations_full: "You started as many conversations as one member can in a chat as full as this one. Use one of them, or a room.",
    own_memberships_full: "You are in as many rooms as one member can be in a chat as full as this one. Leave one first.",
    their_memberships_full: "They are in so many rooms that they have to join the next ones themselves.",
    room_full: "The rooms that one member created can't have more people together. Use a room that someone else created.",
    unknown_host: |host| {
        format!(
            "This chat does not answer to the name {host}. If it is yours, start snug with --host {host}."
        )
    },
    foreign: "This came from another site, so nothing was changed. Open the chat itself and try again.",
    foreign_origin: "This seems to have come from another site, so nothing was changed. If you sent it from the chat itself, tell the person who runs it: snug's console says what to set.",
    content_type: "A form is expected: application/x-www-form-urlencoded.",
    encoding: "The form is not valid percent-encoded UTF-8.",
    unknown_field: "The form has a field that doesn't belong there.",
    repeated_field: "The form has the same field twice.",
    long_field: |field, limit| {
        format!("The field “{field}” is too long: it can have up to {limit} bytes. Shorten it.")
    },
    repeated_header: "A header that can be sent once was repeated.",
    cut_body: "The request's body did not arrive whole.",
    no_nonce: |max| format!("The nonce has 1 to {max} letters, digits, _ or -."),
    no_version: "A version is 16 hexadecimal digits, as a message has it.",
    no_id: "A message's id is a whole number.",
    before_and_after: "Ask for what was before or after, not both.",
    no_one_meant: "Only conversations are with one person.",
    no_registration: "Registration is open, invited or closed.",
    no_language: "The language is en, hi or de, or empty for the browser's.",
    no_switch: "Send on=1 or on=0.",
    no_role: "An owner is yes or no.",
    no_level: "A level is everything, mentions or nothing.",
    no_export_format: "The format is lines or html.",
    no_emoji: "This is not one emoji. Choose one, or paste one.",
    no_stream_format: "The format is json or html.",
    many_shown_rooms: "room was given too many times.",
    not_upgraded: "This address is for programs that speak WebSocket, version 13.",
    no_handshake: "This is no handshake of WebSocket: Connection: Upgrade or a good Sec-WebSocket-Key is missing.",
    not_json: "Send JSON: Content-Type: application/json.",
    no_command: "A command is a JSON object, such as {\"do\":\"post\",\"message\":\"Hello\"}.",
    unknown_command: "do is post, typing or read.",
    no_tag: "A tag is a short text or a whole number.",
    no_value: "A field is a text or a number, or a list of these.",
    file_too_large: |mib| format!("This is too large. A file can have up to {mib} MB."),
    form_too_large: |mib| format!("This is too much at once. Send fewer files, each with up to {mib} MB."),
    too_many_files: |max| format!("A message can have up to {max} files. Send the rest in another message."),
    one_file: "Send one file at a time.",
    uploads_full: "Too many files are being sent at once. Try again in a moment.",
    downloads_full: "Too many files are being loaded at once. Try again in a moment.",
    files_full: "This chat has no room for more files. An owner can make room by deleting messages with files. The person who runs this chat can allow more.",
    file_share_full: |taken, share| {
        format!(
            "There is no room for this. Your files take up {taken} of your share of {share}. Delete some to make room."
        )
    },
    file_share_small: |share| {
        format!("This is too large. Your share of the room for files is {share} right now.")
    },
    disk_full: "There is no room for this file. Tell the person who runs this chat.",
    unsent_files_full: "Too many files are waiting to be sent. Send some of them first, or try again in an hour.",
    emoji_full: |most| format!("This message has {most} different reactions already. Use one of them."),
    reactions_full: |most| format!("This message has {most} reactions and takes no more."),
    pins_full: |most| format!("This room has {most} pinned messages already. Unpin one first."),
    no_file: "This file doesn't exist. It may have been deleted.",
    file_gone: "This file is no longer kept.",
    file_missing: "This file is missing. Tell the person who runs this chat.",
    files_off: "This chat doesn't take files.",
    no_files_form: "A form with files is expected: multipart/form-data.",
};

// Starts what a page has a use for. Each part is given what it needs, and gives what others need of it.
const start = ({ base, me, name, say, sidebar: nav, messages }) => {
  startSignOut();
  if (!me) return;
  startSwitcher({ base, say });
  startShortcuts({ base, say });
  startResults({ say });
  const listed = document.querySelector("input[list=names]");
  if (listed) startSuggestions({ base, me, field: listed });
  if (!messages) return startElsewhere({ base, me, sidebar: nav });
  const log = document.querySelector(".log");
  const dock = document.querySelector(".dock");
  const form = document.querySelector("form.composer"); // none for somebody who only looks in
  const { path, room, seen } = messages.dataset; // no room: a conversation that has not begun
  const live = "live" in messages.dataset;
  const preview = Boolean(document.querySelector("form.join")); // an open room that one is not in
  const position = { seq: messages.dataset.seq };
  const changes = new Map();

  const reader = startReader(me);
  const drafts = startDrafts({ base, name });
  const session = startSession({ base });
  const alerts = startAlerts({ base, newest: Number(position.seq), sidebar: nav });
  const sidebar = startSidebar({ base, path, room, reader, sidebar: nav });
  if (form) startNames({ base, me, field: form.elements.message, dock });

  let place; // the live room
  const composer =
    form &&
    startComposer({
      form, dock, messages, base, path, room, live, me, reader, drafts, session,
      toEnd: () => place?.toEnd(),
    });
  if (live) {
    const notices = startNotices({ room, reader, sidebar, alerts });
    const voice = startVoice({ log, reader, say });
    place = startLog({
      log, messages, dock, base, path, room, reader, position, changes, sidebar, say,
      tell: notices.tell,
      announce: voice.announce,
    });
    startStream({
      base, path, room, preview, position, session, sidebar, alerts, notices,
      reload: startReload({ ready: composer?.reload ?? (() => location.reload()) }),
      events: {
        message: (html) => place.add(html),
        edited: (html) => place.edited(html),
        stale: (json) => place.stale(JSON.parse(json)),
        removed: (json) => place.removed(JSON.parse(json)),
      },
      people: sidebar.people,
      rooms: sidebar.refresh,
      opened: () => composer?.flush(),
      shown: place.read,
    });
  }
  startHistory({ log, messages, room, seen, reader, changes, renew: (id) => place?.renew(id) });
  // Last: what did not arrive before the page was loaded anew.
  composer?.flush();
  composer?.flushOthers();
};

const { base, member, name } = document.body.dataset;
start({
  base, name,
  me: member,
  say: startTexts(JSON.parse(document.getElementById("texts").textContent), document.documentElement.lang),
  sidebar: document.getElementById("sidebar"),
  messages: document.getElementById("messages"),
});

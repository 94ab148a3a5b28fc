// Starts what a page has a use for. Each part is given what it needs, and gives what others need of it.
const start = ({ base, me, name, say, zone, sidebar: nav, messages }) => {
  // What a form came to is not told again when the page is reloaded; and an answer that was begun is kept otherwise.
  const address = new URL(location);
  if (["done", "reply"].some((name) => address.searchParams.has(name))) {
    ["done", "who", "reply"].forEach((name) => address.searchParams.delete(name));
    window.history.replaceState(window.history.state, "", address);
  }
  startSignOut();
  startForms(document);
  startCopying();
  startLinks({ base });
  if (!me) return;
  startLightbox({ say });
  startMissingPhotos();
  startZone({ base, say, ...zone });
  startSwitcher({ base, say });
  startShortcuts({ base, say });
  startResults({ say });
  startLevels();
  const listed = document.querySelector("input[list=names]");
  if (listed) startSuggestions({ base, me, field: listed });
  const drafts = startDrafts({ base, name });
  if (!messages) {
    startUnsent({ drafts, target: location.origin + location.pathname, edits: false, say });
    return startElsewhere({ base, me, say, sidebar: nav });
  }
  const log = document.querySelector(".log");
  const source = document.getElementById("message-parts");
  const dock = document.querySelector(".dock");
  const form = document.querySelector("form.composer"); // none for somebody who only looks in
  const { path, room } = messages.dataset; // no room: a conversation that has not begun
  const isLive = "live" in messages.dataset;
  const preview = Boolean(document.querySelector("form.join")); // an open room that one is not in
  const position = { seq: messages.dataset.seq };
  const changes = new Map();
  const to = form ? form.elements.to?.value : document.querySelector(".join").dataset.to; // whom a conversation is with
  const target = new URL(base + path, location).href + (to ? `#${to}` : "");
  const edits = "edits" in source.dataset;

  const reader = startReader(me, !preview);
  const session = startSession({ base, say });
  const alerts = startAlerts({ base, newest: Number(position.seq), sidebar: nav, quiet: startQuiet({ sidebar: nav }), say });
  // What was written for it is shown where it was.
  const gone = () => location.assign(base + (drafts.of(target).length ? path : "/chat"));
  const sidebar = startSidebar({ base, path, me, room, reader, say, sidebar: nav, left: () => { if (!preview) gone(); } });
  let pick;
  if (form) {
    const field = form.elements.message;
    startNames({ base, me, room, field, dock, say });
    const picker = document.getElementById("emoji-picker");
    const emoji = startEmoji(picker.dataset.list);
    pick = startPicker({ emoji, picker, field, button: form.querySelector("button.emoji") });
  }

  let live; // what is told of the room
  const shown = (id) => document.getElementById(`m${id}`);
  const renew = async (id) => {
    const page = await fetchPage(`${base}/messages/${id}/about`);
    const article = page?.getElementById(`m${id}`);
    const earlier = shown(id);
    if (article && earlier) edit.carry(earlier, () => earlier.replaceWith(article));
    if (article) quotes.follow(id, excerptOf(article));
  };

  const parts = fragment(source.textContent);
  const edit = startEdit({
    base, target, parts, drafts, session, say,
    saved: (id) => { if (!isLive) renew(id); },
    home: (id) => (form?.elements.message ?? shown(id)?.querySelector(".more"))?.focus(),
    lost: (text, why) => writing.giveBack(text, why),
  });
  const view = startView({ log });
  const line = startNewLine({ messages, unread: Boolean(dock.querySelector(".jump.first")), reader, view, say });
  const history = startHistory({
    view, messages, room, reader, line, changes, renew,
    settle: (articles) => quotes.settle(articles),
    late: (html) => live?.late(html),
    moved: () => jumps.update(),
  });
  const marker = startReadMarker({ base, room: form && room, messages, reader, view, changed: () => jumps.update() });
  const jumps = startJumps({ dock, base, path, messages, reader, view, history, line, marker, say });
  const composer =
    form &&
    startComposer({
      form, target, blank: parts.querySelector(".answer"), dock, messages, base, path, room, live: isLive, me, name, reader, drafts, session, say,
      edit: edit.begin,
      toEnd: jumps.toLatest,
    });
  const quotes = startQuotes({
    messages, changes, renew, say,
    leave: (reply) => landing.leave(reply),
    toMessage: async (line) => {
      const reply = messageId(line.closest("article"));
      if (!(await jumps.toMessage(Number(line.dataset.answers), true))) return location.assign(line.href);
      jumps.offerBack(reply);
    },
  });
  const writing = composer || startUnsent({ drafts, target, edits, say });
  const deletion = startDelete({
    base, parts, session, say,
    deleted: (id) => {
      const article = shown(id);
      const next = article.nextElementSibling?.querySelector(".more") ?? article.previousElementSibling?.querySelector(".more");
      if (!("gone" in article.dataset)) showDeleted(article, say);
      quotes.follow(id);
      (next ?? log).focus();
    },
  });
  const fileRemoval = startFileRemoval({
    base, session, say,
    removed: (id) => { if (!isLive) renew(id); },
  });
  const pins = startPins({
    base, session, say,
    link: document.querySelector(".pins-link"),
    done: (id) => { if (!isLive) renew(id); },
  });
  const speaks = "speaks" in source.dataset;
  const tell = startTold({ log });
  const reactions = startReactions({ base, messages, log, parts, reader, speaks, pick, session, say, tell });
  const actions =
    "popover" in HTMLElement.prototype &&
    startActions({
      base, messages, log, parts, reader, reactions, say, tell,
      rights: { speaks, edits, moderates: "moderates" in source.dataset },
      acts: {
        react: reactions.choose,
        reply: composer?.answer,
        edit: edit.begin,
        pin: pins.pin,
        unpin: pins.unpin,
        "mark-unread": startMarkUnread({ base, marker, line, session, say }),
        delete: deletion.ask,
        "remove-file": fileRemoval.ask,
      },
    });
  if (isLive) {
    const notices = startNotices({ room, reader, sidebar, alerts, say });
    const voice = startVoice({ log, reader, say });
    const people = startPeople({ path, room, name, reader, say });
    live = startLog({
      messages, base, path, room, reader, view, line, history, jumps, marker, changes, pins, quotes, reactions, linked: startLinked({ base, view }), sidebar, say, renew,
      tell: notices.tell,
      announce: voice.announce,
      carry: edit.carry,
    });
    startStream({
      base, me, room, position, session, sidebar, alerts, notices, say,
      reload: startReload(),
      gone,
      events: {
        message: (html, tells) => live.add(html, tells),
        edited: (html) => live.changed(html),
        reacted: (html) => live.reacted(html),
        pinned: (html) => live.changed(html),
        stale: (json) => live.stale(JSON.parse(json)),
        removed: (json) => live.removed(JSON.parse(json)),
      },
      missed: (html, tells) => live.missed(html, tells),
      people: (told) => {
        live.settled(); // it comes after what was missed
        sidebar.people(told);
        people(told);
      },
      opened: () => composer?.flush(),
      shown: () => {
        jumps.update();
        marker.read();
      },
      rooms: (_, tells) => sidebar.refresh(tells),
    });
  }
  // Messages come and go.
  const adorn = (article) => {
    reader.mark(article);
    if (edits) edit.resume(article);
    reactions.adorn(article);
    if (actions) actions.adorn(article);
  };
  messages.querySelectorAll("article").forEach(adorn);
  if (edits) edit.seekLost();
  new MutationObserver((changed) => {
    for (const node of changed.flatMap(({ addedNodes }) => [...addedNodes])) if (node.matches?.("article")) adorn(node);
  }).observe(messages, { childList: true });
  if (composer && "speaks" in source.dataset) startSwipe({ messages, answer: composer.answer });
  const landing = startLanding({
    base, path, messages, view, history, line,
    returned: ({ from, answered }) => {
      document.querySelector(`#m${from} a.quote`)?.focus({ preventScroll: true });
      jumps.offerBack(answered);
    },
  });
  landing.landed.then(() => {
    jumps.update();
    if (new URLSearchParams(location.search).has("latest")) marker.catchUp();
    else marker.land();
  });
  // Last: what did not arrive before the page was loaded anew.
  composer?.flush();
  composer?.flushOthers();
};

const { base, member, name, zone, zoneName, offsets } = document.body.dataset;
start({
  base, name,
  me: member,
  say: startTexts(JSON.parse(document.getElementById("texts").textContent), document.documentElement.lang),
  zone: { zone, zoneName, offsets },
  sidebar: document.getElementById("sidebar"),
  messages: document.getElementById("messages"),
});

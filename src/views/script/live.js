// What scripts add to the room: it is live in its place. All of it works without.
(() => {
  const log = document.querySelector(".log");
  const messages = document.getElementById("messages");
  if (!messages || !("live" in messages.dataset)) return;
  const { base, path, room } = messages.dataset; // no room: a conversation that has not begun
  const here = base + path;

  const TOLD = 200; // characters of a message in a notification
  const READ_OUT = 600; // of one that is read out
  const FEW = 3; // messages that are read out; of more, how many there are
  const TOGETHER = 300; // ms in which they come together
  const UTTERED = 10_000; // ms after which nobody needs to find it there again
  const KEPT = 400; // messages in the page once there are too many
  const MANY = 500;
  const SILENCE = 40_000; // ms without a heartbeat (15 s): the line is dead
  const POLL = 30_000; // ms between looks from a hidden tab
  const PAUSE = 500; // ms before the first try to get a broken line back; longer each time in vain
  const RETRY = 3_000; // ms between tries to reach the chat

  // ---- Messages

  // The log is reversed: 0 is its end, and what is above is negative.
  const atEnd = () => Math.abs(log.scrollTop) < 40;
  const isFar = () => Math.abs(log.scrollTop) > log.clientHeight;
  const news = document.createElement("button"); // text browsers would show it, as they know no "hidden"
  Object.assign(news, { type: "button", className: "news quiet", hidden: true });
  const offer = (text) => Object.assign(news, { textContent: text, hidden: false });
  snug.toEnd = () => {
    log.scrollTop = 0;
    news.hidden = true;
    read();
  };
  log.style.overflowAnchor = "none"; // its place is kept below, the same in every browser
  log.addEventListener("scroll", () => {
    if (atEnd()) {
      if (news.hidden) return;
      news.hidden = true;
      read();
    } else if (news.hidden && isFar()) {
      offer("To the newest ↓");
    }
  });
  document.querySelector(".dock").prepend(news);
  news.addEventListener("click", snug.toEnd);

  let waiting = 0; // what a hidden tab has to tell
  const told = new Map(); // of rooms that it looked into from afar: what waited there
  const title = document.title;
  let seq = messages.dataset.seq;
  const count = (number) => {
    document.title = number ? `(${snug.upTo(number)}) ${title}` : title;
  };

  // What a stream tells of one message: the lines before it, and its article.
  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [template.content, template.content.querySelector("article")];
  };

  // Screen readers read out what is new, and only that: the log itself is silent, as older messages come into it as
  // well, and changes. Where many are new, as after sleep, it is said how many.
  const voice = Object.assign(document.createElement("div"), { className: "hidden" });
  voice.setAttribute("aria-live", "polite");
  log.after(voice);
  const fresh = [];
  let uttered;
  const readOut = () => {
    clearTimeout(uttered);
    uttered = setTimeout(() => voice.replaceChildren(), UTTERED);
    const all = fresh.splice(0);
    const lines = all.length > FEW ? [`${all.length} new messages`] : all;
    voice.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  };
  const announce = (article) => {
    if (document.hidden || snug.isMine(article)) return;
    const [name, text] = [".author", ".said"].map((css) => snug.plain(article.querySelector(css)));
    if (fresh.push(`${name}: ${snug.start(text, READ_OUT)}`) === 1) setTimeout(readOut, TOGETHER);
  };

  const add = (html) => {
    const [content, article] = parsed(html);
    if (!article) return;
    const own = article.dataset.room === room;
    if (own && document.getElementById(article.id)) return;
    snug.markCalls(article);
    tell(article);
    if (!own) return snug.elsewhere(article);
    announce(article);
    const stay = !atEnd();
    const [top, height] = [log.scrollTop, log.scrollHeight];
    if (!messages.querySelector("article")) messages.replaceChildren();
    messages.append(content);
    if (stay) {
      log.scrollTop = top - (log.scrollHeight - height);
      offer("New messages ↓");
    } else {
      trim();
      read();
    }
  };

  // What became of messages while this page is open, for those that are still on their way to it.
  snug.changes = new Map();

  const edited = (html) => {
    const [, article] = parsed(html);
    if (article.dataset.room !== room) return snug.refresh();
    snug.changes.set(article.id, "edited");
    snug.markCalls(article);
    const earlier = document.getElementById(article.id);
    article.classList.toggle("edits", Boolean(earlier?.classList.contains("edits")));
    earlier?.replaceWith(article);
  };

  // Edited, and so old that the stream does not know what it says now.
  snug.renew = async (id) => {
    const page = await snug.page(`${base}/messages/${id}/about`);
    const article = page?.getElementById(`m${id}`);
    if (article) edited(article.outerHTML);
  };
  const stale = (data) => {
    const { id } = JSON.parse(data);
    snug.changes.set(`m${id}`, "edited");
    if (document.getElementById(`m${id}`)) snug.renew(id);
  };

  // A quiet line stays for those who have it on screen.
  const removed = (data) => {
    const { id, room: where } = JSON.parse(data);
    if (String(where) !== room) return snug.refresh();
    snug.changes.set(`m${id}`, "removed");
    const article = document.getElementById(`m${id}`);
    if (!article) return;
    const line = Object.assign(document.createElement("p"), { className: "said gone", textContent: "This message was removed." });
    article.querySelector(".said").replaceWith(line);
    article.querySelector(".more")?.remove();
    article.querySelector(".edited")?.remove();
    article.classList.remove("calls-me");
    article.dataset.gone = "";
  };

  // What is seen is read, in all tabs and devices.
  let reading;
  const read = () => {
    if (document.hidden || !atEnd() || !room) return;
    clearTimeout(reading);
    reading = setTimeout(() => {
      if (!atEnd()) return;
      fetch(`${base}/rooms/${room}/read`, { method: "POST", body: new URLSearchParams({ up_to: seq }) }).catch(() => {});
    }, 500);
  };

  // A tab that is open for weeks stays small.
  const trim = () => {
    const all = messages.querySelectorAll("article");
    if (all.length <= MANY) return;
    const first = all[all.length - KEPT];
    while (messages.firstElementChild !== first) messages.firstElementChild.remove();
    const link = document.createElement("a");
    link.rel = "prev";
    link.href = `${here}?before=${first.id.slice(1)}`;
    link.textContent = "Older messages";
    const edge = document.createElement("p");
    edge.className = "edge";
    edge.append(link);
    messages.prepend(edge);
  };

  // ---- Loaded anew: more was missed than a stream tells. Where that happens again and again, later each time, until
  // there was a minute of quiet.

  const RELOADS = "snug-reloads";
  const QUIET = 60_000;
  let reloading = false;
  const reload = () => {
    if (reloading) return;
    reloading = true; // nobody calls any more, only to be told the same
    hangUp();
    let last;
    try {
      last = JSON.parse(sessionStorage.getItem(RELOADS));
    } catch {} // out of reach, or not ours: as if there was none
    const since = Date.now() - last?.at;
    const wait = since >= 0 && since < QUIET ? Math.min(2 * last.wait, QUIET) : 1_000;
    setTimeout(() => {
      try {
        sessionStorage.setItem(RELOADS, JSON.stringify({ at: Date.now(), wait }));
      } catch {} // then it is a second each time
      snug.reload();
    }, wait);
  };

  // ---- What is for oneself

  const tell = async (article) => {
    const id = Number(article.id.slice(1));
    const own = article.dataset.room === room;
    if (snug.isMine(article)) return;
    if (own && !document.hidden) return snug.seen(room, id);
    if (!snug.linkTo(article.dataset.room)) await snug.refresh();
    const link = snug.linkTo(article.dataset.room);
    const isPrivate = link && "private" in link.dataset;
    const personal = isPrivate || snug.callsMe(article);
    if (document.hidden && (own || personal)) count(++waiting);
    if (!personal) return;
    const name = article.querySelector(".author").textContent.trim();
    const where = isPrivate || !link ? "" : ` · ${link.querySelector("bdi").textContent}`;
    const text = snug.start(snug.plain(article.querySelector(".said")), TOLD);
    snug.alert({ room: article.dataset.room, id, title: `${name}${where}`, text, href: link?.href });
  };

  // ---- The line

  const status = document.querySelector(".status");
  let trouble; // shown only if it lasts
  const say = (text, wait) => {
    clearTimeout(trouble);
    trouble = setTimeout(() => {
      status.textContent = text;
      status.hidden = !text;
    }, wait);
  };

  let source;
  let heard; // when the line was last known to live
  let again; // the next look
  let wait = PAUSE; // ms until then, if the line breaks

  const hangUp = () => {
    source?.close();
    source = undefined;
    clearTimeout(again);
  };

  // For good: somebody is signed out.
  snug.hangUp = () => {
    hangUp();
    clearTimeout(trouble);
    snug.people({ here: "", present: [], all: true, typing: [] });
  };

  const call = () => {
    hangUp();
    if (reloading) return;
    heard = Date.now();
    source = new EventSource(`${base}/events?format=html&after=${seq}${room ? `&room=${room}` : ""}`);
    source.onopen = () => {
      heard = Date.now();
      wait = PAUSE;
      say("", 0);
      snug.refresh(); // what was read elsewhere meanwhile
      snug.flush();
    };
    // What has a number: whoever comes back begins after it.
    for (const [kind, take] of [["message", add], ["edited", edited], ["stale", stale], ["removed", removed]]) {
      source.addEventListener(kind, ({ data, lastEventId }) => {
        heard = Date.now();
        seq = lastEventId;
        take(data);
      });
    }
    source.addEventListener("beat", () => { heard = Date.now(); });
    source.addEventListener("people", (event) => snug.people(JSON.parse(event.data)));
    source.addEventListener("rooms", () => snug.refresh());
    source.addEventListener("reload", reload);
    source.onerror = () => {
      hangUp();
      say("Reconnecting…", 1_500);
      lookIn(wait * (0.5 + Math.random() / 2)); // not everybody at once
      wait = Math.min(2 * wait, POLL);
    };
  };

  // What waits in each room; null where there is nothing to look for.
  const waits = async () => {
    const response = await fetch(`${base}/sidebar?path=${encodeURIComponent(path)}`, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(10_000),
    });
    if (response.status === 401) return snug.signedOut(), null;
    if (!response.ok) return undefined;
    const { rooms } = await response.json();
    if (room && !rooms.some((other) => String(other.room) === room)) return location.assign(`${base}/chat`), null; // not ours any more
    return rooms;
  };

  // A line that broke does not tell why, so ask before calling again. Browsers open six connections
  // to one place, so a tab that nobody looks at gives its own back, and only counts what it misses.
  const look = async () => {
    const rooms = await waits().catch(() => undefined);
    if (source || rooms === null) return;
    if (rooms && (!document.hidden || (await snug.stayAwake()))) return call();
    if (rooms) {
      const personal = (other) => (other.private ? other.unread : other.mentions);
      const own = ({ room: other }) => String(other) === room;
      const sum = rooms.reduce((sum, other) => sum + (own(other) ? other.unread : personal(other)), 0);
      for (const other of rooms) {
        const isNew = personal(other) > (told.get(other.room) ?? 0) && other.newest > Number(seq);
        told.set(other.room, personal(other));
        // Where tabs can agree on one that stays on the line, that one tells.
        if (!isNew || navigator.locks) continue;
        snug.alert({ room: other.room, id: other.newest, title: other.name, text: "Something waits for you.", href: other.path });
      }
      waiting = sum;
      count(waiting);
    }
    lookIn(document.hidden ? POLL : RETRY);
  };

  const lookIn = (time) => {
    clearTimeout(again);
    again = setTimeout(look, time);
  };

  const turn = async () => {
    if (!document.hidden) {
      snug.rest();
      waiting = 0;
      told.clear();
      count(0);
      call();
      read();
    } else if (!(await snug.stayAwake()) && document.hidden) {
      hangUp();
      lookIn(POLL);
    }
  };

  document.addEventListener("visibilitychange", turn);
  addEventListener("online", () => { if (!document.hidden) call(); });
  addEventListener("pagehide", hangUp);
  // After sleep the line is dead, and nobody says so.
  setInterval(() => { if (source && Date.now() - heard > SILENCE) call(); }, 5_000);

  turn();
})();

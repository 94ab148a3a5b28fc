// What scripts add to the room: it is live in its place, and Enter sends. All of it works without.
(() => {
  // Drafts outlive reloads and lost sessions, in this tab only, and not signing out.
  const DRAFT = "snug:draft:";
  document.querySelector("header form")?.addEventListener("submit", () => {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFT)) sessionStorage.removeItem(key);
  });

  const form = document.querySelector("form.composer");
  if (!form) return; // somebody who only looks in
  const field = form.elements.message;
  const button = form.querySelector("button");
  const log = document.querySelector(".log");
  const messages = document.getElementById("messages");
  const news = document.createElement("button"); // text browsers would show it, as they know no "hidden"
  const { base, path, room } = messages.dataset; // no room: a conversation that has not begun
  const here = base + path;
  const live = "live" in messages.dataset;
  const me = document.querySelector(".who bdi").textContent;
  const mine = (article) => article.querySelector(".author > a")?.textContent === me;

  const KEPT = 400; // messages in the page once there are too many
  const MANY = 500;
  const SILENCE = 40_000; // ms without a heartbeat (15 s): the line is dead
  const POLL = 30_000; // ms between looks from a hidden tab
  const PAUSE = 500; // ms before the first try to get a broken line back; longer each time in vain
  const RETRY = 3_000; // ms between tries to reach the chat
  const COUNTED = 99; // the most that a title tells
  const TYPING = 3_000; // ms between hints

  // ---- Writing

  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    form.querySelector(".keys").textContent = "Enter sends, Shift+Enter starts a new line.";
    // Not on touch, where focus would raise the keyboard over the messages.
    field.focus();
    field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter belongs to it.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  const draft = DRAFT + form.action;
  const keep = (text) => (text ? sessionStorage.setItem(draft, text) : sessionStorage.removeItem(draft));
  if (!field.value) field.value = sessionStorage.getItem(draft) ?? "";
  field.setSelectionRange(field.value.length, field.value.length);

  // The arrow up in an empty field gives one's last message another text.
  let editing; // its number
  const keys = form.querySelector(".keys");
  const hint = keys.textContent;
  const edit = async (article) => {
    const id = article.id.slice(1);
    const message = await snug.data(`${base}/messages/${id}`);
    if (!message || field.value) return;
    field.value = message.text;
    editing = id;
    button.textContent = "Change";
    keys.textContent = "You change your last message. Escape leaves it as it is.";
    article.classList.add("edits");
    article.scrollIntoView({ block: "nearest" });
  };
  const stopEditing = () => {
    document.querySelector("article.edits")?.classList.remove("edits");
    editing = undefined;
    field.value = "";
    button.textContent = "Send";
    keys.textContent = hint;
    complain("");
  };
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && editing) stopEditing();
    if (event.key !== "ArrowUp" || field.value || !live) return;
    const last = [...messages.querySelectorAll("article:not([data-gone])")].filter(mine).pop();
    if (last) {
      event.preventDefault();
      edit(last);
    }
  });

  let hinted = 0;
  field.addEventListener("input", () => {
    if (!editing) keep(field.value);
    if (live && field.value && Date.now() - hinted > TYPING) {
      hinted = Date.now();
      if (room) fetch(`${base}/typing`, { method: "POST", body: new URLSearchParams({ room }) }).catch(() => {});
    }
  });

  const complain = (text) => {
    const fault = document.getElementById("message-fault");
    fault.textContent = text;
    fault.hidden = !text;
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };

  const newNonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    form.elements.nonce.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  let sending = false;
  const send = async () => {
    const text = field.value;
    if (sending || !text.trim()) return;
    sending = true;
    button.ariaDisabled = "true"; // not disabled, which would take the keyboard away from it
    try {
      const response = await fetch(editing ? `${base}/messages/${editing}/edit` : form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: editing ? new URLSearchParams({ message: text }) : new URLSearchParams(new FormData(form)),
      });
      if (response.ok && editing) {
        const rest = field.value === text ? "" : field.value; // what was typed meanwhile
        stopEditing();
        field.value = rest;
        keep(rest);
      } else if (response.ok) {
        // What was typed meanwhile stays.
        field.value = field.value.startsWith(text) ? field.value.slice(text.length) : field.value;
        keep(field.value);
        complain("");
        newNonce();
        hinted = 0;
        if (!room) location.reload(); // now it has begun
        toEnd();
      } else if (response.status === 401) {
        signedOut();
      } else {
        const { error, detail } = await response.json();
        if (error === "nonce_reused") newNonce();
        complain(detail);
      }
    } catch {
      // The nonce stays, so that sending again makes one message even if this one arrived.
      complain("Not sent: the chat cannot be reached. Your text is still here.");
    } finally {
      sending = false;
      button.ariaDisabled = null;
    }
  };

  // The keyboard stays in the field: on a phone, it would go down and come up with each message.
  button.addEventListener("mousedown", (event) => event.preventDefault());

  form.addEventListener("submit", (event) => {
    if (live) {
      event.preventDefault();
      send();
    } else {
      keep("");
      button.disabled = true;
    }
  });

  // A page that comes back from the history bears a nonce that is used up, and old messages.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  if (!live) return;

  // ---- Reading

  // The log is reversed: 0 is its end, and what is above is negative.
  const atEnd = () => Math.abs(log.scrollTop) < 40;
  const toEnd = () => {
    log.scrollTop = 0;
    news.hidden = true;
    read();
  };
  log.style.overflowAnchor = "none"; // its place is kept below, the same in every browser
  log.addEventListener("scroll", () => {
    if (!atEnd() || news.hidden) return;
    news.hidden = true;
    read();
  });
  Object.assign(news, { type: "button", className: "news quiet", hidden: true, textContent: "New messages ↓" });
  document.querySelector(".dock").prepend(news);
  news.addEventListener("click", toEnd);

  let waiting = 0; // what a hidden tab has to tell
  const title = document.title;
  let seq = messages.dataset.seq;
  const count = (number) => {
    document.title = number ? `(${number <= COUNTED ? number : `${COUNTED}+`}) ${title}` : title;
  };

  // What a stream tells of one message: the lines before it, and its article.
  const parsed = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [template.content, template.content.querySelector("article")];
  };

  const add = (html) => {
    const [content, article] = parsed(html);
    if (!article) return;
    const own = article.dataset.room === room;
    if (own && document.getElementById(article.id)) return;
    markCalls(article);
    tell(article);
    if (!own) return elsewhere(article);
    const stay = !atEnd();
    const [top, height] = [log.scrollTop, log.scrollHeight];
    if (!messages.querySelector("article")) messages.replaceChildren();
    messages.append(content);
    if (stay) {
      log.scrollTop = top - (log.scrollHeight - height);
      news.hidden = false;
    } else {
      trim();
      read();
    }
  };

  const edited = (html) => {
    const [, article] = parsed(html);
    if (article.dataset.room !== room) return refresh();
    markCalls(article);
    document.getElementById(article.id)?.replaceWith(article);
  };

  // Edited, and so old that the stream does not know what it says now.
  const stale = async (data) => {
    const { id } = JSON.parse(data);
    if (!document.getElementById(`m${id}`)) return;
    const page = await snug.page(`${base}/messages/${id}/about`);
    const article = page?.getElementById(`m${id}`);
    if (article) edited(article.outerHTML);
  };

  // A quiet line stays for those who have it on screen.
  const removed = (data) => {
    const { id, room: where } = JSON.parse(data);
    if (String(where) !== room) return refresh();
    const article = document.getElementById(`m${id}`);
    if (!article) return;
    const line = Object.assign(document.createElement("p"), { className: "said gone", textContent: "This message was removed." });
    article.querySelector(".said").replaceWith(line);
    article.querySelector(".more")?.remove();
    article.querySelector(".edited")?.remove();
    article.classList.remove("calls-me");
    article.dataset.gone = "";
  };

  snug.shown = () => messages.querySelectorAll("article").forEach(markCalls);

  // ---- Other rooms

  const sidebar = document.getElementById("sidebar");
  const lists = sidebar.querySelector(".lists");

  const badge = (element, number) => {
    const words = Object.assign(document.createElement("span"), { className: "hidden", textContent: " unread" });
    element.hidden = !number;
    element.replaceChildren(...(number ? [number < 100 ? String(number) : "99+", words] : []));
  };

  const linkTo = (room) => sidebar.querySelector(`a[data-room="${room}"]`);

  const elsewhere = (article) => {
    const link = linkTo(article.dataset.room);
    if (!link || callsMe(article)) return refresh();
    // Whoever answers has read.
    const count = link.querySelector(".count");
    badge(count, mine(article) ? 0 : (parseInt(count.textContent, 10) || 0) + 1);
    total();
  };

  // ---- What is for oneself

  const callsMe = (article) =>
    [...article.querySelectorAll(".mention")].some((name) => name.textContent.slice(1).toLowerCase() === me.toLowerCase());
  const markCalls = (article) => article.classList.toggle("calls-me", callsMe(article));

  const tell = async (article) => {
    const id = Number(article.id.slice(1));
    const own = article.dataset.room === room;
    if (mine(article)) return;
    if (own && !document.hidden) return snug.seen?.(id);
    if (!linkTo(article.dataset.room)) await refresh();
    const link = linkTo(article.dataset.room);
    const isPrivate = link && "private" in link.dataset;
    const personal = isPrivate || callsMe(article);
    if (document.hidden && (own || personal)) count(++waiting);
    if (!personal) return;
    const name = article.querySelector(".author").textContent.trim();
    const where = isPrivate || !link ? "" : ` · ${link.querySelector("bdi").textContent}`;
    snug.alert?.(id, `${name}${where}`, article.querySelector(".said").textContent.slice(0, 200), link?.href);
  };

  const total = () => {
    const counts = [...sidebar.querySelectorAll("a:not([aria-current]) .count:not([hidden])")];
    badge(
      document.querySelector(".drawer .count"),
      counts.reduce((sum, count) => sum + parseInt(count.textContent, 10), 0),
    );
  };

  let refreshing; // several reasons at once are one look
  const refresh = () =>
    (refreshing ??= new Promise((done) => setTimeout(done, 300)).then(async () => {
      refreshing = undefined;
      const page = await snug.page(`${base}/sidebar?path=${encodeURIComponent(path)}`);
      if (!page) return;
      const focused = lists.contains(document.activeElement) && document.activeElement.href;
      lists.replaceChildren(...page.querySelector("#sidebar .lists").childNodes);
      if (focused) [...lists.querySelectorAll("a")].find((link) => link.href === focused)?.focus();
      total();
      if (!room && sidebar.querySelector("a[aria-current][data-room]")) location.reload();
    }));

  // What is seen is read, in all tabs and devices.
  let reading;
  const read = () => {
    if (document.hidden || !atEnd() || !room) return;
    clearTimeout(reading);
    reading = setTimeout(() => {
      if (!atEnd()) return;
      fetch(`${here}/read`, { method: "POST", body: new URLSearchParams({ up_to: seq }) }).catch(() => {});
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

  const people = ({ here, present, typing }) => {
    for (const link of sidebar.querySelectorAll(".persons a")) {
      const now = present.includes(link.querySelector("bdi").textContent);
      link.classList.toggle("is-here", now);
      link.querySelector("span.hidden").hidden = !now;
    }
    const others = room ? typing.filter((name) => name !== me) : [];
    document.querySelector(".here").textContent = here;
    document.querySelector(".typing").textContent =
      others.length === 0 ? "" : others.length === 1 ? `${others[0]} is typing…` : `${others.length} people are typing…`;
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

  const signedOut = () => {
    hangUp();
    people({ here: "", present: [], typing: [] });
    clearTimeout(trouble);
    const link = document.createElement("a");
    link.href = `${base}/login?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Sign in";
    status.replaceChildren("You are signed out. ", link);
    status.hidden = false;
  };

  const call = () => {
    hangUp();
    heard = Date.now();
    source = new EventSource(`${base}/events?format=html&after=${seq}${room ? `&room=${room}` : ""}`);
    source.onopen = () => {
      heard = Date.now();
      wait = PAUSE;
      say("", 0);
      refresh(); // what was read elsewhere meanwhile
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
    source.addEventListener("people", (event) => people(JSON.parse(event.data)));
    source.addEventListener("rooms", refresh);
    source.addEventListener("reload", () => location.reload());
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
    if (response.status === 401) return signedOut(), null;
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
    if (rooms && (!document.hidden || (await snug.stayAwake?.()))) return call();
    if (rooms) {
      const personal = (other) => (other.private ? other.unread : other.mentions);
      const own = ({ room: other }) => String(other) === room;
      const sum = rooms.reduce((sum, other) => sum + (own(other) ? other.unread : personal(other)), 0);
      const called = rooms.find((other) => personal(other) && other.newest > Number(seq));
      if (called && sum > waiting) snug.alert?.(called.newest, called.name, "Something waits for you.", called.path);
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
      snug.rest?.();
      waiting = 0;
      count(0);
      call();
      read();
    } else if (!(await snug.stayAwake?.()) && document.hidden) {
      hangUp();
      lookIn(POLL);
    }
  };

  document.addEventListener("visibilitychange", turn);
  addEventListener("online", () => { if (!document.hidden) call(); });
  addEventListener("pagehide", hangUp);
  // After sleep the line is dead, and nobody says so.
  setInterval(() => { if (source && Date.now() - heard > SILENCE) call(); }, 5_000);

  snug.shown();
  turn();
})();

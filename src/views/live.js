"use strict";
// What scripts add to the room: it is live in its place, and Enter sends. All of it works without.
(() => {
  const form = document.querySelector("form.composer");
  const field = form.elements.message;
  const button = form.querySelector("button");
  const log = document.querySelector(".log");
  const messages = document.getElementById("messages");
  const news = document.querySelector(".news");
  const base = messages.dataset.base;
  const live = "live" in messages.dataset;

  const KEPT = 400; // messages in the page once there are too many
  const MANY = 500;
  const SILENCE = 40_000; // ms without a heartbeat (15 s): the line is dead
  const POLL = 30_000; // ms between looks from a hidden tab
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

  // The draft outlives reloads and lost sessions, in this tab only, and not signing out.
  const draft = `snug:draft:${form.action}`;
  const keep = (text) => (text ? sessionStorage.setItem(draft, text) : sessionStorage.removeItem(draft));
  if (!field.value) field.value = sessionStorage.getItem(draft) ?? "";
  field.setSelectionRange(field.value.length, field.value.length);
  document.querySelector("header form")?.addEventListener("submit", () => keep(""));

  let hinted = 0;
  field.addEventListener("input", () => {
    keep(field.value);
    if (live && field.value && Date.now() - hinted > TYPING) {
      hinted = Date.now();
      fetch(`${base}/typing`, { method: "POST" }).catch(() => {});
    }
  });

  const complain = (text) => {
    const fault = document.getElementById("message-fault");
    fault.textContent = text;
    fault.hidden = !text;
    field.toggleAttribute("aria-invalid", Boolean(text));
  };

  const newNonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    form.elements.nonce.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };

  let sending = false;
  const send = async () => {
    const text = field.value;
    if (sending || !text.trim()) return;
    sending = button.disabled = true;
    try {
      const response = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
      });
      if (response.ok) {
        // What was typed meanwhile stays.
        field.value = field.value.startsWith(text) ? field.value.slice(text.length) : field.value;
        keep(field.value);
        complain("");
        newNonce();
        hinted = 0;
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
      sending = button.disabled = false;
    }
  };

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
  };
  log.style.overflowAnchor = "none"; // its place is kept below, the same in every browser
  log.addEventListener("scroll", () => { if (atEnd()) news.hidden = true; });
  news.textContent = "New messages ↓";
  news.addEventListener("click", toEnd);

  const title = document.title;
  let seq = messages.dataset.seq;
  let unseen = 0;
  const count = (number) => {
    unseen = number;
    document.title = number ? `(${number}) ${title}` : title;
  };

  const add = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const article = template.content.querySelector("article");
    if (!article || document.getElementById(article.id)) return;
    const stay = !atEnd();
    const [top, height] = [log.scrollTop, log.scrollHeight];
    if (!messages.querySelector("article")) messages.replaceChildren();
    messages.append(template.content);
    if (stay) {
      log.scrollTop = top - (log.scrollHeight - height);
      news.hidden = false;
    } else {
      trim();
    }
    if (document.hidden) count(unseen + 1);
  };

  // A tab that is open for weeks stays small.
  const trim = () => {
    const all = messages.querySelectorAll("article");
    if (all.length <= MANY) return;
    const first = all[all.length - KEPT];
    while (messages.firstElementChild !== first) messages.firstElementChild.remove();
    const link = document.createElement("a");
    link.rel = "prev";
    link.href = `${base}/chat?before=${first.id.slice(1)}`;
    link.textContent = "Older messages";
    const edge = document.createElement("p");
    edge.className = "edge";
    edge.append(link);
    messages.prepend(edge);
  };

  const me = document.querySelector(".who bdi").textContent;
  const people = ({ here, typing }) => {
    const others = typing.filter((name) => name !== me);
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
  let again; // the next try, or the next look from a hidden tab

  const hangUp = () => {
    source?.close();
    source = undefined;
    clearTimeout(again);
  };

  const signedOut = () => {
    hangUp();
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
    source = new EventSource(`${base}/events?format=html&after=${seq}`);
    source.onopen = () => {
      heard = Date.now();
      say("", 0);
    };
    source.onmessage = (event) => {
      heard = Date.now();
      seq = event.lastEventId;
      add(event.data);
    };
    source.addEventListener("beat", () => { heard = Date.now(); });
    source.addEventListener("people", (event) => people(JSON.parse(event.data)));
    source.addEventListener("reload", () => location.reload());
    source.onerror = () => {
      say("Reconnecting…", 1_500);
      // Otherwise the browser tries again by itself.
      if (source?.readyState === EventSource.CLOSED) again = setTimeout(ask, 2_000);
    };
  };

  // The line was refused, and a script is not told why. So ask.
  const ask = async () => {
    const answer = await missed().catch(() => undefined);
    if (answer) call();
    else if (answer !== null) again = setTimeout(ask, 5_000);
  };

  // Messages after the last one seen; null where there is nothing to wait for.
  const missed = async () => {
    const response = await fetch(`${base}/chat?after=${seq}`, { headers: { Accept: "application/json" } });
    if (response.status === 401) return signedOut(), null;
    if (response.status === 410) return location.reload(), null;
    return response.ok ? (await response.json()).messages : undefined;
  };

  // Browsers open six connections to one place, so a tab that nobody looks at gives its own back,
  // and only counts what it misses.
  const peek = async () => {
    const found = await missed().catch(() => undefined);
    if (found) count(found.length);
    if (document.hidden && found !== null) again = setTimeout(peek, POLL);
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      hangUp();
      again = setTimeout(peek, POLL);
    } else {
      count(0);
      call();
    }
  });
  addEventListener("online", () => { if (!document.hidden) call(); });
  addEventListener("pagehide", hangUp);
  // After sleep the line is dead, and nobody says so.
  setInterval(() => { if (source && Date.now() - heard > SILENCE) call(); }, 5_000);

  if (!document.hidden) call();
})();

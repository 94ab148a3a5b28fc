// Writing: Enter sends, what was sent waits until it has arrived, and the last message can be changed.
(() => {
  // What one writes outlives reloads and lost sessions, in this tab only, and not signing out; nobody else finds it.
  const OWN = `snug:draft:${snug.me}:`;
  const forget = (whose) => {
    for (const key of Object.keys(sessionStorage)) if (whose(key)) sessionStorage.removeItem(key);
  };
  const isDraft = (key) => key.startsWith("snug:draft:");
  forget((key) => isDraft(key) && !key.startsWith(OWN));

  const form = document.querySelector("form.composer");
  if (!form) return; // somebody who only looks in
  const field = form.elements.message;
  const button = form.querySelector("button");
  const keys = form.querySelector(".keys");
  const messages = document.getElementById("messages");
  const { base, path, room } = messages.dataset; // no room: a conversation that has not begun
  const here = base + path;
  const live = "live" in messages.dataset;
  // What is kept for later is kept for one member: their name may be another's by then.
  const addressee = form.elements.to?.value;
  const target = addressee ? `${form.action}#${addressee}` : form.action;

  const TYPING = 3_000; // ms between hints
  const RETRY = 3_000; // ms between tries to send
  const PATIENCE = 20_000; // ms until a try is given up
  const SOON = 1_500; // ms after which one is told that it takes long
  const SHOWN = 300; // characters of a text that stands in the way of another

  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    keys.textContent = "Enter sends, Shift+Enter starts a new line.";
    // Not on touch, where focus would raise the keyboard over the messages.
    field.focus();
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !snug.composes(event)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  const remember = (key, value) => {
    try {
      if (value) sessionStorage.setItem(key, value);
      else sessionStorage.removeItem(key);
    } catch {
      // It is full: what one writes does not outlive the page then.
    }
  };
  const draft = OWN + target;
  const keep = (text) => remember(draft, text);
  if (!field.value) field.value = sessionStorage.getItem(draft) ?? "";
  field.setSelectionRange(field.value.length, field.value.length);

  let hinted = 0;
  field.addEventListener("input", () => {
    if (editing) return;
    keep(field.value);
    if (live && room && field.value && Date.now() - hinted > TYPING) {
      hinted = Date.now();
      fetch(`${base}/typing`, { method: "POST", body: new URLSearchParams({ room }) }).catch(() => {});
    }
  });

  const complain = (text) => {
    const fault = document.getElementById("message-fault");
    fault.textContent = text;
    fault.hidden = !text;
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  };

  const post = (address, fields) => {
    const body = new URLSearchParams(fields);
    // Also if the page is left meanwhile, which browsers do for so much.
    const keepalive = String(body).length < 60_000;
    const signal = AbortSignal.timeout(PATIENCE);
    return fetch(address, { method: "POST", headers: { Accept: "application/json" }, body, keepalive, signal });
  };

  // Why something was refused. A server that cannot say so, or a proxy before it, is as good as out of reach.
  const reason = async (response) => {
    const fault = await response.json().catch(() => undefined);
    if (!fault && response.status >= 500) throw new Error(response.statusText);
    return fault ?? { detail: "The chat does not take this. It may be too long." };
  };

  // ---- Sending

  // What was sent and has not arrived, in order. The nonce of each makes one message of it, however often
  // it is sent, so that nobody has to send it again.
  const OUTBOX = ":outbox";
  const waiting = (address) => JSON.parse(sessionStorage.getItem(OWN + address + OUTBOX) ?? "[]");
  const put = (address, messages) => remember(OWN + address + OUTBOX, messages.length && JSON.stringify(messages));
  const unsent = waiting(target);
  const save = () => put(target, unsent);

  const box = Object.assign(document.createElement("div"), { className: "outbox", hidden: true });
  const list = document.createElement("ul");
  const back = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "Take back" });
  const word = Object.assign(document.createElement("p"), { textContent: "Not sent yet. It goes out as soon as the chat can be reached.", hidden: true });
  word.setAttribute("role", "status");
  box.append(word, list, back);
  document.querySelector(".dock").append(box);
  let late; // shows the box
  const show = () => {
    clearTimeout(late);
    box.hidden = word.hidden = !unsent.length;
    const shown = unsent.map(({ nonce }) => nonce).join();
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.replaceChildren(...unsent.map(({ text }) => Object.assign(document.createElement("li"), { textContent: text })));
  };

  // What was written is still here, also after signing in again.
  snug.signedOut = () => {
    const status = document.querySelector(".status");
    const link = document.createElement("a");
    link.href = `${base}/login?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = "Sign in";
    status.replaceChildren("You are signed out. ", link);
    status.hidden = false;
    snug.hangUp?.();
  };

  // What was taken back may have arrived all the same, and makes no second message then.
  const usedNonce = `${draft}:nonce`;
  if (field.value) form.elements.nonce.value = sessionStorage.getItem(usedNonce) ?? form.elements.nonce.value;

  const newNonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    form.elements.nonce.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    remember(usedNonce, "");
  };

  // To where it was written, before what was written since.
  const takeBack = () => {
    if (!unsent.length) return;
    form.elements.nonce.value = unsent[0].nonce;
    remember(usedNonce, unsent[0].nonce);
    field.value = [...unsent.map(({ text }) => text), field.value].filter(Boolean).join("\n");
    unsent.length = 0;
    keep(field.value);
    save();
    show();
  };
  back.addEventListener("click", () => {
    takeBack();
    field.focus();
  });

  // As whoever wrote it, and nobody who is signed in by now.
  const say = (place, { text, nonce, by }) => {
    const [address, to] = place.split("#");
    return post(address, { message: text, nonce, ...(by && { as: by }), ...(to && { to }) });
  };

  let sending = false;
  const flush = async () => {
    if (sending || !unsent.length) return;
    sending = true;
    late = setTimeout(show, SOON);
    const first = unsent[0];
    try {
      const response = await say(target, first);
      if (response.ok) {
        if (unsent[0] === first) unsent.shift(); // and it was not taken back meanwhile
        save();
        if (box.hidden) clearTimeout(late);
        else show();
        if (!live || !room) return location.assign(here); // now it has begun, or goes on there
      } else if (response.status === 401) {
        takeBack();
        snug.signedOut();
      } else {
        const { error, detail } = await reason(response);
        takeBack();
        if (error === "nonce_reused") newNonce();
        complain(detail);
      }
      sending = false;
      flush();
    } catch {
      sending = false;
      show();
      setTimeout(flush, RETRY);
    }
  };
  snug.flush = flush; // the line is back

  // What waits elsewhere goes out as well. What is refused there waits for somebody to look.
  const flushOthers = async () => {
    for (const key of Object.keys(sessionStorage)) {
      const address = key.slice(OWN.length, -OUTBOX.length);
      if (!key.startsWith(OWN) || !key.endsWith(OUTBOX) || address === target) continue;
      for (const messages = waiting(address); messages.length; put(address, messages)) {
        const response = await say(address, messages[0]).catch(() => undefined);
        if (!response?.ok) break;
        messages.shift();
      }
    }
  };

  const send = () => {
    const text = field.value;
    if (!text.trim()) return;
    unsent.push({ text, nonce: form.elements.nonce.value, by: snug.id });
    newNonce();
    save();
    field.value = "";
    keep("");
    complain("");
    hinted = 0;
    snug.toEnd?.();
    flush();
  };

  // ---- The arrow up in an empty field gives one's last message another text

  let editing; // its number
  let version; // of the text that the new one replaces
  let stale; // the page has to be loaded anew, after that
  const hint = keys.textContent;

  const edit = async (article) => {
    const id = article.id.slice(1);
    const message = await snug.data(`${base}/messages/${id}`);
    if (!message || field.value || editing || unsent.length) return;
    field.value = message.text;
    editing = id;
    ({ version } = message);
    button.textContent = "Change";
    keys.setAttribute("role", "status");
    keys.textContent = "You are changing your last message. Escape leaves it as it is.";
    article.classList.add("edits");
    article.scrollIntoView({ block: "nearest" });
  };

  const stopEditing = (rest) => {
    document.querySelector("article.edits")?.classList.remove("edits");
    editing = undefined;
    field.value = rest;
    keep(rest);
    button.textContent = "Send";
    keys.textContent = hint;
    complain("");
    if (stale) location.reload();
  };

  let changing = false;
  const change = async () => {
    const [id, text] = [editing, field.value];
    if (changing || !text.trim()) return;
    changing = true;
    button.ariaDisabled = "true"; // not disabled, which would take the keyboard away from it
    try {
      const response = await post(`${base}/messages/${id}/edit`, { message: text, version });
      if (response.ok) {
        if (editing === id) stopEditing(field.value === text ? "" : field.value); // what was typed meanwhile
      } else {
        const { error, detail, text: now, version: newer } = await reason(response);
        if (error === "outdated" && editing === id) {
          version = newer; // that one is seen from here on
          complain(`This message was changed meanwhile. Save again to replace what it says now, or press Escape to keep that: ${snug.start(now, SHOWN)}`);
          return;
        }
        // What is not there any more, or not one's own to change: the text is a new one now, and kept as such.
        if ([401, 403, 404].includes(response.status) && editing === id) stopEditing(field.value);
        if (response.status === 401) snug.signedOut();
        else complain(detail);
      }
    } catch {
      complain("Not changed: the chat cannot be reached. Your text is still here.");
    } finally {
      changing = false;
      button.ariaDisabled = null;
    }
  };

  field.addEventListener("keydown", (event) => {
    if (snug.composes(event)) return;
    if (event.key === "Escape" && editing) stopEditing("");
    if (event.key !== "ArrowUp" || field.value || unsent.length || !live) return;
    const last = [...messages.querySelectorAll("article:not([data-gone])")].filter(snug.isMine).pop();
    if (last) {
      event.preventDefault();
      edit(last);
    }
  });

  snug.reload = () => {
    if (editing) stale = true;
    else location.reload();
  };

  // The keyboard stays in the field: on a phone, it would go down and come up with each message.
  button.addEventListener("mousedown", (event) => event.preventDefault());

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (editing) change();
    else send();
  });

  // A page that comes back from the history bears a nonce that is used up, and old messages.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // After the rest of the script: what did not arrive before the page was loaded anew.
  setTimeout(() => {
    flush();
    flushOthers();
  });
})();

// What was sent and has not arrived, in order. The nonce of each makes one message of it, however often it is sent, so
// that nobody has to send it again. `target` is where it is kept for, and goes to (drafts.js). What is not taken comes
// back by `restore`.
const startOutbox = ({ drafts, target, by, field, dock, session, say, restore, refused, delivered }) => {
  const RETRY = 3_000; // ms between tries to send
  const SOON = 1_500; // ms after which one is told that it takes long
  const OUTBOX = ":outbox";
  const kept = (place) => JSON.parse(drafts.get(place + OUTBOX) || "[]");
  const put = (place, messages) => drafts.set(place + OUTBOX, messages.length && JSON.stringify(messages));
  const unsent = kept(target);
  const save = () => put(target, unsent);

  const list = element("ul");
  const back = element("button", { type: "button", className: "quiet", textContent: say("cancel") });
  const word = element("p", { textContent: say("not_sent"), hidden: true });
  word.setAttribute("role", "status");
  const box = element("div", { className: "outbox", hidden: true }, word, list, back);
  dock.append(box);
  let late; // shows the box
  const show = () => {
    clearTimeout(late);
    box.hidden = word.hidden = !unsent.length;
    const shown = unsent.map(({ nonce }) => nonce).join();
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.replaceChildren(...unsent.map(({ text }) => element("li", { textContent: text })));
  };

  const takeBack = () => {
    if (unsent.length) restore(unsent.splice(0));
    save();
    show();
  };
  back.addEventListener("click", () => {
    takeBack();
    field.focus();
  });

  // As whoever wrote it, and nobody who is signed in by now.
  const post = (place, { text, nonce, by: author }) => {
    const [address, to] = place.split("#");
    return postForm(address, { message: text, nonce, ...(author && { as: author }), ...(to && { to }) });
  };

  let sending = false;
  const flush = async () => {
    if (sending || !unsent.length) return;
    sending = true;
    late = setTimeout(show, SOON);
    const first = unsent[0];
    try {
      const response = await post(target, first);
      if (response.ok) {
        if (unsent[0] === first) unsent.shift(); // and it was not taken back meanwhile
        save();
        if (box.hidden) clearTimeout(late);
        else show();
        if (delivered() === false) return; // the page is left
      } else if (response.status === 401) {
        takeBack();
        session.end(await refusal(response));
      } else {
        const fault = await refusal(response);
        takeBack();
        refused(fault);
      }
      sending = false;
      flush();
    } catch {
      sending = false;
      show();
      setTimeout(flush, RETRY);
    }
  };

  // What waits elsewhere goes out as well. What is refused there waits for somebody to look.
  const flushOthers = async () => {
    const places = drafts.keys().filter((key) => key.endsWith(OUTBOX)).map((key) => key.slice(0, -OUTBOX.length));
    for (const place of places.filter((place) => place !== target)) {
      for (const messages = kept(place); messages.length; put(place, messages)) {
        const response = await post(place, messages[0]).catch(() => undefined);
        if (!response?.ok) break;
        messages.shift();
      }
    }
  };

  const send = (text, nonce) => {
    unsent.push({ text, nonce, by });
    save();
    flush();
  };
  return { send, flush, flushOthers, isEmpty: () => !unsent.length };
};

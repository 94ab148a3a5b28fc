// What was sent and has not arrived, in order. The nonce of each makes one message of it, however often it is sent, so
// that nobody has to send it again. `target` is where it is kept for, and goes to (drafts.js). What is not taken comes
// back by `restore`. A message waits until its files are there (uploads.js), whose marks it has, and the others wait for it.
const startOutbox = ({ drafts, target, by, field, dock, uploads, session, say, restore, refused, delivered }) => {
  const PAUSE = 500; // ms before the second try, of which nobody is told: where a node died, another one answers
  const RETRY = 3_000; // ms between tries to send, at most
  const SOON = 1_500; // ms after which one is told that it takes long
  const OUTBOX = ":outbox";
  const kept = (place) => JSON.parse(drafts.get(place + OUTBOX) || "[]");
  const put = (place, messages) => drafts.set(place + OUTBOX, messages.length && JSON.stringify(messages));
  const unsent = kept(target);
  const save = () => put(target, unsent);

  const list = element("ul");
  const back = element("button", { type: "button", className: "quiet", textContent: say("cancel") });
  const word = element("p", { hidden: true });
  word.setAttribute("role", "status");
  const progress = element("progress", { max: 1, ariaLabel: say("sending_files") });
  const box = element("div", { className: "outbox", hidden: true }, word, progress, list, back);
  dock.append(box);
  const uploadsOf = (messages) => uploads.find(messages.flatMap(({ files = [] }) => files));
  const lines = (message) => [message.text, ...uploadsOf([message]).map(({ name }) => name)].filter(Boolean).join("\n");
  let late; // shows the box
  const show = () => {
    late = clearTimeout(late);
    box.hidden = word.hidden = !unsent.length;
    const files = uploadsOf(unsent);
    const missing = files.filter(({ id }) => !id);
    progress.hidden = !missing.length || missing.some(({ isWaiting }) => isWaiting);
    progress.value = files.reduce((sum, { done, size }) => sum + done * size, 0) / files.reduce((sum, { size }) => sum + size, 1);
    const told = say(progress.hidden ? "not_sent" : "sending_files");
    if (word.textContent !== told) word.textContent = told;
    const shown = [...unsent, ...files].map(({ nonce, mark }) => nonce ?? mark).join();
    if (list.dataset.shown === shown) return;
    list.dataset.shown = shown;
    list.replaceChildren(...unsent.map((message) => element("li", { textContent: lines(message) })));
  };
  // Of files on their way, at once.
  const update = () => { if (!box.hidden || uploadsOf(unsent).some(({ id }) => !id)) show(); };

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
  const post = (place, { text, nonce, by: author, answers, tell }, files) => {
    const [address, to] = place.split("#");
    const fields = Object.entries({ message: text, nonce, ...(author && { as: author }), ...(to && { to }), ...(answers && { reply_to: answers.id }), ...(tell && { tell: 1 }) });
    return postForm(address, [...fields, ...files.flatMap(Object.entries)]);
  };
  const forget = (message) => uploadsOf([message]).forEach(uploads.forget);

  let sending = false;
  let again; // sends once more
  let wait = PAUSE; // ms until then
  const flush = async () => {
    if (sending || !unsent.length) return;
    sending = true;
    clearTimeout(again);
    late ??= setTimeout(show, SOON);
    const first = unsent[0];
    try {
      const { files, problem } = await uploads.ready(target, first.files ?? []);
      const isOff = unsent[0] !== first; // it was taken back meanwhile
      const response = !problem && !isOff && (await post(target, first, files));
      if (isOff) {
        // The next one.
      } else if (problem) {
        takeBack();
        refused({ detail: problem });
      } else if (response.ok) {
        if (unsent[0] === first) unsent.shift();
        forget(first);
        save();
        if (box.hidden) late = clearTimeout(late);
        else show();
        if (delivered() === false) return; // the page is left
      } else if (response.status === 401) {
        takeBack();
        session.end(await refusal(response));
      } else {
        const fault = await refusal(response);
        // Its files waited too long; once more with them.
        if (fault.error === "no_such_file" && !first.isRenewed) {
          first.isRenewed = true;
          for (const upload of uploadsOf([first])) uploads.renew(upload);
        } else {
          takeBack();
          refused(fault);
        }
      }
      sending = false;
      wait = PAUSE;
      flush();
    } catch {
      sending = false;
      if (wait > PAUSE) show();
      again = setTimeout(flush, wait);
      wait = Math.min(2 * wait, RETRY);
    }
  };

  // What waits elsewhere goes out as well. What is refused there waits for somebody to look.
  const flushOthers = async () => {
    const places = drafts.keys().filter((key) => key.endsWith(OUTBOX)).map((key) => key.slice(0, -OUTBOX.length));
    for (const place of places.filter((place) => place !== target)) {
      for (const messages = kept(place); messages.length; put(place, messages)) {
        const { files } = await uploads.ready(place, messages[0].files ?? []);
        const response = files && (await post(place, messages[0], files).catch(() => undefined));
        if (!response?.ok) break;
        forget(messages.shift());
      }
    }
  };

  const send = (text, nonce, files, answers, tell) => {
    unsent.push({ text, nonce, by, files, answers, tell });
    save();
    flush();
  };
  const hasFile = (mark) => unsent.some(({ files = [] }) => files.includes(mark));
  return { send, flush, flushOthers, update, hasFile, isEmpty: () => !unsent.length };
};

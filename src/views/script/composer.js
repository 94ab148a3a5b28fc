// Writing: Enter sends, and what one writes is kept until it has arrived.
const startComposer = ({ form, target, blank, dock, messages, base, path, room, live, me, name, reader, drafts, session, say, toEnd, edit }) => {
  const field = form.elements.message;
  const button = form.querySelector("button:not([type])");
  const addressee = form.elements.to?.value;

  const TYPING = 3_000; // ms between hints

  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    form.querySelector(".keys").textContent = say("composer_keys");
    // Not on touch, where focus would raise the keyboard over the messages.
    field.focus();
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !isComposing(event)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  form.noValidate = true; // nothing happens then, and no word of the browser's
  const keep = (text) => drafts.set(target, text);
  if (!field.value) field.value = drafts.get(target);
  field.setSelectionRange(field.value.length, field.value.length);

  const showLength = startLength({ field, output: form.querySelector(".length"), say });
  const outside = startOutside({ form, field, base, room, addressee, say });
  // What is in the field from here on, and not typed there.
  const put = (text) => {
    field.value = text;
    keep(text);
    showLength();
    outside();
  };

  let hinted = 0;
  field.addEventListener("input", () => {
    complain(field, fault, "");
    keep(field.value);
    if (live && room && field.value && Date.now() - hinted > TYPING) {
      hinted = Date.now();
      postForm(`${base}/typing`, { room }).catch(() => {});
    }
  });

  const fault = document.getElementById("message-fault");

  // What was taken back may have arrived all the same, and makes no second message then.
  const usedNonce = `${target}:nonce`;
  if (field.value) form.elements.nonce.value = drafts.get(usedNonce) || form.elements.nonce.value;
  const newNonce = () => {
    form.elements.nonce.value = randomHex(16);
    drafts.set(usedNonce, "");
  };

  const answer = startAnswer({
    form, field, target, blank, drafts, say,
    quote: (lines) => {
      put(lines + field.value);
      field.setSelectionRange(field.value.length, field.value.length);
    },
  });

  const uploads = startUploads({
    base, name, drafts, session, say,
    most: Number(form.dataset.fileMax),
    told: () => {
      attached.show();
      outbox.update();
    },
  });
  const attached = startAttach({ form, field, uploads, target, say, isSent: (mark) => outbox.hasFile(mark) });
  const outbox = startOutbox({
    drafts, target, field, dock, uploads, session, say,
    by: me,
    // To where it was written, before what was written since.
    restore: (unsent) => {
      form.elements.nonce.value = unsent[0].nonce;
      drafts.set(usedNonce, unsent[0].nonce);
      put([...unsent.map(({ text }) => text), field.value].filter(Boolean).join("\n"));
      attached.show();
      const first = unsent.find(({ answers }) => answers)?.answers;
      if (first && !answer.now()) answer.set(first);
    },
    refused: ({ error, detail, count }) => {
      if (error === "many_people") return question.ask(count);
      if (error === "nonce_reused") newNonce();
      if (error === "no_such_message") answer.set(undefined); // as it says
      complain(field, fault, detail ?? say("too_long"));
    },
    delivered: () => {
      if (live && room) return true;
      location.assign(base + path); // now it has begun, or goes on there
      return false;
    },
  });

  const question = startQuestion({ form, field, say, send: () => send({ tell: true }) });
  const send = ({ tell } = {}) => {
    question.close();
    const text = field.value;
    const files = attached.take();
    if (!text.trim() && !files.length) return;
    const nonce = form.elements.nonce.value;
    newNonce();
    put("");
    complain(field, fault, "");
    hinted = 0;
    toEnd();
    outbox.send(text, nonce, files, answer.now(), tell);
    answer.set(undefined);
    attached.show();
  };

  // The arrow up in an empty field edits one's last message.
  field.addEventListener("keydown", (event) => {
    if (isComposing(event) || event.key !== "ArrowUp" || field.value || !outbox.isEmpty()) return;
    const last = [...messages.querySelectorAll("article:not([data-gone])")].filter(reader.isOwn).pop();
    if (!last) return;
    event.preventDefault();
    edit(last, () => field.focus());
  });

  // The keyboard stays in the field: on a phone, it would go down and come up with each message.
  button.addEventListener("mousedown", (event) => event.preventDefault());

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });

  // A page that comes back from the history bears a nonce that is used up, and old messages.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  uploads.restore(target);

  // A text that has no other place, before what was written since; and why.
  const giveBack = (text, why) => {
    put([text, field.value].filter(Boolean).join("\n"));
    complain(field, fault, why);
    field.focus();
  };
  return { flush: outbox.flush, flushOthers: outbox.flushOthers, giveBack, answer: answer.begin };
};

// Writing: Enter sends, and what one writes is kept until it has arrived.
const startComposer = ({ form, dock, messages, base, path, room, live, me, reader, drafts, session, toEnd }) => {
  const field = form.elements.message;
  const button = form.querySelector("button");
  const keys = form.querySelector(".keys");
  // What is kept for later is kept for one member: their name may be another's by then.
  const addressee = form.elements.to?.value;
  const target = addressee ? `${form.action}#${addressee}` : form.action;

  const TYPING = 3_000; // ms between hints

  if (matchMedia("(hover: hover) and (pointer: fine)").matches) {
    keys.textContent = "Enter sends, Shift+Enter starts a new line.";
    // Not on touch, where focus would raise the keyboard over the messages.
    field.focus();
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !isComposing(event)) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  const keep = (text) => drafts.set(target, text);
  if (!field.value) field.value = drafts.get(target);
  field.setSelectionRange(field.value.length, field.value.length);

  let hinted = 0;
  field.addEventListener("input", () => {
    if (edit.isOn()) return;
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

  // What was taken back may have arrived all the same, and makes no second message then.
  const usedNonce = `${target}:nonce`;
  if (field.value) form.elements.nonce.value = drafts.get(usedNonce) || form.elements.nonce.value;
  const newNonce = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    form.elements.nonce.value = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    drafts.set(usedNonce, "");
  };

  const outbox = startOutbox({
    drafts, target, field, dock, session,
    by: me,
    // To where it was written, before what was written since.
    restore: (unsent) => {
      form.elements.nonce.value = unsent[0].nonce;
      drafts.set(usedNonce, unsent[0].nonce);
      field.value = [...unsent.map(({ text }) => text), field.value].filter(Boolean).join("\n");
      keep(field.value);
    },
    refused: ({ error, detail }) => {
      if (error === "nonce_reused") newNonce();
      complain(detail);
    },
    delivered: () => {
      if (live && room) return true;
      location.assign(base + path); // now it has begun, or goes on there
      return false;
    },
  });

  const send = () => {
    const text = field.value;
    if (!text.trim()) return;
    const nonce = form.elements.nonce.value;
    newNonce();
    field.value = "";
    keep("");
    complain("");
    hinted = 0;
    toEnd();
    outbox.send(text, nonce);
  };

  const edit = startEdit({
    base, field, button, keys, messages, reader, session, complain, keep,
    mayBegin: () => live && !field.value && outbox.isEmpty(),
  });

  // The keyboard stays in the field: on a phone, it would go down and come up with each message.
  button.addEventListener("mousedown", (event) => event.preventDefault());

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (edit.isOn()) edit.save();
    else send();
  });

  // A page that comes back from the history bears a nonce that is used up, and old messages.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  return { flush: outbox.flush, flushOthers: outbox.flushOthers, reload: edit.reload };
};

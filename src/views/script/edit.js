// A message of one's own is edited in its place. An edit under way outlives reloads, as drafts do; a message that changes
// meanwhile keeps it. `saved` is told of what was, `lost` gets a text whose message is gone, and why, and `home` the keyboard after an edit that
// another page began.
const startEdit = ({ base, target, parts, drafts, session, say, saved, lost, home }) => {
  const byKeys = matchMedia("(hover: hover) and (pointer: fine)").matches;
  const forms = new Map(); // by the numbers of their messages
  const key = (id) => `${target}:edit:${id}`;

  const close = (id) => {
    const form = forms.get(id);
    const article = form.closest("article");
    form.remove();
    forms.delete(id);
    drafts.set(key(id), "");
    article?.classList.remove("edits");
  };

  const blame = (form, text) => complain(form.elements.message, form.querySelector(".fault"), text);

  const save = async (id, leave) => {
    const form = forms.get(id);
    const field = form.elements.message;
    if (field.readOnly) return;
    field.readOnly = true;
    try {
      const response = await postForm(form.action, { message: field.value, version: form.elements.version.value });
      if (response.ok) {
        close(id);
        leave();
        saved(id);
        return;
      }
      const { error, detail, text, version } = await refusal(response);
      if (response.status === 401) return session.end({ detail });
      if (error === "outdated") {
        form.elements.version.value = version; // that one is seen from here on
        keep(id);
        const current = form.querySelector(".current") ?? parts.querySelector(".current").cloneNode(true);
        current.querySelector("textarea").value = text;
        form.querySelector(".choices").before(current);
      } else if ([403, 404].includes(response.status)) {
        const typed = field.value;
        close(id);
        return lost(typed, detail);
      }
      blame(form, detail ?? say("too_long"));
    } catch {
      blame(form, say("not_saved"));
    } finally {
      field.readOnly = false;
    }
    field.focus();
  };

  const keep = (id) => {
    const { message, version } = forms.get(id).elements;
    drafts.set(key(id), JSON.stringify({ text: message.value, version: version.value }));
  };

  const made = (id, { text, version }, leave) => {
    const form = parts.querySelector("form.edit").cloneNode(true);
    // Several may be open.
    for (const named of form.querySelectorAll("[id]")) named.id += `-${id}`;
    const field = form.elements.message;
    field.setAttribute("aria-describedby", `edit-fault-${id} edit-hint-${id}`);
    form.querySelector("label").htmlFor = field.id;
    form.noValidate = true; // as at the composer
    form.action = `${base}/messages/${id}/edit`;
    form.elements.version.value = version;
    field.value = text;
    if (byKeys) form.querySelector(".keys").textContent = say("edit_keys");
    startLength({ field, output: form.querySelector(".length"), say });

    const cancel = () => {
      close(id);
      leave();
    };
    field.addEventListener("input", () => {
      blame(form, "");
      keep(id);
    });
    form.addEventListener("keydown", (event) => {
      if (isComposing(event)) return;
      if (event.key === "Escape") cancel();
      else if (event.key === "Enter" && byKeys && !event.shiftKey && event.target === field) form.requestSubmit();
      else return;
      event.preventDefault();
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(id, leave);
    });
    form.querySelector(".cancel").addEventListener("click", cancel);
    forms.set(id, form);
    return form;
  };

  const attach = (article, form) => {
    article.classList.add("edits");
    article.append(form);
  };

  // `leave` gives the keyboard back to where it was.
  const begin = async (article, leave) => {
    const id = messageId(article);
    if (!forms.has(id)) {
      const message = await fetchData(`${base}/messages/${id}`);
      if (!message || forms.has(id)) return;
      attach(article, made(id, message, leave));
      keep(id);
    }
    const field = forms.get(id).elements.message;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    forms.get(id).scrollIntoView({ block: "nearest" });
  };

  // Another article takes the place of one, and what is typed there goes on.
  const carry = (article, change) => {
    const form = forms.get(messageId(article));
    const focused = article.contains(document.activeElement) && document.activeElement;
    change();
    const other = document.getElementById(article.id);
    if (form) attach(other, form);
    const pill = focused && focused.matches(".pill") && pillOf(other, emojiOf(focused));
    if (focused) (form?.contains(focused) ? focused : (pill || other.querySelector(".more")))?.focus();
  };

  const resume = (article) => {
    const id = messageId(article);
    const form = forms.get(id);
    if (form) return form.isConnected ? undefined : attach(article, form);
    const kept = drafts.get(key(id));
    if (!kept) return;
    attach(article, made(id, JSON.parse(kept), () => home(id)));
  };

  // An edit whose message is gone has no article in which it could go on.
  const seekLost = async () => {
    const ids = drafts.keys().filter((one) => one.startsWith(key(""))).map((one) => one.slice(key("").length));
    for (const id of ids.filter((id) => !forms.has(id))) {
      const response = await fetch(`${base}/messages/${id}`, { headers: { Accept: "application/json" } }).catch(() => undefined);
      if (response?.status !== 404 || forms.has(id)) continue;
      const { detail } = await refusal(response);
      const { text } = JSON.parse(drafts.get(key(id)));
      drafts.set(key(id), "");
      lost(text, detail);
    }
  };

  return { begin, carry, resume, seekLost };
};

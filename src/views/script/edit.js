// The arrow up in an empty field gives one's last message another text.
const startEdit = ({ base, field, button, keys, messages, reader, session, complain, keep, mayBegin }) => {
  const SHOWN = 300; // characters of a text that stands in the way of another

  let editing; // its number
  let version; // of the text that the new one replaces
  let stale; // the page has to be loaded anew, after that
  const hint = keys.textContent;

  const begin = async (article) => {
    const id = messageId(article);
    const message = await fetchData(`${base}/messages/${id}`);
    if (!message || editing || !mayBegin()) return;
    field.value = message.text;
    editing = id;
    ({ version } = message);
    button.textContent = "Change";
    keys.setAttribute("role", "status");
    keys.textContent = "You are changing your last message. Escape leaves it as it is.";
    article.classList.add("edits");
    article.scrollIntoView({ block: "nearest" });
  };

  const end = (rest) => {
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
  const save = async () => {
    const [id, text] = [editing, field.value];
    if (changing || !text.trim()) return;
    changing = true;
    button.ariaDisabled = "true"; // not disabled, which would take the keyboard away from it
    try {
      const response = await postForm(`${base}/messages/${id}/edit`, { message: text, version });
      if (response.ok) {
        if (editing === id) end(field.value === text ? "" : field.value); // what was typed meanwhile
      } else {
        const { error, detail, text: now, version: newer } = await refusal(response);
        if (error === "outdated" && editing === id) {
          version = newer; // that one is seen from here on
          complain(`This message was changed meanwhile. Save again to replace what it says now, or press Escape to keep that: ${clipped(now, SHOWN)}`);
          return;
        }
        // What is not there any more, or not one's own to change: the text is a new one now, and kept as such.
        if ([401, 403, 404].includes(response.status) && editing === id) end(field.value);
        if (response.status === 401) session.end();
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
    if (isComposing(event)) return;
    if (event.key === "Escape" && editing) end("");
    if (event.key !== "ArrowUp" || !mayBegin()) return;
    const last = [...messages.querySelectorAll("article:not([data-gone])")].filter(reader.isOwn).pop();
    if (last) {
      event.preventDefault();
      begin(last);
    }
  });

  const reload = () => {
    if (editing) stale = true;
    else location.reload();
  };
  return { isOn: () => Boolean(editing), save, reload };
};

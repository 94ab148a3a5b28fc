// The message that the text in the composer answers: a line over the text says whom and what, until that is sent or taken
// back. It outlives reloads, as the text does. What is marked of a message when one begins to answer it is quoted.
const startAnswer = ({ form, field, target, blank, drafts, quote, say }) => {
  const MARKED_MAX = 1_000; // characters
  const KEY = `${target}:answer`;
  const bar = blank.cloneNode(true);
  const [to, excerpt] = [".to", ".excerpt"].map((css) => bar.querySelector(css));
  to.id = "answer-to";
  const described = field.getAttribute("aria-describedby");
  let answered; // { id, name, text }

  const set = (message) => {
    answered = message;
    drafts.set(KEY, message ? JSON.stringify(message) : "");
    field.setAttribute("aria-describedby", message ? `answer-to ${described}` : described);
    if (!message) return bar.remove();
    bar.dataset.answers = message.id;
    bar.querySelector("input").value = message.id;
    to.textContent = message.name ? say("replying_to", { name: message.name }) : message.label;
    excerpt.textContent = message.text || say("photo_or_file");
    excerpt.classList.toggle("gone", !message.text);
    form.querySelector(".fault").after(bar);
  };
  const cancel = () => {
    set(undefined);
    field.focus();
  };
  bar.querySelector(".away").addEventListener("click", cancel);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !answered || isComposing(event) || event.defaultPrevented) return;
    event.preventDefault();
    cancel();
  });

  // ---- What is marked of a message: a click on what one does with it may end that.
  const article = (node) => (node?.closest ? node : node?.parentElement)?.closest("#messages .said")?.closest("article");
  const inMessage = () => {
    const selection = getSelection();
    const own = !selection.isCollapsed && article(selection.anchorNode);
    return own && own === article(selection.focusNode) ? { id: own.id, text: selection.toString().trim() } : undefined;
  };
  let marked;
  document.addEventListener("pointerdown", ({ target: pressed }) => {
    const acts = pressed.closest?.("article .more, .toolbar, .actions");
    marked = acts ? inMessage() ?? marked : undefined;
  }, { capture: true });
  const quotedLines = ({ id }) => {
    const { id: own, text } = inMessage() ?? marked ?? {};
    marked = undefined;
    return own === id && text ? `${clipped(text, MARKED_MAX).replace(/^/gm, "> ")}\n\n` : "";
  };

  const begin = (message) => {
    const lines = quotedLines(message);
    set({ id: messageId(message), name: message.querySelector(".author bdi").textContent, text: excerptOf(message) });
    if (lines) quote(lines);
    field.focus();
  };

  // A page for a browser without scripts has it already.
  const given = form.querySelector(".answer");
  const kept = JSON.parse(drafts.get(KEY) || "null");
  if (given) {
    const own = given.querySelector(".to");
    const text = given.querySelector(".excerpt:not(.gone)")?.textContent;
    given.remove();
    set({ id: given.dataset.answers, name: own.dataset.name, label: own.textContent, text });
    field.focus();
  } else if (kept) {
    const now = document.getElementById(`m${kept.id}`);
    set(now ? { ...kept, text: excerptOf(now) } : kept);
  }
  return { begin, set, now: () => answered };
};

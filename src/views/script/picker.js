// All emoji, beside the composer: to be looked through, and to be searched with the keyboard alone. Gives what opens them
// beside something else, for what is then done with the one that is taken.
const startPicker = ({ emoji, picker, button, field }) => {
  if (!("popover" in HTMLElement.prototype)) return undefined;
  const GAP = 8; // px to what it stands beside
  const HEIGHT = 416; // px (composer.css)
  const search = picker.querySelector("input");
  const list = picker.querySelector("[role=listbox]");
  const name = picker.querySelector(".name");
  const none = picker.querySelector(".none");
  button.hidden = picker.hidden = false;

  const entries = new Map(); // of each option
  const shown = () => [...entries.keys()].filter((option) => !option.hidden);
  let active;
  const activate = (option) => {
    active?.setAttribute("aria-selected", "false");
    active = option;
    name.textContent = "";
    search.removeAttribute("aria-activedescendant");
    if (!option) return;
    option.setAttribute("aria-selected", "true");
    search.setAttribute("aria-activedescendant", option.id);
    const { codes, name: text } = entries.get(option);
    name.textContent = `${text} · ${codes.map((code) => `:${code}:`).join(" ")}`;
  };
  const reach = (option) => {
    if (!option) return;
    activate(option);
    option.scrollIntoView({ block: "nearest" });
  };

  const look = () => {
    const words = search.value.toLowerCase().split(/[\s:_]+/).filter(Boolean);
    for (const [option, { words: own }] of entries) option.hidden = !words.every((word) => own.includes(` ${word}`));
    for (const group of list.children) group.hidden = !group.querySelector("[role=option]:not([hidden])");
    const found = shown();
    none.textContent = found.length || !entries.size ? "" : none.dataset.text;
    activate(undefined);
    reach(found.find((option) => entries.get(option).codes.includes(words.join("_"))) ?? found[0]);
  };

  const option = (entry) => {
    const { emoji: text, codes, name: label } = entry;
    const made = element("span", { id: `emoji-${entries.size}`, textContent: text });
    setAttributes(made, { role: "option", "aria-label": label, "aria-selected": "false" });
    const words = [...codes, label.toLowerCase()].join(" ").replaceAll(/[_-]/g, " ");
    entries.set(made, { ...entry, words: ` ${words}` });
    return made;
  };
  const fill = async () => {
    const groups = await emoji.all();
    if (groups && !entries.size) [...list.children].forEach((group, at) => group.append(...groups[at].map(option)));
    look();
  };

  let asked; // by something other than the composer: where, and for what
  const take = (taken) => {
    if (!taken) return;
    const [{ emoji: text }, use] = [entries.get(taken), asked?.use];
    picker.hidePopover();
    if (use) use(text);
    else replaceText(field, field.selectionStart, field.selectionEnd, text);
  };

  picker.addEventListener("beforetoggle", ({ newState }) => {
    if (newState !== "open") return;
    const { right, bottom } = (asked?.anchor ?? button).getBoundingClientRect();
    const { top } = (asked?.anchor ?? field.form).getBoundingClientRect();
    const above = top > HEIGHT + 2 * GAP || !asked ? innerHeight - top : Math.max(0, innerHeight - bottom - HEIGHT - 2 * GAP);
    // From the window's lower right corner; the style keeps it within the window.
    picker.style.setProperty("--above", `${above + GAP}px`);
    picker.style.setProperty("--beside", `${innerWidth - right}px`);
    search.value = "";
    fill();
  });
  picker.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", newState === "open" && !asked);
    if (newState === "closed") asked = undefined;
    // Not on touch, where the keyboard would cover it.
    if (newState === "open" && matchMedia("(pointer: fine)").matches) search.focus();
  });

  // The one in the next row that is nearest.
  const below = (found, at, step) => {
    const rest = step > 0 ? found.slice(at + 1) : found.slice(0, at).reverse();
    const row = rest.find(({ offsetTop }) => offsetTop !== active.offsetTop)?.offsetTop;
    const distance = ({ offsetLeft }) => Math.abs(offsetLeft - active.offsetLeft);
    return rest.filter(({ offsetTop }) => offsetTop === row).sort((one, other) => distance(one) - distance(other))[0];
  };
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    const found = shown();
    const at = found.indexOf(active);
    const done = {
      // At once: the browser would empty the field first.
      Escape: () => picker.hidePopover(),
      ArrowRight: () => reach(found[at + 1]),
      ArrowLeft: () => reach(found[at - 1]),
      ArrowDown: () => active && reach(below(found, at, 1)),
      ArrowUp: () => active && reach(below(found, at, -1)),
      Enter: () => take(active),
    }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
  list.addEventListener("mouseover", ({ target }) => {
    const over = target.closest("[role=option]");
    if (over) activate(over);
  });
  list.addEventListener("click", ({ target }) => take(target.closest("[role=option]")));
  return (anchor, use) => {
    asked = { anchor, use };
    picker.showPopover();
  };
};

// The quick switcher: whoever types some letters of a name goes to that room or person.
const startSwitcher = ({ base, say }) => {
  const LONGEST = 60; // characters of a name
  const modifier = /Mac|iPhone|iPad/.test(navigator.platform) ? "metaKey" : "ctrlKey";

  const field = setAttributes(element("input", { placeholder: say("switcher_field") }), {
    role: "combobox", dir: "auto", maxlength: LONGEST, autocomplete: "off", autocapitalize: "none", spellcheck: "false", enterkeyhint: "go",
    "aria-label": say("switcher_field"), "aria-autocomplete": "list", "aria-controls": "destinations", "aria-expanded": "true",
  });
  const list = setAttributes(element("ul", { id: "destinations" }), { role: "listbox", "aria-label": say("switcher_list") });
  const status = setAttributes(element("p", { className: "hidden" }), { role: "status" });
  const dialog = setAttributes(element("dialog", { className: "switcher" }, field, list, status), { "aria-label": say("switcher_title") });
  document.body.append(dialog);

  let marked = 0;
  const mark = (index) => {
    const options = [...list.children];
    marked = options.length && (index + options.length) % options.length;
    options.forEach((option, at) => option.setAttribute("aria-selected", at === marked));
    options[marked]?.scrollIntoView({ block: "nearest" });
    if (options.length) field.setAttribute("aria-activedescendant", options[marked].id);
    else field.removeAttribute("aria-activedescendant");
  };

  // Whether it is shown now: its newest part, and no page of its past.
  const isShown = ({ dataset }) => dataset.href === location.pathname + location.search;
  let asked = 0; // only the newest answer counts
  const look = async () => {
    const own = ++asked;
    const letters = field.value.trim();
    const page = await fetchPage(`${base}/switch?q=${encodeURIComponent(letters)}`);
    if (own !== asked || !page) return;
    // Nobody has to be told of the place where they are.
    const options = [...page.querySelectorAll("[role=option]")].filter((option) => letters || !isShown(option));
    list.replaceChildren(...options);
    mark(0);
    status.className = options.length ? "hidden" : "nothing";
    status.textContent = options.length ? say("results", { n: options.length }) : say("no_results");
  };
  let looking;

  const open = () => {
    field.value = "";
    dialog.showModal();
    looking = look();
  };
  const follow = (option) => {
    dialog.close();
    if (!isShown(option)) location.assign(option.dataset.href);
  };
  // Of what was typed, and not of what was there before.
  const take = async () => {
    await looking;
    if (dialog.open && list.children.length) follow(list.children[marked]);
  };

  field.addEventListener("input", () => {
    looking = look();
  });
  field.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    const done = { ArrowDown: () => mark(marked + 1), ArrowUp: () => mark(marked - 1), Enter: take }[event.key];
    if (!done) return;
    event.preventDefault();
    done();
  });
  // The keyboard stays in the field.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]");
    if (option) follow(option);
  });
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  document.querySelector(".jump")?.addEventListener("click", open);
  addEventListener("keydown", (event) => {
    // Where no key bears a Latin letter, by its place.
    const isK = event.key.toLowerCase() === "k" || (event.code === "KeyK" && !/^[a-z]$/i.test(event.key));
    if (!isK || !event[modifier] || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
};

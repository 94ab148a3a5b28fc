// Completes a name after an "@" in a field.
// `room`: the one to which it goes, if there is one.
const startNames = ({ base, me, room, field, dock, say }) => {
  const SHOWN = 8;
  // As the server reads it: behind letters, only of scripts without spaces.
  const UNSPACED = ["Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"];
  const BEFORE = String.raw`^|[^\p{L}\p{N}\p{M}/=#\\]|[${UNSPACED.map((script) => String.raw`\p{Script=${script}}`).join("")}]`;
  const BEGUN = new RegExp(String.raw`(?:${BEFORE})[@＠﹫]([\p{L}\p{N}\p{M}\u200C\u200D._\-]{0,32})$`, "u");

  const list = element("ul", { id: "names", className: "names", hidden: true });
  setAttributes(list, { role: "listbox", "aria-label": say("names") });
  dock.append(list);
  setAttributes(field, { "aria-autocomplete": "list", "aria-controls": "names", "aria-haspopup": "listbox" });

  // In code and in quotes, a name is no mention.
  const isApart = (before) => {
    const line = before.slice(before.lastIndexOf("\n") + 1);
    const odd = (text, mark) => text.split(mark).length % 2 === 0;
    return /^\s*>/.test(line) || odd(line.replaceAll("```", ""), "`") || odd(before, /^```/m);
  };
  const begun = () => {
    const before = field.value.slice(0, field.selectionStart);
    return isApart(before) ? undefined : before.match(BEGUN)?.[1];
  };

  let marked = 0;
  const mark = (index) => {
    marked = (index + list.children.length) % list.children.length;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", at === marked));
    field.setAttribute("aria-activedescendant", list.children[marked].id);
    list.children[marked].scrollIntoView({ block: "nearest" });
  };

  let asked = 0; // only the newest answer counts, and none once the list was shut
  const close = () => {
    asked += 1;
    list.hidden = true;
    field.removeAttribute("aria-activedescendant");
  };

  const take = (name) => {
    const start = begun();
    if (start === undefined) return close();
    const cursor = field.selectionStart;
    field.setRangeText(`${name} `, cursor - start.length, cursor, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // The words that mention many, with how many these are, where one may use them.
  const WORDS = ["group_room", "group_here"];
  const ask = async (key) => {
    const name = say(key);
    const response = room && (await postForm(`${base}/mentions`, { message: `@${name}`, room }).catch(() => undefined));
    const { group } = (response?.ok && (await response.json().catch(() => undefined))) || {};
    return group?.allowed && group.count ? [{ name, hint: say(`${key}_hint`, { n: group.count }) }] : [];
  };
  const groups = async (start) => {
    const begun = (key) => start && say(key).toLowerCase().startsWith(start.toLowerCase());
    return (await Promise.all(WORDS.filter(begun).map(ask))).flat();
  };

  const option = ({ name, here, hint }, index) => {
    const item = element("li", { id: `name-${index}` }, name, ...(hint ? [" ", element("small", { textContent: hint })] : []));
    item.dataset.name = name;
    item.setAttribute("role", "option");
    item.classList.toggle("is-here", here);
    // The keyboard stays in the field.
    item.addEventListener("mousedown", (event) => {
      event.preventDefault();
      take(name);
    });
    return item;
  };

  const look = async () => {
    const start = begun();
    if (start === undefined) return close();
    const own = ++asked;
    const [answer, many] = await Promise.all([fetchData(`${base}/people?like=${encodeURIComponent(start)}`), groups(start)]);
    if (own !== asked || !answer) return;
    const { people } = answer;
    // A name that is whole needs no help, and Enter sends it, even if a longer one begins with it. Nobody calls
    // themselves.
    const whole = [...people, ...many].some(({ name }) => name.toLowerCase() === start.toLowerCase());
    const others = people.filter(({ id }) => String(id) !== me).slice(0, SHOWN - many.length);
    const found = whole ? [] : [...others, ...many];
    if (!found.length) return close();
    list.replaceChildren(...found.map(option));
    list.hidden = false;
    mark(0);
  };

  field.addEventListener("input", look);
  field.addEventListener("blur", close);
  field.form.addEventListener("submit", close);
  // Before others who listen to the same keys.
  field.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    if (list.hidden) {
      if (event.key === "Escape") asked += 1;
      return;
    }
    const done = {
      ArrowDown: () => mark(marked + 1),
      ArrowUp: () => mark(marked - 1),
      Enter: () => take(list.children[marked].dataset.name),
      Tab: () => take(list.children[marked].dataset.name),
      Escape: close,
    }[event.shiftKey ? "" : event.key];
    if (!done) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    done();
  });
};

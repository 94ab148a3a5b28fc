// Reactions: one click puts an emoji beside a message or takes it back. It is shown at once, and mended by what the server
// tells of the message. `pick` opens all emoji; without it, the message's page has them.
const emojiOf = (pill) => pill.form.elements.emoji.value;
const pillsOf = (article) => [...article.querySelectorAll(":scope > .reactions .pill")];
const pillOf = (article, emoji) => pillsOf(article).find((pill) => emojiOf(pill) === emoji);

const startReactions = ({ base, messages, log, parts, reader, speaks, pick, session, say, tell }) => {
  const SETTLED = 4_000; // ms after an answer within which the stream has told of it
  const LONG = 500; // ms of a long press
  const blank = parts.querySelector(".reactions");
  const chooser = parts.querySelector(".react-menu");
  log.after(chooser);
  const canPop = "popover" in HTMLElement.prototype;

  // ---- What is shown

  const told = new WeakMap(); // of a pill: how many the server counts, and whether its reader is among them
  const holds = new Map(); // what the reader wants and the server has not told of yet: by message and emoji
  const keyOf = (article, emoji) => `${article.id} ${emoji}`;
  const rowOf = (article) => article.querySelector(":scope > .reactions");

  const release = (key) => {
    clearTimeout(holds.get(key)?.end);
    holds.delete(key);
  };
  const draw = (article, pill) => {
    const { own, count } = told.get(pill);
    const hold = holds.get(keyOf(article, emojiOf(pill)));
    const wanted = hold?.wanted ?? own;
    const shown = count + wanted - own;
    pill.setAttribute("aria-pressed", wanted);
    pill.value = wanted ? 0 : 1;
    pill.querySelector(".tally").textContent = shown;
    pill.form.hidden = shown < 1;
  };
  // Takes in what the server says of a pill; `known` is whether the reader was among them, where it does not say.
  const learn = (article, pill, known) => {
    const { members } = pill.dataset;
    const own = members === undefined ? known : members.split(" ").includes(reader.id);
    told.set(pill, { own, count: Number(pill.querySelector(".tally").textContent) });
    const key = keyOf(article, emojiOf(pill));
    const hold = holds.get(key);
    if (hold && !hold.sending && hold.wanted === own) release(key);
    draw(article, pill);
  };
  // The way to another one, while there is room for it; and no row without a pill.
  const tidy = (article) => {
    const row = rowOf(article);
    if (!row) return;
    const some = pillsOf(article).filter((pill) => !pill.form.hidden);
    row.querySelector(".add").hidden = !speaks || some.length >= Number(blank.dataset.most);
    row.hidden = !some.length;
  };

  // A row where there is none, and a pill that counts nobody yet.
  const made = (article, emoji) => {
    const copy = blank.cloneNode(true);
    const { form } = copy.querySelector(".pill");
    if (!rowOf(article)) {
      const row = blank.cloneNode(true);
      row.querySelector("form").remove();
      row.querySelector(".add").href = `${base}/messages/${messageId(article)}/about#react`;
      article.querySelector(".text").after(row);
    }
    form.action = `${base}/messages/${messageId(article)}/react`;
    form.elements.emoji.value = emoji;
    form.querySelector(".picture").textContent = emoji;
    rowOf(article).querySelector(".add").before(form);
    const pill = form.querySelector(".pill");
    pill.disabled = !speaks;
    told.set(pill, { own: false, count: 0 });
    return pill;
  };

  const NAMED = ["aria-label", "title", "data-members"];
  const name = (pill, other) => {
    for (const attribute of NAMED) {
      if (other?.hasAttribute(attribute)) pill.setAttribute(attribute, other.getAttribute(attribute));
      else pill.removeAttribute(attribute);
    }
    pill.querySelector(".tally").textContent = other?.querySelector(".tally").textContent ?? 0;
  };
  // Takes over the reactions of a newer rendering. Pills stay what and where they are, and so does the keyboard.
  const sync = (article, other) => {
    const gone = new Set(pillsOf(article));
    for (const newer of pillsOf(other)) {
      const emoji = emojiOf(newer);
      const pill = pillOf(article, emoji) ?? made(article, emoji);
      gone.delete(pill);
      const { own } = told.get(pill);
      name(pill, newer);
      learn(article, pill, own);
    }
    for (const pill of gone) {
      name(pill, undefined);
      learn(article, pill, false);
      if (pill.form.hidden) remove(article, pill);
    }
    tidy(article);
  };
  const remove = (article, pill) => {
    const hadFocus = pill === document.activeElement;
    const next = pill.form.nextElementSibling?.querySelector?.(".pill") ?? pill.form.previousElementSibling?.querySelector(".pill");
    pill.form.remove();
    if (hadFocus) (next ?? article.querySelector(".more"))?.focus();
  };

  const adorn = (article) => {
    for (const pill of pillsOf(article)) {
      pill.disabled = !speaks;
      learn(article, pill, pill.ariaPressed === "true");
    }
    tidy(article);
  };

  // ---- What is done

  const post = async (article, emoji, on) => {
    try {
      const response = await postForm(`${base}/messages/${messageId(article)}/react`, { emoji, on: on ? 1 : 0 });
      if (response.ok) return undefined;
      const fault = await refusal(response);
      if (response.status === 401) session.end(fault);
      return fault.detail ?? say("not_reacted");
    } catch {
      return say("not_reacted");
    }
  };
  const redraw = (id, emoji) => {
    const article = document.getElementById(id);
    const pill = article && pillOf(article, emoji);
    if (!pill) return;
    draw(article, pill);
    if (pill.form.hidden) remove(article, pill);
    tidy(article);
  };
  // Sends what is wanted until that is what was sent: of many clicks, no two are under way at once.
  const send = async (article, emoji, key, hold) => {
    hold.sending = true;
    let [sent, fault] = [];
    while (!fault && sent !== hold.wanted) {
      sent = hold.wanted;
      fault = await post(article, emoji, sent);
    }
    hold.sending = false;
    const now = document.getElementById(article.id);
    const pill = now && pillOf(now, emoji);
    if (fault) {
      release(key);
      redraw(article.id, emoji);
      tell(fault, (pill?.isConnected ? pill : now?.querySelector(".more"))?.getBoundingClientRect());
    } else if (!pill || told.get(pill).own === hold.wanted) {
      release(key);
    } else {
      // The stream does not tell of it: it is away, or nothing was changed.
      hold.end = setTimeout(async () => {
        const page = await fetchPage(`${base}/messages/${messageId(article)}/about`);
        const [earlier, newer] = [document.getElementById(article.id), page?.getElementById(article.id)];
        release(key);
        if (earlier && newer) sync(earlier, newer);
      }, SETTLED);
    }
  };
  const put = (article, emoji, wanted) => {
    const pill = pillOf(article, emoji) ?? made(article, emoji);
    const key = keyOf(article, emoji);
    const hold = holds.get(key) ?? { sending: false };
    clearTimeout(hold.end);
    hold.wanted = wanted ?? pill.ariaPressed !== "true";
    holds.set(key, hold);
    draw(article, pill);
    tidy(article);
    if (!hold.sending) send(article, emoji, key, hold);
    return pill;
  };

  // ---- Pills

  let held; // a long press is no click
  messages.addEventListener("click", (event) => {
    const pill = event.target.closest(".pill");
    if (pill) {
      event.preventDefault();
      // Of a double click, one counts.
      if (event.detail < 2 && !held) put(pill.closest("article"), emojiOf(pill));
      return;
    }
    const add = event.target.closest(".reactions .add");
    if (!add || !pick || opensElsewhere(event)) return;
    event.preventDefault();
    all(add.closest("article"), add);
  });

  // ---- Who it was

  const who = element("p", { className: "who-reacted", popover: "manual", hidden: !canPop });
  who.setAttribute("aria-hidden", "true"); // a pill's name says the same
  log.after(who);
  const hide = () => { if (canPop && who.matches(":popover-open")) who.hidePopover(); };
  const show = (pill) => {
    if (!canPop || !pill.title) return;
    who.textContent = `${emojiOf(pill)} ${pill.title}`;
    if (!who.matches(":popover-open")) who.showPopover();
    place(who, pill.getBoundingClientRect());
  };
  let pressing;
  messages.addEventListener("pointerdown", (event) => {
    hide();
    held = false;
    const pill = event.pointerType !== "mouse" && event.target.closest(".pill");
    if (!pill) return;
    pressing = setTimeout(() => {
      held = true;
      show(pill);
    }, LONG);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) messages.addEventListener(end, () => clearTimeout(pressing));
  messages.addEventListener("contextmenu", (event) => {
    if (event.target.closest(".pill") && event.pointerType !== "mouse") event.preventDefault();
  });
  messages.addEventListener("focusin", ({ target }) => { if (target.matches(".pill:focus-visible")) show(target); });
  messages.addEventListener("focusout", hide);
  messages.addEventListener("keydown", ({ key }) => { if (key === "Escape") hide(); });
  log.addEventListener("scroll", hide);

  // ---- Choosing one

  // Above a place, or below it where that is too near to the window's edge.
  const place = (box, { top, bottom, left }) => {
    const GAP = 8; // px to the window's edge
    const { width, height } = box.getBoundingClientRect();
    const above = top - height - GAP / 2 >= GAP;
    box.style.top = `${above ? top - height - GAP / 2 : bottom + GAP / 2}px`;
    box.style.left = `${Math.max(GAP, Math.min(left, innerWidth - GAP - width))}px`;
  };
  const all = (article, anchor) => {
    const { id } = article;
    if (!pick) return location.assign(`${base}/messages/${messageId(article)}/about#react`);
    pick(anchor, (emoji) => {
      const now = document.getElementById(id);
      if (now?.querySelector(".more")) put(now, emoji, true);
    });
  };
  // Which of the few are the reader's own on a message.
  const mark = (box, article) => {
    for (const one of box.querySelectorAll("[role=menuitemcheckbox]")) {
      const pill = pillOf(article, one.dataset.emoji);
      one.setAttribute("aria-checked", pill?.ariaPressed === "true");
    }
  };
  // One of the few was chosen, or the way to all.
  const take = (article, emoji, anchor) => (emoji ? put(article, emoji) : all(article, anchor));

  let chosen; // for which message they are shown
  const choose = (article, leave, at) => {
    chosen = article.id;
    mark(chooser, article);
    chooser.showPopover();
    place(chooser, at);
    chooser.querySelector("button").focus();
  };
  const move = (step) => {
    const buttons = [...chooser.querySelectorAll("button")];
    buttons.at((buttons.indexOf(document.activeElement) + step) % buttons.length).focus();
  };
  const back = () => {
    chooser.hidePopover();
    document.getElementById(chosen)?.querySelector(".more")?.focus();
  };
  chooser.addEventListener("keydown", (event) => {
    const to = { ArrowRight: () => move(1), ArrowDown: () => move(1), ArrowLeft: () => move(-1), ArrowUp: () => move(-1), Escape: back, Tab: back }[event.key];
    if (!to) return;
    event.preventDefault();
    to();
  });
  chooser.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-emoji]");
    const article = button && document.getElementById(chosen);
    if (!button) return;
    back();
    if (article?.querySelector(".more")) take(article, button.dataset.emoji, article.querySelector(".more"));
  });
  log.addEventListener("scroll", () => { if (canPop && chooser.matches(":popover-open")) chooser.hidePopover(); });

  return { adorn, sync, mark, take, choose };
};

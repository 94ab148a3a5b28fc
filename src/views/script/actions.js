// What one does with a message, in its place: a toolbar where the mouse or the keyboard is, and a menu from its dots.
// `acts` has a function for each action, by its name; it is given the article, and what gives the keyboard back, and may
// give a text to be told.
// Without popovers, the dots stay a link to the message's page.
const startActions = ({ base, messages, log, parts, rights, reader, reactions, say, tell, acts }) => {
  const menu = parts.querySelector(".actions");
  const toolbar = parts.querySelector(".toolbar");
  log.after(menu);

  const isOwn = (article) => rights.edits && reader.isOwn(article);
  const offered = {
    everyone: () => true,
    writers: () => rights.speaks,
    author: isOwn,
    sender: (article) => isOwn(article) && Boolean(article.querySelector(".files")),
    pinner: (article) => rights.speaks && !article.querySelector(".pin"),
    unpinner: (article) => rights.speaks && Boolean(article.querySelector(".pin")),
    moderators: (article) => rights.moderates || isOwn(article),
  };
  const fit = (box, article) => {
    for (const one of box.querySelectorAll("[data-offered]")) one.hidden = !offered[one.dataset.offered](article);
    reactions.mark(box, article);
  };
  const adorn = (article) => {
    const more = article.querySelector(".more");
    if (more) setAttributes(more, { role: "button", "aria-haspopup": "menu", "aria-expanded": "false" });
  };

  // ---- The toolbar

  const offer = (article) => {
    if (!article?.querySelector(".more") || toolbar.parentNode === article) return;
    fit(toolbar, article);
    article.append(toolbar);
  };
  messages.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") offer(event.target.closest("article"));
  });
  messages.addEventListener("pointerleave", () => toolbar.remove());

  // ---- The menu

  let dots; // from which it was opened
  let text; // of its message, as it was typed; asked for early, as browsers copy only right after a click
  const items = () => [...menu.querySelectorAll("[role^=menuitem]")].filter((one) => !one.closest("[hidden]"));
  // One above the other: of those in a line, the one where the keyboard is, or the first.
  const stops = (at) =>
    items().filter((one) => {
      const line = one.closest(".quick");
      return !line || one === (line.contains(at) ? at : line.firstElementChild);
    });
  const close = () => menu.hidePopover();
  const open = (article, button) => {
    dots = button;
    fit(menu, article);
    text = fetchData(`${base}/messages/${messageId(article)}`);
    menu.showPopover();
    beside(menu, dots.getBoundingClientRect());
    dots.setAttribute("aria-expanded", "true");
    // An emoji that is pressed by mistake, others see.
    items().find((one) => !one.closest(".quick")).focus();
  };
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "closed") dots?.setAttribute("aria-expanded", "false");
  });
  menu.addEventListener("keydown", (event) => {
    const focused = document.activeElement;
    const all = stops(focused);
    const at = all.indexOf(focused);
    const line = focused.closest(".quick") ? [...focused.parentElement.children] : [focused];
    const along = (step) => line.at((line.indexOf(focused) + step) % line.length).focus();
    const to = {
      ArrowRight: () => along(1),
      ArrowLeft: () => along(-1),
      ArrowDown: () => all[(at + 1) % all.length].focus(),
      ArrowUp: () => all.at(at - 1).focus(),
      Home: () => items()[0].focus(),
      End: () => items().at(-1).focus(),
      Escape: () => (close(), dots.focus()),
      Tab: () => (close(), dots.focus()),
    }[event.key];
    if (!to) return;
    event.preventDefault();
    to();
  });
  const shut = () => { if (menu.matches(":popover-open")) close(); };
  log.addEventListener("scroll", shut);
  addEventListener("resize", shut);

  messages.addEventListener("click", (event) => {
    const more = event.target.closest(".more");
    if (!more || opensElsewhere(event)) return;
    event.preventDefault();
    open(more.closest("article"), more);
  });
  // As a button, which the space bar presses too.
  messages.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches(".more")) return;
    event.preventDefault();
    open(event.target.closest("article"), event.target);
  });

  // A key on the message where the keyboard is.
  messages.addEventListener("keydown", (event) => {
    const article = event.target.closest("article");
    const isChord = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (event.key !== "r" || isChord || !rights.speaks || event.target.closest("input, textarea") || !article?.querySelector(".more")) return;
    event.preventDefault();
    acts.reply(article);
  });

  // ---- What they do

  const copy = async (content, place, article) => {
    if (await copied(content)) return tell(say("copied"), place);
    const field = element("textarea", { value: content, readOnly: true, className: "by-hand", ariaLabel: say("copy_by_hand") });
    field.addEventListener("blur", () => field.remove());
    article.append(field);
    field.select();
    tell(say("copy_by_hand"), field.getBoundingClientRect());
  };
  const all = {
    "copy-link": (article, leave, place) => copy(article.querySelector("a.time").href, place, article),
    "copy-text": async (article, leave, place) => copy((await text)?.text || spokenText(article), place, article),
    ...acts,
  };
  const act = async (event) => {
    const button = event.target.closest("[data-action], [data-emoji]");
    if (!button) return;
    const { id } = (toolbar.contains(button) ? toolbar : dots).closest("article");
    const article = document.getElementById(id); // it may have been edited meanwhile
    const more = article?.querySelector(".more");
    const place = button.getBoundingClientRect();
    if (menu.contains(button)) close();
    if (!more) return; // it is gone meanwhile
    more.focus();
    if ("emoji" in button.dataset) return reactions.take(article, button.dataset.emoji, more);
    const said = await all[button.dataset.action](article, () => document.getElementById(id)?.querySelector(".more")?.focus(), place);
    if (said) tell(said, place);
  };
  menu.addEventListener("click", act);
  toolbar.addEventListener("click", act);
  return { adorn };
};

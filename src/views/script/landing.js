// Where the page begins: where one was, for those who come back to it by Back, Forward or a reload (the entry of the
// browser's history keeps which message stood where); at the message that its address names; at what is new; or at the end.
const startLanding = ({ base, path, messages, view, history, line, returned }) => {
  const PAUSE = 150; // ms

  const articles = () => [...messages.querySelectorAll("article")];
  const keep = () => {
    const top = articles().find((article) => !view.isAbove(article));
    const place = top && !(view.atEnd() && history.isWhole()) ? { id: messageId(top), top: view.offset(top) } : undefined;
    window.history.replaceState({ ...window.history.state, place }, "");
  };
  let waiting;
  view.log.addEventListener("scroll", () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE);
  });
  addEventListener("pagehide", keep);

  const restore = async ({ id, top }) => {
    const find = () => document.getElementById(`m${id}`);
    if (!find()) await history.replace(`${base}${path}?at=${id}`);
    const article = find();
    if (article) view.place(article, top);
  };
  const land = () => {
    const named = Number(location.hash.match(/^#m(\d+)$/)?.[1]);
    // One that is gone has left its place.
    const target = named && (articles().find((article) => Number(messageId(article)) >= named) ?? articles().at(-1));
    if (target) view.show(target);
    else if ("lands" in messages.dataset) line.show();
  };

  // From a reply to what it answers; Back leads to the reply, and Forward away again.
  let entry = window.history.state?.answered;
  const leave = (from) => {
    clearTimeout(waiting);
    keep();
    window.history.replaceState({ ...window.history.state, from }, "");
    window.history.pushState({ answered: from }, "");
    entry = from;
  };
  addEventListener("popstate", async ({ state }) => {
    if (!state || state.answered === entry) return; // an anchor, or a photo
    entry = state.answered;
    clearTimeout(waiting);
    if (state.place) await restore(state.place);
    else if (history.isWhole() || (await history.replace(`${base}${path}?latest`))) view.toEnd();
    returned(state);
  });

  const [{ type } = {}] = performance.getEntriesByType("navigation");
  const place = ["back_forward", "reload"].includes(type) && window.history.state?.place;
  if (!place) land();
  return { leave, landed: place ? restore(place) : Promise.resolve() };
};

// What of a room is in the page: older and newer messages come as one scrolls to them, and another part of it where one
// goes there. `changes` is what became of messages while this page is open, for those that are still on their way to it.
// What is told meanwhile is given to `late`, which may have it already.
const startHistory = ({ view, messages, room, reader, line, changes, renew, settle, late, moved }) => {
  const NEAR = 600; // px before the end of what there is

  // Whether the newest messages are there.
  const isWhole = () => !messages.querySelector("a[rel=next]");

  // A day line is before a message, and not twice in a row. (Where the clock was set back, a day comes again.)
  const tidy = () => {
    let day;
    for (const one of messages.querySelectorAll("h2.day")) {
      const empty = !one.nextElementSibling || one.nextElementSibling.matches("h2.day, p.edge");
      if (empty || day === one.dataset.day) one.remove();
      else day = one.dataset.day;
    }
  };

  const told = []; // while a part of the room is on its way
  let fetching = 0;
  // The messages of a page, or nothing: out of reach, signed out, or not in the room any more.
  const fetchPart = async (address) => {
    fetching += 1;
    const page = await fetchPage(address);
    fetching -= 1;
    const part = page?.getElementById("messages");
    return part?.dataset.room === room ? part : undefined;
  };
  // Puts messages in (`insert`) as they are by now; `hold` keeps what one reads where it is meanwhile.
  const take = (part, insert, hold = (change) => change()) => {
    const renewed = [];
    for (const article of part.querySelectorAll("article")) {
      const change = changes.get(article.id);
      if (change === "removed") article.remove();
      else if (change) renewed.push(messageId(article));
      reader.mark(article);
    }
    settle([...part.querySelectorAll("article")]);
    hold(() => {
      insert();
      line.settle();
      tidy();
    });
    for (const id of renewed) renew(id);
    const since = fetching ? [] : told.splice(0);
    if (isWhole()) since.forEach(late);
    moved();
  };
  const note = (html) => { if (fetching) told.push(html); };

  const extend = async (link) => {
    if (fetching || !link) return;
    const part = await fetchPart(link.href);
    // The link is still there, and says what is wrong to whoever follows it. (It is not, if what was there grew too much
    // meanwhile, or is another part of the room now.)
    if (!part || !link.isConnected) return;
    const before = link.rel === "prev";
    // Of the new ones, only what is not there, and what leads further on.
    for (const article of part.querySelectorAll("article")) if (document.getElementById(article.id)) article.remove();
    if (messages.querySelector(".unseen")) part.querySelector(".unseen")?.remove();
    part.querySelector(before ? "a[rel=next]" : "a[rel=prev]")?.closest("p").remove();
    const insert = () => link.closest("p").replaceWith(...part.childNodes);
    take(part, insert, before ? undefined : view.keep);
  };

  // Another part of the room in place of what is there. Gives whether it came.
  const replace = async (address) => {
    const part = await fetchPart(address);
    if (part) take(part, () => messages.replaceChildren(...part.childNodes));
    return Boolean(part);
  };

  const look = () => {
    const { log } = view;
    const [below, above] = [-log.scrollTop, log.scrollHeight - log.clientHeight + log.scrollTop];
    const link = above < NEAR ? "a[rel=prev]" : below < NEAR ? "a[rel=next]" : "none";
    // Whoever comes to the link by the keyboard would lose it, and never get past it.
    extend(messages.querySelector(`${link}:not(:focus)`));
  };
  view.log.addEventListener("scroll", look);

  return { isWhole, replace, note };
};

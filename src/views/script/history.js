// Older messages come as one scrolls to them, and newer ones on a page that shows old ones.
const startHistory = ({ log, messages, room, seen, reader, changes, renew }) => {
  const NEAR = 600; // px before the end of what there is

  // A day line is before a message, and not twice in a row. (Where the clock was set back, a day comes again.)
  const tidy = () => {
    let day;
    for (const line of messages.querySelectorAll("h2.day")) {
      const empty = !line.nextElementSibling || line.nextElementSibling.matches("h2.day, p.edge");
      if (empty || day === line.dataset.day) line.remove();
      else day = line.dataset.day;
    }
  };

  // Where the messages begin that were new when the page was loaded, once that is there.
  const line = messages.querySelector(".unseen");
  const place = () => {
    if (!line) return;
    const articles = [...messages.querySelectorAll("article")];
    const isNew = (article) => Number(messageId(article)) > seen;
    const first = articles.find((article) => isNew(article) && !reader.isOwn(article));
    first?.classList.remove("grouped");
    first?.before(line);
    const all = articles.some((article) => !isNew(article)) || !messages.querySelector("a[rel=prev]");
    if (all) line.querySelector("span").textContent = "New";
  };

  let loading = false;
  const extend = async (link) => {
    if (loading || !link) return;
    loading = true;
    const page = await fetchPage(link.href);
    loading = false;
    const more = page?.getElementById("messages");
    // Out of reach, signed out, or not in the room any more: the link is still there, and says so to
    // whoever follows it. (It is not, if what was there grew too much meanwhile.)
    if (more?.dataset.room !== room || !link.isConnected) return;
    if (messages.querySelector(".unseen")) more.querySelectorAll(".unseen").forEach((other) => other.remove());
    const renewed = [];
    for (const article of more.querySelectorAll("article")) {
      const change = changes.get(article.id); // since this was on its way
      if (document.getElementById(article.id) || change === "removed") article.remove();
      else if (change) renewed.push(messageId(article));
      reader.mark(article);
    }
    const before = link.rel === "prev";
    // Of the new ones, only what leads further on.
    more.querySelector(before ? "a[rel=next]" : "a[rel=prev]")?.closest("p").remove();
    const [top, height] = [log.scrollTop, log.scrollHeight];
    link.closest("p").replaceWith(...more.childNodes);
    place();
    tidy();
    // The log counts from its end: what comes below moves what one reads.
    if (!before) log.scrollTop = top - (log.scrollHeight - height);
    for (const id of renewed) renew(id);
  };

  const look = () => {
    const [below, above] = [-log.scrollTop, log.scrollHeight - log.clientHeight + log.scrollTop];
    const link = above < NEAR ? "a[rel=prev]" : below < NEAR ? "a[rel=next]" : "none";
    // Whoever comes to the link by the keyboard would lose it, and never get past it.
    extend(messages.querySelector(`${link}:not(:focus)`));
  };
  log.addEventListener("scroll", look);

  messages.querySelectorAll("article").forEach(reader.mark);
  // Where an address leads to one message, it is what one sees.
  document.querySelector("article:target")?.scrollIntoView({ block: "center" });
};

// Older messages come as one scrolls to them, and newer ones on a page that shows old ones.
(() => {
  const log = document.querySelector(".log");
  const messages = document.getElementById("messages");
  if (!log || !messages) return;

  const NEAR = 600; // px before the end of what there is
  const room = messages.dataset.room;

  // A day line is there once, and before a message.
  const tidy = () => {
    const days = new Set();
    for (const line of messages.querySelectorAll("h2.day")) {
      const empty = !line.nextElementSibling || line.nextElementSibling.matches("h2.day, p.edge");
      if (empty || days.has(line.textContent)) line.remove();
      else days.add(line.textContent);
    }
  };

  let loading = false;
  const extend = async (link) => {
    if (loading || !link) return;
    loading = true;
    const page = await snug.page(link.href);
    loading = false;
    const more = page?.getElementById("messages");
    // Out of reach, signed out, or not in the room any more: the link is still there, and says so to
    // whoever follows it. (It is not, if what was there grew too much meanwhile.)
    if (more?.dataset.room !== room || !link.isConnected) return;
    for (const article of more.querySelectorAll("article")) {
      if (document.getElementById(article.id)) article.remove();
    }
    const before = link.rel === "prev";
    // Of the new ones, only what leads further on.
    more.querySelector(before ? "a[rel=next]" : "a[rel=prev]")?.closest("p").remove();
    const [top, height] = [log.scrollTop, log.scrollHeight];
    link.closest("p").replaceWith(...more.childNodes);
    tidy();
    // The log counts from its end: what comes below moves what one reads.
    if (!before) log.scrollTop = top - (log.scrollHeight - height);
    snug.shown?.();
  };

  const look = () => {
    const [below, above] = [-log.scrollTop, log.scrollHeight - log.clientHeight + log.scrollTop];
    if (above < NEAR) extend(messages.querySelector("a[rel=prev]"));
    else if (below < NEAR) extend(messages.querySelector("a[rel=next]"));
  };
  log.addEventListener("scroll", look);

  // Where an address leads to one message, it is what one sees.
  document.querySelector("article:target")?.scrollIntoView({ block: "center" });
})();

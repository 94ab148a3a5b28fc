// The line before the first message that is new to the reader of this page. `unread`: whether there was any as it was loaded.
const startNewLine = ({ messages, unread, reader, view, say }) => {
  let seen = Number(messages.dataset.seen ?? 0); // up to where they had seen the room
  let line = messages.querySelector(".unseen");
  let met = !unread; // whether it was in sight

  // Its author is shown, and within reach of the keyboard.
  const ungroup = (article) => {
    article.classList.remove("grouped");
    article.querySelector(".author a")?.removeAttribute("tabindex");
  };

  // To where it belongs, among messages that came in since.
  const settle = () => {
    line = messages.querySelector(".unseen") ?? line; // another part of the room comes with its own
    if (!line) return;
    const articles = [...messages.querySelectorAll("article")];
    const isNew = (article) => Number(messageId(article)) > seen;
    const first = articles.find((article) => isNew(article) && !reader.isOwn(article));
    if (!first) return line.remove();
    ungroup(first);
    first.before(line);
    const isFirst = articles.some((article) => !isNew(article)) || !messages.querySelector("a[rel=prev]");
    if (isFirst) line.querySelector("span").textContent = say("new_line");
  };

  // From this message on, all is new: it came while nobody looked, or is to be read again.
  const begin = (article) => {
    const before = [...messages.querySelectorAll("article")].findLast((one) => Number(messageId(one)) < Number(messageId(article)));
    seen = before ? Number(messageId(before)) : 0;
    line ??= element("h2", { className: "unseen", id: "new" }, element("span", {}));
    line.querySelector("span").textContent = say("new_line");
    ungroup(article);
    article.before(line);
    met = false;
  };

  const isHere = () => Boolean(line?.isConnected && !line.querySelector("a"));
  const show = () => { if (line?.isConnected) view.show(line); };
  // Whether its reader has still to see it.
  const isAhead = () => {
    met ||= isHere() && !document.hidden && !view.isAbove(line) && !view.isBelow(line);
    return !met;
  };
  return { settle, begin, show, isHere, isAhead };
};

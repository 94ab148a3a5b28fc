// The messages of a room that is live: what is new comes in, what was changed changes, and one stays where one reads.
// `changes` is what became of messages while this page is open, for those that are still on their way to it.
// What is said is told to those who ask for it (`tell`, `announce`), and in other rooms, to the list of these; `carry`
// keeps what is under way in a message that another takes the place of.
const startLog = ({ messages, base, path, room, reader, view, line, history, jumps, marker, changes, pins, quotes, reactions, linked, tell, announce, carry, renew, sidebar, say }) => {
  const KEPT = 400; // messages in the page once there are too many
  const MANY = 500;

  // What comes from when nobody looks on, until what was missed is there, is new.
  let away = document.hidden;
  let begun = false; // the line is there
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return;
    away = true;
    begun = false;
  });
  const settled = () => { if (!document.hidden) away = false; };

  // What a stream tells of one message: the lines before it, and its article.
  const parsed = (html) => {
    const content = fragment(html);
    return [content, content.querySelector("article")];
  };

  const add = (html, tells) => {
    const [content, article] = parsed(html);
    if (!article) return;
    const own = article.dataset.room === room;
    if (own && document.getElementById(article.id)) return;
    reader.mark(article);
    tell(article, tells);
    if (!own) return sidebar.elsewhere(article, tells);
    announce(article);
    history.note(html);
    if (history.isWhole()) append(content, article);
    else jumps.note(article);
  };

  const append = (content, article) => {
    const follows = view.atEnd();
    const begins = away && !begun && follows && !reader.isOwn(article) && !line.isAhead();
    begun ||= begins;
    quotes.settle([article]);
    const insert = () => {
      if (!messages.querySelector("article")) messages.replaceChildren();
      messages.append(content);
      if (begins) line.begin(article);
    };
    if (!follows) view.keep(insert);
    else insert();
    // Whoever was away comes back to the line, and goes on from there.
    if (follows && away && begun) line.show();
    linked(article);
    if (!view.atEnd()) return jumps.note(article);
    trim();
    marker.read();
    jumps.update();
  };

  const missed = (html, tells) => {
    const [, article] = parsed(html);
    if (!article) return;
    reader.mark(article);
    tell(article, tells);
  };

  // What was told while it may have been on its way in a part of the room.
  const late = (html) => {
    const [content, article] = parsed(html);
    if (document.getElementById(article.id) || changes.get(article.id) === "removed") return;
    reader.mark(article);
    append(content, article);
  };

  const changed = (html) => {
    const [, article] = parsed(html);
    if (article.dataset.room !== room) return sidebar.refresh();
    changes.set(article.id, "edited");
    reader.mark(article);
    pins.note(messageId(article), Boolean(article.querySelector(".pin")));
    const earlier = document.getElementById(article.id);
    if (earlier) carry(earlier, () => earlier.replaceWith(article));
    quotes.follow(messageId(article), excerptOf(article));
    linked(article);
  };

  // Only its reactions take part in it: what one does with the message goes on.
  const reacted = (html) => {
    const [, article] = parsed(html);
    if (article.dataset.room !== room) return;
    changes.set(article.id, "edited");
    const earlier = document.getElementById(article.id);
    if (!earlier) return;
    const swap = () => reactions.sync(earlier, article);
    // A line more below what one reads moves nothing of it.
    if (!view.atEnd() && view.isBelow(earlier)) view.keep(swap);
    else swap();
  };

  // Edited, and so old that the stream does not know what it says now.
  const stale = ({ id }) => {
    changes.set(`m${id}`, "edited");
    if (document.getElementById(`m${id}`)) renew(id);
    else quotes.ask(id);
    pins.ask(id);
  };

  const removed = ({ id, room: where }) => {
    if (String(where) !== room) return sidebar.refresh();
    changes.set(`m${id}`, "removed");
    pins.note(String(id), false);
    const article = document.getElementById(`m${id}`);
    if (article && !("gone" in article.dataset)) showDeleted(article, say);
    quotes.follow(id);
  };

  // A tab that is open for weeks stays small.
  const trim = () => {
    const all = messages.querySelectorAll("article");
    if (all.length <= MANY) return;
    const first = all[all.length - KEPT];
    while (messages.firstElementChild !== first) messages.firstElementChild.remove();
    const link = element("a", {
      rel: "prev",
      href: `${base}${path}?before=${messageId(first)}`,
      textContent: say("older"),
    });
    messages.prepend(element("p", { className: "edge" }, link));
  };

  return { add, missed, late, settled, changed, reacted, stale, removed };
};

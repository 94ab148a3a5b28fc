// The messages of a room that is live: what is new comes in, what was changed changes, and one stays where one reads.
// `position.seq` is up to where the stream has told; `changes`, what became of messages while this page is open, for
// those that are still on their way to it.
// What is said is told to those who ask for it (`tell`, `announce`), and in other rooms, to the list of these; `carry`
// keeps what is under way in a message that another takes the place of.
const startLog = ({ log, messages, dock, base, path, room, reader, position, changes, tell, announce, carry, renew, sidebar, say }) => {
  const KEPT = 400; // messages in the page once there are too many
  const MANY = 500;
  const READ_AFTER = 500; // ms in the reader's sight

  // The log is reversed: 0 is its end, and what is above is negative.
  const atEnd = () => Math.abs(log.scrollTop) < 40;
  const isFar = () => Math.abs(log.scrollTop) > log.clientHeight;
  // Made here, as text browsers would show it: they know no "hidden".
  const news = element("button", { type: "button", className: "news quiet", hidden: true });
  const offer = (text) => Object.assign(news, { textContent: text, hidden: false });
  const toEnd = () => {
    log.scrollTop = 0;
    news.hidden = true;
    read();
  };
  log.style.overflowAnchor = "none"; // its place is kept below, the same in every browser
  log.addEventListener("scroll", () => {
    if (atEnd()) {
      if (news.hidden) return;
      news.hidden = true;
      read();
    } else if (news.hidden && isFar()) {
      offer("To the newest ↓");
    }
  });
  dock.prepend(news);
  news.addEventListener("click", toEnd);

  // What a stream tells of one message: the lines before it, and its article.
  const parsed = (html) => {
    const { content } = element("template", { innerHTML: html });
    return [content, content.querySelector("article")];
  };

  const add = (html) => {
    const [content, article] = parsed(html);
    if (!article) return;
    const own = article.dataset.room === room;
    if (own && document.getElementById(article.id)) return;
    reader.mark(article);
    tell(article);
    if (!own) return sidebar.elsewhere(article);
    announce(article);
    const stay = !atEnd();
    const [top, height] = [log.scrollTop, log.scrollHeight];
    if (!messages.querySelector("article")) messages.replaceChildren();
    messages.append(content);
    if (stay) {
      log.scrollTop = top - (log.scrollHeight - height);
      offer("New messages ↓");
    } else {
      trim();
      read();
    }
  };

  const edited = (html) => {
    const [, article] = parsed(html);
    if (article.dataset.room !== room) return sidebar.refresh();
    changes.set(article.id, "edited");
    reader.mark(article);
    const earlier = document.getElementById(article.id);
    if (earlier) carry(earlier, () => earlier.replaceWith(article));
  };

  // Edited, and so old that the stream does not know what it says now.
  const stale = ({ id }) => {
    changes.set(`m${id}`, "edited");
    if (document.getElementById(`m${id}`)) renew(id);
  };

  const removed = ({ id, room: where }) => {
    if (String(where) !== room) return sidebar.refresh();
    changes.set(`m${id}`, "removed");
    const article = document.getElementById(`m${id}`);
    if (article && !("gone" in article.dataset)) showDeleted(article, say);
  };

  // What is seen is read, in all tabs and devices.
  let reading;
  const read = () => {
    if (document.hidden || !atEnd() || !room) return;
    clearTimeout(reading);
    reading = setTimeout(() => {
      if (!atEnd()) return;
      fetch(`${base}/rooms/${room}/read`, { method: "POST", body: new URLSearchParams({ up_to: position.seq }) }).catch(() => {});
    }, READ_AFTER);
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
      textContent: "Older messages",
    });
    messages.prepend(element("p", { className: "edge" }, link));
  };

  return { add, edited, stale, removed, toEnd, read };
};

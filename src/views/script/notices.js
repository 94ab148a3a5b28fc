// What is for oneself while nobody looks: it is counted in the title, and told by an alert.
const startNotices = ({ room, reader, sidebar, alerts, say }) => {
  const TOLD = 200; // characters of a message in a notification

  let waiting = 0; // what a hidden tab has to tell
  const told = new Map(); // of rooms that were looked into from afar: what waited there
  const title = document.title;
  const count = (number) => {
    waiting = number;
    document.title = number ? `(${sidebar.upTo(number)}) ${title}` : title;
  };

  // `tells`: of several tabs, this one.
  const tell = async (article, tells) => {
    const id = Number(messageId(article));
    const own = article.dataset.room === room;
    if (reader.isOwn(article)) return;
    const isOld = tells && sidebar.isOld();
    if (own && reader.isTold(article)) sidebar.refresh(tells); // until it is read
    if (own && !document.hidden) return alerts.seen(room, id);
    if (isOld || !sidebar.linkTo(article.dataset.room)) await sidebar.refresh(true);
    const link = sidebar.linkTo(article.dataset.room);
    if (!link) return; // they are not in the room, or not any more
    const isPrivate = "private" in link.dataset;
    const { level } = link.dataset;
    if (level === "nothing") return;
    const personal = level === "everything" || reader.isTold(article);
    if (document.hidden && (own || personal)) count(waiting + 1);
    if (!personal || !tells) return;
    const name = article.querySelector(".author").textContent.trim();
    const where = isPrivate ? "" : ` · ${link.querySelector("bdi").textContent}`;
    const text = clipped(spokenText(article), TOLD);
    const who = reader.isAnswered(article) ? say("replied_to_you", { name }) : name;
    alerts.alert({ room: article.dataset.room, id, title: `${who}${where}`, text, href: link.href });
  };

  // What a hidden tab finds in the list of rooms, which is newer than `seq`.
  const compare = (rooms, seq) => {
    const personal = (other) => (other.level === "everything" ? other.unread : other.mentions); // none of a muted room
    const own = ({ room: other }) => String(other) === room;
    for (const other of rooms) {
      const isNew = personal(other) > (told.get(other.room) ?? 0) && other.newest > Number(seq);
      told.set(other.room, personal(other));
      // Where tabs can agree on one that stays on the line, that one tells.
      if (!isNew || navigator.locks) continue;
      alerts.alert({ room: other.room, id: other.newest, title: other.name, text: say("alerts_unknown"), href: other.path });
    }
    count(rooms.reduce((sum, other) => sum + (own(other) && other.level !== "nothing" ? other.unread : personal(other)), 0));
  };

  const clear = () => {
    told.clear();
    count(0);
  };
  return { tell, compare, clear };
};

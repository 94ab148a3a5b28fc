// What was on the screen is read, in all tabs and devices. Whoever was brought past unread messages, to a mention or to
// what a search found, has read nothing there until they go on from the first of these, or to the latest.
const startReadMarker = ({ base, room, messages, reader, view, changed }) => {
  const AFTER = 500; // ms in the reader's sight

  let told = Number(messages.dataset.seen ?? 0);
  let waiting;
  let stopped = false; // the reader marked something here as unread
  let sent; // the newest of the markers on their way
  let skipped = false; // there are unread messages above, or on an earlier page, that were not on the screen

  const articles = () => [...messages.querySelectorAll("article")];
  const goesOn = () => {
    const isNew = (article) => Number(messageId(article)) > told;
    const first = articles().find((article) => isNew(article) && !reader.isOwn(article));
    const isFirst = !messages.querySelector("a[rel=prev]") || articles().some((article) => !isNew(article));
    return !first || (isFirst && !view.isAbove(first));
  };
  const skip = (now) => {
    if (skipped === now) return;
    skipped = now;
    changed();
  };

  const look = () => {
    if (document.hidden || stopped) return;
    if (skipped) skip(!goesOn());
    if (skipped) return;
    const last = articles().findLast((article) => !view.isBelow(article));
    const id = last ? Number(messageId(last)) : 0;
    if (id <= told) return;
    const before = told;
    told = id;
    sent = postForm(`${base}/rooms/${room}/read`, { up_to: id }).catch(() => {
      told = before; // once more, with the next look
    });
  };
  const read = () => {
    if (!room || document.hidden || stopped) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, AFTER);
  };
  view.log.addEventListener("scroll", read);
  addEventListener("resize", read);
  return {
    read,
    hasSkipped: () => skipped,
    // Nothing more is read here until the page is left, or it goes on.
    stop: async () => {
      stopped = true;
      await sent;
    },
    goOn: () => { stopped = false; },
    // The reader was brought to where they are.
    land: () => {
      skip(!goesOn());
      read();
    },
    // And this was to the latest, with which all is read.
    catchUp: () => {
      skip(false);
      read();
    },
  };
};

// What was on the screen is read, in all tabs and devices.
const startReadMarker = ({ base, room, messages, view }) => {
  const AFTER = 500; // ms in the reader's sight

  let told = Number(messages.dataset.seen ?? 0);
  let waiting;
  const look = () => {
    if (document.hidden) return;
    const last = [...messages.querySelectorAll("article")].findLast((article) => !view.isBelow(article));
    const id = last ? Number(messageId(last)) : 0;
    if (id <= told) return;
    const before = told;
    told = id;
    postForm(`${base}/rooms/${room}/read`, { up_to: id }).catch(() => {
      told = before; // once more, with the next look
    });
  };
  const read = () => {
    if (!room || document.hidden) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, AFTER);
  };
  view.log.addEventListener("scroll", read);
  addEventListener("resize", read);
  return { read };
};

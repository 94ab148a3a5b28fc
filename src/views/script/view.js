// Where one is in the messages. Their area is reversed: 0 is its end, and what is above is negative.
const startView = ({ log }) => {
  const NEAR_END = 40; // px
  const LINE = 24; // px
  const SPOTTED = 3_000; // ms in which a message is marked (message.css)

  log.style.overflowAnchor = "none"; // its place is kept here, the same in every browser
  const atEnd = () => Math.abs(log.scrollTop) < NEAR_END;
  // So far from it that one may want a way back.
  const isAway = () => Math.abs(log.scrollTop) > log.clientHeight / 4;
  const toEnd = () => { log.scrollTop = 0; };
  // What comes in below moves nothing of what one reads.
  const keep = (change) => {
    const [top, height] = [log.scrollTop, log.scrollHeight];
    change();
    log.scrollTop = top - (log.scrollHeight - height);
  };
  // How far it stands below the upper edge.
  const offset = (element) => element.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const isAbove = (element) => offset(element) < 0;
  const isBelow = (element) => offset(element) + element.offsetHeight > log.clientHeight + 1;
  // Where it begins, at least.
  const isInSight = (element) => offset(element) >= 0 && offset(element) + LINE < log.clientHeight;
  const place = (element, top) => { log.scrollTop += offset(element) - top; };
  // With what came before it in sight (scroll-margin).
  const show = (element) => element.scrollIntoView({ block: "start" });
  const spot = (article) => {
    show(article);
    article.classList.add("spotted");
    setTimeout(() => article.classList.remove("spotted"), SPOTTED);
  };
  return { log, atEnd, isAway, toEnd, keep, offset, isAbove, isBelow, isInSight, place, show, spot };
};

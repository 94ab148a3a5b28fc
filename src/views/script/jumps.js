// The ways to what is out of sight, over the messages: the first unread message, mentions, and the latest.
const startJumps = ({ dock, base, path, messages, reader, view, history, line, marker, say }) => {
  const GAP = 4; // px between the newest message and the ways over it
  const box = dock.querySelector(".jumps");
  const here = base + path;

  // Made here where the page has none, as text browsers know no "hidden".
  const find = (name, text, href) => {
    const found = box.querySelector(`a.${name}`);
    if (found) return found;
    const link = element("a", { className: `jump ${name}`, textContent: text, href, hidden: true });
    box.append(link);
    return link;
  };
  const latest = find("latest", say("jump_to_latest"), `${here}?latest`);
  const mentions = find("mentions", "", here);
  const first = box.querySelector("a.first");
  const ids = new Set((mentions.dataset.ids ?? "").split(" ").filter(Boolean).map(Number));
  const back = find("back", say("back_to_reply"), here);
  let reply; // whose quote led away from it
  let news = 0; // messages of others below what one reads, since one reads there

  const update = () => {
    if (view.atEnd() && history.isWhole()) news = 0;
    const far = !history.isWhole() || view.isAway() || news > 0;
    latest.hidden = !far;
    latest.textContent = news ? say("news", { n: news }) : say("jump_to_latest");
    const isAhead = line.isAhead(); // always asked, as this is how it is met
    if (first) first.hidden = !isAhead && !marker.hasSkipped();
    for (const id of ids) {
      const article = document.getElementById(`m${id}`);
      if (article && !document.hidden && view.isInSight(article)) ids.delete(id);
    }
    const answer = document.getElementById(`m${reply}`);
    if (answer && view.isInSight(answer)) reply = undefined;
    back.hidden = !reply;
    mentions.hidden = !ids.size;
    if (ids.size) {
      mentions.textContent = say("mentions", { n: ids.size });
      mentions.href = `${here}?at=${Math.min(...ids)}`;
    }
    requestAnimationFrame(clear); // once the page has landed
  };

  // The newest message stays clear of the ways to what is further up. (The one to the latest is there only away from it.)
  const clear = () => {
    const { style } = messages;
    const isCovered = !mentions.hidden || Boolean(first && !first.hidden);
    if (isCovered && style.paddingBlockEnd && !view.atEnd()) return;
    const padding = isCovered ? `${box.offsetHeight + GAP}px` : "";
    if (style.paddingBlockEnd === padding) return;
    const change = () => { style.paddingBlockEnd = padding; };
    if (view.atEnd()) change();
    else view.keep(change);
  };

  // Whoever came to a way by the keyboard goes on from where it led.
  const goOn = (target, isFrom = box.contains(document.activeElement)) => {
    if (!isFrom) return;
    if (target !== view.log && !target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };

  const toLatest = async () => {
    if (!history.isWhole() && !(await history.replace(latest.href))) return;
    goOn(view.log);
    view.toEnd();
    marker.catchUp();
  };
  const toFirst = async () => {
    if (!line.isHere() && !(await history.replace(first.href))) return;
    goOn(view.log);
    line.show();
    marker.land();
  };
  // Gives whether it is there. `isFrom`: the keyboard goes there as well.
  const toMessage = async (id, isFrom) => {
    const find = () => document.getElementById(`m${id}`);
    if (!find() && !(await history.replace(`${here}?at=${id}`))) return false;
    ids.delete(id);
    const article = find();
    if (article) {
      goOn(article, isFrom);
      view.spot(article);
    }
    marker.land();
    return Boolean(article);
  };
  // From here on, there is a way back to this reply.
  const offerBack = (id) => {
    reply = id;
    if (id) back.href = `${here}?at=${id}`;
    update();
  };

  // A way may still be followed into another tab.
  const leads = (link, act) =>
    link?.addEventListener("click", (event) => {
      if (opensElsewhere(event)) return;
      event.preventDefault();
      act();
    });
  leads(latest, toLatest);
  leads(first, toFirst);
  leads(back, () => (window.history.state?.answered === reply ? window.history.back() : toMessage(reply)));
  leads(mentions, () => toMessage(Math.min(...ids)));
  // So does the one in the line "New", whose messages may begin on another page.
  messages.addEventListener("click", (event) => {
    const link = event.target.closest(".unseen a");
    if (!link || !first) return;
    event.preventDefault();
    toFirst();
  });

  view.log.addEventListener("scroll", update);
  addEventListener("resize", update);
  return {
    update, toLatest, toMessage, offerBack,
    // A message came in that is not in sight.
    note: (article) => {
      if (!reader.isOwn(article)) news += 1;
      if (reader.isTold(article)) ids.add(Number(messageId(article)));
      update();
    },
  };
};

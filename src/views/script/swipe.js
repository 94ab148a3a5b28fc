// A message that is pushed aside with a finger, in the direction in which one reads, is answered.
const startSwipe = ({ messages, answer }) => {
  const FAR = 64; // px from where it is let go, it is answered
  const SLOP = 12; // px until it is clear what the finger wants
  const EDGE = 24; // px at the window's edges, where the finger goes back in the browser's history
  const ahead = document.documentElement.dir === "rtl" ? -1 : 1;
  const sign = element("span", { className: "swipe-sign" }, icon("reply"));
  let touch; // { article, x, y, way }: `way` is how far it was pushed, once it is

  const end = () => {
    if (!touch) return;
    const { article } = touch;
    touch = undefined;
    sign.remove();
    article.classList.remove("swiped");
    article.style.translate = "";
  };
  const isBusy = (target) => {
    const pre = target.closest("pre");
    return target.closest("form, input, textarea, audio, video") || (pre && pre.scrollWidth > pre.clientWidth) || !getSelection().isCollapsed;
  };
  messages.addEventListener("touchstart", ({ target, touches }) => {
    end();
    const [{ clientX: x, clientY: y }] = touches;
    const article = target.closest("article");
    // Where the page is zoomed, the finger moves that.
    if (touches.length > 1 || !article?.querySelector(".more") || isBusy(target) || visualViewport.scale > 1.05) return;
    if (x > EDGE && x < innerWidth - EDGE) touch = { article, x, y, way: 0 };
  }, { passive: true });
  messages.addEventListener("touchmove", (event) => {
    if (!touch) return;
    const [{ clientX, clientY }] = event.touches;
    const [way, across] = [ahead * (clientX - touch.x), Math.abs(clientY - touch.y)];
    if (!touch.way && (across > SLOP || way < -SLOP || event.touches.length > 1 || !event.cancelable)) return end();
    if (!touch.way && way < SLOP) return;
    event.preventDefault(); // nothing scrolls any more
    touch.way = Math.max(1, way);
    touch.article.classList.add("swiped");
    touch.article.style.translate = `${ahead * Math.min(touch.way, 1.25 * FAR)}px`;
    if (!sign.isConnected) touch.article.append(sign);
    sign.classList.toggle("is-far", touch.way >= FAR);
  }, { passive: false });
  messages.addEventListener("touchend", () => {
    const pushed = touch?.way >= FAR && touch.article;
    end();
    if (pushed) answer(pushed);
  });
  messages.addEventListener("touchcancel", end);
};

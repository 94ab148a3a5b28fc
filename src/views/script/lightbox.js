// A photo over the page: the arrow keys and a swipe lead to those beside it; Escape, the Back button and a click beside it lead back.
const startLightbox = ({ say }) => {
  const SWIPE = 50; // px
  const PHOTO = "a.photo";
  const isRtl = () => getComputedStyle(document.body).direction === "rtl";

  const button = (name, text, act) => {
    const made = element("button", { type: "button", className: `quiet ${name}`, title: text, ariaLabel: text }, icon(name));
    made.addEventListener("click", act);
    return made;
  };
  const image = element("img", { decoding: "async" });
  const what = element("p", { className: "alt", dir: "auto" });
  const who = element("p", { className: "by" });
  const download = setAttributes(element("a", { className: "download" }, icon("download")), { title: say("download"), "aria-label": say("download") });
  const previous = button("previous", say("previous_photo"), () => move(-1));
  const next = button("next", say("next_photo"), () => move(1));
  const caption = element("figcaption", {}, element("div", {}, what, who), download, button("close", say("close"), () => leave()));
  const dialog = element("dialog", { className: "lightbox" }, element("figure", {}, image, caption), previous, next);
  setAttributes(dialog, { "aria-label": say("photo"), tabindex: -1 });
  document.body.append(dialog);

  let address; // of the photo that is shown
  const photos = () => [...document.querySelectorAll(PHOTO)];
  const shown = () => photos().findIndex(({ href }) => href === address);

  const show = (link) => {
    const small = link.querySelector("img");
    const article = link.closest("article");
    address = link.href;
    // What is there already, until the photo is.
    image.src = small.currentSrc || small.src;
    [image.width, image.height] = [link.dataset.width, link.dataset.height];
    image.alt = small.alt;
    const large = new Image();
    large.src = link.href;
    large.decode().then(
      () => { if (address === link.href) image.src = large.src; },
      () => { if (address === link.href) what.textContent = say("photo_gone"); },
    );
    what.textContent = link.dataset.alt ?? "";
    const time = article?.querySelector("time");
    who.textContent = article ? [article.querySelector(".author").textContent, time.title].join(" · ") : "";
    download.href = `${link.href}?download`;
    const at = shown();
    previous.disabled = at === 0;
    next.disabled = at === photos().length - 1;
    if (document.activeElement.disabled) dialog.focus();
  };
  const move = (step) => {
    const link = photos()[shown() + step];
    if (link) show(link);
  };

  const open = (link) => {
    show(link);
    history.pushState({ ...history.state, photo: true }, "");
    dialog.showModal();
  };
  const leave = () => dialog.close();
  addEventListener("popstate", leave);
  dialog.addEventListener("close", () => {
    if (history.state?.photo) history.back();
    image.removeAttribute("src");
    photos()[shown()]?.focus();
  });
  dialog.addEventListener("click", ({ target }) => { if (target === dialog || target.matches("figure")) leave(); });
  dialog.addEventListener("keydown", ({ key }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step) move(isRtl() ? -step : step);
  });

  let from;
  dialog.addEventListener("touchstart", ({ touches }) => { from = touches.length === 1 ? touches[0] : undefined; }, { passive: true });
  dialog.addEventListener("touchend", ({ changedTouches: [to] }) => {
    if (!from || visualViewport?.scale > 1) return; // it is zoomed
    const [x, y] = [to.clientX - from.clientX, to.clientY - from.clientY];
    if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) move(x < 0 !== isRtl() ? 1 : -1);
    else if (y > 2 * SWIPE && y > 2 * Math.abs(x)) leave();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(PHOTO);
    if (!link || opensElsewhere(event) || event.button) return;
    event.preventDefault();
    open(link);
  });
};

// The list of rooms and people: what waits elsewhere, and who is here. `left` is called where the page's room is not listed any more.
const startSidebar = ({ base, path, me, room, reader, sidebar, left, say }) => {
  const lists = sidebar.querySelector(".lists");

  const PAUSE = 300; // ms in which several reasons to look are one
  const COUNTED = 99; // the most that a number tells

  // The lists stand as they did on the page before, with the room that one is in in sight.
  const SCROLLED = `snug:scrolled:${base}`;
  const tops = () => [...lists.querySelectorAll(".places")].map((place) => place.scrollTop);
  const scrollTo = (to) => lists.querySelectorAll(".places").forEach((place, index) => { place.scrollTop = to[index]; });
  scrollTo((tabStorage.get(SCROLLED) ?? "").split(",").map(Number));
  lists.addEventListener("scroll", () => tabStorage.set(SCROLLED, tops().join()), true); // it does not bubble
  lists.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });

  const upTo = (number) => (number <= COUNTED ? String(number) : `${COUNTED}+`);
  const badge = (count, number, key = "unread", sign = "") => {
    const words = say(key, { n: number }).split(String(number));
    const [before, after] = words.map((textContent) => textContent && element("span", { className: "hidden", textContent }));
    count.dataset.count = number;
    count.hidden = !number;
    count.title = number ? words.join(upTo(number)) : "";
    count.replaceChildren(...(number ? [before, sign + upTo(number), after].filter(Boolean) : []));
  };

  const linkTo = (id) => sidebar.querySelector(`a[data-room="${id}"]`);

  const total = () => {
    const sumOf = (css) => [...sidebar.querySelectorAll(`a:not([aria-current]) ${css}`)].reduce((sum, one) => sum + Number(one.dataset.count), 0);
    const sum = sumOf(".count");
    badge(document.querySelector(".drawer .calls"), sumOf(".calls"), "mentioned", "@");
    badge(document.querySelector(".drawer .count"), sum);
    // On the icon of the installed app, where browsers show that.
    navigator.setAppBadge?.(sum).catch(() => {});
  };
  total();

  // An answer that is older than what one knows by now does not count.
  let asked = 0;
  const look = async () => {
    looking = undefined;
    isOld = false;
    const own = ++asked;
    const page = await fetchPage(`${base}/sidebar?as=${me}&path=${encodeURIComponent(path)}`);
    if (own !== asked) return refresh(true);
    if (!page) return;
    const scrolled = tops();
    replaceList(lists, page.querySelector("#sidebar .lists").childNodes);
    sidebar.dataset.quiet = page.getElementById("sidebar").dataset.quiet ?? "";
    showOnline();
    scrollTo(scrolled);
    total();
    if (path && !room && sidebar.querySelector("a[aria-current][data-room]")) location.reload();
    if (room && !linkTo(room)) left();
  };

  let looking;
  let isOld = false; // and nobody looks
  // Where nobody looks, a browser may have many tabs: `now`, in the one that tells of what is new.
  const refresh = (now = false) => {
    isOld = true;
    if (!document.hidden || now) looking ??= new Promise((done) => setTimeout(done, PAUSE)).then(look);
    return looking;
  };
  document.addEventListener("visibilitychange", () => { if (isOld) refresh(); });

  // Something was said in another room.
  const elsewhere = (article, tells) => {
    const link = linkTo(article.dataset.room);
    if (!link || reader.isTold(article)) return refresh(tells);
    if (link.dataset.level === "nothing") return undefined;
    asked += 1;
    // Whoever answers has read.
    const count = link.querySelector(".count");
    badge(count, reader.isOwn(article) ? 0 : Number(count.dataset.count) + 1);
    total();
  };

  // Who was told last to be online. A list that comes later may be older, and nothing more is told of it.
  let told;
  const showOnline = () => {
    if (!told) return;
    for (const link of document.querySelectorAll(".persons [data-member]")) {
      const now = told.present.includes(Number(link.dataset.member));
      if (!now && !told.all) continue; // not all are named
      link.classList.toggle("is-here", now);
      link.querySelector("span.hidden").hidden = !now;
    }
  };

  const people = (now) => {
    told = now;
    showOnline();
  };

  return { refresh, isOld: () => isOld, elsewhere, people, showOnline, linkTo, upTo };
};

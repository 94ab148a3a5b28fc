// The list of rooms and people: what waits elsewhere, and who is here.
(() => {
  const sidebar = document.getElementById("sidebar");
  if (!sidebar) return;
  const lists = sidebar.querySelector(".lists");
  const { base, path, room } = document.getElementById("messages").dataset;

  const PAUSE = 300; // ms in which several reasons to look are one
  const COUNTED = 99; // the most that a number tells

  // The room that one is in is in sight.
  lists.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });

  snug.upTo = (number) => (number <= COUNTED ? String(number) : `${COUNTED}+`);
  const badge = (element, number) => {
    const words = Object.assign(document.createElement("span"), { className: "hidden", textContent: " unread" });
    element.hidden = !number;
    element.replaceChildren(...(number ? [snug.upTo(number), words] : []));
  };

  const linkTo = (id) => sidebar.querySelector(`a[data-room="${id}"]`);
  snug.linkTo = linkTo;

  const total = () => {
    const counts = [...sidebar.querySelectorAll("a:not([aria-current]) .count:not([hidden])")];
    badge(
      document.querySelector(".drawer .count"),
      counts.reduce((sum, one) => sum + parseInt(one.textContent, 10), 0),
    );
  };

  // An answer that is older than what one knows by now does not count.
  let asked = 0;
  const look = async () => {
    looking = undefined;
    const own = ++asked;
    const page = await snug.page(`${base}/sidebar?path=${encodeURIComponent(path)}`);
    if (own !== asked) return snug.refresh();
    if (!page) return;
    const focused = lists.contains(document.activeElement) && document.activeElement.href;
    lists.replaceChildren(...page.querySelector("#sidebar .lists").childNodes);
    if (focused) [...lists.querySelectorAll("a")].find((link) => link.href === focused)?.focus();
    total();
    if (!room && sidebar.querySelector("a[aria-current][data-room]")) location.reload();
  };

  let looking;
  snug.refresh = () => (looking ??= new Promise((done) => setTimeout(done, PAUSE)).then(look));

  // Something was said in another room.
  snug.elsewhere = (article) => {
    const link = linkTo(article.dataset.room);
    if (!link || snug.callsMe(article)) return snug.refresh();
    asked += 1;
    // Whoever answers has read.
    const count = link.querySelector(".count");
    badge(count, snug.isMine(article) ? 0 : (parseInt(count.textContent, 10) || 0) + 1);
    total();
  };

  // `all`: whoever is not named among those present is not here.
  snug.people = ({ here, present, all, typing }) => {
    for (const link of sidebar.querySelectorAll(".persons a")) {
      const now = present.includes(link.querySelector("bdi").textContent);
      if (!now && !all) continue;
      link.classList.toggle("is-here", now);
      link.querySelector("span.hidden").hidden = !now;
    }
    const others = room ? typing.filter((name) => name !== snug.me) : [];
    document.querySelector(".here").textContent = room ? here : "";
    document.querySelector(".typing").textContent =
      others.length === 0 ? "" : others.length === 1 ? `${others[0]} is typing…` : `${others.length} people are typing…`;
  };
})();

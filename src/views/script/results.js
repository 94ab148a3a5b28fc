// What was found: more of it comes in place, and whoever comes back from a result finds all as it was.
const startResults = ({ say }) => {
  const hits = document.getElementById("hits");
  if (!hits) return;
  const PAGES = 10; // that are there again for one who comes back; each is a search
  const status = document.getElementById("count");
  const link = () => document.querySelector("#rest a[rel=next]");

  // Into an element that was there before.
  const announce = (text) => {
    status.textContent = "";
    setTimeout(() => {
      status.textContent = text;
    });
  };

  let pages = 0; // beside the first
  let loading = false;
  // Whether it came, and its first result, if it has any.
  const extend = async () => {
    if (loading) return undefined;
    loading = true;
    const page = await fetchPage(link().href);
    loading = false;
    const more = page?.getElementById("hits");
    if (!more) return undefined;
    const [first] = more.children;
    hits.append(...more.children);
    document.getElementById("rest").replaceWith(page.getElementById("rest"));
    pages += 1;
    return { first };
  };

  hits.parentElement.addEventListener("click", async (event) => {
    const followed = event.target.closest("#rest a[rel=next]");
    if (!followed || opensElsewhere(event)) return;
    event.preventDefault();
    if (loading) return;
    const came = await extend();
    if (!came) return location.assign(followed.href);
    announce(say("results", { n: link() ? `${hits.children.length}+` : hits.children.length }));
    came.first?.querySelector(".to").focus();
  });

  addEventListener("pagehide", () => {
    const at = document.activeElement.closest(".hit .to")?.dataset.message;
    history.replaceState({ pages: Math.min(pages, PAGES), top: scrollY, at }, "");
  });
  const restore = async ({ pages: wanted, top, at }) => {
    // The browser looks for its place at once.
    if (wanted) history.scrollRestoration = "manual";
    while (pages < wanted && link() && (await extend()));
    if (wanted) scrollTo(0, top);
    if (at) hits.querySelector(`.to[data-message="${at}"]`)?.focus({ preventScroll: true });
  };
  announce(status.textContent);
  if (history.state) restore(history.state);
};

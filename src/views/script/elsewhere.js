// A page that shows no room is on the line all the same: for who is online, what waits, and which rooms there are.
const startElsewhere = ({ base, me, say, sidebar: nav }) => {
  const reader = startReader(me);
  const session = startSession({ base, say });
  const alerts = startAlerts({ base, newest: Infinity, sidebar: nav, say });
  const sidebar = startSidebar({ base, path: "", reader, say, sidebar: nav });
  const notices = startNotices({ reader, sidebar, alerts, say });
  const position = {}; // from now on

  const message = (html) => {
    const article = fragment(html).querySelector("article");
    if (!article) return;
    notices.tell(article);
    sidebar.elsewhere(article);
  };
  // A list on the page that may be another now.
  const renew = async () => {
    const list = document.querySelector("[data-fresh]");
    const page = list && (await fetchPage(location.href));
    const newer = page?.querySelector("[data-fresh]");
    if (!newer || newer.innerHTML === list.innerHTML) return;
    replaceList(list, newer.childNodes);
    sidebar.showOnline();
  };
  const stream = startStream({
    base, path: "", position, session, sidebar, alerts, notices, say,
    events: { message, edited: sidebar.refresh, stale: sidebar.refresh, removed: sidebar.refresh },
    people: sidebar.people,
    rooms: () => {
      sidebar.refresh();
      renew();
    },
    // More was missed than is told: the lists are asked for whenever a line begins.
    reload: {
      isBegun: () => false,
      begin: () => {
        delete position.seq;
        stream.call();
      },
    },
    opened: renew,
    shown: () => {},
  });
};

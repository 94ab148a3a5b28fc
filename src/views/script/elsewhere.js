// A page that shows no room is on the line all the same: for who is online, what waits, and which rooms there are.
const startElsewhere = ({ base, me, say, sidebar: nav }) => {
  const path = location.pathname.slice(base.length);
  const reader = startReader(me);
  const session = startSession({ base, say });
  const quiet = startQuiet({ sidebar: nav });
  const alerts = startAlerts({ base, newest: Infinity, sidebar: nav, quiet, say });
  startAlertTest({ alerts, quiet, say });
  const sidebar = startSidebar({ base, path, me, reader, say, sidebar: nav });
  const notices = startNotices({ reader, sidebar, alerts, say });
  const position = {}; // from now on

  const activity = startActivity({ base });
  const message = (html, tells) => {
    const article = fragment(html).querySelector("article");
    if (!article) return;
    notices.tell(article, tells);
    sidebar.elsewhere(article, tells);
    if (activity && reader.isTold(article)) renew();
  };
  // A list on the page that may be another now.
  const PAUSE = 300; // ms in which several reasons to look are one
  let renewing;
  let isOld = false; // and nobody looks
  const renew = () => {
    isOld = document.hidden;
    if (!isOld) renewing ??= new Promise((done) => setTimeout(done, PAUSE)).then(look);
  };
  const look = async () => {
    renewing = undefined;
    const list = document.querySelector("[data-fresh]");
    const page = list && (await fetchPage(location.href));
    const newer = page?.querySelector("[data-fresh]");
    if (!newer || newer.innerHTML === list.innerHTML) return;
    replaceList(list, newer.childNodes);
    Object.assign(list.dataset, newer.dataset);
    sidebar.showOnline();
    activity?.renewed();
  };
  const changed = (_, tells) => {
    sidebar.refresh(tells);
    renew();
  };
  const stream = startStream({
    base, me, position, session, sidebar, alerts, notices, say,
    events: { message, edited: changed, pinned: changed, stale: changed, removed: changed },
    people: sidebar.people,
    rooms: changed,
    // More was missed than is told: the lists are asked for whenever a line begins.
    reload: {
      isBegun: () => false,
      begin: () => stream.restart(),
    },
    missed: message,
    opened: renew,
    shown: () => { if (isOld) renew(); },
  });
};

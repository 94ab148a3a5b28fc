// The line to the chat: `events` take what is told on it, by its kind. A line that breaks is called anew; a tab that nobody
// looks at only counts what it misses.
const startStream = ({ base, path, room, preview, position, session, sidebar, alerts, notices, reload, gone, events, people, rooms, opened, shown, say }) => {
  const SILENCE = 40_000; // ms without a heartbeat (15 s): the line is dead
  const POLL = 30_000; // ms between looks from a hidden tab
  const PAUSE = 500; // ms before the first try to get a broken line back; longer each time in vain
  const RETRY = 3_000; // ms between tries to reach the chat

  const status = document.querySelector(".status");
  let trouble; // shown only if it lasts
  const report = (text, wait) => {
    clearTimeout(trouble);
    trouble = setTimeout(() => {
      status.textContent = text;
      status.hidden = !text;
    }, wait);
  };

  let source;
  let heard; // when the line was last known to live
  let again; // the next look
  let wait = PAUSE; // ms until then, if the line breaks

  const hangUp = () => {
    source?.close();
    source = undefined;
    clearTimeout(again);
  };

  session.onEnd(() => {
    hangUp();
    clearTimeout(trouble);
    people({ here: [], more: 0, present: [], all: true, typing: [] });
  });

  const call = () => {
    hangUp();
    if (reload.isBegun()) return;
    heard = Date.now();
    const after = position.seq ? `&after=${position.seq}` : ""; // or from now
    source = new EventSource(`${base}/events?format=html${after}${room ? `&room=${room}` : ""}`);
    source.onopen = () => {
      heard = Date.now();
      wait = PAUSE;
      report("", 0);
      sidebar.refresh(); // what was read elsewhere meanwhile
      opened();
    };
    // What has a number: whoever comes back begins after it.
    for (const [kind, take] of Object.entries(events)) {
      source.addEventListener(kind, ({ data, lastEventId }) => {
        heard = Date.now();
        position.seq = lastEventId;
        take(data);
      });
    }
    source.addEventListener("beat", () => { heard = Date.now(); });
    source.addEventListener("people", (event) => people(JSON.parse(event.data)));
    source.addEventListener("rooms", rooms);
    source.addEventListener("reload", () => {
      hangUp();
      reload.begin();
    });
    source.onerror = () => {
      hangUp();
      report(say("reconnecting"), 1_500);
      lookIn(wait * (0.5 + Math.random() / 2)); // not everybody at once
      wait = Math.min(2 * wait, POLL);
    };
  };

  const isGone = async (own) => {
    if (!preview) return !own.some((other) => String(other.room) === room);
    return (await fetch(base + path, { method: "HEAD", signal: AbortSignal.timeout(10_000) })).status === 404;
  };

  // What waits in each room; null where there is nothing to look for.
  const waits = async () => {
    const response = await fetch(`${base}/sidebar?path=${encodeURIComponent(path)}`, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(10_000),
    });
    if (response.status === 401) return session.end(await refusal(response)), null;
    if (!response.ok) return undefined;
    const { rooms: own } = await response.json();
    if (room && (await isGone(own))) return gone(), null; // not ours any more
    return own;
  };

  // A line that broke does not tell why, so ask before calling again. Browsers open six connections
  // to one place, so a tab that nobody looks at gives its own back, and only counts what it misses.
  const look = async () => {
    const rooms = await waits().catch(() => undefined);
    if (source || rooms === null) return;
    if (rooms && (!document.hidden || (await alerts.stayAwake()))) return call();
    if (rooms) notices.compare(rooms, position.seq);
    lookIn(document.hidden ? POLL : RETRY);
  };

  const lookIn = (time) => {
    clearTimeout(again);
    again = setTimeout(look, time);
  };

  const turn = async () => {
    if (!document.hidden) {
      alerts.sleep();
      notices.clear();
      call();
      shown();
    } else if (!(await alerts.stayAwake()) && document.hidden) {
      hangUp();
      lookIn(POLL);
    }
  };

  document.addEventListener("visibilitychange", turn);
  addEventListener("online", () => { if (!document.hidden) call(); });
  addEventListener("pagehide", hangUp);
  // After sleep the line is dead, and nobody says so.
  setInterval(() => { if (source && Date.now() - heard > SILENCE) call(); }, 5_000);

  turn();
  return { call };
};

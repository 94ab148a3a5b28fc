// A tab's side of the line to the chat (line.js): it says where it is, and `events` take what is told from there on, by its
// kind. What comes to a hidden tab that has much already is `missed`: only counted.
const startStream = ({ base, me, room, position, session, sidebar, alerts, notices, reload, gone, events, missed, people, rooms, opened, shown, say }) => {
  const TICK = 1_000; // ms between words to the line, which answers
  const HIDDEN_TICK = 30_000; // ms, in a hidden tab
  const SILENT = 3; // words without an answer: the worker is dead
  const LOADING = 10; // words, while it may still be loading
  const WORKERS = `snug:workers:${base}`; // how many were found dead: the next one has another name

  const status = document.querySelector(".status");
  let trouble; // shown only if it lasts
  const report = (text, wait) => {
    clearTimeout(trouble);
    trouble = setTimeout(() => {
      status.textContent = text;
      status.hidden = !text;
    }, wait);
  };

  let port; // to the line; none where this page is left, or its session is over
  let isShared; // in a worker
  let died; // workers before it
  let silent = 0; // words without an answer
  let isThere = false; // it has answered
  let isAwake = false; // hidden, and on the line for alerts
  let next; // tick

  const takes = {
    here: () => {},
    opened: () => {
      report("", 0);
      sidebar.refresh(); // what was read elsewhere meanwhile
      opened();
    },
    broken: () => report(say("reconnecting"), 1_500),
    ended: (fault) => session.end(fault),
    reload: () => {
      leave();
      reload.begin();
    },
    people: (told) => people(told.people),
    rooms: ({ tells }) => rooms(undefined, tells),
    missed: ({ data, tells }) => missed(data, tells),
    // What waits in each room, while no line is open.
    waits: (told) => { if (document.hidden) notices.compare(told.rooms, position.seq); },
    // This room is not there for one any more.
    gone: () => {
      leave();
      gone();
    },
  };
  const take = (told) => {
    silent = 0;
    isThere = true;
    const { kind, data, id, tells } = told;
    if (takes[kind]) return takes[kind](told);
    if (id <= position.seq) return undefined;
    position.seq = id;
    return events[kind]?.(data, tells); // a page without a room has no use for all
  };

  let line; // in this page
  const connectHere = () => {
    line ??= startLine({ base, member: me });
    const here = { postMessage: (told) => { if (port?.here === here) take(told); } };
    port = { here, postMessage: (state) => line.hear(here, state), close: () => {} };
    isShared = false;
  };
  const connect = () => {
    isShared = true;
    try {
      died = Number(browserStorage.get(WORKERS)) || 0;
      const worker = new SharedWorker(base + WORKER, { name: `${me} ${died}` });
      const own = worker.port;
      port = own;
      own.onmessage = ({ data }) => { if (own === port) take(data); };
      own.onclose = () => { if (own === port) replace(); }; // where browsers tell that it crashed
      worker.onerror = () => { if (own === port) moveTo(connectHere); };
    } catch {
      connectHere();
    }
  };
  const moveTo = (other) => {
    leave();
    [silent, isThere] = [0, false];
    other();
    tick();
  };
  // Another worker takes over, also for the other tabs.
  const replace = () => {
    report(say("reconnecting"), 1_500);
    if (died === (Number(browserStorage.get(WORKERS)) || 0)) browserStorage.set(WORKERS, died + 1);
    moveTo(connect);
  };
  const leave = () => {
    clearTimeout(next);
    port?.postMessage(undefined);
    port?.close();
    port = undefined;
  };

  const tell = (isBack = false) => {
    silent += 1;
    const shown = !document.hidden;
    const seq = position.seq === undefined ? undefined : Number(position.seq);
    port?.postMessage({ room: room || "0", seq, shown, wants: shown || isAwake, isBack });
  };
  const tick = async () => {
    clearTimeout(next);
    isAwake = document.hidden && (isShared ? alerts.isOn() : await alerts.stayAwake());
    if (!port) return undefined;
    if (silent >= (isThere ? SILENT : LOADING)) return isThere ? replace() : moveTo(connectHere);
    clearTimeout(next);
    next = setTimeout(tick, document.hidden ? HIDDEN_TICK : TICK);
    return tell();
  };
  const begin = () => {
    if (!port && !reload.isBegun()) moveTo(connect);
    else tick();
  };

  session.onEnd(() => {
    leave();
    clearTimeout(trouble);
    people({ here: [], more: 0, present: [], all: true, typing: [] });
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      alerts.sleep();
      notices.clear();
    }
    begin();
    if (!document.hidden) shown();
  });
  addEventListener("online", () => tell(true));
  addEventListener("storage", ({ key, newValue }) => {
    if (key === WORKERS && port && isShared && Number(newValue) !== died) moveTo(connect);
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", ({ persisted }) => { if (persisted) begin(); });

  begin();
  if (!document.hidden) shown();
  return {
    // From now on.
    restart: () => {
      delete position.seq;
      leave();
      begin();
    },
  };
};

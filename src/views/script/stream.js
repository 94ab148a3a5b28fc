// A tab's side of the line to the chat (line.js): it says where it is, and `events` take what is told from there on, by its
// kind. What comes to a hidden tab that has much already is `missed`: only counted.
const startStream = ({ base, me, room, position, session, sidebar, alerts, notices, reload, gone, events, missed, people, rooms, opened, shown, say }) => {
  const TICK = 500; // ms from an answer of the line to the next word to it
  const HIDDEN_TICK = 30_000; // ms, in a hidden tab
  const ANSWER = 150; // ms for an answer; then it is asked again
  const SILENT = 3; // times without an answer: the worker is dead
  const LOADING_ANSWER = 1_000; // ms, while it may still be loading,
  const LOADING = 10; // and times,
  const LOADING_AGAIN = 30; // where workers are known to come: then the machine is busy
  const PATIENCE = 16; // times ANSWER at most
  const WORKERS = `snug:workers:${base}`; // how many were found dead: the next one has another name

  const cutOff = startCutOff();
  const status = document.querySelector(".status");
  let reported = "";
  let trouble; // shown only if it lasts
  const report = (text, wait) => {
    if (text === reported) return;
    reported = text;
    clearTimeout(trouble);
    trouble = setTimeout(() => {
      status.textContent = text;
      status.hidden = !text;
    }, wait);
  };

  let port; // to the line; none where this page is left, or its session is over
  let isShared; // in a worker
  let died; // workers before it
  let silent = 0; // times without an answer
  let patience = 1; // times ANSWER; more where a worker was given up that lived: the machine is busy
  let isThere = false; // it has answered
  let loading = LOADING;
  let isAwake = false; // hidden, and on the line for alerts
  let next; // word, or the time for its answer

  const takes = {
    here: () => {
      clearTimeout(next);
      next = setTimeout(tick, document.hidden ? HIDDEN_TICK : TICK);
    },
    opened: () => {
      cutOff.show("");
      report("", 0);
      sidebar.refresh(); // what was read elsewhere meanwhile
      opened();
    },
    broken: () => { if (!cutOff.isShown()) report(say("reconnecting"), 1_500); },
    cut_off: ({ text }) => {
      if (text) report("", 0);
      cutOff.show(text);
    },
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
    // Afterwards, as a worker's port would: the line goes on whatever comes of it.
    const here = { postMessage: (told) => queueMicrotask(() => { if (port?.here === here) take(told); }) };
    port = { here, postMessage: (state) => line.hear(here, state), close: () => {} };
    isShared = false;
  };
  const deaths = () => Number(browserStorage.get(WORKERS)) || 0;
  const connect = () => {
    isShared = true;
    try {
      died = deaths();
      const worker = new SharedWorker(base + WORKER, { name: `${me} ${died}` });
      const own = worker.port;
      port = own;
      own.onmessage = ({ data }) => {
        if (own === port) return take(data);
        // It was left, and lives.
        own.onmessage = undefined;
        own.close();
        patience = Math.min(2 * patience, PATIENCE);
      };
      own.onclose = () => { if (own === port) giveUp(); }; // where browsers tell that it crashed
      worker.onerror = () => { if (own === port) moveTo(connectHere); };
    } catch {
      connectHere();
    }
  };
  const moveTo = (other) => {
    part();
    // However many workers there are that do not answer, the time for the first one is all that they get.
    if (isThere) [silent, loading] = [0, LOADING_AGAIN];
    isThere = false;
    other();
    tick();
  };
  const giveUp = () => {
    if (!isThere) return moveTo(connectHere);
    // Another worker takes over, also for the other tabs.
    report(say("reconnecting"), 1_500);
    if (died === deaths()) browserStorage.set(WORKERS, died + 1);
    moveTo(connect);
  };
  // The line answers.
  const part = () => {
    port?.postMessage(undefined);
    port = undefined;
    clearTimeout(next);
  };
  const leave = () => {
    const left = port;
    part();
    left?.close();
  };

  const tell = (isBack = false) => {
    const shown = !document.hidden;
    const seq = position.seq === undefined ? undefined : Number(position.seq);
    port?.postMessage({ room: room || "0", seq, shown, wants: shown || isAwake, isBack });
  };
  const tick = async () => {
    clearTimeout(next);
    isAwake = document.hidden && (isShared ? alerts.isOn() : await alerts.stayAwake());
    if (!port) return undefined;
    if (isShared && died !== deaths()) return moveTo(connect);
    clearTimeout(next);
    next = setTimeout(miss, isThere ? ANSWER * patience : LOADING_ANSWER);
    return tell();
  };
  const miss = () => {
    silent += 1;
    if (silent >= (isThere ? SILENT : loading)) giveUp();
    else tick();
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
  addEventListener("storage", ({ key }) => { if (key === WORKERS) tick(); });
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

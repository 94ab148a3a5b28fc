// The line to the chat: one for all tabs of a member in a browser. Each says which room it shows, what it knows and whether
// it wants the line; while one does, all are told what comes. A line that breaks is called anew. It runs in a shared worker
// (worker.js), and where there is none in the page, with that one tab.
const startLine = ({ base, member }) => {
  const SILENCE = 40_000; // ms without a heartbeat (15 s): the line is dead
  const DOUBT = 20_000; // ms, where somebody comes back to a tab: the machine may have slept
  const AGAIN = 1_000; // ms in which several tabs that say the same count as one
  const POLL = 30_000; // ms between looks while no tab wants the line
  const PAUSE = 500; // ms before the first try to get a broken line back; longer each time in vain
  const CUT_OFF = 5_000; // ms between tries at most, while the chat does not reach its database: that is over in seconds, or elsewhere
  const RETRY = 3_000; // ms between tries to reach the chat
  const GATHER = 50; // ms in which tabs that come at once share a call
  const LINGER = 1_000; // ms for which a line that nobody wants is kept: one goes from tab to tab
  const SHOWN_GONE = 20_000; // ms without a word from a tab: it crashed. One that is hidden is slow (a minute),
  const HIDDEN_GONE = 150_000; // and is told nothing any more where it was frozen
  const LOOK = 5_000; // ms between looks for the dead
  const ROOMS = 32; // that the chat tells of at once
  const HELD = 200; // messages and changes that a hidden tab takes in; it only counts what comes after, until it is shown
  const NUMBERED = ["message", "edited", "reacted", "pinned", "stale", "removed"];

  const tabs = new Map(); // by their ports; who was looked at last comes last
  let newest; // the highest number that is known
  let line; // that is open: its source, its rooms, who is in these (`people`), and from where on it tells all (`from`)
  let next; // that is called, and takes its place
  let heard; // when the line was last known to live
  let again; // the next call or look
  let isBroken = false; // and that is to get it back
  let wait = PAUSE; // ms until then, if it breaks once more
  let isCutOff = false; // from its database, as far as the chat said
  let resting; // until nobody wants it for a while

  const isWanted = () => [...tabs.values()].some(({ wants }) => wants);
  // Whether it is to be told what it missed.
  const follows = ({ shown, wants, held }) => shown || (wants && held < HELD);
  // A room for each tab; those that somebody looks at come first.
  const rooms = () => {
    const latest = [...tabs.values()].reverse();
    const sorted = [...latest.filter(({ shown }) => shown), ...latest.filter(({ shown }) => !shown)];
    // General is there for everyone: whatever else is gone, the line is open and tells so.
    return new Set([...new Set(["0", ...sorted.map(({ room }) => room)])].slice(0, ROOMS));
  };
  const tell = (told) => { for (const port of [...tabs.keys()]) port.postMessage(told); };

  const hangUp = () => {
    for (const one of [line, next]) one?.source.close();
    line = next = undefined;
    clearTimeout(again);
    again = undefined;
    for (const tab of tabs.values()) tab.isOn = false;
  };

  // ---- Who is told what

  // Of several tabs that could tell of a message, one does: the one that shows it, or that was looked at last.
  const teller = (html) => {
    const on = [...tabs].filter(([, { isOn, shown }]) => isOn || !shown);
    const shown = on.filter(([, tab]) => tab.shown);
    const room = html?.match(/data-room="(\d+)"/)?.[1];
    return (shown.find(([, tab]) => tab.room === room) ?? shown.at(-1) ?? on.at(-1))?.[0];
  };

  const take = (own, kind, { data, lastEventId }) => {
    if (own !== line) return;
    heard = Date.now();
    const id = Number(lastEventId);
    const telling = teller(kind === "message" ? data : undefined);
    const isNews = !(id <= newest);
    for (const [port, tab] of [...tabs]) {
      const tells = port === telling;
      if (!tab.isOn) {
        if (!tab.shown && isNews && kind === "message") port.postMessage({ kind: "missed", data, tells });
      } else if (tab.seq === undefined && !own.isCaughtUp) {
        port.postMessage({ kind: "rooms" }); // what others missed is in its lists
      } else if (!(id <= tab.seq)) {
        tab.seq = id;
        port.postMessage({ kind, data, id, tells });
        if (!tab.shown) tab.held += 1;
        if (tab.held >= HELD) tab.isOn = false;
      }
    }
    own.from = id;
    newest = Math.max(newest ?? 0, id);
  };

  const introduce = (port, { room }) => {
    const people = line.people.get(room);
    if (people) port.postMessage({ kind: "people", people });
  };
  const takePeople = (own, { data }) => {
    if (own !== line) return;
    heard = Date.now();
    own.isCaughtUp = true; // it comes after what was missed
    const people = JSON.parse(data);
    const room = String(people.room);
    own.people.set(room, people);
    for (const [port, tab] of [...tabs]) if (tab.isOn && tab.room === room) introduce(port, tab);
  };

  // ---- The line

  const covers = ({ from, rooms: asked }, { seq, room }, all) => (seq === undefined || seq >= from) && (asked.has(room) || !all.has(room));

  const call = () => {
    clearTimeout(again);
    again = undefined;
    next?.source.close();
    heard = Date.now();
    const told = [...tabs.values()].filter((tab) => tab.isOn || follows(tab));
    const known = told.map(({ seq }) => seq).filter((seq) => seq !== undefined);
    const from = known.length ? Math.min(...known) : undefined; // or from now
    const asked = rooms();
    const fields = new URLSearchParams([["format", "html"], ["as", member], ...[...asked].map((room) => ["room", room])]);
    if (known.length) fields.set("after", from);
    const source = new EventSource(`${base}/events?${fields}`);
    const own = { source, from, rooms: asked, people: new Map(), isCaughtUp: !known.length };
    next = own;
    source.onopen = () => {
      if (own !== next) return;
      line?.source.close(); // until now, it told those whom it could
      line = next;
      next = undefined;
      heard = Date.now();
      isBroken = false;
      wait = PAUSE;
      serve();
    };
    for (const kind of NUMBERED) source.addEventListener(kind, (event) => take(own, kind, event));
    source.addEventListener("beat", () => { if (own === line) heard = Date.now(); });
    source.addEventListener("people", (event) => takePeople(own, event));
    source.addEventListener("rooms", () => {
      const telling = teller();
      for (const [port, tab] of [...tabs]) if (tab.isOn) port.postMessage({ kind: "rooms", tells: port === telling });
    });
    source.addEventListener("cut_off", ({ data }) => { if (own === line) tellCutOff(data); });
    source.addEventListener("gone", ({ data }) => {
      if (own !== line) return;
      own.rooms.delete(data);
      dismiss((tab) => tab.room === data, { kind: "gone" });
    });
    source.addEventListener("reload", () => {
      if (own !== line) return;
      hangUp();
      newest = undefined; // the chat may have begun anew
      dismiss(({ seq }) => seq === from, { kind: "reload" });
    });
    source.onerror = () => { if (own === line || own === next) fail(); };
  };

  const dismiss = (which, told) => {
    for (const [port, tab] of [...tabs]) {
      if (!which(tab)) continue;
      tabs.delete(port);
      port.postMessage(told);
    }
    serve();
  };
  const drop = () => {
    hangUp();
    tell({ kind: "broken" });
  };
  const fail = () => {
    drop();
    isBroken = true;
    lookIn(wait * (0.5 + Math.random() / 2)); // not everybody at once
    wait = Math.min(2 * wait, isCutOff ? CUT_OFF : POLL);
  };
  // In the chat's words; or, by none, that it is over.
  const tellCutOff = (text) => {
    isCutOff = Boolean(text);
    tell({ kind: "cut_off", text });
  };

  const end = ({ detail } = {}) => {
    newest = undefined; // by the next session, the chat may have begun anew
    dismiss(() => true, { kind: "ended", detail });
  };

  // Whether the chat can be reached, and if so, what waits there. Gives nothing where that is all.
  const waits = async () => {
    const response = await fetch(`${base}/sidebar?as=${member}`, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(10_000),
    });
    const answer = await response.json().catch(() => undefined);
    if ([401, 409].includes(response.status)) end(answer);
    if (response.ok) tellCutOff(answer.cut_off);
    else if (answer?.error === "cut_off") tellCutOff(answer.detail);
    return response.ok ? answer.rooms : undefined;
  };
  // A line that broke does not tell why, so ask before calling again. Who does not want it only counts what they miss.
  const look = async () => {
    again = undefined;
    const found = await waits().catch(() => undefined);
    if (line || next || !tabs.size) return;
    isBroken = !found;
    const wanted = isWanted();
    if (found && wanted) return call();
    if (found) tell({ kind: "waits", rooms: found });
    lookIn(wanted ? RETRY : POLL);
  };
  const lookIn = (time) => {
    clearTimeout(again);
    again = setTimeout(look, time);
  };

  // Does what the tabs want by now.
  const serve = () => {
    if (!tabs.size) {
      isBroken = false;
      return hangUp();
    }
    if (!isWanted()) {
      if (!line && !next) again ??= setTimeout(look, POLL);
      else resting ??= setTimeout(rest, LINGER);
      return undefined;
    }
    clearTimeout(resting);
    resting = undefined;
    if (!line) return next || isBroken ? undefined : call();
    const all = rooms();
    const isMissing = ([port, tab]) => {
      if (tab.isOn) return !line.rooms.has(tab.room) && all.has(tab.room);
      if (tab.held >= HELD) return false;
      if (!covers(line, tab, all)) return follows(tab);
      tab.isOn = true;
      port.postMessage({ kind: "opened" });
      introduce(port, tab);
      return false;
    };
    if ([...tabs].filter(isMissing).length && !next) again ??= setTimeout(call, GATHER);
    return undefined;
  };
  const rest = () => {
    resting = undefined;
    if (isWanted()) return;
    hangUp();
    serve();
  };

  // The line may be dead, and nobody says so.
  const check = (patience) => {
    if (!isWanted() || Date.now() - heard <= patience) return;
    drop();
    call();
  };

  setInterval(() => {
    const now = Date.now();
    const isGone = ({ shown, since }) => now - since > (shown ? SHOWN_GONE : HIDDEN_GONE);
    const gone = [...tabs].filter(([, tab]) => isGone(tab));
    for (const [port] of gone) tabs.delete(port);
    if (gone.length) serve();
    if (line || next) check(SILENCE);
  }, LOOK);

  // What a tab says of itself, again and again; nothing where it leaves.
  const hear = (port, state) => {
    if (!state) {
      port.postMessage({ kind: "here" });
      if (tabs.delete(port)) serve();
      return;
    }
    const known = tabs.get(port);
    const { room, shown, wants, isBack } = state;
    const comes = shown && !known?.shown;
    const tab = known ?? { seq: state.seq ?? newest, isOn: false, held: 0 };
    if (state.seq !== undefined) newest = Math.max(newest ?? 0, state.seq);
    Object.assign(tab, { room, shown, wants, since: Date.now() });
    if (comes) tabs.delete(port);
    if (shown) tab.held = 0;
    tabs.set(port, tab);
    port.postMessage({ kind: "here" });
    if (comes && tab.isOn) introduce(port, tab);
    if (line || next) check(isBack ? AGAIN : comes ? DOUBT : SILENCE);
    else if (isBroken && (isBack || comes)) call();
    serve();
  };

  return { hear };
};

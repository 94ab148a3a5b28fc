// The page is loaded anew: more was missed than a stream tells. Where that happens again and again, later each time,
// until there was a minute of quiet.
const startReload = () => {
  const RELOADS = "snug-reloads";
  const QUIET = 60_000;
  let begun = false;
  const begin = () => {
    if (begun) return;
    begun = true; // nobody calls any more, only to be told the same
    let last;
    try {
      last = JSON.parse(tabStorage.get(RELOADS));
    } catch {} // not ours: as if there was none
    const since = Date.now() - last?.at;
    const wait = since >= 0 && since < QUIET ? Math.min(2 * last.wait, QUIET) : 1_000;
    setTimeout(() => {
      tabStorage.set(RELOADS, JSON.stringify({ at: Date.now(), wait }));
      location.reload();
    }, wait);
  };
  return { begin, isBegun: () => begun };
};

// Files that were chosen and have not arrived, so that a reload loses none: by the member's name, as drafts are, the time and a
// mark. Which of them a tab goes on with is among its drafts. A browser that keeps nothing has them until the page is left.
const keptFiles = (base) => {
  const KEPT = 24 * 60 * 60_000; // ms for which those of a tab that was closed are kept

  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });
  let opened;
  const open = () => {
    const request = indexedDB.open(`snug:files:${base}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("files");
    return done(request);
  };
  const use = async (mode, act) => {
    try {
      opened ??= open();
      return await done(act((await opened).transaction("files", mode).objectStore("files")));
    } catch {
      return undefined;
    }
  };
  const change = (act) => use("readwrite", act);
  return {
    get: (key) => use("readonly", (files) => files.get(key)),
    put: (key, file) => change((files) => files.put(file, key)),
    remove: (key) => change((files) => files.delete(key)),
    clear: () => change((files) => files.clear()),
    // Those of other members, and old ones. (An array is above every number.)
    tidy: async (name) => {
      await change((files) => files.delete(IDBKeyRange.upperBound([name, Date.now() - KEPT])));
      await change((files) => files.delete(IDBKeyRange.lowerBound([name, []])));
    },
  };
};

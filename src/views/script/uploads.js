// Files on their way, one after the other. The nonce of each makes one file of it, however often it is sent. `told` hears of
// each change.
// An upload has a `mark`, by which messages name it until it has an `id`, and a `place`, the target of its message (drafts.js);
// `done` is the part of it that is there, and `problem` says why it is not taken.
const startUploads = ({ base, name, most, drafts, session, say, told }) => {
  const RETRY = 3_000; // ms between tries
  const PIECE = 1 << 20; // bytes: what a lost connection costs at most
  const SILENCE = 30_000; // ms without progress until a try is given up
  const FILES = ":files";
  const KEPT = ["mark", "key", "round", "name", "size", "type", "alt", "original", "id"]; // of an upload, among the drafts
  const kept = keptFiles(base);
  const size = fileSizes();
  const uploads = new Map(); // by their marks

  const of = (place) => [...uploads.values()].filter((upload) => upload.place === place);
  const save = (place) => {
    const all = of(place);
    drafts.set(place + FILES, all.length && JSON.stringify(all, KEPT));
  };
  const tell = (upload) => {
    told();
    if (upload.id || upload.problem || !uploads.has(upload.mark)) for (const end of upload.ends.splice(0)) end();
  };
  const change = (upload, changes) => {
    Object.assign(upload, changes);
    save(upload.place);
    tell(upload);
  };
  let last = Promise.resolve(); // one photo after the other: each takes much memory
  const prepare = (upload) => {
    const { original } = upload;
    last = upload.ready = last.then(async () => {
      const ready = await preparePhoto(upload.file, original);
      upload.shrinks = ready.shrinks;
      upload.thumbnail = ready.thumbnail;
      told();
      return ready;
    });
  };
  const enter = (place, facts) => {
    const upload = { place, done: 0, problem: "", isWaiting: false, ends: [], ...facts };
    uploads.set(upload.mark, upload);
    prepare(upload);
    return upload;
  };

  // Gives the request once it has ended, however. `part`: how much of the file is there, by the bytes that were sent.
  const transmit = (upload, [method, path, body, headers = {}], part) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    upload.request = request;
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), SILENCE);
    };
    request.upload.onprogress = ({ loaded, total }) => {
      heard();
      upload.done = part(loaded, total);
      told();
    };
    request.onloadend = () => {
      clearTimeout(silence);
      resolve(request);
    };
    request.responseType = "json";
    request.open(method, base + path);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
    heard();
  });
  // A large file, from where it stopped. Gives the answer that ended it, or nothing once all of it is there.
  const sendPieces = async (upload, body, nonce) => {
    let done = 0;
    const part = (loaded) => Math.min(1, (done + loaded) / body.size);
    const begin = ["POST", "/files/uploads", new URLSearchParams({ nonce, size: body.size })];
    for (let request = await transmit(upload, begin, () => upload.done); ;) {
      const { status, response } = request;
      if (status === 404) return { status: 0 }; // it was let go of: from the beginning, after a while
      if (response?.offset === undefined) return request;
      done = response.offset;
      if (done === body.size) return undefined;
      const piece = body.slice(done, done + PIECE);
      const patch = ["PATCH", `/files/uploads/${nonce}`, piece, { "Upload-Offset": done }];
      request = await transmit(upload, patch, part);
    }
  };
  const send = async (upload, { body, name, preview }) => {
    const nonce = `${upload.mark}-${upload.round}`;
    const form = new FormData();
    form.append("nonce", nonce);
    if (preview) form.append("preview", preview, "preview");
    if (body.size <= PIECE) {
      form.append("file", body, name);
      return transmit(upload, ["POST", "/files", form], (loaded, total) => loaded / total);
    }
    const end = await sendPieces(upload, body, nonce);
    if (end) return end;
    form.append("upload", nonce);
    form.append("name", name);
    return transmit(upload, ["POST", "/files", form], () => 1);
  };

  const drop = ({ request, id }) => {
    request?.abort();
    if (id) postForm(`${base}/files/${id}/remove`, { sure: "yes" }).catch(() => {}); // it goes by itself then
  };
  // Gives whether the next one may go at once.
  const push = async (upload) => {
    const { round } = upload;
    const isOff = () => uploads.get(upload.mark) !== upload || upload.round !== round;
    const ready = await upload.ready;
    if (isOff()) return true;
    if (ready.body.size > most) {
      change(upload, { problem: say("file_too_large", { most: size(most) }) });
      return true;
    }
    upload.isWaiting = false;
    const { status, response } = await send(upload, ready);
    if (isOff()) {
      if (status === 201) drop(response);
      return true;
    }
    if (status === 201) {
      change(upload, { id: response.id, done: 1, keepsMetadata: response.cleaned === false && /^(image|video)\//.test(upload.type) });
      return true;
    }
    if (status === 401) session.end(response ?? {});
    const isRefused = status >= 400 && status !== 503 && response?.detail;
    change(upload, isRefused ? { problem: response.detail } : { isWaiting: true, done: 0 });
    return Boolean(isRefused);
  };
  let wake;
  const pause = () => new Promise((resolve) => {
    wake = resolve;
    setTimeout(resolve, RETRY);
  });
  let working = false;
  const work = async () => {
    if (working) return wake?.();
    working = true;
    const next = () => [...uploads.values()].find(({ id, problem }) => !id && !problem);
    for (let upload = next(); upload; upload = next()) if (!(await push(upload))) await pause();
    working = false;
  };
  addEventListener("online", work);

  // What a tab had when its page was left. Of a file that nothing is left of, nothing comes back.
  const restored = new Map(); // by their places
  const restore = (place) => {
    const all = JSON.parse(drafts.get(place + FILES) || "[]");
    const back = async () => {
      for (const facts of all) {
        const file = await kept.get(facts.key);
        if (file || facts.id) enter(place, { ...facts, file: file ?? new File([], facts.name) });
      }
      save(place);
      told();
      work();
    };
    if (!restored.has(place)) restored.set(place, kept.tidy(name).then(back));
    return restored.get(place);
  };

  const add = (place, file) => {
    const mark = randomHex(16);
    const key = [name, Date.now(), mark];
    const { name: fileName, size: bytes, type } = file;
    const upload = enter(place, { mark, key, round: 0, name: fileName, size: bytes, type, alt: "", original: false, file });
    kept.put(key, file);
    change(upload, {});
    work();
  };
  // Its message has it, or nobody wants it any more.
  const forget = (upload) => {
    uploads.delete(upload.mark);
    kept.remove(upload.key);
    change(upload, {});
  };
  const remove = (upload) => {
    forget(upload);
    drop(upload);
  };
  // Once more from the beginning, as another file.
  const renew = (upload, changes) => {
    upload.round += 1;
    change(upload, { id: undefined, problem: "", done: 0, ...changes });
    prepare(upload);
    work();
  };
  const setOriginal = (upload, original) => {
    drop(upload);
    renew(upload, { original });
  };
  const retry = (upload) => {
    change(upload, { problem: "" });
    work();
  };

  // Once all are there, `{ file, alt }` for each; otherwise the `problem` of one.
  const ready = async (place, marks) => {
    await restore(place);
    const all = marks.map((mark) => uploads.get(mark));
    if (all.includes(undefined)) return { problem: say("file_lost") };
    for (const upload of all) {
      if (!upload.id && !upload.problem) await new Promise((end) => { upload.ends.push(end); });
      if (!upload.id) return { problem: upload.problem || say("file_lost") };
    }
    return { files: all.map(({ id, alt }) => ({ file: id, alt })) };
  };
  const find = (marks) => marks.map((mark) => uploads.get(mark)).filter(Boolean);
  return { add, remove, retry, setOriginal, save, restore, ready, of, find, renew, forget };
};

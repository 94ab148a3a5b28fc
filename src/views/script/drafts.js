// What one writes outlives reloads and lost sessions, in this tab only, and not signing out; nobody else finds it.
// They are kept by name: a chat that keeps nothing numbers its members anew.
// A text is kept for a target, the address to which it is sent, and after a "#" the number of whom it is for: their name may
// be another's by then. Beside TARGET there are TARGET:nonce, TARGET:outbox (outbox.js), TARGET:files (uploads.js),
// TARGET:answer (answer.js) and TARGET:edit:ID (edit.js).
const startDrafts = ({ base, name }) => {
  const chat = `snug:draft:${base}:`;
  const own = `${chat}${name}:`;
  for (const key of tabStorage.keys()) {
    if (key.startsWith(chat) && !key.startsWith(own)) tabStorage.set(key);
  }
  const get = (key) => tabStorage.get(own + key) ?? "";
  const set = (key, text) => tabStorage.set(own + key, text);
  const keys = () => tabStorage.keys().filter((key) => key.startsWith(own)).map((key) => key.slice(own.length));

  // What is kept for a target, whatever its address was then, as `{ key, kind, text }`.
  const of = (target) => {
    const [, to] = target.split("#");
    const texts = { nonce: () => "", files: () => "", answer: () => "", outbox: (kept) => JSON.parse(kept).map(({ text }) => text).join("\n"), edit: (kept) => JSON.parse(kept).text };
    return keys().flatMap((key) => {
      const [, place, kind] = key.match(/^(.*?)(?::(nonce|outbox|files|answer|edit)(?::\d+)?)?$/s);
      if (place !== target && !(to && place.endsWith(`#${to}`))) return [];
      const text = kind ? texts[kind](get(key)) : get(key);
      return text ? [{ key, kind, text }] : [];
    });
  };
  return { get, set, keys, of };
};

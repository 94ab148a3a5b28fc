// What one writes outlives reloads and lost sessions, in this tab only, and not signing out; nobody else finds it.
// They are kept by name: a chat that keeps nothing numbers its members anew.
const startDrafts = ({ base, name }) => {
  const chat = `snug:draft:${base}:`;
  const own = `${chat}${name}:`;
  for (const key of tabStorage.keys()) {
    if (key.startsWith(chat) && !key.startsWith(own)) tabStorage.set(key);
  }
  return {
    get: (key) => tabStorage.get(own + key) ?? "",
    set: (key, text) => tabStorage.set(own + key, text),
    keys: () => tabStorage.keys().filter((key) => key.startsWith(own)).map((key) => key.slice(own.length)),
  };
};

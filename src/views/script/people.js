// Who is online in the room, and who is typing.
const startPeople = ({ path, room, name, reader, say }) => {
  const isConversation = path.startsWith("/people/"); // where the other one is news
  const online = document.querySelector(".people .here");
  const typists = document.querySelector(".people .typing");
  const named = (names, more) => say(more ? "online_more" : "online", { names: names.join(", "), n: more });
  const typing = (names) => {
    const [one, other] = names;
    if (!one) return "";
    if (!other) return say("typing_one", { name: one });
    return names.length === 2 ? say("typing_two", { one, other }) : say("typing_many", { n: names.length });
  };
  // `more`: how many of the room are online and not named here.
  return ({ here, more, typing: all }) => {
    const shown = isConversation ? here.filter((one) => one !== name) : here;
    online.textContent = room && shown.length ? named(shown, more) : "";
    const others = room ? all.filter(({ id }) => String(id) !== reader.id) : [];
    typists.textContent = typing(others.map(({ name }) => name));
  };
};

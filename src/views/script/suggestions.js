// Names for a field that takes one, while one types. The browser shows them as it shows any list.
const startSuggestions = ({ base, me, field }) => {
  let asked = 0;
  field.addEventListener("input", async () => {
    const own = ++asked;
    const like = field.value.trim();
    const found = like ? await fetchData(`${base}/people?like=${encodeURIComponent(like)}`) : { people: [] };
    if (own !== asked || !found) return;
    const others = found.people.filter(({ id }) => String(id) !== me);
    field.list.replaceChildren(...others.map(({ name }) => element("option", { value: name })));
  });
};

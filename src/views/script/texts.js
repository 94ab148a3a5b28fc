// The sentences of the reader's language, as the page bears them. In `say("typing", { name })`, what stands for `{name}`
// in the sentence is put in; `n` chooses the form of one with a number.
const startTexts = (texts, language) => {
  const rules = new Intl.PluralRules(language);
  return (key, places = {}) => {
    const text = texts[key];
    const form = typeof text === "string" ? text : (text[rules.select(places.n)] ?? text.other);
    return form.replace(/\{(\w+)\}/g, (place, name) => places[name] ?? place);
  };
};

// Screen readers read out what is new, and only that: the log itself is silent, as older messages come into it as
// well, and changes. Where many are new, as after sleep, it is said how many.
const startVoice = ({ log, reader, say }) => {
  const READ_OUT = 600; // characters of a message that is read out
  const FEW = 3; // messages that are read out; of more, how many there are
  const TOGETHER = 300; // ms in which they come together
  const UTTERED = 10_000; // ms after which nobody needs to find it there again

  const voice = element("div", { className: "hidden" });
  voice.setAttribute("aria-live", "polite");
  log.after(voice);
  const fresh = [];
  let uttered;
  const readOut = () => {
    clearTimeout(uttered);
    uttered = setTimeout(() => voice.replaceChildren(), UTTERED);
    const all = fresh.splice(0);
    const lines = all.length > FEW ? [say("new_messages", { n: all.length })] : all;
    voice.replaceChildren(...lines.map((line) => element("p", { textContent: line })));
  };
  const announce = (article) => {
    if (document.hidden || reader.isOwn(article)) return;
    const name = plainText(article.querySelector(".author"));
    const who = reader.isAnswered(article) ? say("replied_to_you", { name }) : name;
    if (fresh.push(`${who}: ${clipped(spokenText(article), READ_OUT)}`) === 1) setTimeout(readOut, TOGETHER);
  };
  return { announce };
};

// What replies quote follows the messages that they answer, and leads to them. `changes` is what became of messages while this
// page is open; `renew` asks for a message that is not on it, and tells of it (`follow`).
const startQuotes = ({ messages, changes, renew, leave, toMessage, say }) => {
  const of = (id) => document.querySelectorAll(`[data-answers="${id}"]`);

  // `text`: empty where the message is all files, undefined where it is gone.
  const follow = (id, text) => {
    for (const line of of(id)) {
      const excerpt = line.querySelector(".excerpt");
      excerpt.textContent = text === undefined ? say("quote_deleted") : text || say("photo_or_file");
      excerpt.classList.toggle("gone", !text);
      if (text === undefined) line.removeAttribute("href");
    }
  };
  // Changed, and what it says now is not known here.
  const ask = (id) => {
    const article = document.getElementById(`m${id}`);
    if (article) follow(id, excerptOf(article));
    else if (of(id).length) renew(id);
  };
  // Of messages that come in, which may quote what was there before.
  const settle = (articles) => {
    for (const { dataset } of articles.flatMap((article) => [...article.querySelectorAll("[data-answers]")])) {
      const change = changes.get(`m${dataset.answers}`);
      if (change === "removed") follow(dataset.answers);
      else if (change) ask(dataset.answers);
    }
  };

  messages.addEventListener("click", (event) => {
    const line = event.target.closest("a.quote[data-answers][href]");
    if (!line || opensElsewhere(event)) return;
    event.preventDefault();
    leave(messageId(line.closest("article")));
    toMessage(line);
  });
  return { follow, ask, settle };
};

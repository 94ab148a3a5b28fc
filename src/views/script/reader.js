// Who reads this page, by number: a name may be another's some day. Gives what of a message concerns them. `inside`: they are
// in the room that is shown.
const startReader = (id, inside = true) => {
  const isOwn = (article) => article.dataset.author === id;
  const has = (article, css) => Boolean(article.querySelector(css));
  const isAnswered = (article) => !isOwn(article) && has(article, `.quote[data-author="${id}"]`);
  // By name, or as one of many: that is so for those in the room, as the message comes in.
  const isMentioned = (article) =>
    has(article, `.mention[data-member="${id}"]`) || (inside && !isOwn(article) && has(article, ".mention[data-group]"));
  // Mentioned or answered.
  const isTold = (article) => !isOwn(article) && (isMentioned(article) || isAnswered(article));
  const mark = (article) => article.classList.toggle("calls-me", isMentioned(article) || isAnswered(article));
  return { id, isOwn, isAnswered, isMentioned, isTold, mark };
};

// Who reads this page, by number: a name may be another's some day. Gives what of a message concerns them.
const startReader = (id) => {
  const isOwn = (article) => article.dataset.author === id;
  const isAnswered = (article) => !isOwn(article) && Boolean(article.querySelector(`.quote[data-author="${id}"]`));
  const isMentioned = (article) => Boolean(article.querySelector(`.mention[data-member="${id}"]`));
  // Mentioned by name or in a group, or answered. Of a group this is so for those in the room, as the message comes in.
  const isTold = (article) =>
    !isOwn(article) && (isMentioned(article) || isAnswered(article) || Boolean(article.querySelector(".mention[data-group]")));
  const mark = (article) => article.classList.toggle("calls-me", isMentioned(article) || isAnswered(article));
  return { id, isOwn, isAnswered, isMentioned, isTold, mark };
};

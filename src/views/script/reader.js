// Who reads this page, by number: a name may be another's some day. Gives what of a message concerns them.
const startReader = (id) => {
  const isOwn = (article) => article.dataset.author === id;
  const isMentioned = (article) => Boolean(article.querySelector(`.mention[data-member="${id}"]`));
  const mark = (article) => article.classList.toggle("calls-me", isMentioned(article));
  return { id, isOwn, isMentioned, mark };
};

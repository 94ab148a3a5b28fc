// A message that comes in may link to others of this chat: the server says what of these its reader sees.
const startLinked = ({ base, view }) => async (article) => {
  const isOwn = ({ origin, pathname }) => origin === location.origin && pathname.startsWith(`${base}/messages/`);
  if (![...article.querySelectorAll(".said a[href]")].some(isOwn)) return;
  const page = await fetchPage(`${base}/messages/${messageId(article)}/about`);
  const lines = page?.querySelector(`#${article.id} .linked`);
  if (!lines || !article.isConnected || article.querySelector(".linked")) return;
  const change = () => article.querySelector(".text").append(lines);
  if (view.atEnd()) change();
  else view.keep(change);
};

// Links in messages lead out of the chat, into a new tab; those that lead into it stay in this one.
const startLinks = ({ base }) => {
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.(".said a[target=_blank]");
    if (link && link.origin === location.origin && link.pathname.startsWith(`${base}/`)) link.target = "_top";
  });
};

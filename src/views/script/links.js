// Links in messages lead out of the chat, into a new tab; those that lead into it stay in this one.
const startLinks = ({ base }) => {
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.(".said a[target=_blank]");
    if (link && link.origin === location.origin && link.pathname.startsWith(`${base}/`)) link.target = "_top";
  });
};

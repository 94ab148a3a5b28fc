// Pins messages and unpins them, and keeps count of them in the header. `done` is told of each that was.
const startPins = ({ base, link, session, say, done }) => {
  const ids = new Set(link.dataset.ids.split(" ").filter(Boolean));
  const note = (id, isPinned) => {
    if (isPinned) ids.add(id);
    else ids.delete(id);
    link.hidden = !ids.size;
    link.title = link.ariaLabel = say("pinned", { n: ids.size });
    link.querySelector(".number").textContent = ids.size;
  };
  // Of one that the stream does not know any more.
  const ask = async (id) => {
    const message = await fetchData(`${base}/messages/${id}`);
    note(String(id), Boolean(message?.pinned));
  };

  const post = async (article, on) => {
    const id = messageId(article);
    try {
      const response = await postForm(`${base}/messages/${id}/pin`, { on });
      if (response.ok) return done(id);
      const fault = await refusal(response);
      return response.status === 401 ? session.end(fault) : fault.detail;
    } catch {
      return say("not_pinned");
    }
  };
  return { note, ask, pin: (article) => post(article, 1), unpin: (article) => post(article, 0) };
};

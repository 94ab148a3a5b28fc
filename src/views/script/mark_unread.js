// A message and all that follow it are to count as unread: the page that shows them goes on without reading them.
const startMarkUnread = ({ base, marker, line, session, say }) => async (article) => {
  await marker.stop();
  try {
    const response = await postForm(`${base}/messages/${messageId(article)}/unread`, { sure: "yes" });
    if (response.ok) {
      line.begin(article);
      return say("marked_unread");
    }
    marker.goOn();
    const fault = await refusal(response);
    if (response.status !== 401) return fault.detail;
    return session.end(fault);
  } catch {
    marker.goOn();
    return say("not_marked");
  }
};

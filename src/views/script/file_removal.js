// One file of a message is removed in its place, and asked about once: by the forms of the message's page. `removed` is told
// of the message.
const startFileRemoval = ({ base, session, say, removed }) => {
  const ask = async (article, leave) => {
    const there = article.querySelector(".files-removal");
    if (there) return there.querySelector("button").focus();
    const page = await fetchPage(`${base}/messages/${messageId(article)}/about`);
    const box = page?.querySelector(".files-removal");
    if (!box || article.querySelector(".files-removal")) return;
    const fault = setAttributes(element("p", { className: "fault", hidden: true }), { role: "alert" });
    const cancel = element("button", { type: "button", className: "quiet cancel", textContent: say("cancel") });
    const close = () => {
      box.remove();
      leave();
    };
    box.append(fault, element("div", { className: "choices" }, cancel));
    cancel.addEventListener("click", close);
    box.addEventListener("keydown", ({ key }) => { if (key === "Escape") close(); });
    box.addEventListener("submit", async (event) => {
      event.preventDefault();
      const form = event.target;
      try {
        const response = await postForm(form.action, new FormData(form));
        if (response.ok || response.status === 404) {
          close();
          return removed(messageId(article));
        }
        const { detail } = await refusal(response);
        if (response.status === 401) return session.end({ detail });
        fault.textContent = detail;
      } catch {
        fault.textContent = say("not_deleted");
      }
      fault.hidden = false;
    });
    article.append(box);
    box.scrollIntoView({ block: "nearest" });
    box.querySelector("button").focus();
  };
  return { ask };
};

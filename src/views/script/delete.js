// A message is deleted in its place, and asked about once. `deleted` is told that it was.
const startDelete = ({ base, parts, session, say, deleted }) => {
  const ask = (article, leave) => {
    if (article.querySelector("form.delete")) return article.querySelector("form.delete button").focus();
    const form = parts.querySelector("form.delete").cloneNode(true);
    const cancel = () => {
      form.remove();
      leave();
    };
    const complain = (text) => {
      const fault = form.querySelector(".fault");
      fault.textContent = text;
      fault.hidden = false;
    };
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const id = messageId(article);
      const fields = new FormData(form);
      try {
        const response = await postForm(`${base}/messages/${id}/remove`, fields);
        if (response.status === 401) session.end(await refusal(response));
        else if (response.ok || response.status === 404) deleted(id);
        else complain((await refusal(response)).detail);
      } catch {
        complain(say("not_deleted"));
      }
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") cancel();
    });
    form.querySelector(".cancel").addEventListener("click", cancel);
    article.append(form);
    form.scrollIntoView({ block: "nearest" });
    form.querySelector("button").focus();
  };
  return { ask };
};

// A quiet line stays for those who have it on screen.
const showDeleted = (article, say) => {
  article.querySelector(".text").replaceWith(element("p", { className: "said gone", textContent: say("removed") }));
  for (const part of article.querySelectorAll(".more, .pin, .toolbar, .reactions, form.delete")) part.remove();
  article.classList.remove("calls-me");
  article.dataset.gone = "";
};

// How much of a room one is told of is saved as soon as it is chosen.
const startLevels = () => {
  for (const form of document.querySelectorAll("form.level")) {
    const button = form.querySelector("button");
    const status = form.querySelector("[role=status]");
    button.hidden = true;
    form.addEventListener("change", async () => {
      status.textContent = "";
      const response = await postForm(form.action, new FormData(form)).catch(() => undefined);
      if (response?.ok) status.textContent = form.dataset.saved;
      else form.submit(); // the page says what is wrong
    });
  }
};

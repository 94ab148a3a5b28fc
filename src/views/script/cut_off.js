// Says above the page that the chat's database does not answer, in the chat's words; or no more.
const startCutOff = () => ({
  isShown: () => Boolean(document.querySelector(".database-away")),
  show: (text) => {
    const shown = document.querySelector(".database-away");
    if (!text) return shown?.remove();
    if (shown) return undefined;
    const line = element("p", { className: "database-away", textContent: text });
    line.setAttribute("role", "alert");
    document.querySelector("header.bar").after(line);
  },
});

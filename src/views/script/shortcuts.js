// The list of shortcuts, over the page that one is at.
const startShortcuts = ({ base, say }) => {
  const show = async () => {
    const page = await fetchPage(`${base}/shortcuts`);
    const list = page?.getElementById("shortcuts");
    if (!list || document.querySelector("dialog[open]")) return;
    const close = element("button", { type: "button", className: "quiet", textContent: say("close") });
    const dialog = element("dialog", { className: "shortcuts-list" }, list, close);
    dialog.setAttribute("aria-labelledby", list.querySelector("h1").id);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };
  addEventListener("keydown", (event) => {
    const writes = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "?" || writes || event.ctrlKey || event.metaKey || event.altKey || document.getElementById("shortcuts")) return;
    event.preventDefault();
    show();
  });
};

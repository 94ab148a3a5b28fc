// Puts a text on the clipboard, and gives whether that went well. Browsers have `navigator.clipboard` only over https and
// on the same machine; elsewhere, as in a LAN, they copy what is selected.
const copied = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const focused = document.activeElement;
    const field = element("textarea", { value: text, readOnly: true, className: "hidden" });
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return done;
  }
};

// A button copies what a field has, and says `done`; `then` is told.
const copies = ({ button, field, done, then }) => {
  const label = button.textContent;
  button.ariaLive = "polite";
  button.addEventListener("click", async () => {
    if (!(await copied(field.value))) return field.select(); // the keyboard's own copy is next
    button.textContent = done;
    setTimeout(() => { button.textContent = label; }, 2_000);
    then?.();
  });
};

// Fields whose texts are to be copied.
const startCopying = () => {
  for (const button of document.querySelectorAll("button.copy")) {
    const field = document.getElementById(button.getAttribute("aria-controls"));
    button.hidden = false;
    copies({ button, field, done: button.dataset.done });
  }
};

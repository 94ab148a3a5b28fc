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

// A field whose text is to be copied.
const startCopying = () => {
  for (const button of document.querySelectorAll("button.copy")) {
    const field = document.getElementById(button.getAttribute("aria-controls"));
    const label = button.textContent;
    button.hidden = false;
    button.ariaLive = "polite";
    button.addEventListener("click", async () => {
      const done = await copied(field.value);
      if (!done) return field.select(); // the keyboard's own copy is next
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2_000);
    });
  }
};

"use strict";
// What scripts add to the room. Everything here also works without them.
(() => {
  const form = document.querySelector("form.composer");
  const field = form.elements.message;
  const keyboard = matchMedia("(hover: hover) and (pointer: fine)").matches;

  if (keyboard) {
    form.querySelector(".keys").textContent = "Enter sends, Shift+Enter starts a new line.";
    // Not on touch, where focus would raise the keyboard over the messages.
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter belongs to it.
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
  }

  form.addEventListener("submit", () => {
    form.querySelector("button").disabled = true;
  });

  // A page that comes back from the history bears a nonce that is used up, and old messages.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
})();

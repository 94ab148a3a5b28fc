// Asks whether many are to be told of a message, before it is sent. `send` sends what the field has.
const startQuestion = ({ form, field, say, send }) => {
  const text = element("p", { id: "many-people" });
  const yes = element("button", { type: "button", textContent: say("send") });
  const no = element("button", { type: "button", className: "quiet", textContent: say("cancel") });
  const box = element("div", { className: "asked", hidden: true }, text, element("div", { className: "choices" }, yes, no));
  setAttributes(box, { role: "alertdialog", "aria-labelledby": text.id });
  form.prepend(box);

  const close = () => { box.hidden = true; };
  const leave = () => {
    close();
    field.focus();
  };
  yes.addEventListener("click", () => {
    leave();
    send();
  });
  no.addEventListener("click", leave);
  box.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
  field.addEventListener("input", close); // it is another text
  const ask = (count) => {
    text.textContent = say("many_people", { n: count });
    box.hidden = false;
    yes.focus();
  };
  return { ask, close };
};

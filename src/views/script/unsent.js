// A page in which one cannot write shows what one wrote for it, to be copied. It is kept until it was, or is discarded;
// whoever may write there again finds it in the composer. `edits`: whether edits under way go on in their messages.
const startUnsent = ({ drafts, target, edits, say }) => {
  const why = element("p", { className: "fault", hidden: true });
  why.setAttribute("role", "alert");
  const label = element("label", { htmlFor: "unsent-text", textContent: say("unsent") });
  const field = element("textarea", { id: "unsent-text", readOnly: true, rows: 3, dir: "auto" });
  const copy = element("button", { type: "button", className: "quiet", textContent: say("copy") });
  const discard = element("button", { type: "button", className: "quiet", textContent: say("discard") });
  const box = element("div", { className: "unsent" }, why, label, field, element("div", { className: "choices" }, copy, discard));

  let shown = []; // their keys
  const show = () => {
    const kept = drafts.of(target).filter(({ kind }) => !(edits && kind === "edit"));
    if (!kept.length) return;
    shown = kept.map(({ key }) => key);
    field.value = kept.map(({ text }) => text).join("\n");
    if (box.isConnected) return;
    const join = document.querySelector(".join");
    if (join) join.before(box);
    else document.querySelector("main").append(box);
  };
  const forget = () => { for (const key of shown) drafts.set(key, ""); };
  copies({ button: copy, field, done: say("copied"), then: forget });
  discard.addEventListener("click", () => {
    forget();
    box.remove();
    document.querySelector("main").focus();
  });
  show();

  const giveBack = (text, reason) => {
    drafts.set(target, [text, drafts.get(target)].filter(Boolean).join("\n"));
    show();
    complain(field, why, reason);
    field.focus();
  };
  return { giveBack };
};

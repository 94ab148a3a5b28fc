// Tells of whom a text mentions and who would not see it, and adds them where one may; and where it may not mention many. The server alone knows what is a mention.
const startOutside = ({ form, field, base, room, addressee, say }) => {
  const PAUSE = 400; // ms without a key until it is asked
  const box = element("div", { className: "outside", hidden: true });
  box.setAttribute("role", "status");
  form.prepend(box);

  let asked = 0; // only the newest answer counts
  const show = (lines) => {
    const kept = box.contains(document.activeElement);
    box.replaceChildren(...lines);
    box.hidden = !lines.length;
    if (kept) field.focus();
  };

  const add = async (name, line) => {
    try {
      const response = await postForm(`${base}/rooms/${room}/add`, { username: name });
      if (response.ok) return look();
      const { detail } = await refusal(response);
      line.replaceChildren(detail ?? say("not_added"));
    } catch {
      line.replaceChildren(say("not_added"));
    }
    field.focus();
  };

  const line = ({ name, invited }, mayAdd) => {
    const text = invited ? "outside_invited" : mayAdd ? "outside_room" : "outside_conversation";
    const made = element("p", {}, say(text, { name }));
    if (!mayAdd || invited) return made;
    const button = element("button", { type: "button", className: "quiet", textContent: say("outside_add", { name }) });
    button.addEventListener("click", () => add(name, made), { once: true });
    made.append(" ", button);
    return made;
  };

  const look = async () => {
    const own = ++asked;
    const place = addressee ? { to: addressee } : { room };
    const response = await postForm(`${base}/mentions`, { message: field.value, ...place }).catch(() => undefined);
    const answer = response?.ok && (await response.json().catch(() => undefined));
    if (own !== asked || !answer) return;
    const refused = answer.group?.detail;
    const lines = [...answer.outside.map((person) => line(person, answer.may_add)), ...(refused ? [element("p", {}, refused)] : [])];
    const same = lines.map((one) => one.textContent).join("\n") === [...box.children].map((one) => one.textContent).join("\n");
    if (!same) show(lines);
  };

  let soon;
  const changed = () => {
    clearTimeout(soon);
    asked += 1;
    if (!/[@＠﹫]/.test(field.value)) return show([]);
    soon = setTimeout(look, PAUSE);
  };
  field.addEventListener("input", changed);
  changed();
  return changed;
};

// Asks once in which zone one reads times, if the browser is in another. Whoever answers has chosen, on all devices.
const startZone = ({ base, say, zone, zoneName, offsets }) => {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const year = new Date().getFullYear();
  const ahead = [0, 6].map((month) => -new Date(year, month, 1).getTimezoneOffset());
  if (!zone || !own || ahead.join(" ") === offsets) return;
  const question = say("zone_question", { zone: zoneName, other: own.replaceAll("_", " ") });
  const answers = element("div", { className: "answers" });
  const line = element("div", { className: "zone-question" }, element("p", { textContent: question }), answers);
  const choose = async (chosen) => {
    const response = await postForm(`${base}/me/zone`, { zone: chosen }).catch(() => undefined);
    if (!response?.ok) return;
    if (chosen === zone) line.remove();
    else location.reload();
  };
  for (const [text, chosen] of [["zone_use", own], ["zone_keep", zone]]) {
    const button = element("button", { type: "button", className: "quiet", textContent: say(text) });
    button.addEventListener("click", () => choose(chosen));
    answers.append(button);
  }
  document.querySelector("main").prepend(line);
};

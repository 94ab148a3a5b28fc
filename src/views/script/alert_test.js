// A notification to see if one would come, and what is in the way.
const startAlertTest = ({ alerts, quiet, say }) => {
  const place = document.getElementById("alert-test");
  if (!place) return;
  const button = element("button", { type: "button", className: "quiet", textContent: say("test_button") });
  const status = setAttributes(element("p", { className: "hint" }), { role: "status" });
  place.append(button, status);

  const attempt = async () => {
    if (!window.isSecureContext) return say("test_insecure");
    if (!("Notification" in window)) return say("test_unsupported");
    if (Notification.permission === "default") await Notification.requestPermission();
    if (Notification.permission === "denied") return say("test_blocked");
    if (Notification.permission !== "granted") return say("test_dismissed");
    try {
      new Notification(say("test_title"), { body: say("test_body"), tag: "snug:test", renotify: true });
    } catch {
      return say("test_unsupported"); // phones notify for installed apps alone
    }
    const time = quiet.until();
    if (time) return say("test_quiet", { time });
    return say(alerts.notifies() ? "test_shown" : "test_off");
  };
  button.addEventListener("click", async () => {
    status.textContent = await attempt();
    alerts.show();
  });
};

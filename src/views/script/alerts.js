// Tells of what one wants to be told of while nobody looks: by a notification, a sound, or both, if that was asked
// for, and not in quiet hours.
const startAlerts = ({ base, newest, sidebar, quiet, say }) => {
  // Of this chat alone: others may live below other paths of the same place.
  const NOTIFY = `snug:notify:${base}`;
  const SOUND = `snug:sound:${base}`;
  const alerted = (room) => `snug:alerted:${base}:${room}`; // the newest message there that some tab has told of
  const LOCK = `snug:watch:${base}`;
  const HANDOVER = 400; // ms for the tab that somebody looks at to say so

  const can = window.isSecureContext && "Notification" in window;
  const notifies = () => can && browserStorage.get(NOTIFY) === "yes" && Notification.permission === "granted";
  const sounds = () => browserStorage.get(SOUND) === "yes";
  const isOn = () => notifies() || sounds();

  // ---- What is asked for

  const word = element("p", { className: "hint", id: "alerts-hint" });
  const choice = (text) => {
    const input = element("input", { type: "checkbox" });
    input.setAttribute("aria-describedby", "alerts-hint");
    return [element("label", {}, input, ` ${text}`), input];
  };
  const [notifyLabel, notify] = choice(say("alerts_shown"));
  const [soundLabel, sound] = choice(say("alerts_sound"));
  const legend = element("legend", { textContent: say("alerts") });
  sidebar.querySelector("nav").append(element("fieldset", { className: "alerts" }, legend, notifyLabel, soundLabel, word));

  const explain = () => {
    const blocked = can && Notification.permission === "denied";
    // What is usual is for those who hear it.
    word.classList.toggle("hidden", can && !blocked);
    word.textContent = say(!can ? "alerts_insecure" : blocked ? "alerts_blocked" : "alerts_hint");
  };

  const show = () => {
    notify.disabled = !can;
    notify.checked = notifies();
    sound.checked = sounds();
    explain();
  };

  notify.addEventListener("change", async () => {
    if (notify.checked) await Notification.requestPermission();
    browserStorage.set(NOTIFY, notify.checked && Notification.permission === "granted" ? "yes" : "no");
    show();
  });
  sound.addEventListener("change", () => {
    browserStorage.set(SOUND, sound.checked ? "yes" : "no");
    if (sound.checked) play();
  });
  addEventListener("storage", show);
  show();

  // ---- Alerts

  let audio;
  const play = async () => {
    audio ??= new AudioContext();
    // Without a click since the page was loaded, browsers may refuse.
    await audio.resume().catch(() => {});
    for (const [start, pitch] of [[0, 660], [0.12, 880]]) {
      const at = audio.currentTime + start;
      const gain = audio.createGain();
      gain.gain.setValueAtTime(0.12, at);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 0.25);
      const tone = audio.createOscillator();
      tone.frequency.value = pitch;
      tone.connect(gain).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.25);
    }
  };

  const isTold = (room, id) => id <= Number(browserStorage.get(alerted(room)));
  // Says that somebody looks at this, so that no other tab tells of it.
  const seen = (room, id) => {
    if (!isTold(room, id)) browserStorage.set(alerted(room), id);
  };
  // Numbers begin anew in a chat that keeps nothing, and in another one at this address.
  for (const key of browserStorage.keys()) {
    if (key.startsWith(alerted("")) && Number(browserStorage.get(key)) > newest) browserStorage.set(key, newest);
  }

  // Of tabs that are about to tell of the same at once, one does: what it remembers may reach the others late.
  const once = (room, id, tell) => {
    if (!navigator.locks) return tell();
    navigator.locks
      .request(`${LOCK}:${room}:${id}`, { ifAvailable: true }, (lock) => {
        if (!lock || isTold(room, id)) return undefined;
        tell();
        return new Promise((end) => setTimeout(end, HANDOVER));
      })
      .catch(() => {}); // the page is left
  };

  // `id` grows with what there is to tell of a room; the rest is for its notification, of which there is one.
  const alert = ({ room, id, title, text, href }) => {
    if (quiet.until()) return seen(room, id); // nor afterwards
    if (!document.hidden) {
      const told = isTold(room, id); // by another tab
      seen(room, id);
      if (sounds() && !told) play();
      return;
    }
    const tell = () => {
      seen(room, id);
      if (sounds()) play();
      if (!notifies()) return;
      try {
        const notification = new Notification(title, { body: text, tag: `snug:${base}:${room}`, renotify: true });
        notification.onclick = () => {
          window.focus();
          if (href) location.assign(href);
        };
      } catch {
        // Phones notify for installed apps alone.
        browserStorage.set(NOTIFY, "no");
        show();
        word.classList.remove("hidden");
        word.textContent = say("alerts_unsupported");
      }
    };
    setTimeout(() => {
      if (!isTold(room, id)) once(room, id, tell);
    }, HANDOVER);
  };

  // ---- Where each tab has a line of its own, one of those that are hidden stays on it

  let rest; // ends that
  const stayAwake = () =>
    new Promise((resolve) => {
      if (rest) return resolve(true);
      if (!navigator.locks || !isOn()) return resolve(false);
      navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise((end) => { rest = end; });
      });
    });
  const sleep = () => {
    rest?.();
    rest = undefined;
  };

  return { alert, seen, isOn, stayAwake, sleep, show, notifies };
};

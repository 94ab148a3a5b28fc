// Signing out takes along what this browser keeps for a member. What other chats on this host keep stays.
const startSignOut = () => {
  const PATIENCE = 1_000; // ms
  for (const form of document.querySelectorAll("form[action$='/logout']")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      navigator.clearAppBadge?.().catch(() => {});
      const base = form.getAttribute("action").slice(0, -"/logout".length);
      for (const key of tabStorage.keys()) {
        if (key.startsWith(`snug:draft:${base}:`) || key === `snug:scrolled:${base}`) tabStorage.set(key);
      }
      for (const key of browserStorage.keys()) {
        const isAsked = [`snug:notify:${base}`, `snug:sound:${base}`].includes(key);
        if (isAsked || key.startsWith(`snug:alerted:${base}:`)) browserStorage.set(key);
      }
      // A page that is left ends what it asked for.
      const patience = new Promise((resolve) => { setTimeout(resolve, PATIENCE); });
      await Promise.race([keptFiles(base).clear(), patience]);
      form.submit();
    });
  }
};

// Signing out takes along what this browser keeps for a member. What other chats on this host keep stays.
const startSignOut = () => {
  for (const form of document.querySelectorAll("form[action$='/logout']")) {
    form.addEventListener("submit", () => {
      navigator.clearAppBadge?.().catch(() => {});
      const base = form.getAttribute("action").slice(0, -"/logout".length);
      try {
        for (const key of Object.keys(sessionStorage)) {
          if (key.startsWith(`snug:draft:${base}:`) || key === `snug:scrolled:${base}`) sessionStorage.removeItem(key);
        }
        for (const key of Object.keys(localStorage)) {
          if ([`snug:notify:${base}`, `snug:sound:${base}`].includes(key) || key.startsWith(`snug:alerted:${base}:`)) {
            localStorage.removeItem(key);
          }
        }
      } catch {
        // A browser that lets nobody look keeps nothing for us.
      }
    });
  }
};

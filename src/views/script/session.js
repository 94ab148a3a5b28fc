// Somebody is signed out, and is told so. What was written is still here, also after signing in again.
const startSession = ({ base, say }) => {
  const ends = [];
  // With the server's words for it.
  const end = ({ detail } = {}) => {
    const status = document.querySelector(".status");
    const link = element("a", {
      href: `${base}/login?next=${encodeURIComponent(location.pathname)}`,
      textContent: say("sign_in"),
    });
    status.replaceChildren(detail ?? say("signed_out"), " ", link);
    status.hidden = false;
    for (const act of ends) act();
  };
  return { end, onEnd: (act) => ends.push(act) };
};

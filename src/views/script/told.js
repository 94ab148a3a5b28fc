// Tells for a moment, beside a place, what was done, or why it was not.
const startTold = ({ log }) => {
  const SHOWN = 2_000; // ms
  const told = element("p", { className: "told", hidden: true });
  told.setAttribute("role", "status");
  log.after(told);

  let hiding;
  return (text, place) => {
    told.textContent = text;
    told.hidden = false;
    beside(told, place);
    clearTimeout(hiding);
    hiding = setTimeout(() => { told.hidden = true; }, SHOWN);
  };
};

// Puts a box below a place, with its right edge there, or above where there is no room.
const beside = (box, place) => {
  const GAP = 8; // px to the window's edge
  const { bottom, top, right } = place ?? { bottom: innerHeight / 2, top: innerHeight / 2, right: innerWidth / 2 };
  const { width, height } = box.getBoundingClientRect();
  const below = bottom + height + GAP <= innerHeight;
  box.style.top = `${Math.max(GAP, below ? bottom : top - height)}px`;
  box.style.left = `${Math.max(GAP, Math.min(innerWidth - GAP, right) - width)}px`;
};

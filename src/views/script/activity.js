// The page of one's activity: what is shown of reactions has been seen, and is marked as new until one leaves.
const startActivity = ({ base }) => {
  const list = document.querySelector(".activity [data-fresh]");
  if (!list) return undefined;
  const AFTER = 500; // ms in the reader's sight

  const entries = () => [...list.querySelectorAll(".hit[data-reactions]")];
  const fresh = new Map(); // the marks of reactions that were new here, by their entries' numbers
  let waiting;

  const see = () => {
    const { sees } = list.dataset;
    if (document.hidden || !sees) return;
    delete list.dataset.sees;
    // What fails is seen with the next look.
    postForm(`${base}/activity/seen`, { up_to: sees }).catch(() => {});
  };
  const look = () => {
    clearTimeout(waiting);
    waiting = setTimeout(see, AFTER);
  };
  const renewed = () => {
    for (const entry of entries()) {
      const { id } = entry.dataset;
      const mark = entry.querySelector(".new");
      if (mark) fresh.set(id, mark.cloneNode(true));
      else if (fresh.has(id)) {
        entry.classList.add("unread");
        entry.querySelector(".what").before(fresh.get(id), " ");
      }
    }
    look();
  };
  document.addEventListener("visibilitychange", look);
  renewed();
  return { renewed };
};

// A photo that could not be loaded is asked for again, later each time: what keeps it may be away.
const startMissingPhotos = () => {
  const PHOTO = "article .photo img";
  const AGAIN = 3_000; // ms until the first try
  const TRIES = 6; // in three minutes
  const tries = new WeakMap();

  const retry = (image) => {
    const count = tries.get(image) ?? 0;
    tries.set(image, count + 1);
    if (count < TRIES) setTimeout(() => image.setAttribute("src", image.getAttribute("src")), AGAIN * 2 ** count);
  };
  addEventListener("error", ({ target }) => { if (target instanceof Element && target.matches(PHOTO)) retry(target); }, true);
  // Those that failed before this was heard.
  for (const image of document.querySelectorAll(PHOTO)) if (image.complete && !image.naturalWidth) retry(image);
};

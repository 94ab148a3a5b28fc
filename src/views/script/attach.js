// What one chose to send with a message: by the paper clip, by dropping it on the room, or by pasting. It waits in a tray above
// the text, and is on its way already, until its message is sent (`isSent`).
const startAttach = ({ form, field, uploads, target, isSent, say }) => {
  const MOST = 10; // files of a message
  const ALT_MAX = 500; // characters
  const size = fileSizes();
  const input = form.elements.file;
  const clip = form.querySelector("button.clip");

  const fault = element("p", { className: "fault", hidden: true });
  fault.setAttribute("role", "alert");
  const tray = setAttributes(element("ul", { className: "tray", hidden: true }), { "aria-label": say("files_to_send") });
  form.querySelector("label[for=message]").before(fault, tray);
  const blame = (text) => {
    fault.textContent = text;
    fault.hidden = !text;
  };

  const shown = new Map(); // rows, by the marks of their files
  const chosen = () => uploads.of(target).filter(({ mark }) => !isSent(mark));

  const row = (upload) => {
    const { name } = upload;
    const quiet = (className, text, act) => {
      const button = element("button", { type: "button", className: `quiet ${className}`, textContent: text });
      button.addEventListener("click", act);
      return button;
    };
    const picture = element("span", { className: "thumbnail" }, icon("file"));
    const state = element("small");
    const progress = element("progress", { max: 1, ariaLabel: say("uploading", { name }) });
    const retry = quiet("retry", say("retry"), () => uploads.retry(upload));
    const original = quiet("original", say("original"), () => uploads.setOriginal(upload, !upload.original));
    original.title = say("original_hint");
    const alt = element("input", { className: "alt", value: upload.alt, placeholder: say("describe"), maxLength: ALT_MAX, dir: "auto", hidden: true });
    alt.setAttribute("aria-label", say("describe_file", { name }));
    alt.addEventListener("input", () => {
      upload.alt = alt.value;
      uploads.save(target);
    });
    alt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || isComposing(event)) return;
      event.preventDefault();
      field.focus();
    });
    const away = quiet("away", "", () => {
      const beside = made.nextElementSibling ?? made.previousElementSibling;
      uploads.remove(upload);
      blame("");
      (beside?.querySelector(".away") ?? field).focus();
    });
    away.append(icon("close"));
    setAttributes(away, { "aria-label": say("remove_file", { name }), title: say("remove_file", { name }) });
    const what = element("div", { className: "what" }, element("bdi", { textContent: name, dir: "auto" }), " ", state, alt, progress);
    const made = element("li", {}, picture, what, retry, original, away);

    let photo;
    const update = () => {
      const { problem, isWaiting, id, done, thumbnail, shrinks, keepsMetadata } = upload;
      if (thumbnail && !photo) {
        photo = element("img", { src: URL.createObjectURL(thumbnail), alt: "" });
        photo.onload = () => URL.revokeObjectURL(photo.src);
        picture.replaceChildren(photo);
        alt.hidden = false;
      }
      state.className = problem ? "problem" : "";
      state.textContent = problem || (isWaiting ? say("file_waits") : keepsMetadata ? say("keeps_metadata") : size(upload.size));
      progress.hidden = Boolean(id || problem);
      progress.value = done;
      retry.hidden = !problem && !isWaiting;
      original.hidden = !shrinks;
      original.setAttribute("aria-pressed", upload.original);
    };
    return { made, update };
  };

  const show = () => {
    const all = chosen();
    for (const [mark, { made }] of shown) {
      if (all.some((upload) => upload.mark === mark)) continue;
      made.remove();
      shown.delete(mark);
    }
    for (const upload of all) {
      if (!shown.has(upload.mark)) {
        shown.set(upload.mark, row(upload));
        tray.append(shown.get(upload.mark).made);
      }
      shown.get(upload.mark).update();
    }
    tray.hidden = !all.length;
  };

  const add = (files) => {
    const room = Math.max(0, MOST - chosen().length);
    for (const file of files.slice(0, room)) uploads.add(target, file);
    blame(files.length > room ? say("too_many_files", { n: MOST }) : "");
    // Not on touch, where the keyboard would cover what was chosen.
    if (matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true });
    tray.lastElementChild?.scrollIntoView({ block: "nearest" });
  };

  // Nothing can be sent here (`input` is not there), or one way after the other.
  if (input) {
    input.closest("label").hidden = true;
    clip.hidden = false;
    clip.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      add([...input.files]);
      input.value = "";
    });
    startDrop({ add, say, refuse: () => blame(say("no_folders")) });
    field.addEventListener("paste", (event) => {
      const { files, types } = event.clipboardData;
      // A table comes with a picture of itself, a picture with its address, and a file with its name.
      if (!files.length || (types.includes("text/plain") && types.includes("text/html"))) return;
      event.preventDefault();
      add([...files]);
    });
  }
  // Their marks, once their message is on its way.
  const take = () => {
    blame("");
    return chosen().map(({ mark }) => mark);
  };
  return { show, take };
};

// Files that are dropped anywhere on the page; but not its own pictures.
const startDrop = ({ add, refuse, say }) => {
  const zone = element("div", { className: "drop", hidden: true }, element("p", {}, icon("clip"), " ", say("drop_files")));
  document.querySelector("main").append(zone);
  let isOwn = false;
  addEventListener("dragstart", () => { isOwn = true; });
  addEventListener("dragend", () => { isOwn = false; });
  const over = (event) => {
    if (isOwn || !event.dataTransfer?.types.includes("Files")) return false;
    event.preventDefault();
    return true;
  };
  addEventListener("dragover", (event) => { if (over(event)) zone.hidden = false; });
  addEventListener("dragleave", ({ relatedTarget }) => { if (!relatedTarget) zone.hidden = true; });
  addEventListener("drop", (event) => {
    if (!over(event)) return;
    zone.hidden = true;
    const items = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
    const files = items.filter((item) => !item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.getAsFile());
    if (files.length) add(files);
    else refuse();
  });
};

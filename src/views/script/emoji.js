// The emoji that there are, loaded when they are first needed; and `:smile:` becomes its own as one types the second colon.
const startEmoji = (address) => {
  let groups;
  const parsed = (line) => {
    const [before, name] = line.split("|");
    const [emoji, ...codes] = before.split(" ");
    return { emoji, codes, name: name ?? codes[0].replaceAll("_", " ") };
  };
  const load = async () => {
    try {
      const response = await fetch(address);
      if (!response.ok) return undefined;
      const text = await response.text();
      return text.trim().split("\n\n").map((group) => group.split("\n").map(parsed));
    } catch {
      return undefined;
    }
  };
  // In groups; nothing where they cannot be had just now.
  const all = async () => (groups ??= await load());

  const BEGUN = /:[a-z0-9_+-]+$/;
  // Not the time in 10:30:00.
  const WHOLE = /(?:^|[^\p{L}\p{N}]):([a-z0-9_+-]+):$/u;
  const isInCode = (before) => before.split("`").length % 2 === 0;
  document.addEventListener("input", async ({ target, inputType, isComposing: composes }) => {
    // Neither what is pasted, nor what Ctrl+Z brings back.
    const typed = ["insertText", "insertCompositionText"].includes(inputType) && !composes;
    if (!typed || !target.matches("textarea[name=message]")) return;
    const before = target.value.slice(0, target.selectionStart);
    if (BEGUN.test(before)) all();
    const code = before.match(WHOLE)?.[1];
    if (!code || isInCode(before)) return;
    const found = (await all())?.flat().find(({ codes }) => codes.includes(code));
    if (!found || target.value.slice(0, target.selectionStart) !== before) return;
    replaceText(target, before.length - code.length - 2, before.length, found.emoji);
  });
  return { all };
};

// As if it were typed: Ctrl+Z takes it back, which it does not where a script sets a text.
const replaceText = (field, from, to, text) => {
  field.focus();
  field.setSelectionRange(from, to);
  if (document.execCommand("insertText", false, text)) return;
  field.setRangeText(text, from, to, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

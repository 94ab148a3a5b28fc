"use strict";
// What the parts of the script share.
const snug = {};

// What there is at an address, or nothing: refused, out of reach, or broken off on the way, as each
// request is whose page is left. Whoever asks goes on with what is there.
snug.page = async (address) => {
  try {
    const response = await fetch(address);
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : undefined;
  } catch {
    return undefined;
  }
};
snug.data = async (address) => {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
};

// Who is signed in, by number: a name may be another's some day.
snug.id = document.querySelector(".who")?.dataset.member;
// Whoever wrote a message, and whom it calls, as the page marks them.
snug.me = document.querySelector(".who bdi")?.textContent;
snug.isMine = (article) => article.querySelector(".author > a")?.textContent === snug.me;
snug.callsMe = (article) => [...article.querySelectorAll(".mention")].some((name) => name.dataset.name === snug.me);
snug.markCalls = (article) => article.classList.toggle("calls-me", snug.callsMe(article));
// The first characters of a text, whole ones.
snug.start = (text, most) => {
  const all = [...text];
  return all.length > most ? `${all.slice(0, most).join("")}…` : text;
};
// What a message says, without its look: each block, and each line, is a line.
snug.plain = (message) => {
  const BLOCKS = "p, blockquote, pre, ul, ol, li, hr";
  const text = (node) => {
    if (!node.matches) return node.data;
    if (node.matches("br")) return "\n";
    const inside = [...node.childNodes].map(text).join("");
    return node.matches(BLOCKS) ? `\n${inside}\n` : inside;
  };
  return text(message).replace(/\n\s*\n/g, "\n").trim();
};
// While an input method composes, its keys are its own. (Safari ends that before the key that ends it.)
snug.composes = (event) => event.isComposing || event.keyCode === 229;

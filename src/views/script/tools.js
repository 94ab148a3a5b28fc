// What the parts of the script have in common.

// What there is at an address, or nothing: refused, out of reach, or broken off on the way, as each
// request is whose page is left. Whoever asks goes on with what is there.
const fetchPage = async (address) => {
  try {
    const response = await fetch(address);
    return response.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : undefined;
  } catch {
    return undefined;
  }
};
const fetchData = async (address) => {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : undefined;
  } catch {
    return undefined;
  }
};

const PATIENCE = 20_000; // ms until a try is given up
const postForm = (address, fields) => {
  const body = new URLSearchParams(fields);
  // Also if the page is left meanwhile, which browsers do for so much.
  const keepalive = String(body).length < 60_000;
  const signal = AbortSignal.timeout(PATIENCE);
  return fetch(address, { method: "POST", headers: { Accept: "application/json" }, body, keepalive, signal });
};
// Why something was refused; nothing is known of what is too long to be read. A server that cannot say why, a proxy
// before it, or a server that does not reach its database is as good as out of reach.
const refusal = async (response) => {
  const fault = await response.json().catch(() => undefined);
  if ((!fault || fault.error === "cut_off") && response.status >= 500) throw new Error(response.statusText);
  return fault ?? {};
};

const element = (name, properties, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const setAttributes = (made, attributes) => {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};
// What HTML of the server's comes to.
const fragment = (html) => element("template", { innerHTML: html }).content;

// Says beside a field what is wrong with it, or that nothing is.
const complain = (field, fault, text) => {
  fault.textContent = text;
  fault.hidden = !text;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
};

// Whether a click on a link is to open it elsewhere: that is the browser's.
const opensElsewhere = (event) => event.ctrlKey || event.metaKey || event.shiftKey;

// Puts others in place of what is in a list, and the keyboard where it was.
const replaceList = (list, nodes) => {
  const leadsTo = (one) => one.href ?? one.form?.action;
  const focused = list.contains(document.activeElement) && leadsTo(document.activeElement);
  list.replaceChildren(...nodes);
  if (focused) [...list.querySelectorAll("a, button")].find((one) => leadsTo(one) === focused)?.focus();
};

// The first characters of a text, whole ones.
const clipped = (text, most) => {
  const all = [...text];
  return all.length > most ? `${all.slice(0, most).join("")}…` : text;
};
// What a message says, without its look: each block, and each line, is a line.
const plainText = (message) => {
  const BLOCKS = "p, blockquote, pre, ul, ol, li, hr";
  const text = (node) => {
    if (!node.matches) return node.data;
    if (node.matches("br")) return "\n";
    const inside = [...node.childNodes].map(text).join("");
    return node.matches(BLOCKS) ? `\n${inside}\n` : inside;
  };
  return text(message).replace(/\n\s*\n/g, "\n").trim();
};
const randomHex = (bytes) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
// Sizes of files as the reader writes them, of 1,024 bytes to the kB.
const fileSizes = () => {
  const shown = (unit, digits) =>
    new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits });
  const [kilobytes, megabytes] = [shown("kilobyte", 0), shown("megabyte", 1)];
  return (bytes) => (bytes < 1024 * 1024 ? kilobytes.format(Math.ceil(bytes / 1024)) : megabytes.format(bytes / 1024 / 1024));
};
// An icon of the page's sprite (icons.rs).
const icon = (name) => fragment(`<svg class="icon" aria-hidden="true"><use href="#icon-${name}"/></svg>`);
// The same, with its photos and files.
const spokenText = (article) => {
  const files = [...article.querySelectorAll(".files img, .files .name")].map(({ alt, textContent }) => alt ?? textContent);
  const said = article.querySelector(".said");
  return [said && plainText(said), ...files].filter(Boolean).join("\n");
};
// The beginning of a message in one line, as replies quote it (quote.rs); empty where it is all files.
const excerptOf = (article) => {
  const said = article.querySelector(".said");
  return said ? clipped(plainText(said).replace(/\s+/g, " "), 140) : "";
};
// While an input method composes, its keys are its own. (Safari ends that before the key that ends it.)
const isComposing = (event) => event.isComposing || event.keyCode === 229;

// The number of a message, as its article bears it.
const messageId = (article) => article.id.slice(1);

// What a browser keeps: for this tab, or for all of them. It may refuse, or be full: then nothing is kept.
const storage = (area) => {
  const attempt = (use, otherwise) => {
    try {
      return use(area());
    } catch {
      return otherwise;
    }
  };
  return {
    get: (key) => attempt((kept) => kept.getItem(key), null),
    set: (key, value) => attempt((kept) => (value ? kept.setItem(key, value) : kept.removeItem(key))),
    keys: () => attempt(Object.keys, []),
  };
};
const tabStorage = storage(() => sessionStorage);
const browserStorage = storage(() => localStorage);

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

// Forms and texts of single pages: what saves typing. Without it they are the same forms.
const startForms = (root) => {
  // A password that one wants to see.
  for (const button of root.querySelectorAll("button.reveal")) {
    const field = document.getElementById(button.getAttribute("aria-controls"));
    button.hidden = false;
    button.addEventListener("click", () => {
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      button.textContent = shown ? button.dataset.hide : button.dataset.show;
      field.focus();
    });
  }

  // A name, a code or a zone that would do.
  for (const offer of root.querySelectorAll(".offer")) {
    const field = document.getElementById(offer.dataset.fills);
    const { zone } = offer.dataset;
    const own = zone && Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && own && own !== field.value) {
      offer.textContent = zone.replace("{zone}", own);
      offer.hidden = false;
    }
    offer.addEventListener("click", (event) => {
      event.preventDefault();
      field.value = offer.dataset.value ?? own;
      if (offer.dataset.chooses) document.getElementById(offer.dataset.chooses).checked = true;
      field.removeAttribute("aria-invalid");
      field.focus();
      if (zone) offer.hidden = true;
    });
  }

  // A form that is refused comes back without its password, as no page has one; here it is still known.
  for (const form of root.querySelectorAll("form.kept")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = form.querySelector("button:not([type])");
      if (button.ariaDisabled) return;
      button.ariaDisabled = "true";
      const password = form.elements.password.value;
      try {
        const response = await fetch(form.action, {
          method: "POST",
          body: new URLSearchParams(new FormData(form)),
          redirect: "manual",
        });
        if (response.type === "opaqueredirect") return location.assign(form.dataset.then);
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const content = page.querySelector("main");
        const field = content?.querySelector("form.kept #password");
        if (!field) return form.submit();
        field.value = password;
        const main = document.querySelector("main");
        main.replaceChildren(...content.childNodes);
        startForms(main);
        main.querySelector("[autofocus]")?.focus();
      } catch {
        form.submit(); // the browser says what is wrong
      }
    });
  }
};

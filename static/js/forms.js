// Small conveniences on forms. Every page works without them.
(() => {
  "use strict";

  // A page that comes back with errors starts at their summary.
  document.getElementById("error-summary")?.focus();

  // "None of these" and "Not known" exclude the other answers to the same question.
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.type !== "checkbox" || !box.checked) return;
    const field = box.closest(".field");
    if (!field) return;
    if (box.name.endsWith("-unknown")) {
      const text = field.querySelector("input:not([type=checkbox])");
      if (text) text.value = "";
      return;
    }
    for (const other of field.querySelectorAll("input[type=checkbox]")) {
      if (other !== box && (box.hasAttribute("data-exclusive") || other.hasAttribute("data-exclusive"))) {
        other.checked = false;
      }
    }
  });
  document.addEventListener("input", (event) => {
    const text = event.target;
    if (!(text instanceof HTMLInputElement) || text.type === "checkbox" || text.type === "radio" || !text.value) return;
    const unknown = text.closest(".field")?.querySelector("input[name$='-unknown']");
    if (unknown) unknown.checked = false;
  });

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // A second click while the first is on its way does nothing. The server would not mind it either.
  for (const form of document.querySelectorAll("form[data-guard]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-guard]")) delete form.dataset.sent;
  });
})();

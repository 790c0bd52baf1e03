// The receipt is printed by the browser's own command too; this is its button.
(() => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.focus();
    button.addEventListener("click", () => window.print());
  }
})();

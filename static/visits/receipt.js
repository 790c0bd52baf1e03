// The receipt is printed by the browser's own command too; this is its button.
(() => {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    // Whoever already types somewhere goes on there.
    if (document.activeElement === document.body) button.focus();
    button.addEventListener("click", () => window.print());
  }
})();

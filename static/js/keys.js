// Keys of every page of a location: / goes to the search, ? shows the keys. They are letters like any
// other where something is being typed.
(() => {
  const isTyping = (element) => element.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === "/") {
      const field = document.querySelector("[data-search]") ?? document.getElementById("id_desk_search");
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "?") {
      const keys = document.getElementById("keys");
      if (!keys) return;
      event.preventDefault();
      keys.open = !keys.open;
      keys.querySelector("summary").focus();
    }
  });
})();

// The keys of the visit window: each presses a button that is on the page, or goes to a field of it. Which key it is
// stands at the button (aria-keyshortcuts).
(() => {
  // *Next guest* has the key of *Save*: who pressed that once more, impatiently, is still to read what was paid, so for
  // so many milliseconds of a new page the key leaves nothing.
  const READ = 500;
  let shownAt = performance.now();
  document.addEventListener("htmx:afterSwap", () => {
    shownAt = performance.now();
  });

  const ofKey = (key) =>
    [...document.querySelectorAll(`#window [aria-keyshortcuts="${key}"]`)].find((each) => each.matches("[name=pay_the_rest]") || each.checkVisibility());

  const use = (key, event) => {
    const found = ofKey(key);
    if (!found) return;
    event.preventDefault();
    if (found instanceof HTMLAnchorElement && performance.now() - shownAt < READ) return;
    if (found instanceof HTMLInputElement) found.select();
    else found.click();
  };

  document.addEventListener("keydown", (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    const isSearch = event.target.id === "id_q" && event.target.value.trim();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (!event.repeat) use("Control+Enter", event);
    } else if (isPlain && event.key === "Enter" && isSearch) {
      event.preventDefault();
      if (!event.isComposing && !event.repeat) add("add-by-key", event.target);
    } else if (isPlain && event.key === "Enter" && event.target.id === "id_code" && event.target.value.trim()) {
      event.preventDefault();
      if (!event.isComposing && !event.repeat) add("add-code", event.target);
    } else if (isPlain && event.key === "Enter" && event.target.matches?.("[data-scanned]")) {
      event.preventDefault();
      nextScanned(event.target);
    } else if (isPlain && /^F\d+$/.test(event.key)) {
      use(event.key, event);
    } else if (isPlain && event.key === "Escape" && document.getElementById("paying")?.value === "open") {
      document.querySelector(".pay-close").click();
    } else if (isPlain && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      step(event);
    }
  });

  // What is found first is added, also where it is not shown yet, and so is the gift card of a code. The field is free
  // at once for what comes next, so that one Enter more adds nothing twice.
  const add = (id, field) => {
    const button = document.getElementById(id);
    button.value = field.value;
    field.value = "";
    button.click();
  };

  // A scanner ends with Enter, which neither saves nor adds anything: the next card that has no number yet is scanned.
  const nextScanned = (field) => {
    const fields = [...document.querySelectorAll("#window input[data-scanned]")];
    const blank = fields.slice(fields.indexOf(field) + 1).find((each) => !each.value);
    (blank ?? field).focus();
    if (!blank) field.select();
  };

  // From the search through what it found, or through what is often sold, and back.
  const step = (event) => {
    const search = document.getElementById("id_q");
    const offered = [...document.querySelectorAll("#found button, #often button")];
    const places = [search, ...offered.filter((each) => each.checkVisibility())];
    const from = places.indexOf(event.target);
    const to = from + (event.key === "ArrowDown" ? 1 : -1);
    if (from < 0 || !places[to]) return;
    event.preventDefault();
    places[to].focus();
  };
})();

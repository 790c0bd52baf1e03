// The keys of the visit window: each presses a button that is on the page, or goes to a field of it.
(() => {
  const form = () => document.getElementById("window");
  const press = (selector) => form()?.querySelector(selector)?.click();

  const KEYS = {
    F2: () => document.getElementById("id_q")?.select(),
    F4: () => press("button[name=pay_the_rest][value=cash]"),
    F8: () => press("button[name=pay_the_rest][value=card]"),
    F9: () => press("button[name=use_the_most]"),
  };

  document.addEventListener("keydown", (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      press("button[name=save]");
    } else if (isPlain && event.key === "Enter" && event.target.id === "id_q" && event.target.value.trim()) {
      event.preventDefault();
      if (!event.isComposing && !event.repeat) add(event.target);
    } else if (isPlain && KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    } else if (isPlain && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      step(event);
    }
  });

  // What is found first is added, also where it is not shown yet. The field is free at once for what comes next, so
  // that one Enter more adds nothing twice.
  const add = (search) => {
    const button = document.getElementById("add-by-key");
    button.value = search.value;
    search.value = "";
    button.click();
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

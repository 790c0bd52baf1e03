// The visit window works without this file and without htmx, by its buttons alone. Here it is made calm:
// an answer that was overtaken by typing is dropped, what was unfolded stays so, and Ctrl+Enter saves.
(() => {
  const form = () => document.getElementById("window");
  // What was sent last, to see whether someone typed on meanwhile.
  let sent = "";
  let unfolded = [];

  const typed = () => {
    const fields = new FormData(form());
    fields.delete("q");
    return new URLSearchParams(fields).toString();
  };

  // Saving is an ordinary sending of the form: the browser shows that it is under way, and never does it twice.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.submitter?.name === "save") event.stopImmediatePropagation();
    },
    { capture: true },
  );

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === form()) sent = typed();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== form()) return;
    if (typed() !== sent) {
      event.detail.shouldSwap = false;
      window.htmx.trigger(form(), "recalculate");
      return;
    }
    unfolded = [...document.querySelectorAll("#window details[open]")].map((each) => each.id);
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form()?.querySelector("button[name=save]").click();
  });
})();

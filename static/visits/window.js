// The visit window works without this file and without htmx, by its buttons alone. Here it is made calm:
// one request at a time, an answer that was overtaken is dropped, nothing that was typed or pressed
// meanwhile is lost, what was unfolded stays so, and Ctrl+Enter saves.
(() => {
  // Buttons that name a row: once another answer came, the same number may mean another row.
  const OF_A_ROW = ["remove_line", "take_back"];

  let busy = false; // a request is under way,
  let pressed = false; // and a button asked for it,
  let sent = new Map(); // with these texts.
  let again = false; // Something was typed meanwhile,
  let next = null; // or another button was pressed.
  let unfolded = [];

  const form = () => document.getElementById("window");
  const isForm = (event) => event.detail.elt?.id === "window" || event.detail.target?.id === "window";
  const typed = () => new Map(new FormData(form()));
  const changed = () => [...typed()].filter(([name, text]) => name !== "q" && sent.has(name) && sent.get(name) !== text);

  // Saving is an ordinary sending of the form: the browser shows that it is under way.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form()) return;
      const { name, value } = event.submitter ?? {};
      if (busy) {
        event.preventDefault();
        event.stopImmediatePropagation();
        // A save says which due was on the screen when it was pressed.
        next = { name, value, shownDue: form().elements.shown_due.value };
      } else if (name === "save") {
        event.stopImmediatePropagation();
      } else {
        pressed = Boolean(name) && name !== "recalculate";
      }
    },
    { capture: true },
  );

  document.addEventListener("htmx:confirm", (event) => {
    if (!isForm(event)) return;
    if (busy) {
      event.preventDefault();
      again = true;
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form()) return;
    busy = true;
    again = false;
    next = null;
    sent = typed();
    document.getElementById("unreachable").hidden = true;
  });

  // What was found for another search than the one that stands there now is of no use.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "found") return;
    const asked = new URL(event.detail.xhr.responseURL).searchParams.get("q");
    if (asked !== document.getElementById("id_q").value) event.detail.shouldSwap = false;
  });

  let restored = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== form()) return;
    restored = [];
    if (!pressed && (next || changed().length)) {
      event.detail.shouldSwap = false;
      again = true;
      return;
    }
    restored = changed();
    unfolded = [...form().querySelectorAll("details[open]")].map((each) => each.id);
  });

  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    unfolded = [];
    for (const [name, text] of restored) {
      const field = form().elements[name];
      if (field instanceof HTMLInputElement && field.type !== "hidden") {
        field.value = text;
        again = true;
      }
    }
    restored = [];
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!busy || !isForm(event)) return;
    busy = false;
    if (!event.detail.successful) document.getElementById("unreachable").hidden = false;
    else setTimeout(goOn);
    pressed = pressed && event.detail.successful;
  });

  // What was pressed meanwhile is pressed now; else what was typed meanwhile is computed.
  const goOn = () => {
    const wanted = next;
    const wasPressed = pressed;
    next = null;
    pressed = false;
    const button = wanted && !(wasPressed && OF_A_ROW.includes(wanted.name)) && find(wanted);
    if (button) {
      if (wanted.name === "save") form().elements.shown_due.value = wanted.shownDue;
      button.click();
    } else if (again) {
      again = false;
      window.htmx.trigger(form(), "recalculate");
    }
  };

  const find = ({ name, value }) =>
    [...form().querySelectorAll("button")].find((each) => each.name === name && each.value === value);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form()?.querySelector("button[name=save]").click();
  });
})();

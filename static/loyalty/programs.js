// The form of a program works as one page without this file. Here it can also be gone through step by step;
// which way a person likes is remembered for the next form. A new program begins step by step.
(() => {
  const MODE = "program-steps";

  const form = () => document.getElementById("program");
  const steps = () => [...form().querySelectorAll(".program-section[id^='step-']")];
  const part = (name) => form().querySelector(`[data-steps="${name}"]`);
  const read = () => sessionStorage.getItem(MODE) ?? ("stepwise" in form().dataset ? "many" : "one");

  let current = ""; // the id of the step that is shown

  const show = () => {
    const all = steps();
    const mode = part("mode");
    const stepwise = Boolean(mode) && read() === "many";
    const at = Math.max(0, all.findIndex((step) => step.id === current));
    current = all[at].id;
    all.forEach((step, index) => (step.hidden = stepwise && index !== at));
    for (const link of form().querySelectorAll(".program-steps a")) {
      if (stepwise && link.hash === `#${current}`) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    }
    const effects = form().querySelector(".program-effects");
    if (effects) effects.hidden = stepwise && at !== all.length - 1;
    if (mode) {
      mode.hidden = false;
      mode.textContent = stepwise ? mode.dataset.one : mode.dataset.many;
    }
    for (const [name, is] of [["back", at > 0], ["next", at < all.length - 1]]) {
      if (part(name)) part(name).hidden = !(stepwise && is);
    }
    // One main button: Next, until there is no next step.
    form().querySelector("[name='save']")?.classList.toggle("btn-primary", !stepwise || at === all.length - 1);
  };

  // What the step that is shown still lacks: fields that must be filled, and of a table without any row the first.
  const lacking = (step) => {
    const blank = [...step.querySelectorAll("[required]:not([type=radio], [type=checkbox])")].filter((field) => !field.value.trim());
    for (const table of step.querySelectorAll(".rules")) {
      const cells = [...table.querySelectorAll("input")];
      if (!cells.some((cell) => cell.value.trim())) blank.push(...cells.slice(0, 2));
    }
    return blank;
  };

  const tells = (blank) => {
    for (const field of blank) {
      const isRequired = field.required;
      field.classList.add("is-invalid");
      field.setAttribute("aria-invalid", "true");
      field.required = true;
      field.addEventListener("input", () => {
        field.classList.remove("is-invalid");
        field.removeAttribute("aria-invalid");
        field.required = isRequired;
      }, { once: true });
    }
    // The browser's own words, in the reader's language.
    blank[0].reportValidity();
  };

  const go = (by) => {
    const all = steps();
    const blank = by > 0 ? lacking(all.find((step) => step.id === current)) : [];
    if (blank.length) {
      tells(blank);
      return;
    }
    const next = all[all.findIndex((step) => step.id === current) + by];
    if (!next) return;
    current = next.id;
    show();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  // A link to a step, or to a field within one, shows it first.
  const reveal = (hash) => {
    const target = hash.length > 1 && document.getElementById(hash.slice(1));
    const step = target && target.closest(".program-section[id^='step-']");
    if (!step) return null;
    current = step.id;
    show();
    return target;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("#program a[href^='#']");
    if (link) {
      const target = reveal(link.hash);
      if (target) {
        event.preventDefault();
        target.focus();
        target.scrollIntoView({ block: "start" });
      }
      return;
    }
    const button = event.target.closest("#program [data-steps]");
    if (!button) return;
    if (button.dataset.steps === "mode") {
      sessionStorage.setItem(MODE, read() === "many" ? "one" : "many");
      show();
    } else {
      go(button.dataset.steps === "next" ? 1 : -1);
    }
  });

  // An answer to what no longer stands in the fields is dropped: another one is on its way. Where the whole form comes
  // back, what was typed meanwhile is typed into it again.
  const TYPED = "input:not([type=hidden], [type=radio], [type=checkbox])";
  const typed = () => new Map([...form().querySelectorAll(TYPED)].map((field) => [field.id, field.value]));
  const sent = new WeakMap();
  let restored = [];

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (form()?.contains(event.detail.elt)) sent.set(event.detail.xhr, typed());
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const before = sent.get(event.detail.xhr);
    if (!before || !form()) return;
    const changed = [...typed()].filter(([id, text]) => before.has(id) && before.get(id) !== text);
    if (event.detail.target.id === "program") restored = changed;
    else if (changed.length) event.detail.shouldSwap = false;
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const notice = document.getElementById("pane-unreachable");
    if (notice && form()?.contains(event.detail.elt)) notice.hidden = event.detail.successful;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "program" || !form()) return;
    for (const [id, text] of restored) {
      const field = document.getElementById(id);
      // Rows of the table move when one is taken away or sorted.
      if (!field || /^(rules|counters|hours)-/.test(id)) continue;
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    restored = [];
    show();
  });

  if (!form()) return;
  current = form().querySelector(".program-steps .step-wrong")?.hash.slice(1) ?? "";
  show();
})();

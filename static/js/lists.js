// Filters of a list apply at once: what is chosen immediately, what is typed after a pause. The form stays as it is,
// only what it leaves is drawn anew; a request that was overtaken is given up (hx-sync). Without this file the button does it.
(() => {
  const PAUSE = 350;
  const form = document.getElementById("filters");
  if (!form || !window.htmx) return;

  const button = form.querySelector("[type=submit]");
  const status = document.getElementById("list-status");
  const asked = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
  // A year that is being typed is that of no visit yet.
  const isUnfinished = (field) => field.type === "date" && field.value !== "" && field.value < "1000";
  const isTyped = (field) => field.matches("input:not([type=checkbox], [type=radio])");

  let applied = asked();
  let pause = 0;

  const apply = () => {
    clearTimeout(pause);
    if (asked() === applied) return;
    applied = asked();
    htmx.trigger(form, "apply");
  };

  form.addEventListener("input", (event) => {
    clearTimeout(pause);
    if (isUnfinished(event.target)) return;
    pause = setTimeout(apply, isTyped(event.target) ? PAUSE : 0);
  });
  form.addEventListener("change", (event) => {
    if (!isUnfinished(event.target)) apply();
  });

  const isOurs = (event) => event.detail.requestConfig?.elt === form;

  // The address says what is chosen and no more.
  form.addEventListener("htmx:configRequest", (event) => {
    clearTimeout(pause);
    applied = asked();
    const chosen = event.detail.formData;
    for (const [name, value] of [...chosen]) if (value === "") chosen.delete(name);
  });

  // What is wrong with a field, and how many of its choices are taken, is told beside it; nothing that is typed is touched.
  const follow = (answer) => {
    for (const now of answer.querySelectorAll("#filters .filter")) {
      const filter = document.getElementById(now.id);
      if (!filter) continue;
      for (const error of filter.querySelectorAll(":scope > .invalid-feedback")) error.remove();
      filter.append(...now.querySelectorAll(":scope > .invalid-feedback"));
      const [chosen, chosenNow] = [filter, now].map((each) => each.querySelector(".filter-chosen"));
      if (chosen && chosenNow) chosen.textContent = chosenNow.textContent;
      const [field, fieldNow] = [filter, now].map((each) => each.querySelector(":scope > .form-control, :scope > .form-select:not(summary)"));
      if (!field || !fieldNow) continue;
      for (const name of ["class", "aria-invalid", "aria-describedby"]) {
        if (fieldNow.hasAttribute(name)) field.setAttribute(name, fieldNow.getAttribute(name));
        else field.removeAttribute(name);
      }
    }
  };

  document.addEventListener("htmx:afterSwap", (event) => {
    if (!isOurs(event)) return;
    follow(new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html"));
    button.hidden = true;
    status.classList.add("visually-hidden");
    status.textContent = (document.querySelector("#list .nothing h2") ?? document.querySelector("#list .list-count"))?.textContent.trim() ?? "";
  });

  const fail = (event) => {
    if (!isOurs(event)) return;
    applied = "";
    button.hidden = false;
    status.classList.remove("visually-hidden");
    status.textContent = status.dataset.failed;
  };
  document.addEventListener("htmx:responseError", fail);
  document.addEventListener("htmx:sendError", fail);

  button.hidden = true;
})();

// Columns are put into their order by numbers; here also by two buttons each, which move the line.
(() => {
  const ready = (form) => {
    if (!form || "isReady" in form.dataset) return;
    form.dataset.isReady = "";
    for (const place of form.querySelectorAll(".columns-place")) place.hidden = true;
    for (const move of form.querySelectorAll(".columns-move")) move.hidden = false;
    if (form.closest("#list-panel")) form.querySelector("[type=checkbox]").focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("#columns [data-move]");
    if (!button) return;
    const line = button.closest("li");
    const list = line.parentElement;
    const other = button.dataset.move === "1" ? line.nextElementSibling : line.previousElementSibling;
    if (!other) return;
    if (button.dataset.move === "1") other.after(line);
    else other.before(line);
    button.focus();
    [...list.children].forEach((each, index) => (each.querySelector(".columns-place input").value = index + 1));
  });

  document.addEventListener("htmx:afterSettle", () => ready(document.getElementById("columns")));
  ready(document.getElementById("columns"));
})();

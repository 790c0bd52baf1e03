// One guest after the other is marked as arrived: answers that overtake each other would show a row as it was. Rows
// pressed meanwhile wait, and are sent as they were when they were pressed, from the list that the answer brought.
// Where the answer is a refusal (a page that is older than the last sign-in), the form is sent as it is without htmx, so
// that the page that answers says what is wrong. Its key lets it count once. Without a network the list stays, and says
// beside each row that was not sent so; the same press sends it again.
(() => {
  const waiting = [];
  let busy = false;

  // The row that was sent; it may be off the page by now.
  const sent = ({ detail }) => detail.requestConfig?.elt ?? detail.elt;
  const isRow = (each) => each instanceof HTMLFormElement && each.matches(".day-arrive");
  const address = (form) => new URL(form.action).pathname;
  const wait = (form) => {
    form.querySelector("button").toggleAttribute("data-busy", true);
    form.querySelector("output").value = "";
  };

  document.addEventListener(
    "submit",
    (event) => {
      if (!isRow(event.target)) return;
      wait(event.target);
      if (!busy) {
        busy = true;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!waiting.some((each) => address(each) === address(event.target))) waiting.push(event.target);
    },
    { capture: true },
  );

  // The page is left: what waits is sent all the same, and its row says later what came of it.
  const sendAll = () => {
    for (const form of waiting.splice(0)) navigator.sendBeacon(form.action, new FormData(form));
  };

  const goOn = () => {
    busy = false;
    const pressed = waiting.shift();
    if (!pressed) return;
    for (const each of waiting) showWaiting(each);
    const row = rowOf(pressed);
    if (!row) return goOn();
    for (const name of ["key", "version", "shown_due", "shown_value", "shown_left"]) row.elements[name].value = pressed.elements[name].value;
    // htmx takes what it brought over a little later by itself.
    window.htmx.process(row);
    row.requestSubmit();
  };

  const rowOf = (pressed) =>
    [...document.querySelectorAll(".day-arrive")].find((each) => address(each) === address(pressed));
  const showWaiting = (pressed) => {
    const row = rowOf(pressed);
    if (row) wait(row);
  };

  document.addEventListener("htmx:responseError", (event) => {
    if (!isRow(sent(event))) return;
    sendAll();
    sent(event).submit();
  });

  const stay = (pressed) => {
    const row = rowOf(pressed);
    if (!row) return;
    row.querySelector("button").removeAttribute("data-busy");
    row.querySelector("output").value = row.dataset.notSent;
  };
  document.addEventListener("htmx:sendError", (event) => {
    if (!isRow(sent(event))) return;
    busy = false;
    for (const each of [sent(event), ...waiting.splice(0)]) stay(each);
  });

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (isRow(sent(event)) && event.detail.xhr.getResponseHeader("HX-Redirect")) sendAll();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (isRow(sent(event)) && event.detail.successful) setTimeout(goOn);
  });
})();

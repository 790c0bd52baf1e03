// Where htmx could not bring home that a guest has arrived (no network, a page that is older than the last sign-in),
// the form is sent as it is without htmx, so that the page that answers says what is wrong. Its key lets it count once.
(() => {
  const send = (event) => {
    const { elt } = event.detail;
    if (elt instanceof HTMLFormElement && elt.matches(".day-arrive")) elt.submit();
  };
  document.addEventListener("htmx:responseError", send);
  document.addEventListener("htmx:sendError", send);
})();

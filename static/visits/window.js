// The visit window works without this file and without htmx, by its buttons alone. Here it is made calm:
// one request at a time, an answer that was overtaken is dropped, nothing that was typed or pressed
// meanwhile is lost, what was unfolded stays so, and a page with something unsaved asks before it goes.
// A save is sent the same way, so that a lost connection leaves the page as it is; window_keys.js has the keys.
(() => {
  let busy = false; // a request is under way,
  let pressed = false; // and a button asked for it,
  let saving = false; // that which saves,
  let wanted = ""; // or one that adds what is found by this text,
  let sent = new Map(); // with these texts.
  let again = false; // Something was typed meanwhile,
  let waiting = []; // or other buttons were pressed.
  let unfolded = [];
  let sheet = null; // opened or closed meanwhile
  let unsaved = false;
  let saved = false;

  const form = () => document.getElementById("window");
  const isForm = (event) => event.detail.elt?.id === "window" || event.detail.target?.id === "window";
  const paying = () => document.getElementById("paying");
  const isPaying = () => paying().value === "open";
  const typed = () => new Map(new FormData(form()));
  // A sign-in in another tab gave the browser a new token, which this page does not know.
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  // Who was signed out meanwhile is led there; this page stays as it is.
  const wantsSignIn = (xhr) =>
    xhr.getResponseHeader("HX-Redirect")?.split("?")[0] === document.querySelector("#signed-out a").pathname;
  // Why nothing came of a request, beside Save; null takes it away again.
  const tell = (why) => {
    for (const each of form().querySelectorAll(".pay-foot > .alert")) each.hidden = each.id !== why;
  };
  const changed = () => [...typed()].filter(([name, text]) => name !== "q" && sent.has(name) && sent.get(name) !== text);
  // The search needs no new bill, so it holds no answer up; what was typed into it since is what it goes on with.
  const searched = () => {
    const text = typed().get("q");
    const before = sent.get("q") ?? "";
    if (text === undefined || text === before) return null;
    return text.startsWith(before) && pressed ? text.slice(before.length) : text;
  };

  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form()) return;
      const { name, value } = event.submitter ?? {};
      if (busy) {
        event.preventDefault();
        event.stopImmediatePropagation();
        // Nothing comes after a save.
        const isOfRow = event.submitter?.dataset.ofRow !== undefined;
        if (!saving) waiting.push({ name, value, isOfRow, unfound: form().elements.unfound.value });
      } else {
        saving = name === "save";
        pressed = Boolean(name) && name !== "recalculate";
        wanted = name === "add_found" ? value : "";
      }
    },
    { capture: true },
  );

  document.addEventListener("htmx:confirm", (event) => {
    if (!isForm(event)) return;
    if (busy) {
      event.preventDefault();
      // A field that a save takes the focus from says that it changed; its text is being saved already.
      if (!saving) again = true;
    }
  });

  document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters, triggeringEvent } }) => {
    if (elt !== form()) return;
    if (token()) parameters.csrfmiddlewaretoken = token();
    // htmx sends the button that has the focus with whatever is computed, though nobody pressed it.
    if (triggeringEvent?.type !== "submit") for (const button of form().querySelectorAll("button[name]")) delete parameters[button.name];
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt !== form()) return;
    busy = true;
    again = false;
    sent = typed();
    tell(null);
    hold(saving);
  });

  // While it is being saved nothing can be typed that would not be saved with it.
  const hold = (isHeld) => {
    form().inert = isHeld;
    form().querySelector("button[name=save]")?.toggleAttribute("data-busy", isHeld);
  };

  // What was found for another search than the one that stands there now is of no use.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "found") return;
    const asked = new URL(event.detail.xhr.responseURL).searchParams.get("q");
    if (asked !== document.getElementById("id_q").value) event.detail.shouldSwap = false;
  });

  let restored = [];
  let searchText = null;
  let selected = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== form()) return;
    restored = [];
    searchText = null;
    if (!pressed && (waiting.length || changed().length)) {
      event.detail.shouldSwap = false;
      again = true;
      return;
    }
    restored = changed();
    searchText = searched();
    const { id, selectionStart, selectionEnd } = document.activeElement;
    selected = selectionEnd > selectionStart ? { id, selectionStart, selectionEnd } : null;
    sheet = isPaying() !== (sent.get("paying") === "open") ? isPaying() : null;
    unfolded = [...form().querySelectorAll("details[open]")].map((each) => each.id);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (isForm(event)) {
      // A button may be pressed before htmx takes the new form over by itself.
      window.htmx.process(form());
      // What was said of the last save is not true of what is typed now.
      document.getElementById("messages").replaceChildren();
    }
    for (const id of unfolded) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    unfolded = [];
    if (isForm(event)) showPay(sheet ?? isPaying());
    sheet = null;
    for (const [name, text] of restored) {
      const field = form().elements[name];
      if (field instanceof HTMLInputElement && field.type !== "hidden") {
        field.value = text;
        again = true;
      }
    }
    restored = [];
    if (searchText !== null) {
      const field = form().elements.q;
      field.value = searchText;
      field.dispatchEvent(new Event("input"));
    } else if (isForm(event) && pressed && wanted && form().elements.q === document.activeElement) {
      // What found nothing is typed over by what comes next.
      document.activeElement.select();
    }
    searchText = null;
    // What was selected to be typed over, as by Tab into a field, stays so; htmx forgets a selection from the start on.
    const field = selected && document.getElementById(selected.id);
    if (field && field === document.activeElement) {
      field.setSelectionRange(selected.selectionStart, selected.selectionEnd);
    }
    selected = null;
  });

  // A payment with all that is said of it: the mistake, the change, and the button that helps.
  const showPayment = () => document.activeElement.closest(".payment, .pay-reason")?.scrollIntoView({ block: "nearest" });
  document.addEventListener("focusin", showPayment);
  document.addEventListener("htmx:afterSettle", () => {
    showPayment();
    // An amount that a button put there is typed over.
    if (document.activeElement.matches("input.number[autofocus]")) document.activeElement.select();
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    if (!busy || !isForm(event)) return;
    const isSignedOut = wantsSignIn(event.detail.xhr);
    // Saved: another page is on its way.
    if (event.detail.xhr.getResponseHeader("HX-Redirect") && !isSignedOut) return;
    busy = false;
    hold(false);
    if (event.detail.successful) {
      // A row's number may mean another row by now.
      if (pressed) waiting = waiting.filter(({ isOfRow }) => !isOfRow);
      setTimeout(goOn);
    } else if (isSignedOut) {
      // What is pressed once more is pressed by itself.
      waiting = [];
      if (pressed) document.querySelector("#signed-out a").focus();
    } else {
      tell([403, 404].includes(event.detail.xhr.status) ? "not-allowed" : "unreachable");
      if (saving) form().querySelector("button[name=save]")?.focus();
    }
    if (!event.detail.successful) form().elements.q.value ||= wanted;
    unsaved = unsaved || pressed;
    pressed = false;
    saving = false;
  });

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (wantsSignIn(event.detail.xhr)) {
      event.preventDefault();
      tell("signed-out");
    } else if (event.detail.xhr.getResponseHeader("HX-Redirect")) {
      unsaved = false;
      saved = true;
    }
  });

  // What was typed before this page could listen is searched for now.
  document.addEventListener("DOMContentLoaded", () => {
    const search = document.getElementById("id_q");
    if (search.value !== search.defaultValue) window.htmx.trigger(form(), "recalculate");
  });

  // What came of a save is read aloud, and the keyboard goes on from there, where no field waits to be typed into.
  document.addEventListener("DOMContentLoaded", () => {
    const said = document.querySelector("#messages .alert");
    if (!said || document.querySelector("[autofocus]")) return;
    said.tabIndex = -1;
    said.focus();
  });

  document.addEventListener("input", (event) => {
    if (event.target.form !== form() || event.target.name === "q") return;
    unsaved = true;
    // What was changed can be saved again.
    form().querySelector("[data-finished]")?.removeAttribute("data-finished");
  });

  // The sheet of a narrow screen: while it is open, nothing beside it can be reached, but is still read aloud.
  const narrow = window.matchMedia("(max-width: 61.99rem)");
  const showPay = (isOpen) => {
    const sheet = form().querySelector(".pay");
    const isModal = isOpen && narrow.matches;
    paying().value = isOpen ? "open" : "";
    form().querySelector(".pay-open").setAttribute("aria-expanded", isOpen);
    Object.assign(sheet, { role: isModal ? "dialog" : null, ariaModal: isModal ? "true" : null });
    for (let each = sheet; each !== document.body; each = each.parentElement) {
      for (const beside of each.parentElement.children) {
        if (beside !== each && beside.role !== "status") beside.inert = isModal;
      }
    }
  };
  narrow.addEventListener("change", () => showPay(isPaying()));
  document.addEventListener("DOMContentLoaded", () => showPay(isPaying()));

  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[name=show_pay]");
    // A tap beside the open sheet closes it; Enter clicks a button there. A mistake in it is seen once it is open.
    const isBeside = isPaying() && narrow.matches && event.detail > 0 && !event.target.closest?.(".pay");
    const field = document.getElementById(event.target.closest?.("#mistakes a")?.hash.slice(1));
    if (pressed) event.preventDefault();
    if (pressed || isBeside) {
      showPay(pressed?.value === "open");
      document.querySelector(isPaying() ? "#pay-title" : ".pay-open").focus({ preventScroll: true });
    } else if (field?.closest(".pay")) showPay(true);
  });

  // Whoever goes back to a page that was saved begins anew, and does not save it a second time.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && saved) window.location.reload();
  });

  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // What was pressed meanwhile is pressed now, one after the other; else what was typed meanwhile is computed.
  const goOn = () => {
    // A press came first; the answer to it goes on.
    if (busy) return;
    const wanted = waiting.shift();
    const button = wanted && find(wanted);
    if (button) {
      // It acts on what the answer shows: a save only where all was found that was asked for before it.
      const { early, unfound } = form().elements;
      early.value = wanted.name !== "save" || unfound.value !== wanted.unfound ? "early" : "";
      button.click();
    } else if (waiting.length) {
      goOn();
    } else if (again) {
      again = false;
      window.htmx.trigger(form(), "recalculate");
    }
  };

  const find = ({ name, value }) =>
    [...form().querySelectorAll("button")].find((each) => each.name === name && each.value === value) ??
    (["add_item", "add_found"].includes(name) ? findAgain(name, value) : undefined) ??
    (name === "add_code" ? Object.assign(document.getElementById("add-code"), { value }) : undefined);

  // What was found is no longer shown once another answer came, and is added all the same.
  const findAgain = (name, value) => Object.assign(document.getElementById("add-by-key"), { name, value });
})();

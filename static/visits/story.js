// The table of a story: a visit is added or taken away without losing the place, or what is typed meanwhile.
(() => {
  const FIELDS = "input:not([type=hidden]), select";
  const form = () => document.getElementById("story");
  const read = (field) => (field.type === "checkbox" ? field.checked : field.value);
  const fields = () => new Map([...form().querySelectorAll(FIELDS)].map((field) => [field.id, read(field)]));
  const sent = new WeakMap();
  let restore = null;

  // Where a field is after a row is gone: those below it move up, its own are nowhere.
  const moved = (id, gone) => {
    const [, row, name] = id.match(/^id_row-(\d+)-(.+)$/) ?? [];
    if (gone === null || row === undefined || Number(row) < gone) return id;
    return Number(row) === gone ? "" : `id_row-${row - 1}-${name}`;
  };

  // The day of the row that came, or the button of the row that is where one went.
  const place = (gone) => {
    const all = [...form().querySelectorAll(gone === null ? ".story-day input" : "[name='remove_row']")];
    return all[gone ?? all.length - 1] ?? all.at(-1);
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { elt, xhr } = event.detail;
    if (!form()?.contains(elt)) return;
    sent.set(xhr, { gone: elt.name === "remove_row" ? Number(elt.value) : null, before: fields() });
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const about = sent.get(event.detail.xhr);
    if (!about || !form()) return;
    const { gone, before } = about;
    const changed = [...fields()].filter(([id, value]) => before.get(id) !== value);
    const active = document.activeElement;
    const held = form().contains(active) && active.matches(FIELDS) ? moved(active.id, gone) : "";
    restore = { gone, held, changed: changed.map(([id, value]) => [moved(id, gone), value]) };
  });

  document.addEventListener("htmx:afterSwap", () => {
    if (!restore || !form()) return;
    const { gone, held, changed } = restore;
    restore = null;
    for (const [id, value] of changed) {
      const field = document.getElementById(id);
      if (!field) continue;
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
    (document.getElementById(held) ?? place(gone)).focus();
  });
})();

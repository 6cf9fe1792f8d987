/* Painting: only text and attributes change. A list is a row of slots that stay where they are, so nothing moves under a pointer. */
(app => {
  const aging = new Map();

  app.put = (node, text) => { if (node && node.said !== text) { node.textContent = text; node.said = text; } };
  app.set = (node, name, value) => {
    if (!node) return;
    const text = value == null || value === false ? null : value === true ? '' : String(value);
    if (node.getAttribute(name) !== text) text == null ? node.removeAttribute(name) : node.setAttribute(name, text);
  };
  app.show = (node, yes) => { if (node && node.hidden === !!yes) node.hidden = !yes; };
  app.style = (node, name, value) => { if (node && node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value); };
  app.fields = node => { if (!node.fields) { node.fields = {}; for (const part of node.querySelectorAll('[data-f]')) node.fields[part.dataset.f] = part; } return node.fields; };

  /* `write` is asked again each second, so an age runs on between two frames */
  app.age = (node, write) => { if (node) { aging.set(node, write); app.put(node, write()); } };
  app.still = (node, text) => { if (node) { aging.delete(node); app.put(node, text); } };
  app.tick = () => { for (const [node, write] of aging) node.isConnected ? app.put(node, write()) : aging.delete(node); };

  app.slots = (list, kind, rows, paint) => {
    if (!list) return;
    const holder = document.querySelector(`template[data-slot="${kind}"]`), model = holder?.firstElementChild || holder?.content.firstElementChild;   /* React's children, or a document's own */
    if (!model) return;
    list.slots = list.slots || [];
    while (list.slots.length < rows.length) { const made = model.cloneNode(true); list.append(made); list.slots.push(made); }
    list.slots.forEach((slot, n) => { app.show(slot, n < rows.length); if (n < rows.length) paint(slot, app.fields(slot), rows[n], n); });
  };

  /* A long list: each row has a slot of its own, painted when the row is another object, moved when its place is another. */
  app.keyed = (list, kind, rows, key, paint) => {
    const model = document.querySelector(`template[data-slot="${kind}"]`)?.firstElementChild, mine = list.keyed ??= new Map();
    const wanted = new Set(rows.map(key));
    for (const [name, slot] of mine) if (!wanted.has(name)) { slot.remove(); mine.delete(name); }
    let next = list.firstElementChild;
    for (const row of rows) {
      const name = key(row), slot = mine.get(name) || model.cloneNode(true);
      if (slot.row !== row) { paint(slot, app.fields(slot), row); slot.row = row; }
      mine.set(name, slot);
      if (slot === next) { next = next.nextElementSibling; continue; }
      if (next && next.nextElementSibling === slot) { next.remove(); next = slot.nextElementSibling; continue; }   /* one that went further down */
      list.insertBefore(slot, next);
    }
  };

  /* While a pointer or the keyboard is in a list its order rests: contents may change, places may not. */
  const pointer = matchMedia('(hover: hover)');
  app.held = list => list && ((pointer.matches && list.matches(':hover')) || (list.contains(document.activeElement) && document.activeElement !== list));
  app.ordered = (list, rows, key) => {
    const fresh = rows.map(key), known = new Map(rows.map(row => [key(row), row]));
    if (app.held(list) && list.order) { const rest = list.order.filter(k => known.has(k)); list.order = [...rest, ...fresh.filter(k => !rest.includes(k))]; }
    else list.order = fresh;
    return list.order.map(k => known.get(k));
  };
})(window.eldercare = window.eldercare || {});

/* Services now, filtered by what stands in the address: street, type and state. */
(app => {
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`), fields = ['street', 'type', 'state'];
  const query = () => new URLSearchParams(location.search);
  let drawn = null, by = 'type';

  const wanted = () => { const q = query(); return row => (!q.get('street') || row.street === q.get('street')) && (!q.get('type') || row.type === q.get('type')); };
  const street = code => { const row = drawn.streets.find(one => one.code === code); return row ? app.short(row) : code; };
  const link = (node, row) => { app.set(node, 'href', `/sites/${encodeURIComponent(row.site)}`); app.put(node, app.name(row)); };
  const minutes = since => app.length(app.seconds(since));

  function running(root, frame, fits) {
    const state = query().get('state'), rows = frame.lines.filter(row => fits(row) && (!state || row.state === state));
    const cells = frame.plan.filter(fits), all = cells.reduce((n, cell) => n + ({ late: cell.late, overrun: cell.overrun, running: cell.running - cell.overrun }[state] ?? cell.late + cell.running), 0);
    app.put(part(root, 'running-total'), app.say('running.total', { n: app.number(all) }));
    app.show(part(root, 'no-running'), !all); app.show(part(root, 'running-short'), rows.length < all);
    app.put(part(root, 'running-short'), app.say('running.some', { n: app.number(rows.length), all: app.number(all) }));
    app.slots(part(root, 'running'), 'running', app.ordered(part(root, 'running'), rows, row => `${row.site} ${row.type} ${row.due_at} ${row.started_at}`), (slot, f, row) => {
      app.set(slot, 'data-stage', row.state);
      app.put(f.stage, app.named('stage', row.state)); app.put(f.type, app.named('service', row.type));
      link(f.site, row); app.put(f.street, street(row.street));
      app.put(f.since, row.state === 'late' ? app.say('running.due', { at: app.when(row.due_at) }) : app.say('running.since', { at: app.when(row.started_at) }));
      app.age(f.lasts, () => row.state === 'late' ? app.say('running.waits', { n: minutes(row.due_at) }) : row.minutes ? app.say('running.over', { n: minutes(row.started_at), m: app.number(row.minutes) }) : app.say('running.lasts', { n: minutes(row.started_at) }));
    });
  }
  const sums = ['planned', 'due', 'done', 'late', 'overrun'];
  function grouped(frame, fits) {
    const q = query(), some = (name, all) => all.filter(cell => !q.get(name) || cell[name] === q.get(name));
    if (by === 'provider') return some('street', frame.providers.map(row => ({ ...row.plan, name: app.name(row) })));
    const found = new Map();
    for (const cell of frame.plan.filter(fits)) {
      const known = found.get(cell[by]) || { name: by === 'type' ? app.named('service', cell.type) : street(cell.street) };
      for (const name of sums) known[name] = (known[name] || 0) + cell[name];
      found.set(cell[by], known);
    }
    return [...found.values()].sort((a, b) => b.overrun - a.overrun || b.late - a.late || b.planned - a.planned);
  }
  function plan(root, frame, fits) {
    const rows = grouped(frame, fits);
    app.put(part(root, 'by-head'), app.named('byplan', by));
    for (const button of part(root, 'by').children) app.set(button, 'aria-pressed', String(button.dataset.by === by));
    app.show(part(root, 'no-plan'), !rows.length); app.show(root.querySelector('.plantable'), rows.length);
    app.slots(part(root, 'plan'), 'plan', rows, (slot, f, row) => {
      app.put(f.name, row.name); app.set(f.name, 'title', row.name);
      app.put(f.done, app.number(row.done)); app.put(f.all, ` / ${app.number(row.planned)}`);
      app.put(f.rate, row.due ? `${(100 * row.done / row.due).toFixed(1)} %` : '—');
      for (const name of ['late', 'overrun']) { app.put(f[name], app.number(row[name])); f[name].classList.toggle('some', row[name] > 0); }
    });
  }
  function asked(root, frame) {
    const q = query(), rows = frame.questions.filter(row => !q.get('street') || row.street === q.get('street'));
    app.put(part(root, 'asked-total'), rows.length ? app.number(rows.length) : '');
    app.show(part(root, 'no-asked'), !rows.length);
    app.slots(part(root, 'asked'), 'asked', rows, (slot, f, row) => {
      const other = app.language === 'zh' ? row.other_zh || row.other_en : row.other_en || row.other_zh;
      link(f.site, row);
      app.put(f.text, app.say(`asked.${row.what}`, { ...row.numbers.map(n => app.number(n)), at: app.when(row.at), type: app.named('service', row.type), other }));
    });
  }
  function moved(root, frame, fits) {
    const rows = frame.moved.filter(fits);
    app.show(part(root, 'no-moved'), !rows.length);
    app.slots(part(root, 'moved'), 'moved', rows, (slot, f, row) => { app.put(f.at, app.clock(row.at)); app.put(f.what, app.named('moved', row.what)); app.put(f.type, app.named('service', row.type)); app.put(f.site, app.name(row)); });
  }
  function options(root, frame) {
    const form = root.querySelector('form.filters');
    if (!form) return;
    const types = [...new Set(frame.plan.map(cell => cell.type))].sort();
    for (const [name, codes, word] of [['street', frame.streets.map(row => row.code), street], ['type', types, code => app.named('service', code)]]) {
      const select = form.elements[name], said = codes.join();
      if (select.said === said) continue;
      select.said = said;
      while (select.options.length > 1) select.remove(1);
      for (const code of codes) select.add(new Option(word(code), code));
      select.value = query().get(name) || '';
    }
    form.elements.state.value = query().get('state') || '';
  }
  function paint(root, frame) {
    drawn = frame;
    const fits = wanted();
    options(root, frame); running(root, frame, fits); plan(root, frame, fits); asked(root, frame); moved(root, frame, fits);
  }
  function mount(root) {
    const form = root.querySelector('form.filters');
    form.addEventListener('submit', event => event.preventDefault());
    form.addEventListener('input', () => {
      const q = query();
      for (const name of fields) { const value = form.elements[name].value; value ? q.set(name, value) : q.delete(name); }
      const text = q.toString();
      history.replaceState(history.state, '', location.pathname + (text ? `?${text}` : ''));
      if (drawn) paint(root, drawn);
    });
    part(root, 'by').addEventListener('click', event => { if (event.target.dataset.by) { by = event.target.dataset.by; if (drawn) paint(root, drawn); } });
  }
  app.painters.services = { mount, paint };
})(window.eldercare = window.eldercare || {});

/* One site: areas, the working behind a number, what happened, services, alarms, devices, and the running end of the curve. */
(app => {
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
  let chosen = null;
  const load = (people, capacity) => people == null || !capacity ? null : Math.round(100 * people / capacity);
  const band = (people, capacity) => { if (people == null || !capacity) return null; const p = 100 * people / capacity; return p < 40 ? 1 : p < 70 ? 2 : p < 90 ? 3 : p <= 100 ? 4 : 5; };

  function hours(frame, box) {
    const { opens_at: from, closes_at: to, site } = frame, shut = site.state === 'closed', next = shut ? from : to;
    if (!box.dataset.hours && !shut) return app.say('hours.always');
    const word = shut ? 'hours.shut' : 'hours.open';
    return next == null ? app.say(shut ? 'hours.shut_on' : 'hours.open_on') : app.say(word, { at: app.when(next) });
  }
  function head(root, frame) {
    const box = part(root, 'head'), f = app.fields(box), site = frame.site;
    app.set(root, 'data-state', site.state);
    app.set(f.shape, 'data-kind', site.kind); app.set(f.shape, 'data-band', site.band ?? ''); app.set(f.shape, 'data-state', site.state);
    app.set(f.mark, 'data-state', site.state);
    app.put(f.state, app.named('state', site.state));
    app.age(f.age, () => site.heard_at == null ? app.say('site.never') : app.ago(site.heard_at));
    app.age(f.hours, () => hours(frame, box)); app.set(f.hours, 'title', box.dataset.hours);
    app.put(f.people, app.number(site.people));
    app.put(f.capacity, site.capacity == null ? '' : ` / ${app.number(site.capacity)}`);
    app.put(f.visits, frame.visits == null ? '—' : app.number(frame.visits));
    app.put(f.visitsunit, frame.visits == null ? app.say('tile.none') : frame.persons == null ? app.say('site.no_persons') : app.say('site.persons', { n: app.number(frame.persons) }));
    app.put(f.missing, frame.missing ? app.say('site.missing', { n: app.number(frame.missing) }) : site.heard_at == null ? '—' : app.say('site.complete'));
    f.missing.classList.toggle('lacking', frame.missing > 0);
    app.age(part(root, 'silent-since'), () => app.say('site.not_counted', { at: app.minute(site.heard_at), n: site.heard_at == null ? '' : app.length(app.seconds(site.heard_at)) }));
  }
  function areas(root, frame) {
    const box = part(root, 'areas'), rows = frame.site.areas;
    app.show(part(root, 'first-message'), !rows.length);
    for (const [kind, yes] of [['bare', !rows.length], ['one', rows.length === 1], ['few', rows.length > 1 && rows.length <= 4]]) box.classList.toggle(kind, yes);
    app.slots(box, 'area', rows, (slot, f, row) => {
      const full = load(row.people, row.capacity), level = band(row.people, row.capacity);
      app.set(slot, 'data-band', level ?? '');
      slot.classList.toggle('nocap', full == null);
      app.put(f.name, app.named('area', row.area));
      app.age(f.age, () => app.ago(row.received_at));
      app.put(f.people, app.number(row.people));
      app.put(f.capacity, row.capacity == null ? '' : `/ ${app.number(row.capacity)}`);
      app.style(f.fill, '--p', `${Math.min(100, full ?? 0)}%`);
      app.style(f.fill, '--cap', `${full > 100 ? (10000 / full).toFixed(1) : 100}%`);
      app.set(f.load, 'data-band', level ?? '');
      app.put(f.band, level == null ? '' : app.named('band', level));
      app.put(f.share, full == null ? '' : `${full} %`);
      app.put(f.basis, app.named('basis', row.basis));
      const flag = row.flags.map(name => app.named('flag', name)).join(' ');
      app.put(f.note, flag || (row.other == null ? '' : app.say('area.other', { basis: app.named('basis', row.basis === 'counter' ? 'persons' : 'counter'), n: app.number(row.other) })));
      f.note.classList.toggle('flag', !!flag);
    });
  }
  const said = line => !line.method ? '' : app.say('ledger.method', { method: [app.named('method', line.method), line.post && app.named('role', line.post), line.reason && app.named('reason', line.reason)].filter(Boolean).join(app.say('comma')) });
  function ledger(root, frame) {
    const rows = frame.ledgers, choice = part(root, 'choice');
    const now = rows.find(row => row.area === chosen) || rows.find(row => row.area === worst(frame)) || rows[0];
    app.show(part(root, 'no-ledger'), !now);
    app.show(part(root, 'agrees'), !!now); if (!now) app.show(part(root, 'drift'), false);
    app.show(choice, rows.length > 1);
    app.slots(choice, 'choice', rows, (slot, _, row) => {
      app.put(slot, app.named('area', row.area)); slot.dataset.area = row.area;
      app.set(slot, 'aria-pressed', String(row === now));
    });
    app.slots(part(root, 'ledger'), 'ledger', now ? now.lines : [], (slot, f, line) => {
      slot.classList.toggle('total', line.what === 'total');
      app.put(f.at, line.at == null ? (line.what === 'total' ? '' : app.say('ledger.so_far')) : app.minute(line.at));
      app.put(f.what, app.named('ledger', line.what) + said(line));
      app.put(f.number, ['came', 'went', 'correction'].includes(line.what) ? app.signed(line.number) : app.number(line.number));
    });
    if (!now) return;
    const drift = part(root, 'drift');
    app.show(drift, now.checks > 0);
    app.put(drift, app.say('ledger.drift', { n: now.checks, sum: app.signed(now.drift), all: app.number(now.drifted) }));
    const same = now.recomputed == null ? null : now.recomputed === now.signed, box = part(root, 'agrees'), f = app.fields(box);
    box.classList.toggle('no', same === false);
    app.put(f.text, same == null ? app.say('ledger.not_yet') : same ? app.say('ledger.agrees') : app.say('ledger.differs', { n: app.number(now.recomputed) }));
  }
  const worst = frame => [...frame.site.areas].sort((a, b) => (load(b.people, b.capacity) ?? -1) - (load(a.people, a.capacity) ?? -1))[0]?.area;

  function lists(root, frame) {
    app.slots(part(root, 'events'), 'event', frame.happenings, (slot, f, row) => { app.put(f.at, app.clock(row.at)); app.put(f.text, app.happened(row)); });
    app.show(part(root, 'no-events'), !frame.happenings.length);
    const planned = frame.services.reduce((n, row) => n + row.planned, 0), done = frame.services.reduce((n, row) => n + row.done, 0);
    app.put(part(root, 'services-total'), planned ? app.say('services.total', { n: app.number(done), all: app.number(planned) }) : '');
    app.slots(part(root, 'services'), 'service', frame.services, (slot, f, row) => {
      const all = row.planned;
      app.put(f.name, app.named('service', row.type)); app.set(f.name, 'title', app.named('service', row.type));
      app.style(f.bar, 'width', all ? `${100 * row.done / all}%` : '0%');
      app.put(f.count, `${app.number(row.done)} / ${app.number(all)}`);
      app.put(f.late, row.late ? app.say('part.late', { n: row.late }) : row.running ? app.say('part.running', { n: row.running }) : '');
      f.late.classList.toggle('late', row.late > 0);
    });
    app.show(part(root, 'no-services'), !frame.services.length);
    const open = frame.alarms.filter(row => row.open);
    app.put(part(root, 'alarms-total'), app.say('alarms.open', { n: open.length }));
    app.slots(part(root, 'alarms'), 'alarm', frame.alarms, (slot, f, row) => {
      app.set(slot, 'data-grade', row.grade); slot.classList.toggle('cleared', !row.open);
      app.put(f.name, app.named('alarm', row.type));
      app.put(f.where, [app.named('grade', row.grade), row.area && row.area !== 'main' ? app.named('area', row.area) : '', row.late ? app.say('alarms.late') : ''].filter(Boolean).join(app.say('comma')));
      app.age(f.when, () => row.open ? app.running(row.raised_at) : app.say('alarms.cleared', { at: app.minute(row.cleared_at) }));
    });
    app.show(part(root, 'no-alarms'), !frame.alarms.length);
    app.put(part(root, 'devices-total'), frame.devices.length ? app.number(frame.devices.length) : '');
    app.slots(part(root, 'devices'), 'device', frame.devices, (slot, f, row) => {
      const state = row.heard_at == null ? 'new' : row.online === false ? 'silent' : app.seconds(row.heard_at) > 900 ? 'silent' : app.seconds(row.heard_at) > 180 ? 'late' : 'live';
      app.set(f.mark, 'data-state', state); app.put(f.state, app.named('state', state));
      app.put(f.name, row.device);
      app.show(f.new, row.new);
      app.age(f.heard, () => row.heard_at == null ? '—' : app.length(app.seconds(row.heard_at)));
      app.put(f.battery, row.battery_pct == null ? '—' : `${row.battery_pct} %`); f.battery.classList.toggle('low-battery', row.battery_pct != null && row.battery_pct <= 20);
      app.put(f.offset, row.clock_offset_ms == null ? '—' : app.say('lag.s', { n: (Math.abs(row.clock_offset_ms) / 1000).toFixed(1) }));
      app.put(f.queued, row.queued == null ? '—' : app.number(row.queued));
    });
    app.show(part(root, 'no-devices'), !frame.devices.length); app.show(part(root, 'devices-table'), !!frame.devices.length);
  }
  /* The curve was drawn by the server; only its end moves: the points since, the dot, the number. */
  app.curveEnd = (root, point) => {
    for (const drawing of root?.querySelectorAll('svg.curve') || []) {
      const now = drawing.querySelector('.now');
      if (!point || point.people == null || !now) continue;
      const d = drawing.dataset, x = +d.left + (Math.min(app.now() * 1000, +d.end) - d.start) / (d.end - d.start) * d.wide, y = +d.foot - Math.min(point.people, +d.top) / d.top * d.tall;
      if (x < +d.left) continue;
      drawing.since = drawing.since || [];
      const last = drawing.since[drawing.since.length - 1];
      if (last && last.at === point.at) Object.assign(last, { x, y }); else drawing.since.push({ at: point.at, x, y });
      const from = drawing.querySelector('.now .today').dataset.from;
      app.set(drawing.querySelector('.now .today'), 'd', drawing.since.map((p, n) => `${n || from ? 'L' : 'M'}${p.x.toFixed(1)},${p.y.toFixed(1)}`).join('').replace(/^/, from ? `M${from}` : ''));
      app.set(drawing.querySelector('.dot'), 'cx', x.toFixed(1)); app.set(drawing.querySelector('.dot'), 'cy', y.toFixed(1));
      app.set(drawing.querySelector('.nowline'), 'd', `M${x.toFixed(1)},${d.head}V${d.foot}`);
      const word = drawing.querySelector('.end'), right = x < +d.left + d.wide - 48;
      app.set(word, 'x', (x + (right ? 10 : -10)).toFixed(1)); app.set(word, 'y', (y + 5).toFixed(1)); app.set(word, 'text-anchor', right ? 'start' : 'end');
      app.put(word, app.number(point.people));
    }
  };
  let drawn = null;
  app.painters.site = {
    mount: root => {
      chosen = null; drawn = null;
      part(root, 'choice').addEventListener('click', event => { if (event.target.dataset.area) { chosen = event.target.dataset.area; if (drawn) ledger(root, drawn); } });
      app.deeds?.mount(root);
    },
    paint: (root, frame) => { drawn = frame; head(root, frame); areas(root, frame); ledger(root, frame); lists(root, frame); app.curveEnd(root, frame.point); app.deeds?.paint(root, frame); },
  };
})(window.eldercare = window.eldercare || {});

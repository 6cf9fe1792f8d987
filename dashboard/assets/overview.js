/* The district on one screen, and the list of sites: rows of the frame to text and attributes. */
(app => {
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
  const states = ['live', 'late', 'new', 'silent'], many = 400;

  function strip(root, frame) {
    const line = frame.strip, box = part(root, 'strip');
    if (!box) return;
    const f = app.fields(box);
    app.put(f.reporting, app.number(line.sites_reporting));
    app.put(f.total, `/ ${app.number(line.sites_total)}`);
    for (const name of ['silent', 'new', 'late']) { app.put(f[name], app.say(`strip.${name}`, { n: line[name] })); app.show(f[name], line[name] > 0); }
    app.show(f.allwell, !(line.silent + line.new + line.late));
    app.age(f.oldest, () => line.oldest_heard_at == null ? '—' : app.length(app.seconds(line.oldest_heard_at)));
    const lag = line.worst_lag;
    app.put(f.lag, lag == null ? '—' : app.say(`lag.${lag.bound}`, { n: app.length(lag.seconds) }));
    app.put(f.lagsite, lag?.site ? app.name(lag) : ''); app.show(f.lagsite, !!lag?.site);
    if (lag?.site) { app.set(f.lagsite, 'href', `/sites/${lag.site}`); app.set(f.lagsite, 'title', app.name(lag)); }
    line.alarms.forEach((n, grade) => { const cell = f[`p${grade + 1}`]; app.put(cell, app.number(n)); cell.parentElement.classList.toggle('some', n > 0); });
    for (const state of states) { const cell = f[`bar-${state}`]; app.style(cell, '--n', String(line[state])); app.show(cell, line[state] > 0); }
  }

  function coverage(root, frame, sites) {
    const cover = part(root, 'cover');
    if (!cover) return;
    const of = new Map(frame.streets.map(row => [row.code, []])), crowd = sites.size > many, short = states.concat('closed');
    let said = '';
    for (const site of sites.values()) { of.get(site.street)?.push(site.state); said += short.indexOf(site.state); }
    for (const row of frame.streets) said += `/${row.code} ${row.sites_reporting} ${row.sites_total}`;
    if (cover.said === said) return;
    cover.said = said;
    const rows = [...frame.streets].sort((a, b) => a.code < b.code ? -1 : 1).filter(row => of.get(row.code).length);
    app.slots(cover, 'street-ticks', rows, (slot, f, row) => {
      const all = of.get(row.code), count = state => all.filter(s => s === state).length;
      const ticks = crowd ? [...states, 'closed'].map(state => ({ state, n: count(state) })).filter(t => t.n)
        : all.sort((a, b) => [...states, 'closed'].indexOf(a) - [...states, 'closed'].indexOf(b)).map(state => ({ state, n: 1 }));
      app.style(slot, '--n', String(all.length));
      app.set(slot, 'href', `/sites?street=${encodeURIComponent(row.code)}`);
      slot.classList.toggle('lacking', row.sites_reporting < row.sites_total);
      f.ticks.classList.toggle('many', crowd);
      app.slots(f.ticks, 'tick', ticks, (tick, _, one) => { app.set(tick, 'data-state', one.state); app.style(tick, '--n', String(one.n)); });
      app.put(f.label, `${app.short(row)} ${row.sites_reporting}/${row.sites_total}`);
    });
  }

  const filled = (text, numbers) => text.replace(/\{(\d)\}/g, (_, n) => app.number(numbers[n]));
  function whatOf(need) {
    const family = need.site == null ? 'needs' : 'need', said = app.named(family, need.what);
    const area = need.area && need.area !== 'main' ? app.say('in.area', { area: app.named('area', need.area) }) : '';
    return area + (said === need.what ? app.named('alarm', need.what) : filled(said, need.numbers));
  }
  app.whatOf = whatOf;
  function nextOf(need) {
    const own = app.named('next', need.what);
    return own !== need.what ? own : need.grade === 1 ? app.say('next.urgent') : '';
  }
  function needs(root, frame, street) {
    const card = part(root, 'needs');
    if (!card) return;
    const list = part(card, 'todo'), rows = app.ordered(list, frame.needs, need => `${need.alarm}/${need.what}/${need.site}/${need.street}/${need.area}`);
    app.put(part(card, 'needs-total'), app.say('needs.total', { n: frame.needs_total })); app.show(part(card, 'needs-total'), frame.needs_total > 0);
    app.show(part(card, 'nothing'), !rows.length);
    app.put(part(card, 'all-report'), app.say('needs.reporting', { n: frame.strip.sites_reporting, all: frame.strip.sites_total }));
    app.slots(list, 'need', rows, (slot, f, need) => {
      const link = slot.firstElementChild, place = street.get(need.street);
      app.set(link, 'data-grade', need.grade);
      app.set(link, 'href', need.alarm ? `/alarms/${need.alarm}` : need.what === 'LATE' ? '/alarms?grade=3' : need.what === 'JUMP' || need.what === 'NOCLOCK' ? '/quality' : need.site ? `/sites/${encodeURIComponent(need.site)}` : `/sites?street=${encodeURIComponent(need.street)}&state=${need.what === 'NOTOPEN' ? 'new' : need.what === 'SILENT' ? 'silent' : 'alarm'}`);
      app.put(f.grade, app.named('grade', need.grade));
      app.put(f.what, whatOf(need));
      app.put(f.street, place ? app.short(place) : '');
      app.put(f.place, app.name(need));
      app.show(f.dot, !!place && !!app.name(need));
      app.age(f.next, () => filled(nextOf(need), need.numbers).replace('{age}', () => app.length(app.seconds(need.since))));
      app.age(f.clock, () => app.running(need.since));
      app.age(f.limit, () => {
        link.classList.toggle('overdue', need.limit_at != null && app.left(need.limit_at) <= 0);
        app.style(f.bar, 'width', `${app.spent(need.knew_at, need.limit_at).toFixed(0)}%`);
        return app.limit(need.limit_at, need.unseen);
      });
      f.bar.parentElement.classList.toggle('endless', need.limit_at == null);
    });
    app.calls(new Map(frame.needs.filter(need => need.grade === 1 && need.unseen).map(need => [need.alarm, `${app.named('grade', 1)}: ${whatOf(need)}, ${app.name(need)}`])));
  }
  /* Neither more nor less has a colour: only a rule may raise an alarm. The line reaches as far as half the spread beyond the band. */
  const tenths = n => (n / 10).toFixed(1), plus = n => n > 0 ? '+' : n < 0 ? '−' : '';
  function beside(f, usual) {
    f.gauge.classList.toggle('unknown', !usual);
    app.put(f.usual, usual ? app.say('usual.of', { n: usual.is_rate ? `${tenths(usual.middle)} %` : app.number(usual.middle) }) : app.say('usual.unknown'));
    if (!usual) { app.put(f.delta, ''); return; }
    const more = usual.value - usual.middle, percent = usual.middle ? 100 * more / usual.middle : null;
    app.put(f.delta, usual.is_rate ? app.say('usual.points', { n: plus(more) + tenths(Math.abs(more)) }) : percent == null ? '' : `${plus(Math.round(percent * 10))}${Math.abs(percent).toFixed(1)} %`);
    app.set(f.delta, 'title', app.say('usual.counted', { now: usual.is_rate ? `${tenths(usual.value)} %` : app.number(usual.value), n: app.number(usual.sites), days: usual.days }));
    const room = Math.max(usual.high - usual.low, usual.middle * .1, 1), from = Math.max(0, usual.low - room), to = usual.is_rate ? Math.min(1000, Math.max(usual.high + room, 1)) : usual.high + room;
    const at = n => `${(100 * Math.min(1, Math.max(0, (n - from) / (to - from || 1)))).toFixed(1)}%`;
    for (const [name, n] of [['--low', usual.low], ['--high', usual.high], ['--middle', usual.middle], ['--now', usual.value]]) app.style(f.gauge, name, at(n));
  }
  function tiles(root, frame) {
    for (const tile of frame.tiles) {
      const card = part(root, `tile-${tile.name}`);
      if (!card) continue;
      const f = app.fields(card);
      app.put(f.value, app.number(tile.value));
      app.put(f.of, tile.value == null ? '' : tile.of == null ? app.say(`unit.${tile.name}`) : app.say(`of.${tile.name}`, { n: app.number(tile.of) }));
      app.put(f.covered, `${tile.sites_counted}/${tile.sites_expected}`);
      app.age(f.age, () => app.ago(tile.as_of));
      app.slots(f.split, 'part', tile.value == null ? [['none', null]] : tile.parts, (slot, g, [name, n]) => {
        app.put(g.text, name === 'none' ? app.say('tile.none') : n == null ? app.say(`part.no_${name}`) : app.say(`part.${name}`, { n: app.number(n) }));
        slot.classList.toggle('late', name === 'late' && n > 0);
      });
      beside(f, tile.usual);
    }
  }

  const badness = row => [row.worst_grade ?? 9, row.sites_reporting - row.sites_total, row.code];
  const before = (a, b) => { for (let n = 0; n < a.length; n += 1) if (a[n] !== b[n]) return a[n] < b[n] ? -1 : 1; return 0; };
  app.before = before;
  function streets(root, frame) {
    const body = part(root, 'streets');
    if (!body) return;
    const rows = app.ordered(body, [...frame.streets].sort((a, b) => before(badness(a), badness(b))), row => row.code);
    app.slots(body, 'street', rows, (slot, f, row) => {
      const load = row.people == null || !row.capacity ? null : Math.round(100 * row.people / row.capacity);
      app.put(f.name, app.short(row));
      app.set(f.name, 'href', `/sites?street=${encodeURIComponent(row.code)}`);
      app.put(f.people, app.number(row.people));
      app.style(f.bar, 'width', `${Math.min(load ?? 0, 100)}%`);
      app.show(f.usual, row.usual != null && !!row.capacity);
      if (row.usual != null && row.capacity) app.style(f.usual, 'left', `${Math.min(100, 100 * row.usual / row.capacity).toFixed(1)}%`);
      app.put(f.load, load == null ? '—' : `${load} %`);
      app.put(f.reporting, `${row.sites_reporting}/${row.sites_total}`);
      f.reporting.classList.toggle('lacking', row.sites_reporting < row.sites_total);
      app.set(f.grade, 'data-grade', row.worst_grade ?? '');
      app.put(f.alarms, row.open_alarms ? app.number(row.open_alarms) : '');
    });
  }

  app.happened = row => {
    const area = row.area && row.area !== 'main' ? app.named('area', row.area) : '', key = `happened.${row.kind}`;
    const change = [row.came ? `+${row.came}` : '', row.went ? `−${row.went}` : ''].filter(Boolean).join(' ') || app.say('happened.unchanged');
    const code = row.code == null ? '' : row.kind.startsWith('alarm') ? app.named('alarm', row.code) : app.named('meal', row.code) !== row.code ? app.named('meal', row.code) : app.named('service', row.code);
    const text = app.named('happened', row.kind) === row.kind ? row.kind : app.say(key, { area, change, code, people: app.number(row.people) });
    return (text + (row.people != null && /occupancy|person/.test(row.kind) ? app.say('happened.now', { n: app.number(row.people) }) : '')).trim();
  };
  function feed(root, frame) {
    app.slots(part(root, 'feed'), 'happening', frame.just_now || [], (slot, f, row) => {
      app.put(f.at, app.clock(row.at));
      app.put(f.name, app.name(row)); app.set(f.name, 'title', app.name(row));
      app.put(f.text, app.happened(row));
    });
    app.show(part(root, 'quiet'), frame.just_now && !frame.just_now.length);
  }

  const slot = 300e6;
  function curve(root, frame) {
    const people = frame.tiles.find(tile => tile.name === 'people')?.value;
    if (people != null) app.curveEnd(part(root, 'curve'), { at: Math.floor(frame.as_of / slot) * slot, people });
  }

  app.painters.overview = {
    mount: root => { app.list.mount(root); app.map.mount(root); },
    paint: (root, frame, sites) => {
      const street = new Map(frame.streets.map(row => [row.code, row]));
      strip(root, frame);
      coverage(root, frame, sites);
      needs(root, frame, street);
      tiles(root, frame);
      streets(root, frame);
      feed(root, frame);
      curve(root, frame);
      app.list.paint(root, sites, street);
      app.map.paint(root, frame, sites);
    },
  };
})(window.eldercare = window.eldercare || {});

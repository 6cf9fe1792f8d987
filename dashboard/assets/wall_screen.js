/* A wall: one stream, figures painted in place, three views that take turns, and every way back from a bad night. */
(app => {
  const page = document.documentElement, silence = 15000, mute = 45000, longest = 15000, frozen = 20000, often = 60000, worn = 6 * 3600e3, views = 3;
  const part = name => document.querySelector(`[data-part="${name}"]`), set = Object.fromEntries(['dwell', 'hold', 'dim'].map(name => [name, Number(page.dataset[name])]));
  const frame = part('frame'), sites = new Map();
  let now = null, beside = null, good = performance.now(), wall = Date.now(), source = null, wait = 1000, attempts = 0, again;

  /* -- words: a count that must not be exact is a word */
  app.shown = n => n === 'few' ? app.say('wall.few') : app.number(n);
  const filled = (text, numbers) => text.replace(/\{(\d)\}/g, (_, n) => app.shown(numbers[n]));
  function whatOf(need, bare) {
    const family = need.many ? 'needs' : 'need', said = app.named(family, need.kind);
    const area = need.area && !bare ? app.say('wall.in', { area: app.named('area', need.area) }) : '';
    return area + (need.kind === 'OTHER' ? app.say('wall.other') : said === need.kind ? app.named('alarm', need.kind) : filled(said, need.numbers));
  }
  app.tagOf = need => {
    const short = app.named('tag', need.kind);
    return need.kind === 'OVERCAP' && need.numbers.length > 1 ? need.numbers.map(app.shown).join(' / ') : `${short === need.kind ? whatOf(need) : short} ${app.running(need.since)}`;
  };

  /* -- painting */
  function head() {
    const f = app.fields(part('head')), troubles = [['silent', now.silent], ['new', now.new], ['late', now.late]].filter(([, n]) => n);
    app.put(f.reporting, app.number(now.sites_reporting)); app.put(f.total, `/ ${app.number(now.sites_total)}`);
    app.put(f.troubles, troubles.length ? troubles.slice(0, 2).map(([name, n]) => app.say(`strip.${name}`, { n })).join(app.say('wall.and')) : app.say('strip.allwell'));
    f.troubles.classList.toggle('none', !now.silent && !now.new);
    const crowd = now.sites_total > 160, rows = [...now.streets].sort((a, b) => a.code < b.code ? -1 : 1);
    app.slots(part('cover'), 'street-ticks', rows, (slot, _, row) => {
      const parts = ['live', 'late', 'new', 'silent'].filter(state => row[state]);
      const ticks = crowd ? parts.map(state => [state, row[state]]) : parts.flatMap(state => Array.from({ length: row[state] }, () => [state, 1]));
      slot.classList.toggle('many', crowd);
      app.style(slot, '--n', String(ticks.reduce((sum, [, n]) => sum + n, 0)));
      app.slots(slot, 'tick', ticks, (tick, _f, [state, n]) => { app.set(tick, 'data-state', state); app.style(tick, '--n', String(n)); });
    });
  }
  const tenths = n => (n / 10).toFixed(1);
  function gauge(node, usual) {
    node.classList.toggle('unknown', !usual);
    if (!usual) return;
    const room = Math.max(usual.high - usual.low, usual.middle * .1, 1), from = Math.max(0, usual.low - room), to = usual.is_rate ? Math.min(1000, Math.max(usual.high + room, 1)) : usual.high + room;
    for (const name of ['low', 'high', 'middle', 'value']) app.style(node, `--${name}`, `${(100 * Math.min(1, Math.max(0, (usual[name] - from) / (to - from || 1)))).toFixed(1)}%`);
  }
  function tiles() {
    for (const tile of now.tiles) {
      const f = app.fields(part(`tile-${tile.name}`)), usual = tile.usual;
      app.put(f.value, app.shown(tile.value)); f.value.classList.toggle('few', tile.value === 'few');
      app.put(f.of, tile.of == null ? tile.value == null || tile.value === 'few' ? '' : app.say(`unit.${tile.name}`) : tile.of === 'few' ? '' : `/ ${app.shown(tile.of)}`);
      app.put(f.beside, tile.late ? app.say('wall.late', { n: app.number(tile.late) }) : usual ? app.say('usual.of', { n: usual.is_rate ? `${tenths(usual.middle)} %` : app.number(usual.middle) }) : '');
      f.beside.classList.toggle('bad', tile.late > 0);
      gauge(f.gauge, usual);
    }
  }
  const badness = row => [row.worst_grade ?? 9, row.sites_reporting - row.sites_total, row.code];
  const before = (a, b) => { for (let n = 0; n < a.length; n += 1) if (a[n] !== b[n]) return a[n] < b[n] ? -1 : 1; return 0; };
  function streets() {
    app.slots(part('streets'), 'street', [...now.streets].sort((a, b) => before(badness(a), badness(b))).slice(0, 10), (slot, f, row) => {
      app.put(f.name, app.short(row)); app.put(f.people, app.shown(row.people));
      app.style(f.bar, 'width', `${Math.min(row.load ?? 0, 100)}%`); app.put(f.load, row.load == null ? '—' : `${row.load} %`);
      app.put(f.reporting, `${row.sites_reporting}/${row.sites_total}`); f.reporting.classList.toggle('bad', row.sites_reporting < row.sites_total);
      app.set(f.grade, 'data-grade', row.worst_grade ?? ''); app.put(f.alarms, row.open_alarms ? app.number(row.open_alarms) : '');
    });
  }
  /* The longer text where it has room, else the shorter; measured once for each text. */
  function fitting(slot, name, node, long, short) {
    const asked = `${long}/${node.clientWidth}`;
    if (slot[name] === asked) return;
    app.put(node, long);
    if (node.scrollWidth > node.clientWidth) app.put(node, short);
    slot[name] = `${long}/${node.clientWidth}`;
  }
  function waiting() {
    now.alarms.forEach((n, grade) => { const box = part(`sum-${grade + 1}`); app.put(app.fields(box).n, app.number(n)); box.classList.toggle('some', n > 0); });
    const list = part('waiting'), of = new Map(now.streets.map(row => [row.code, row])), room = Math.max(1, Math.min(6, Math.floor((list.clientHeight + 12) / 136)));
    app.slots(list, 'waiting', now.waiting.slice(0, room), (slot, f, need) => {
      const street = of.get(need.street);
      app.set(slot, 'data-grade', need.grade);
      fitting(slot, 'what', f.what, whatOf(need), whatOf(need, true)); app.age(f.clock, () => app.running(need.since));
      const place = need.site ? app.name(need) : '', where = street ? app.short(street) : '';
      fitting(slot, 'where', f.where, where && place ? `${where}${app.say('wall.of')}${place}` : where || place, place || where);
      app.put(f.stage, need.stage ? app.named('wall', `stage.${need.stage}`) : '');
    });
    app.show(part('calm'), !now.waiting.length);
  }
  function services() {
    const rows = beside?.services || [];
    app.show(part('no-services'), !rows.length);
    app.slots(part('services'), 'service', rows, (slot, f, row) => {
      app.put(f.name, row.type ? app.named('service', row.type) : app.say('wall.other_services'));
      app.put(f.done, app.shown(row.done)); app.put(f.planned, row.planned === 'few' ? '' : ` / ${app.shown(row.planned)}`);
      app.style(f.bar, 'width', row.done === 'few' || row.planned === 'few' ? '0%' : `${(100 * row.done / row.planned).toFixed(0)}%`);
      app.put(f.running, app.shown(row.running)); app.put(f.late, app.number(row.late)); f.late.classList.toggle('bad', row.late > 0);
    });
    const ack = app.fields(part('tile-ack'));
    app.put(ack.value, beside?.ack_p50_s == null ? '—' : app.length(beside.ack_p50_s)); app.put(ack.of, beside?.ack_p50_s == null ? '' : app.say('wall.median'));
  }
  /* Letters of this size have room beside every second hairline. */
  function thinned(place) { const axis = [...place.querySelectorAll('.ax[text-anchor=end][x="32"]')]; if (axis.length > 4) axis.forEach((text, n) => { if (n % 2) text.remove(); }); }
  function curve() {
    const place = part('curve'), people = now.tiles.find(tile => tile.name === 'people')?.value;
    if (beside && place.said !== beside.curve) { place.innerHTML = beside.curve; place.said = beside.curve; app.show(part('no-curve'), !beside.curve); thinned(place); }
    app.put(place.querySelector('.end'), app.shown(people));
  }
  function paint() {
    if (!now) return;
    head(); tiles(); streets(); waiting(); services(); curve();
    app.wallMap(now, sites);
    page.dataset.painted = '';
    urgent();
  }

  /* -- the stream: for ever, and honest about it */
  const quiet = () => Math.max(performance.now() - good, Date.now() - wall);
  function alive(asOf) { if (asOf) app.heard(asOf); good = performance.now(); wall = Date.now(); attempts = 0; wait = 1000; page.dataset.live = 'on'; }
  function received(text, whole) {
    const frame = JSON.parse(text);
    if (whole) sites.clear();
    for (const row of frame.sites) sites.set(row.site, row);
    now = frame;
    alive(frame.as_of);
    if (frame.build !== page.dataset.build) setTimeout(renew, Math.random() * 5000);
    paint();
  }
  function open() {
    clearTimeout(again); source?.close();
    const mine = source = new EventSource('/wall/live');
    mine.addEventListener('snapshot', event => mine === source && received(event.data, true));
    mine.onmessage = event => mine === source && received(event.data, false);
    mine.addEventListener('beat', event => mine === source && alive(JSON.parse(event.data).as_of));
    mine.onerror = () => mine === source && failed();
  }
  function failed() {
    attempts += 1;
    if (source.readyState !== EventSource.CLOSED) return;
    again = setTimeout(open, wait * (.75 + Math.random() / 2));
    wait = Math.min(wait * 2, longest);
    look();
  }
  /* Services, curve, times: and whether this wall is still let in. A wall that was sent away shows its code again. */
  async function look() {
    try {
      const answer = await fetch(`/wall/beside?lang=${app.language}${page.hasAttribute('data-wide') ? '&wide=1' : ''}`, { cache: 'no-store' });
      if (answer.status === 401) return renew(true);
      if (answer.ok) { beside = await answer.json(); paint(); }
    } catch { /* no network: the stream says so */ }
  }

  /* -- a new page, but only when there is one to be had: an error page of the browser would hang here until morning */
  async function renew(at_once) {
    const last = Number(sessionStorage.getItem('renewed') || 0);
    if (at_once !== true && Date.now() - last < often) return;
    try { if (!(await fetch('/wall', { cache: 'no-store' })).ok) return; } catch { return; }
    sessionStorage.setItem('renewed', String(Date.now()));
    location.reload();
  }
  let painted = performance.now(), errors = 0;
  addEventListener('error', () => { errors += 1; if (errors >= 3) renew(); });
  addEventListener('unhandledrejection', () => { errors += 1; if (errors >= 3) renew(); });
  const born = performance.now(), night = 180 + Math.floor(Math.random() * 90);

  /* -- taking turns */
  let view = 0, turned = performance.now(), held = 0, known = new Set(), calling = false;
  function show(next) {
    view = (next + views) % views; turned = performance.now();
    page.dataset.view = view;
    for (const card of document.querySelectorAll('.view')) app.set(card, 'aria-hidden', page.hasAttribute('data-wide') || Number(card.dataset.view) === view ? null : 'true');
    for (const [n, dot] of [...part('dots').children].entries()) dot.className = n === view ? 'on' : '';
  }
  /* A new call for help keeps the map in sight until somebody is there. */
  function urgent() {
    const open = now.waiting.filter(need => need.grade === 1 && !['on_site', 'resolved'].includes(need.stage)), names = new Set(open.map(need => `${need.kind}/${need.site}/${need.since}`));
    if ([...names].some(name => !known.has(name))) { held = 0; show(0); }
    known = names; calling = names.size > 0;
  }
  function turn() {
    const t = performance.now();
    if (held && t > held) { held = 0; turned = t; }
    if (calling && view === 0) turned = t;
    if (!held && t - turned >= set.dwell * 1000) show(view + 1);
    const stopped = held > 0 || (calling && view === 0);
    page.toggleAttribute('data-held', stopped);
    app.put(app.fields(part('foot')).held, held ? app.say('wall.held') : stopped ? app.say('wall.calling') : '');
  }
  addEventListener('keydown', event => {
    const hold = performance.now() + set.hold * 1000, step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step) { show(view + step); held = hold; }
    else if (event.key === ' ') held = held ? 0 : hold;
    else return;
    event.preventDefault(); turned = performance.now(); turn();
  });

  /* -- size, place and light: the frame is 1080 high whatever the screen is, and wanders by four pixels against burn-in */
  function fitted() {
    const wide = innerWidth / innerHeight > 2.7, scale = Math.min(innerHeight / 1080, innerWidth / (wide ? 2900 : 1900));
    page.toggleAttribute('data-wide', wide);
    app.style(page, '--dwell', `${set.dwell}s`);
    app.style(frame, '--scale', scale.toFixed(4)); app.style(frame, 'width', `${(innerWidth / scale).toFixed(0)}px`); app.style(frame, 'height', `${(innerHeight / scale).toFixed(0)}px`);
    show(view); paint(); look();
  }
  const clocked = text => { const [hour, minute] = text.split(':').map(Number); return 60 * hour + minute; };
  function surroundings() {
    const turn = 2 * Math.PI * (Math.floor(Date.now() / 10000) % 60) / 60, at = clocked(app.minute(app.now() * 1000)), from = clocked(page.dataset.dimFrom), until = clocked(page.dataset.dimUntil);
    app.style(frame, '--x', `${(2 + 2 * Math.cos(turn)).toFixed(2)}px`); app.style(frame, '--y', `${(2 + 2 * Math.sin(turn)).toFixed(2)}px`);
    const dark = from < until ? at >= from && at < until : from !== until && (at >= from || at < until);
    app.style(frame, '--light', dark ? String(set.dim / 100) : '1');
    if (at === night && performance.now() - born > worn && page.dataset.live === 'on') renew();
  }

  /* -- the second hand: what it writes is seen to be painted, and whoever watches knows when it was not */
  const weekday = new Intl.DateTimeFormat(app.language === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: app.zone, weekday: 'long' }), day = new Intl.DateTimeFormat(app.language === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: app.zone, day: 'numeric', month: 'long' });
  function tick() {
    const f = app.fields(part('head')), stale = quiet() >= silence;
    if (stale) page.dataset.live = 'stale';
    if (quiet() >= 3 * silence && source.readyState === EventSource.OPEN && performance.now() - good > mute) { good = performance.now() - silence; open(); }
    if (app.now()) { app.put(f.clock, app.minute(app.now() * 1000)); app.put(f.date, `${day.format(app.now())}\n${weekday.format(app.now())}`); surroundings(); }
    const foot = app.fields(part('foot'));
    app.put(foot.asof, now?.heard_at ? app.say('wall.as_of', { at: stamp(now.heard_at) }) : app.say('wall.nothing')); app.set(foot.mark, 'data-state', stale ? 'silent' : now ? 'live' : 'late');
    if (stale) { app.put(part('since'), now ? app.say('wall.stale', { n: app.length(quiet() < 60000 ? Math.floor(quiet() / 15000) * 15 : quiet() / 1000) }) : app.say('wall.connecting')); app.put(part('tries'), now ? app.say('wall.tries', { at: stamp(now.heard_at), n: attempts }) : ''); }
    app.tick(); turn();
    page.dataset.tick = String(Math.floor(performance.now() / 5000) % 2);
    requestAnimationFrame(() => { painted = performance.now(); });
  }
  const stamp = us => us == null ? '—' : Math.abs(app.now() - us / 1000) < 64800e3 ? app.clock(us) : app.when(us);
  setInterval(tick, 1000);
  setInterval(() => { if (!document.hidden && performance.now() - painted > frozen) renew(); }, 5000);
  setInterval(look, 10000);
  addEventListener('resize', fitted);
  navigator.wakeLock?.request('screen').catch(() => {});
  fitted(); open(); tick();
})(window.eldercare = window.eldercare || {});

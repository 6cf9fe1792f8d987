/* The map: ground that moves and grows under marks of constant size. Above four hundred in sight, neighbours stand together as one disc. */
(app => {
  const crowd = 400, cell = 52, closest = 60, ring = 13, roomy = 500, tagGap = 8, tags = 150, quiet = ['silent', 'new', 'closed'], over = 5;   /* the band above capacity: its mark lies under no other */
  let here = null;
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
  const drawn = (name, inside, kind) => { const node = document.createElementNS('http://www.w3.org/2000/svg', name); if (kind) node.setAttribute('class', kind); inside?.append(node); return node; };
  const query = () => new URLSearchParams(location.search);
  const street = () => here.listed ? query().get('street') : null;

  /* -- where things are: plane = screen at k 1 */
  const placed = row => row.lat != null && row.lon != null;
  const planeOf = row => ({ x: (row.lon - here.said.west) * here.said.across, y: (here.said.north - row.lat) * here.said.down });
  const onScreen = at => ({ x: at.x * here.k + here.x, y: at.y * here.k + here.y });
  const inside = at => at.x > -20 && at.y > -20 && at.x < here.wide + 20 && at.y < here.high + 20;
  const key = row => quiet.includes(row.state) ? row.state : row.band ?? 0;
  const grade = row => app.list.grade(row), raised = one => one.grade <= 2 || key(one.row) === over;

  function fitted(box) {
    const side = here.wide >= roomy ? Math.min(tags, here.wide / 4.6) : 16, top = 20;
    const k = Math.min((here.wide - 2 * side) / box.width, (here.high - 2 * top) / box.height, closest * here.least || Infinity);
    return { k, x: here.wide / 2 - k * (box.x + box.width / 2), y: here.high / 2 - k * (box.y + box.height / 2) };
  }
  function home() {
    const whole = { x: 0, y: 0, width: here.said.wide, height: 1000 }, all = here.frame?.streets || [];
    here.least = fitted(whole).k;
    const code = street() || (all.length === 1 ? all[0].code : null), land = code && here.lands.get(code);
    Object.assign(here, fitted(land ? land.box : whole), { home: true });
    draw();
  }
  function kept() {
    const { wide, high, k, said } = here, between = (low, x, high_) => Math.max(Math.min(low, high_), Math.min(Math.max(low, high_), x));
    here.x = between(wide / 2 - said.wide * k, here.x, wide / 2);
    here.y = between(high / 2 - 1000 * k, here.y, high / 2);
  }
  function moved(dx, dy) { here.x += dx; here.y += dy; here.home = false; kept(); draw(); }
  function grown(by, x = here.wide / 2, y = here.high / 2) {
    const k = Math.max(here.least, Math.min(here.least * closest, here.k * by)), turn = k / here.k;
    Object.assign(here, { k, x: x - (x - here.x) * turn, y: y - (y - here.y) * turn, home: false });
    kept(); draw();
  }
  /* Once for each picture that the browser paints, however many fingers and frames asked for it. */
  function draw() {
    const mine = here;
    if (mine.due) return;
    mine.due = true;
    // By then the page may be another one, with a map of its own or none.
    requestAnimationFrame(() => { mine.due = false; if (mine === here && mine.box.isConnected) { marks(); ground(); } });
  }
  function ground() {
    app.set(here.ground, 'transform', `translate(${here.x.toFixed(1)},${here.y.toFixed(1)}) scale(${here.k.toFixed(4)})`);
    const chosen = street();
    for (const [code, land] of here.lands) land.node.classList.toggle('chosen', code === chosen);
    for (const row of here.frame?.streets || []) named(row);
  }
  function named(row) {
    const land = here.lands.get(row.code);
    if (!land) return;
    if (!land.name) {
      land.name = drawn('g', here.names, 'street-name'); land.name.dataset.street = row.code;
      land.first = drawn('text', land.name); land.second = drawn('text', land.name, 'many figure'); land.second.setAttribute('y', '17');
    }
    const at = onScreen(land), free = spot(land, at);
    at.x += free[0]; at.y += free[1];
    app.set(land.name, 'transform', `translate(${at.x.toFixed(0)},${at.y.toFixed(0)})`);
    app.put(land.first, app.short(row)); app.put(land.second, app.number(row.people));
  }

  /* A name stands near its middle under no tag and where it covers the fewest marks; it is looked for anew only when the scale or a tag is another. */
  const ringed = 5;   /* a mark that calls hides more of a name than one that does not */
  const spots = [[0, 0], [0, 30], [0, -30], [44, 0], [-44, 0], [44, 30], [-44, 30], [44, -30], [-44, -30]];
  function spot(land, at) {
    const tags = [...here.tags.values()].map(one => one.place).filter(Boolean);
    const said = `${here.k.toFixed(3)} ${here.sites.size} ${here.wide} ${tags.map(one => `${one.x.toFixed(0)},${one.y.toFixed(0)}`).join(' ')}`;
    if (land.said === said) return land.spot;
    const marks = ([dx, dy]) => here.stand.reduce((sum, mark) => Math.abs(mark.x - at.x - dx) < 34 && Math.abs(mark.y - at.y - dy - 4) < 28 ? sum + (mark.weight ?? 1) : sum, 0);
    const covered = ([dx, dy]) => tags.some(one => one.x < at.x + dx + 36 && one.x + one.wide > at.x + dx - 36 && one.y < at.y + dy + 24 && one.y + one.high > at.y + dy - 16);
    land.said = said;
    return land.spot = spots.map(one => [marks(one) + (covered(one) ? 100 : 0), one]).reduce((best, one) => one[0] < best[0] ? one : best)[1];
  }

  /* -- marks: kept by key, and only what differs is written */
  function marks() {
    const wanted = query(), fits = row => !here.listed || !wanted.size || app.list.fits(row, wanted), seen = [];
    const called = new Set((here.frame?.urgent || []).map(need => need.site));
    for (const row of here.sites.values()) {
      if (!placed(row)) continue;
      const at = onScreen(planeOf(row));
      if (inside(at)) seen.push({ row, at, grade: grade(row) });
    }
    const together = seen.length > crowd, alone = new Map(), groups = new Map();
    for (const one of seen) {
      if (!together || one.grade === 1 || called.has(one.row.site)) { alone.set(one.row.site, one); continue; }
      if (!fits(one.row)) continue;
      const name = `${Math.floor((one.at.x - here.x) / cell)}/${Math.floor((one.at.y - here.y) / cell)}`;
      groups.has(name) ? groups.get(name).push(one) : groups.set(name, [one]);
    }
    for (const [name, members] of groups) if (members.length === 1) { alone.set(members[0].row.site, members[0]); groups.delete(name); }
    here.stand = [...[...alone.values()].map(one => ({ ...one.at, weight: raised(one) ? ringed : 1 })), ...[...groups.values()].map(middle)];
    put(here.pins, alone, pin, (node, one) => shown(node, one, fits(one.row)));
    put(here.discs, groups, disc, counted);
    tagged();
    app.set(here.box, 'data-marks', alone.size); app.set(here.box, 'data-discs', groups.size);
  }
  function put(known, wanted, make, write) {
    for (const [name, node] of known) if (!wanted.has(name)) { node.remove(); known.delete(name); }
    for (const [name, one] of wanted) { if (!known.has(name)) known.set(name, make(name)); write(known.get(name), one); }
  }
  function pin(site) {
    const node = drawn('g', here.under, 'pin');
    node.dataset.site = site; drawn('circle', node, 'halo').setAttribute('r', ring); node.used = drawn('use', node);
    return node;
  }
  function shown(node, { row, at, grade: worst }, fits) {
    app.set(node, 'transform', `translate(${at.x.toFixed(1)},${at.y.toFixed(1)})`);
    app.set(node.used, 'href', `#pin-${row.kind}-${key(row)}`);
    app.set(node, 'data-state', row.state); app.set(node, 'data-grade', (row.worst_grade ?? 9) <= 2 ? row.worst_grade : null);
    node.classList.toggle('late', row.state === 'late'); node.classList.toggle('faint', !fits);
    const layer = raised({ row, grade: worst }) ? here.raised : here.under;
    if (node.parentNode !== layer) layer.append(node);
  }
  function disc(name) {
    const node = drawn('g', here.under, 'disc');
    node.dataset.disc = name; drawn('circle', node, 'halo'); node.body = drawn('circle', node, 'body'); node.text = drawn('text', node);
    return node;
  }
  const middle = members => { const along = axis => members.reduce((sum, one) => sum + one.at[axis], 0) / members.length; return { x: along('x'), y: along('y') }; };
  function counted(node, members) {
    const n = members.length, at = middle(members), r = Math.min(22, 9 + 3 * Math.log2(n) / 1.6);
    const worst = Math.min(...members.map(one => one.row.worst_grade ?? 9));
    app.set(node, 'transform', `translate(${at.x.toFixed(1)},${at.y.toFixed(1)})`);
    app.set(node, 'data-grade', worst <= 2 ? worst : null);
    app.set(node.body, 'r', r.toFixed(1)); app.set(node.firstChild, 'r', (r + 3).toFixed(1));
    app.put(node.text, app.number(n));
  }

  /* -- tags: in the margin on the side where the site lies, an elbow leads to the mark */
  function tagged() {
    const wanted = query(), left = [], right = [];
    for (const need of here.wide < roomy ? [] : here.frame?.urgent || []) {
      const row = here.sites.get(need.site);
      if (!row || !placed(row) || (here.listed && !app.list.fits(row, wanted)) || [...left, ...right].some(one => one.row === row)) continue;
      const at = onScreen(planeOf(row));
      if (at.x > 0 && at.y > 0 && at.x < here.wide && at.y < here.high) (at.x < here.wide / 2 ? left : right).push({ need, row, at });
    }
    const all = new Map();
    for (const side of [left, right]) {
      stacked(side.sort((a, b) => a.at.y - b.at.y), here.high);
      for (const one of side) all.set(one.need.site, { ...one, isLeft: side === left });
    }
    put(here.tags, all, tag, written);
  }
  /* As near to their marks as they can stand without touching. */
  function stacked(side, high) {
    const tall = tagHigh(), step = tall + tagGap, foot = high - tall / 2 - 8;
    side.forEach((one, n) => { one.y = Math.max(one.at.y, 8 + tall / 2, n ? side[n - 1].y + step : 0); });
    for (let n = side.length - 1; n >= 0; n -= 1) side[n].y = Math.min(side[n].y, n === side.length - 1 ? foot : side[n + 1].y - step);
  }
  function tag(site) {
    const node = drawn('g', here.over, 'tag');
    node.dataset.site = site;
    node.lead = drawn('path', node, 'lead'); node.box = drawn('rect', node); node.sign = drawn('g', node, 'sign'); node.text = drawn('text', node);
    node.box.setAttribute('rx', 6); node.under = drawn('text', node);
    return node;
  }
  const narrow = 760;   /* a map beside other cards: its tags have two short lines, so that they stay in the margin beside the land */
  const isNarrow = () => here.wide < narrow, tagHigh = () => isNarrow() ? 40 : 28;
  const cut = text => { const most = app.language === 'zh' ? (isNarrow() ? 5 : 7) : isNarrow() ? 10 : 16; return text.length > most ? `${text.slice(0, most - 1)}…` : text; };
  function called(need) {
    if (!isNarrow()) return `${app.whatOf(need)} ${app.running(need.since)}`;
    const short = app.named('tag', need.what);
    return need.numbers.length > 1 ? need.numbers.map(app.number).join(' / ') : `${short === need.what ? app.whatOf({ ...need, area: null }) : short} ${app.running(need.since)}`;
  }
  function written(node, { need, row, at, y, isLeft }) {
    app.set(node, 'data-grade', need.grade);
    signed(node.sign, need.grade);
    app.age(node.text, () => isNarrow() ? cut(app.name(row)) : `${cut(app.name(row))} ${called(need)}`);
    app.age(node.under, () => isNarrow() ? called(need) : '');
    const said = `${node.text.textContent.length} ${node.under.textContent.length}`;
    if (node.said !== said) { node.said = said; node.wide = Math.ceil(Math.max(node.text.getComputedTextLength(), node.under.getComputedTextLength())) + 40; }
    const beside = here.turns.offsetHeight && y + tagHigh() / 2 > here.turns.offsetTop - 8 ? here.wide - here.turns.offsetLeft : 0;   /* the buttons stand in the corner */
    const x = isLeft ? 8 : here.wide - 8 - beside - node.wide, edge = isLeft ? x + node.wide : x, way = isLeft ? -1 : 1, clear = way * (edge - at.x) > ring + 16;
    const bend = clear ? y : Math.abs(y - at.y) < 36 ? at.y + (at.y > here.high / 2 ? -44 : 44) : y, down = bend > at.y ? 1 : -1;
    app.set(node.lead, 'd', clear ? `M${(at.x + way * ring).toFixed(0)},${at.y.toFixed(0)}H${(at.x + way * (ring + 6)).toFixed(0)}L${(edge - way * 8).toFixed(0)},${bend.toFixed(0)}H${edge.toFixed(0)}`
      : `M${at.x.toFixed(0)},${(at.y + down * ring).toFixed(0)}V${bend.toFixed(0)}`);
    node.place = { x, y: bend - tagHigh() / 2, wide: node.wide, high: tagHigh() };
    app.set(node.box, 'x', x.toFixed(0)); app.set(node.box, 'y', (bend - tagHigh() / 2).toFixed(0)); app.set(node.box, 'width', node.wide); app.set(node.box, 'height', tagHigh());
    app.set(node.sign, 'transform', `translate(${(x + 16).toFixed(0)},${bend.toFixed(0)})`);
    for (const line of [node.text, node.under]) app.set(line, 'x', (x + 29).toFixed(0));
    app.set(node.text, 'y', (bend + (isNarrow() ? -3.5 : 4.5)).toFixed(1)); app.set(node.under, 'y', (bend + 12.5).toFixed(1));
  }
  function signed(sign, worst) {
    if (sign.said === worst) return;
    sign.said = worst; sign.replaceChildren();
    drawn('path', sign, 'face').setAttribute('d', worst === 1 ? 'M-3.1,-7.5H3.1L7.5,-3.1V3.1L3.1,7.5H-3.1L-7.5,3.1V-3.1Z' : 'M0,-7L8,7H-8Z');
    drawn('path', sign, 'glyph').setAttribute('d', worst === 1 ? 'M0,-4V1M0,3.6V4' : 'M0,-2.2V2M0,4.4V4.8');
  }

  /* -- what stands under the pointer */
  function pop(site) {
    const row = here.sites.get(site), node = here.pop;
    app.show(node, !!row); here.popped = row ? site : null;
    if (!row) return;
    const f = app.fields(node), at = onScreen(planeOf(row)), place = here.frame.streets.find(one => one.code === row.street);
    app.set(node, 'href', `/sites/${encodeURIComponent(site)}`);
    app.put(f.name, app.name(row)); app.put(f.place, place ? app.short(place) : row.street); app.put(f.kind, app.named('kind', row.kind));
    app.age(f.state, () => row.state === 'live' || row.state === 'closed' || row.heard_at == null ? app.named('state', row.state) : `${app.named('state', row.state)} ${app.length(app.seconds(row.heard_at))}`);
    app.put(f.people, app.number(row.people)); app.put(f.capacity, row.capacity == null ? '' : ` / ${app.number(row.capacity)}`);
    app.put(f.band, quiet.includes(row.state) ? '' : app.loaded(row));
    const box = node.getBoundingClientRect(), x = Math.max(8, Math.min(here.wide - box.width - 8, at.x - box.width / 2));
    app.style(node, 'left', `${x.toFixed(0)}px`); app.style(node, 'top', `${(at.y > box.height + 24 ? at.y - box.height - 16 : at.y + 16).toFixed(0)}px`);
  }

  /* -- a street, then a site: the street stands in the address, so the way back is the browser's */
  function chosen(code) {
    if (!here.listed) { app.go(code ? `/map?street=${encodeURIComponent(code)}` : '/map'); return; }
    const wanted = query();
    code ? wanted.set('street', code) : wanted.delete('street');
    history.pushState({}, '', location.pathname + (wanted.size ? `?${wanted}` : ''));
    looked();
  }
  function looked() { app.list.reread(here.root); home(); headed(); }
  function headed() {
    const code = street(), row = here.frame?.streets.find(one => one.code === code);
    app.show(here.whole, here.listed && !!code);
    app.put(here.heading, row ? app.name(row) : app.say('map.title'));
    const lost = [...here.sites.values()].filter(one => !placed(one));
    app.show(here.lost, lost.length > 0);
    if (lost.length) app.put(here.lost, app.say('map.unplaced', { n: app.number(lost.length), names: lost.slice(0, 3).map(app.name).join(app.say('comma')) }));
  }

  /* -- hands: a mouse, one finger or two, keys */
  function handled(box) {
    const fingers = new Map();
    let way = 0, apart = 0;
    const local = event => { const edge = box.getBoundingClientRect(); return { x: event.clientX - edge.left, y: event.clientY - edge.top }; };
    const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };
    box.addEventListener('pointerdown', event => { if (event.button || event.target.closest('button, .pop')) return; fingers.set(event.pointerId, local(event)); way = 0; if (fingers.size === 2) apart = spread(); });
    box.addEventListener('pointermove', event => {
      if (!fingers.has(event.pointerId)) { if (event.pointerType === 'mouse') hovered(event); return; }
      const was = fingers.get(event.pointerId), now = local(event);
      way += Math.hypot(now.x - was.x, now.y - was.y);
      fingers.set(event.pointerId, now);
      if (way < 5) return;
      box.setPointerCapture(event.pointerId); box.classList.add('dragged'); pop(null);
      if (fingers.size === 1) moved(now.x - was.x, now.y - was.y);
      else if (fingers.size === 2) { const [a, b] = [...fingers.values()], next = spread(); grown(next / (apart || next), (a.x + b.x) / 2, (a.y + b.y) / 2); apart = next; }
    });
    const lifted = event => { fingers.delete(event.pointerId); box.classList.remove('dragged'); };
    box.addEventListener('pointerup', lifted); box.addEventListener('pointercancel', lifted);
    box.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') pop(null); });
    box.addEventListener('wheel', event => { if (!here.listed && !event.ctrlKey) return; event.preventDefault(); const at = local(event); grown(Math.exp(-event.deltaY / 400), at.x, at.y); }, { passive: false });
    box.addEventListener('click', event => pressed(event, way >= 5));
    box.addEventListener('keydown', keyed);
  }
  function hovered(event) {
    const site = event.target.closest('[data-site]')?.dataset.site || (event.target.closest('.pop') ? here.popped : null);
    if (site !== here.popped) pop(site);
  }
  function pressed(event, dragged) {
    const button = event.target.closest('button')?.dataset.part;
    if (button) ({ 'map-in': () => grown(1.6), 'map-out': () => grown(1 / 1.6), 'map-home': () => chosenHome() })[button]?.();
    if (button || dragged || event.target.closest('.pop')) return;
    const { site } = event.target.closest('[data-site]')?.dataset || {}, name = event.target.closest('[data-disc]')?.dataset.disc, land = event.target.closest('[data-street]')?.dataset.street;
    if (site) event.pointerType === 'mouse' ? app.go(`/sites/${encodeURIComponent(site)}`) : pop(site);
    else if (name) { const [, x, y] = here.discs.get(name).getAttribute('transform').match(/([\d.-]+),([\d.-]+)/).map(Number); grown(2.5, x, y); }
    else if (here.popped) pop(null);
    else if (land && land !== street()) chosen(land);
  }
  const chosenHome = () => street() ? chosen(null) : home();
  function keyed(event) {
    if (event.metaKey || event.ctrlKey || event.altKey || event.target !== here.box) return;
    const act = { ArrowLeft: () => moved(60, 0), ArrowRight: () => moved(-60, 0), ArrowUp: () => moved(0, 60), ArrowDown: () => moved(0, -60), '+': () => grown(1.6), '=': () => grown(1.6), '-': () => grown(1 / 1.6), 0: home, Home: home, Escape: street() && (() => chosen(null)) }[event.key];
    if (act) { event.preventDefault(); event.stopPropagation(); act(); }
  }

  function mount(root) {
    const card = part(root, 'mapcard');
    here?.watcher.disconnect();
    if (!card) { here = null; return; }
    const svg = part(card, 'map'), box = part(card, 'mapbox'), said = Object.fromEntries(Object.entries(svg.dataset).map(([name, text]) => [name, Number(text)]));
    const lands = new Map([...svg.querySelectorAll('path[data-street]')].map(node => [node.dataset.street, { node, x: Number(node.dataset.x), y: Number(node.dataset.y), box: node.getBBox() }]));
    here = { root, box, said, lands, listed: root.classList.contains('mappage'), ground: part(svg, 'map-ground'), under: part(svg, 'map-pins'), names: part(svg, 'map-names'), raised: part(svg, 'map-raised'), over: part(svg, 'map-tags'),
      turns: box.querySelector('.turns'), pop: part(card, 'map-pop'), whole: part(card, 'map-whole'), lost: part(card, 'unplaced'), heading: card.querySelector('h2'), pins: new Map(), discs: new Map(), tags: new Map(), sites: new Map(), stand: [], k: 1, x: 0, y: 0, home: true };
    here.watcher = new ResizeObserver(() => {
      here.wide = box.clientWidth; here.high = box.clientHeight;
      if (here.wide && here.high) { svg.setAttribute('viewBox', `0 0 ${here.wide} ${here.high}`); here.home ? home() : (kept(), draw()); }
    });
    here.watcher.observe(box);
    handled(box);
    here.whole.addEventListener('click', () => chosen(null));
    root.addEventListener('chosen', () => { home(); headed(); });
  }
  function paint(root, frame, sites) {
    if (!here || here.root !== root) return;
    const first = !here.frame;
    here.frame = frame; here.sites = sites;
    headed();
    if (here.wide) first ? home() : draw();
    if (here.popped) pop(here.popped);
  }
  addEventListener('popstate', () => { if (here?.listed && here.root.isConnected && location.pathname === '/map') looked(); });
  app.map = { mount, paint };
  app.painters.map = {
    mount: root => { app.list.mount(root); mount(root); },
    paint: (root, frame, sites) => { app.list.paint(root, sites, new Map(frame.streets.map(row => [row.code, row]))); paint(root, frame, sites); },
  };
})(window.eldercare = window.eldercare || {});

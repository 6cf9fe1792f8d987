/* The wall's map: the same ground and marks as everywhere, larger, without hands. Above four hundred sites neighbours stand together. */
(app => {
  const crowd = 400, cell = 84, size = 1.55, ring = 13, tagHigh = 52, tagGap = 12, quiet = ['silent', 'new', 'closed'], over = 5, ringed = 5;   /* the band above capacity; how many plain marks one that calls is worth under a name */
  const part = name => document.querySelector(`[data-part="${name}"]`);
  const drawn = (name, inside, kind) => { const node = document.createElementNS('http://www.w3.org/2000/svg', name); if (kind) node.setAttribute('class', kind); inside?.append(node); return node; };
  const svg = part('map'), box = part('mapbox'), said = Object.fromEntries(Object.entries(svg.dataset).map(([name, text]) => [name, Number(text)]));
  const layer = { ground: part('map-ground'), pins: part('map-pins'), names: part('map-names'), raised: part('map-raised'), tags: part('map-tags') };
  const lands = new Map([...svg.querySelectorAll('path[data-street]')].map(node => [node.dataset.street, { node, x: Number(node.dataset.x), y: Number(node.dataset.y) }]));
  const pins = new Map(), discs = new Map(), tags = new Map();
  let wide = 0, high = 0, k = 1, dx = 0, dy = 0, stand = [];

  const at = row => ({ x: (row.lon - said.west) * said.across * k + dx, y: (said.north - row.lat) * said.down * k + dy });
  /* The district, or the one street that this wall is about. */
  function fitted(streets) {
    const only = streets.length === 1 && lands.get(streets[0].code), area = only ? only.node.getBBox() : { x: 0, y: 0, width: said.wide, height: 1000 };
    wide = box.clientWidth; high = box.clientHeight;
    k = Math.min((wide - 2 * Math.min(120, wide / 7)) / area.width, (high - 56) / area.height);
    dx = wide / 2 - k * (area.x + area.width / 2); dy = high / 2 - k * (area.y + area.height / 2);
    app.set(svg, 'viewBox', `0 0 ${wide} ${high}`);
    app.set(layer.ground, 'transform', `translate(${dx.toFixed(1)},${dy.toFixed(1)}) scale(${k.toFixed(4)})`);
  }
  function put(known, wanted, make, write) {
    for (const [name, node] of known) if (!wanted.has(name)) { node.remove(); known.delete(name); }
    for (const [name, one] of wanted) { if (!known.has(name)) known.set(name, make(name)); write(known.get(name), one); }
  }
  const calls = row => (row.grade && row.grade <= 2) || (row.band === over && !quiet.includes(row.state));
  function marks(sites) {
    const alone = new Map(), groups = new Map(), together = sites.size > crowd;
    for (const row of sites.values()) {
      const place = at(row);
      if (!together || row.grade === 1) { alone.set(row.site, { row, place }); continue; }
      const name = `${Math.floor(place.x / cell)}/${Math.floor(place.y / cell)}`;
      groups.has(name) ? groups.get(name).push({ row, place }) : groups.set(name, [{ row, place }]);
    }
    for (const [name, members] of groups) if (members.length === 1) { alone.set(members[0].row.site, members[0]); groups.delete(name); }
    stand = [...[...alone.values()].map(one => ({ ...one.place, weight: calls(one.row) ? ringed : 1 })), ...[...groups.values()].map(one => ({ ...middle(one).place, weight: 1 }))];
    put(pins, alone, pin, shown);
    put(discs, groups, disc, counted);
    app.set(svg, 'data-marks', alone.size); app.set(svg, 'data-discs', groups.size);
  }
  const middle = members => { const along = axis => members.reduce((sum, one) => sum + one.place[axis], 0) / members.length; return { place: { x: along('x'), y: along('y') } }; };
  function pin(site) { const node = drawn('g', layer.pins, 'pin'); node.dataset.site = site; drawn('circle', node, 'halo').setAttribute('r', ring); node.used = drawn('use', node); return node; }
  function shown(node, { row, place }) {
    app.set(node, 'transform', `translate(${place.x.toFixed(1)},${place.y.toFixed(1)}) scale(${size})`);
    app.set(node.used, 'href', `#pin-${row.kind}-${quiet.includes(row.state) ? row.state : row.band ?? 0}`);
    app.set(node, 'data-grade', row.grade <= 2 ? row.grade : null);
    node.classList.toggle('late', row.state === 'late');
    const wanted = calls(row) ? layer.raised : layer.pins;
    if (node.parentNode !== wanted) wanted.append(node);
  }
  function disc() { const node = drawn('g', layer.pins, 'disc'); drawn('circle', node, 'halo'); node.body = drawn('circle', node, 'body'); node.text = drawn('text', node); return node; }
  function counted(node, members) {
    const { place } = middle(members), r = 14 + 5 * Math.log2(members.length), worst = Math.min(...members.map(one => one.row.grade ?? 9));
    app.set(node, 'transform', `translate(${place.x.toFixed(1)},${place.y.toFixed(1)})`);
    app.set(node, 'data-grade', worst <= 2 ? worst : null);
    app.set(node.body, 'r', r.toFixed(1)); app.set(node.firstChild, 'r', (r + 5).toFixed(1));
    app.put(node.text, app.number(members.length));
  }

  /* A name stands in its own street near the middle, where it covers the fewest marks and none that calls. */
  const around = (far, step) => Array.from({ length: 2 * far / step + 1 }, (_, n) => n * step - far);
  const spots = around(96, 32).flatMap(a => around(88, 22).map(b => [a, b])), inkHigh = 76;
  function spot(land, x, y, half) {
    const point = svg.createSVGPoint(), outside = (a, b) => { point.x = (a - dx) / k; point.y = (b - dy) / k; return land.node.isPointInFill(point) ? 0 : 1; };
    const under = ([a, b]) => stand.reduce((sum, one) => Math.abs(one.x - x - a) < half + 18 && Math.abs(one.y - y - b - 6) < inkHigh / 2 + 14 ? sum + one.weight : sum, 0);
    const cost = ([a, b]) => 10 * under([a, b]) + 8 * [-half, 0, half].reduce((sum, part) => sum + outside(x + a + part, y + b + 6), 0) + Math.hypot(a, b) / 8;
    return spots.map(one => [cost(one), one]).reduce((best, one) => one[0] < best[0] ? one : best)[1];
  }
  function names(streets) {
    for (const row of streets) {
      const land = lands.get(row.code);
      if (!land) continue;
      if (!land.name) { land.name = drawn('g', layer.names, 'street-name'); land.first = drawn('text', land.name); land.second = drawn('text', land.name, 'many figure'); land.second.setAttribute('y', '38'); }
      app.put(land.first, app.short(row)); app.put(land.second, app.shown(row.people));
      const x = land.x * k + dx, y = land.y * k + dy, sure = `${k.toFixed(3)} ${wide} ${stand.length} ${stand.reduce((sum, one, n) => sum + (one.weight > 1 ? n : 0), 0)} ${land.first.said}`;
      if (land.sure !== sure) { land.sure = sure; land.half = land.first.getComputedTextLength() / 2; land.spot = spot(land, x, y, land.half); }
      app.set(land.name, 'transform', `translate(${(x + land.spot[0]).toFixed(0)},${(y + land.spot[1]).toFixed(0)})`);
    }
  }

  /* What is urgent and still holds has a tag in the margin on its side; an elbow leads to the mark. */
  function tagged(waiting, sites) {
    const sides = [[], []], all = new Map();
    for (const need of waiting) {
      const row = sites.get(need.site);
      if (!row || need.grade > 2 || need.kind.startsWith('GONE.') || sides.flat().some(one => one.row === row)) continue;
      const place = at(row), isLeft = place.x < wide / 2;
      sides[isLeft ? 0 : 1].push({ need, row, place, isLeft });
    }
    for (const side of sides) {
      const taken = [];
      for (const one of side.sort((a, b) => a.need.grade - b.need.grade || a.place.y - b.place.y).slice(0, Math.floor(high / 160))) { one.y = freest(one, taken); taken.push(one.y); all.set(one.need.site, one); }
    }
    put(tags, all, tag, written);
  }
  /* Where the tag covers the least land and the fewest marks, not far from its own. */
  const kept = new Map(), land = layer.ground.querySelector('.land');
  function freest(one, taken) {
    const sure = `${k.toFixed(3)} ${wide} ${stand.length} ${one.place.x.toFixed(0)} ${taken} ${tags.get(one.need.site)?.wide} ${[...lands.values()].map(l => l.spot)}`, known = kept.get(one.need.site);
    if (known?.sure === sure) return known.y;
    const reach = tags.get(one.need.site)?.wide || 230, from = one.isLeft ? 8 : wide - 8 - reach, point = svg.createSVGPoint();
    const covers = y => stand.filter(p => p.x > from - 20 && p.x < from + reach + 20 && Math.abs(p.y - y) < tagHigh / 2 + 22).length + [...lands.values()].filter(l => l.spot && Math.abs(l.x * k + dx + l.spot[0] - from - reach / 2) < reach / 2 + l.half + 8 && Math.abs(l.y * k + dy + l.spot[1] + 12 - y) < tagHigh / 2 + 40).length;
    const onLand = y => [0, .25, .5, .75, 1].filter(part => { point.x = (from + reach * part - dx) / k; point.y = (y - dy) / k; return land.isPointInFill(point); }).length;
    let best = { cost: Infinity, y: one.place.y };
    for (let y = tagHigh / 2 + 12; y < high - tagHigh / 2 - 12; y += 16) {
      if (taken.some(other => Math.abs(other - y) < tagHigh + tagGap)) continue;
      const cost = 150 * covers(y) + 50 * onLand(y) + Math.abs(y - one.place.y);
      if (cost < best.cost) best = { cost, y };
    }
    kept.set(one.need.site, { sure, y: best.y });
    return best.y;
  }
  function tag() { const node = drawn('g', layer.tags, 'tag'); node.lead = drawn('path', node, 'lead'); node.box = drawn('rect', node); node.sign = drawn('g', node, 'sign'); node.text = drawn('text', node); node.box.setAttribute('height', tagHigh); node.box.setAttribute('rx', 8); return node; }
  function written(node, { need, place, y, isLeft }) {
    app.set(node, 'data-grade', need.grade);
    signed(node.sign, need.grade);
    app.age(node.text, () => app.tagOf(need));
    if (node.long !== node.text.textContent.length) { node.long = node.text.textContent.length; node.wide = Math.ceil(node.text.getComputedTextLength()) + 72; }
    const x = isLeft ? 8 : wide - 8 - node.wide, edge = isLeft ? x + node.wide : x, way = isLeft ? -1 : 1, r = ring * size, apart = way * (edge - place.x);
    const bend = apart > r || Math.abs(y - place.y) > r + tagHigh / 2 + 8 ? y : place.y + (place.y > high / 2 ? -70 : 70), down = bend > place.y ? 1 : -1, from = `M${place.x.toFixed(0)},${(place.y + down * r).toFixed(0)}`;
    app.set(node.lead, 'd', apart > r + 20 && Math.abs(bend - place.y) < 160 ? `M${(place.x + way * r).toFixed(0)},${place.y.toFixed(0)}H${(place.x + way * (r + 10)).toFixed(0)}L${(edge - way * 12).toFixed(0)},${bend.toFixed(0)}H${edge.toFixed(0)}`
      : apart > 4 ? `${from}V${bend.toFixed(0)}H${edge.toFixed(0)}` : `${from}V${(bend - down * tagHigh / 2).toFixed(0)}`);
    app.set(node.box, 'x', x.toFixed(0)); app.set(node.box, 'y', (bend - tagHigh / 2).toFixed(0)); app.set(node.box, 'width', node.wide);
    app.set(node.sign, 'transform', `translate(${(x + 30).toFixed(0)},${bend.toFixed(0)}) scale(1.9)`);
    app.set(node.text, 'x', (x + 54).toFixed(0)); app.set(node.text, 'y', (bend + 11).toFixed(0));
  }
  function signed(sign, worst) {
    if (sign.said === worst) return;
    sign.said = worst; sign.replaceChildren();
    drawn('path', sign, 'face').setAttribute('d', worst === 1 ? 'M-3.1,-7.5H3.1L7.5,-3.1V3.1L3.1,7.5H-3.1L-7.5,3.1V-3.1Z' : 'M0,-7L8,7H-8Z');
    drawn('path', sign, 'glyph').setAttribute('d', worst === 1 ? 'M0,-4V1M0,3.6V4' : 'M0,-2.2V2M0,4.4V4.8');
  }

  app.wallMap = (frame, sites) => { fitted(frame.streets); marks(sites); names(frame.streets); tagged(frame.waiting, sites); };
})(window.eldercare = window.eldercare || {});

/* The list of sites: worst first, filtered by what stands in the address, two hundred rows at a time. */
(app => {
  const step = 200, order = { silent: 0, new: 1, late: 2, live: 3, closed: 4 }, trouble = { silent: 2, new: 3, late: 5 }, full = { 5: 2, 4: 6 };
  const settling = 500, rests = 1000, wide = matchMedia('(min-width: 1680px)');
  let limit = step, short = false, known = { sites: new Map(), street: new Map() }, watcher, order_ = { at: 0, said: null, rows: [] }, names = { said: '', place: new Map() };
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`);
  const query = () => new URLSearchParams(location.search);
  const fields = ['q', 'street', 'state'];

  const open = row => row.state === 'live' || row.state === 'late';
  const grade = row => Math.min(row.worst_grade ?? 9, trouble[row.state] ?? 9, (open(row) && full[row.band]) || 9);
  /* One number a row, kept as long as the row: grade, state, load, then the name's place among all names. */
  const rank = row => row.rank ??= ((grade(row) * 8 + (order[row.state] ?? 5)) * 8 + 5 - (row.band ?? 0)) * 1e6 + (names.place.get(row.site) ?? 0);
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  /* Names hardly ever change; to compare Chinese ones costs more than everything else here. */
  function placed(sites) {
    const said = `${sites.size}/${app.language}`;
    if (names.of === sites && names.said === said) return;
    const all = [...sites.values()].sort((a, b) => collator.compare(app.name(a), app.name(b)) || (a.site < b.site ? -1 : 1));
    names = { of: sites, said, place: new Map(all.map((row, n) => [row.site, n])) };
    for (const row of all) row.rank = undefined;
  }
  /* Which rows in which order. Of many sites the order rests a second; what stands in the rows never waits. */
  function ordered(list, sites) {
    const now = performance.now(), wanted = query(), said = wanted.toString(), rests_ = sites.size > settling && order_.of === sites && order_.said === said && order_.size === sites.size && list.order && now < order_.at + rests;
    if (rests_) return order_.rows = order_.rows.map(row => sites.get(row.site));
    placed(sites);
    const rows = [...sites.values()].filter(row => fits(row, wanted)).sort((a, b) => rank(a) - rank(b));
    order_ = { at: now, of: sites, said, size: sites.size, rows: app.ordered(list, rows, row => row.site) };
    return order_.rows;
  }
  function fits(row, wanted) {
    if (!wanted.size) return true;
    const text = (wanted.get('q') || '').trim().toLowerCase(), street = wanted.get('street'), state = wanted.get('state');
    return (!street || row.street === street) && (!state || (state === 'alarm' ? row.open_alarms > 0 : row.state === state))
      && (!text || [row.name_zh, row.name_en, row.site, app.named('kind', row.kind), row.community || ''].some(part => part.toLowerCase().includes(text)));
  }
  const aged = row => row.state === 'new' ? app.named('state', 'new') : row.state === 'closed' ? app.named('state', 'closed')
    : row.state === 'live' ? app.ago(row.heard_at) : `${app.named('state', row.state)} ${row.heard_at == null ? '' : app.length(app.seconds(row.heard_at))}`;

  /* A site's band is that of its worst area: beside a sum that is far from full it must say so. */
  const ofArea = row => row.people != null && row.capacity && (row.band === 5 ? row.people <= row.capacity : row.band === 4 && row.people < .9 * row.capacity);
  app.loaded = row => row.band == null ? '' : ofArea(row) ? app.named('areaband', row.band) : app.named('band', row.band);
  function one(slot, f, row, street) {
    const link = slot.firstElementChild, place = street.get(row.street);
    app.set(link, 'href', `/sites/${encodeURIComponent(row.site)}`);
    app.set(link, 'data-state', row.state);
    app.set(f.mark, 'data-state', row.state);
    app.put(f.state, app.named('state', row.state));
    app.put(f.name, app.name(row)); app.set(f.name, 'title', app.name(row));
    app.put(f.street, place ? app.short(place) : row.street);
    app.set(f.shape, 'data-kind', row.kind); app.set(f.shape, 'data-band', row.band ?? ''); app.set(f.shape, 'data-state', row.state);
    app.put(f.kind, app.named('kind', row.kind));
    app.put(f.people, app.number(row.people));
    app.put(f.capacity, row.capacity == null ? '' : ` / ${app.number(row.capacity)}`);
    app.set(f.load, 'data-band', row.band ?? '');
    app.put(f.band, app.loaded(row));
    app.age(f.age, () => aged(row));
    app.set(f.grade, 'data-grade', row.worst_grade ?? '');
    app.put(f.alarms, row.open_alarms ? app.number(row.open_alarms) : '');
    app.put(f.alarmword, row.open_alarms ? app.say('list.alarms') : '');
    f.alarms.parentElement.classList.toggle('some', row.open_alarms > 0);
  }
  function paint(root, sites = known.sites, street = known.street) {
    known = { sites, street };
    const card = part(root, 'sites');
    if (!card || (wide.matches && root.classList.contains('over'))) return;
    streets(card, street);
    const list = part(card, 'list'), rows = ordered(list, sites);
    app.put(part(card, 'sites-total'), rows.length === sites.size ? app.say('list.total', { n: app.number(sites.size) }) : app.say('list.some', { n: app.number(rows.length), all: app.number(sites.size) }));
    app.keyed(list, 'site', rows.slice(0, limit), row => row.site, (slot, f, row) => one(slot, f, row, street));
    app.show(part(card, 'more'), rows.length > limit && !short);
    app.show(part(card, 'no-sites'), !rows.length);
    app.put(part(card, 'no-sites-why'), app.say(sites.size ? 'list.no_match' : 'list.no_site'));
  }
  function streets(card, street) {
    const select = card.querySelector('select[name=street]'), options = [...street.values()].sort((a, b) => a.code < b.code ? -1 : 1);
    const said = options.map(row => row.code).join();
    if (!select || select.said === said) return;
    select.said = said;
    while (select.options.length > 1) select.remove(1);
    for (const row of options) select.add(new Option(app.short(row), row.code));
    select.value = query().get('street') || '';
  }
  function chosen(root, form) {
    const wanted = query();
    for (const name of fields) { const value = form.elements[name].value; value ? wanted.set(name, value) : wanted.delete(name); }
    const text = wanted.toString();
    history.replaceState(history.state, '', location.pathname + (text ? `?${text}` : ''));
    limit = short ? 20 : step;
    part(root, 'list').order = null;
    part(root, 'scroll')?.scrollTo(0, 0);
    paint(root);
    root.dispatchEvent(new Event('chosen'));
  }
  /* The address was changed by somebody else: the map, or the way back. */
  function reread(root) {
    const form = root.querySelector('form.filters');
    for (const name of fields) form.elements[name].value = query().get(name) || '';
    part(root, 'list').order = null;
    paint(root);
  }
  function mount(root) {
    const form = root.querySelector('form.filters');
    if (!form) return;
    short = root.classList.contains('over') && matchMedia('(max-width: 767px)').matches;
    limit = short ? 20 : step;
    for (const name of fields) form.elements[name].value = query().get(name) || '';
    form.addEventListener('input', () => chosen(root, form));
    form.addEventListener('submit', event => event.preventDefault());
    part(root, 'list').addEventListener('pointerleave', () => paint(root));
    watcher?.disconnect();
    watcher = new IntersectionObserver(seen => { if (seen.some(entry => entry.isIntersecting)) { limit += step; paint(root); } });
    watcher.observe(part(root, 'more'));
  }
  app.list = { mount, paint, reread, fits, grade };
})(window.eldercare = window.eldercare || {});

/* One stream for each tab. Frames are kept, so a page that is opened again shows at once what was last known. */
(app => {
  const page = document.documentElement, silence = 15000, longest = 15000, kept = {};
  let source, view, wait = 1000, attempts = 0, good = { at: performance.now(), wall: Date.now() }, again;

  app.painters = app.painters || {};
  const wanted = () => document.querySelector('[data-view]')?.dataset.view || (location.pathname === '/map' ? 'map' : 'overview');
  const painter = () => app.painters[view?.split(':')[0]];
  const alive = () => { good = { at: performance.now(), wall: Date.now() }; attempts = 0; wait = 1000; state('on'); };
  const state = now => { if (page.dataset.live !== now) { page.dataset.live = now; told(); } };

  function merged(frame, whole) {
    const known = whole || !kept[view] ? { sites: new Map() } : kept[view];
    for (const row of frame.sites || []) known.sites.set(row.site, row);
    for (const gone of frame.gone || []) known.sites.delete(gone);
    known.frame = frame;
    kept[view] = known;
  }
  function received(text, whole) {
    const frame = JSON.parse(text);
    app.heard(frame.as_of);
    merged(frame, whole);
    alive();
    paint();
  }
  function paint() {
    const root = document.querySelector('[data-view]'), known = kept[view];
    if (root && known && root.dataset.view === view) { painter()?.paint(root, known.frame, known.sites); root.dataset.painted = known.frame.change; }
    if (known) app.counted?.(known.frame);
    told();   /* ages that no frame has changed go on with the second, below */
  }
  function open() {
    clearTimeout(again);
    source?.close();
    const mine = source = new EventSource(`/live?view=${encodeURIComponent(view)}`);
    mine.addEventListener('snapshot', event => mine === source && received(event.data, true));
    mine.onmessage = event => mine === source && received(event.data, false);
    mine.addEventListener('beat', event => {
      if (mine !== source) return;
      try { const { as_of: asOf } = JSON.parse(event.data); if (asOf) app.heard(asOf); } catch { /* a beat without a time is still a beat */ }
      alive();
    });
    mine.onerror = () => mine === source && failed();
  }
  /* A browser reconnects by itself after a broken line, but never after an HTTP error: then it is ours to do, for ever. */
  function failed() {
    attempts += 1;
    if (page.dataset.live === 'on') state('lost');
    told();
    if (source.readyState !== EventSource.CLOSED) return;
    again = setTimeout(open, wait * (.75 + Math.random() / 2));
    wait = Math.min(wait * 2, longest);
    if (attempts > 1) signedIn();
  }
  async function signedIn() {
    try {
      const answer = await fetch(location.pathname, { redirect: 'manual', cache: 'no-store' });
      page.toggleAttribute('data-signed-out', answer.type === 'opaqueredirect' || answer.status === 401);
      told();
    } catch { /* no network: the stream tries on */ }
  }
  const quiet = () => Math.max(performance.now() - good.at, Date.now() - good.wall);
  function told() {
    const now = app.now(), stale = page.dataset.live === 'stale', out = page.hasAttribute('data-signed-out'), get = id => document.getElementById(id);
    app.put(get('line'), app.say(`live.${page.dataset.live || 'wait'}`));
    app.set(get('line-mark'), 'data-state', { on: 'live', stale: 'silent' }[page.dataset.live] || 'late');
    if (now && !stale) { app.put(get('clock'), app.clock(now * 1000)); app.put(get('date'), app.date(now)); }
    if (!stale) return;
    app.put(get('stale-since'), app.say(out ? 'stale.signed_out' : now ? 'stale.since' : 'stale.nothing', { age: app.length(quiet() < 60000 ? Math.floor(quiet() / 15000) * 15 : quiet() / 1000) }));
    app.put(get('stale-tries'), now ? app.say(attempts ? 'stale.tries' : 'stale.last', { at: app.clock((now - quiet()) * 1000), n: attempts }) : app.say('stale.tries_only', { n: attempts }));
    app.put(get('stale-retry'), app.say(out ? 'stale.sign_in' : 'stale.retry'));
  }
  app.retry = () => { if (page.hasAttribute('data-signed-out')) location.href = '/login'; else { wait = 1000; open(); } };

  function follow() {
    const next = wanted();
    if (next !== view) { view = next; open(); }
  }
  function mounted(root) {
    follow();
    painter()?.mount?.(root);
    if (root.dataset.first && !kept[view]) { const first = JSON.parse(root.dataset.first); if (!app.now()) app.heard(first.as_of); merged(first, true); }
    paint();
  }
  let last = null;
  new MutationObserver(() => {
    const root = document.querySelector('[data-view]') || document.querySelector('.page');
    if (root === last) return;
    last = root;
    if (root) { app.arrived?.(root); root.dataset.view ? mounted(root) : follow(); }
  }).observe(document.body, { childList: true, subtree: true });

  setInterval(() => {
    if (quiet() >= silence) state('stale');
    if (quiet() >= 3 * silence && source?.readyState === EventSource.OPEN) open();   /* a line that is open and mute */
    app.tick(); told();
  }, 1000);
  page.dataset.live = 'wait';
  /* The district's stream is asked for before Dash has booted; a site's page brings its first frame with it and can wait. */
  if (!/^\/(sites\/|alarms)/.test(location.pathname)) follow();
})(window.eldercare = window.eldercare || {});

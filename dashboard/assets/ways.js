/* Getting about: links without a reload, keys, theme and language, drawings set in once. */
(app => {
  const page = document.documentElement, keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`; };

  /* A page that does not come: the server says itself what is wrong, or the old page stays under its own address. */
  const patience = 4000;
  let waiting = 0;
  async function unreached(from) {
    if (page.dataset.live === 'on') return;   /* nothing is wrong: the place is one of the same page */
    try { await fetch(location.href, { method: 'HEAD', cache: 'no-store', redirect: 'manual' }); location.reload(); }
    catch { history.replaceState({}, '', from); window.dispatchEvent(new CustomEvent('_dashprivate_pushstate')); app.retry(); }   /* Dash is told too, or the same link would lead nowhere afterwards */
  }
  app.go = href => { const from = location.href; clearTimeout(waiting); waiting = setTimeout(() => unreached(from), patience); history.pushState({}, '', href); window.dispatchEvent(new CustomEvent('_dashprivate_pushstate')); window.scrollTo(0, 0); document.getElementById('_pages_content')?.parentElement.scrollTo(0, 0); };
  app.title = document.title || app.say('brand');
  app.arrived = root => {
    clearTimeout(waiting);
    const path = location.pathname, title = root.dataset.title || '';
    const heading = document.getElementById('title');
    app.put(heading, title); app.set(heading, 'title', title);
    document.title = app.title = `${title} | ${app.say('brand')}`;
    const back = document.getElementById('back'), up = root.dataset.backWord || app.say('back');
    app.show(back, !!root.dataset.back); app.set(back, 'href', root.dataset.back || '/sites'); app.set(back, 'aria-label', up); app.put(back.lastElementChild, up);
    for (const link of document.querySelectorAll('[data-menu]')) app.set(link, 'aria-current', (link.dataset.menu === '/' ? path === '/' : path.startsWith(link.dataset.menu)) ? 'page' : null);
    for (const sheet of document.querySelectorAll('dialog.popup[open]')) sheet.close();
    app.soundTold();
    for (const place of root.querySelectorAll('[data-drawing]')) { place.innerHTML = place.dataset.drawing; place.removeAttribute('data-drawing'); }
    if (app.been) root.focus({ preventScroll: true });
    app.been = true;
  };
  /* Dash writes a title of its own after each page; this one stays. */
  new MutationObserver(() => { if (app.title && document.title !== app.title) document.title = app.title; }).observe(document.querySelector('title'), { childList: true });
  const dark = () => page.dataset.theme ? page.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  function pressed(id) {
    if (id === 'theme') { page.dataset.theme = dark() ? 'light' : 'dark'; keep('theme', page.dataset.theme); }
    if (id === 'language') {
      const wanted = new URLSearchParams(location.search);
      keep('lang', app.language === 'zh' ? 'en' : 'zh');
      wanted.delete('lang');
      location.replace(location.pathname + (wanted.size ? `?${wanted}` : ''));
    }
    if (id === 'stale-retry') app.retry();
    if (id === 'again') location.reload();
    if (id.startsWith('sign-out')) signOut();
  }
  async function signOut() {
    const token = document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '';
    await fetch('/logout', { method: 'POST', headers: { 'X-CSRFToken': decodeURIComponent(token) }, redirect: 'manual' });
    location.href = '/login?why=signed_out';
  }
  document.addEventListener('click', event => {
    const sheet = event.target.closest('[data-opens], [data-closes], dialog.popup');
    if (sheet?.dataset.opens) document.getElementById(sheet.dataset.opens).showModal();
    else if (sheet && ('closes' in sheet.dataset || event.target === sheet)) sheet.closest('dialog').close();
    const button = event.target.closest('button'), link = event.target.closest('a[href^="/"]');
    if (button) pressed(button.id);
    if (link && 'export' in link.dataset) link.href = link.pathname + location.search;   /* the file is what the list shows */
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || link.target || 'reload' in link.dataset) return;
    event.preventDefault();
    app.go(link.getAttribute('href'));
  });

  const lists = '[data-part=list] a.site, .alarmlist a, table.days td a, .qtable tbody th a, .qlist a, .running a, [data-part=streets] a';
  const rows = () => [...document.querySelectorAll(lists)].filter(row => row.offsetParent && !row.closest('.over .streets'));
  function step(by) {
    const all = rows(), at = all.indexOf(document.activeElement), here = at < 0 ? all.findIndex(row => row.getAttribute('aria-current') === 'true') : at;
    all[Math.max(0, Math.min(all.length - 1, here + by))]?.focus();
  }
  function searched() { const field = document.querySelector('.filters input'); if (field) field.focus(); else app.go('/sites'); }
  const acts = { '/': searched, j: () => step(1), k: () => step(-1), '?': () => document.getElementById('keys').showModal() };
  function escaped(typing) {
    const up = document.querySelector('[data-back]')?.dataset.back;
    typing ? typing.blur() : up ? app.go(up) : document.activeElement?.blur();
  }
  let first = 0;
  document.addEventListener('keydown', event => {
    const typing = event.target.closest('input, select, textarea');
    if (document.querySelector('dialog[open]')) return;   /* it keeps the keyboard to itself */
    if (event.key === 'Escape') { escaped(typing); return; }
    if (typing || event.metaKey || event.ctrlKey || event.altKey) return;
    const page = Date.now() - first < 1200 && document.querySelector(`.side [data-key="${CSS.escape(event.key)}"]`);
    first = event.key === 'g' ? Date.now() : 0;
    const act = page ? () => app.go(page.getAttribute('href')) : acts[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})(window.eldercare = window.eldercare || {});

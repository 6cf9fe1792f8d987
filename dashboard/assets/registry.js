/* The registry: a list that is searched, a form whose faults stand beside their fields, a password shown once, a line that
   turns green by itself, and a file that is checked before it is written. */
(app => {
  const sure = 5000, settled = 300, fileMost = 5 * 1024 * 1024;
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const part = name => document.querySelector(`[data-part=${name}]`), page = () => document.querySelector('[data-registered]');
  const known = ['403', '404', 'same', 'code', 'closed', 'span', 'successor', 'wrong'];
  let fresh = null, chosen = null;

  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) if (value != null) made.setAttribute(name, value);
    made.append(...children.filter(child => child != null));
    return made;
  }
  async function sent(path, body) {
    let answer;
    try { answer = await fetch(`/act/registry/${path}`, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(body || {}), redirect: 'manual' }); }
    catch { throw { text: app.say('deed.lost') }; }
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    throw { text: known.includes(said.title) ? app.named('registrywrong', said.title) : app.say(answer.status === 503 ? 'deed.busy' : 'deed.signed_out'), wrong: said.wrong };
  }
  const told = one => one.why ? app.named('placewhy', one.why) : app.named('placewrong', one.column.replaceAll(' ', '_')) || one.allowed;
  const noticed = one => `${one.code}: ${app.named('placenotice', one.why)}`;
  const labelled = column => { const word = app.named('sitefield', column); return word === column ? '' : word; };

  /* -- the list ----------------------------------------------------------------------------------------------------- */
  const asked = () => new URLSearchParams(location.search);
  function typed(text) {
    const wanted = asked();
    text ? wanted.set('q', text) : wanted.delete('q');
    history.replaceState(history.state, '', location.pathname + (wanted.size ? `?${wanted}` : ''));
    search();
  }
  function searched() {
    const field = part('registrysearch');
    if (!field || field.dataset.asked) return;
    field.dataset.asked = '1';
    field.value = asked().get('q') || '';
    search();
  }
  function search() {
    const field = part('registrysearch'), rows = [...document.querySelectorAll('[data-part=registered] tr')], wanted = (field?.value || '').trim().toLowerCase();
    let shown = 0;
    for (const row of rows) { const yes = !wanted || row.dataset.foundBy.includes(wanted); app.show(row, yes); shown += yes; }
    app.put(part('registrycount'), rows.length ? app.say('registry.count', { n: app.number(shown), total: app.number(rows.length) }) : '');
  }
  function states(sites) {
    for (const row of document.querySelectorAll('[data-part=registered] tr')) {
      const one = sites.get(row.dataset.site);
      if (!one || row.dataset.ended) continue;
      app.set(row.querySelector('.st'), 'data-state', one.state);
      app.put(row.querySelector('[data-part=word]'), app.named('state', one.state));
      if (one.heard_at != null) app.age(row.lastElementChild, () => app.ago(one.heard_at));
    }
  }

  /* -- the line of one site ----------------------------------------------------------------------------------------- */
  function line(sites) {
    const box = part('siteline'), one = sites.get(page().dataset.registered);
    if (!box || !one || box.dataset.ended) return;
    const waits = fresh?.site === one.site && !(one.heard_at > fresh.since);
    if (one.heard_at == null || waits) { app.set(box, 'data-state', 'new'); app.set(box.querySelector('.st'), 'data-state', 'new'); app.put(part('linesaid'), app.say('registry.waiting')); return; }
    const late = one.state === 'late' || one.state === 'silent';
    app.set(box, 'data-state', late ? one.state : 'live'); app.set(box.querySelector('.st'), 'data-state', late ? one.state : 'live');
    app.put(part('linesaid'), app.say(late ? 'registry.last' : 'registry.speaks', { at: app.clock(one.heard_at) }));
  }
  const copier = text => { const button = el('button', { type: 'button', class: 'btn low' }, app.say('registry.copy')); button.copies = text; return button; };
  const secret = (label, text) => el('div', { class: 'secret' }, el('small', { class: 'soft' }, label), el('code', {}, text), copier(text));
  function freshShown() {
    const box = part('freshusers');
    if (!box || box.shows === fresh) return;
    box.shows = fresh;
    const mine = fresh && fresh.site === page()?.dataset.registered;
    app.show(part('fresh'), mine);
    box.replaceChildren(...(mine ? fresh.users : []).map(user => el('section', { class: 'freshuser' },
      secret(app.say('registry.user'), user.name), secret(app.say('registry.password'), user.password),
      ...user.tries.map(one => secret(app.named('tryprogram', one.program), one.line)))));
  }
  function made(site, users) { fresh = { site, users, since: (app.now() || 0) * 1000 }; }

  /* -- the form ----------------------------------------------------------------------------------------------------- */
  function cells(form) {
    const given = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
    const { street_code: code, street_zh: zh, street_en: en, ...rest } = given;
    if (rest.street === '+') rest.street = code ? `${code}=${zh || en}${en ? `/${en}` : ''}` : '';
    return rest;
  }
  function marked(form, wrong) {
    const by = new Map(); for (const one of wrong || []) if (!by.has(one.column)) by.set(one.column, one);
    for (const box of form.querySelectorAll('[data-wrong]')) {
      const one = by.get(box.dataset.wrong), field = form.elements[box.dataset.wrong];
      app.put(box, one ? told(one) : ''); app.set(field, 'aria-invalid', one ? 'true' : null);
    }
    form.querySelector('[aria-invalid]')?.focus();
  }
  async function saved(form) {
    const button = form.querySelector('[type=submit]'), given = cells(form), isNew = form.dataset.kind === 'new';
    button.disabled = true; app.put(part('sitewrong'), ''); app.put(part('sitesaid'), '');
    try {
      const said = await (await sent(isNew ? 'sites' : `sites/${page().dataset.registered}`, { cells: given })).json();
      marked(form, []);
      if (isNew) { made(said.site, said.users); app.go(`/registry/${said.site}`); return; }
      if (!said.changed.length) app.put(part('sitesaid'), app.say('registry.same'));
      else { again([app.say('registry.saved', { columns: said.changed.map(name => app.named('sitefield', name)).join(app.say('comma')) }), ...said.notices.map(noticed)].join(' ')); return; }
    } catch (fault) { if (!fault.text) throw fault; app.put(part('sitewrong'), fault.text); marked(form, fault.wrong); if (fault.text === app.named('registrywrong', 'same')) form.elements.site.focus(); }
    finally { button.disabled = false; }
  }
  /* The page anew, with a word about why. */
  let after = '', times = 0;
  function again(word) { after = word; document.activeElement?.blur(); app.go(`${location.pathname}?n=${++times}`); }
  let asking = 0;
  function hoursTyped(field) {
    clearTimeout(asking);
    asking = setTimeout(async () => {
      const box = part('hourswords'), fault = document.querySelector('[data-wrong=open_hours]');
      try {
        const { words } = await (await sent('hours', { rule: field.value.trim(), language: app.language })).json();
        app.put(box, words || ''); app.put(fault, words ? '' : app.named('placewrong', 'open_hours')); app.set(field, 'aria-invalid', words ? null : 'true');
      } catch { app.put(box, ''); }
    }, settled);
  }

  /* -- deeds -------------------------------------------------------------------------------------------------------- */
  function twice(button) {
    if (button.dataset.asked) return true;
    const word = button.textContent;
    button.dataset.asked = '1'; button.textContent = app.say('registry.sure');
    setTimeout(() => { delete button.dataset.asked; button.textContent = word; }, sure);
    return false;
  }
  async function give(device) {
    const site = page().dataset.registered;
    try { const said = await (await sent(`sites/${site}/password`, { device })).json(); made(site, said.users); again(''); }
    catch (fault) { app.put(part('usersaid'), fault.text || ''); }
  }
  async function revoke(device) {
    try { await sent(`sites/${page().dataset.registered}/revoke`, { device }); fresh = null; again(''); } catch (fault) { app.put(part('usersaid'), fault.text || ''); }
  }
  async function ended(form) {
    const button = form.querySelector('[type=submit]');
    if (!twice(button)) return;
    const given = Object.fromEntries(new FormData(form)), body = { day: given.day };
    if (form.dataset.kind === 'close') body.successors = (given.successors || '').split(/[\s,;，；、]+/).filter(Boolean);
    try { await sent(`sites/${page().dataset.registered}/${form.dataset.kind}`, body); fresh = null; again(''); } catch (fault) { app.put(part('endwrong'), fault.text || ''); }
  }

  /* -- a file ------------------------------------------------------------------------------------------------------- */
  function posted(file, dry, moved) {
    return new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      request.open('POST', `/act/registry/file?dry_run=${dry}`);
      request.setRequestHeader('X-CSRFToken', token());
      request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.upload.onprogress = event => moved(event.loaded / Math.max(1, event.total), app.say('registryfile.sending'));
      const lines = () => request.responseText.split('\n').filter(Boolean);
      request.onprogress = () => { try { const step = JSON.parse(lines().at(-1)).step; if (step) moved(1, app.say('registryfile.checking', { n: step })); } catch { /* half a line */ } };
      request.onload = () => { if (request.status === 200) done(JSON.parse(lines().at(-1))); else failed({ text: request.status === 413 ? app.say('registryfile.large') : request.status === 403 ? app.named('registrywrong', '403') : app.say('registryfile.failed') }); };
      request.onerror = () => failed({ text: app.say('deed.lost') });
      request.send(file);
    });
  }
  async function taken(file, dry) {
    const bar = part('fileprogress'), result = part('fileresult'), said = part('filesaid');
    chosen = file; result.replaceChildren(); app.put(said, ''); app.show(bar, true);
    const moved = (share, word) => { const one = bar.querySelector('progress'); if (one) { if (share < 1) one.value = 100 * share; else one.removeAttribute('value'); } app.put(said, word); };
    try {
      if (file.size > fileMost) throw { text: app.say('registryfile.large') };
      shown(await posted(file, dry, moved), said, result);
    } catch (fault) { app.put(said, fault.text || app.say('registryfile.failed')); }
    finally { app.show(bar, false); }
  }
  function shown(found, said, result) {
    if (found.failed) { app.put(said, app.say('registryfile.failed')); return; }
    if (found.wrong) { app.put(said, app.say('registryfile.wrong', { n: app.number(found.wrong_total) })); result.replaceChildren(faults(found.wrong)); return; }
    const numbers = Object.fromEntries(['created', 'updated', 'unchanged', 'streets', 'replayed'].map(name => [name, app.number(found[name])]));
    const nothing = !found.created && !found.updated && !found.streets;
    app.put(said, nothing ? app.say('registryfile.nothing') : app.say(found.dry_run ? 'registryfile.would' : 'registryfile.done', numbers));
    const lines = [...found.new_sites.slice(0, 200).map(site => [app.say('registryfile.new'), site, '']), ...found.changes.map(one => [app.say('registryfile.changed'), one.site, one.columns.map(name => app.named('sitefield', name)).join(app.say('comma'))])];
    const notes = found.notices.map(one => el('p', { class: 'soft' }, noticed(one)));
    if (found.dry_run && found.replayed) notes.push(el('p', { class: 'soft' }, app.say('registryfile.replays', { n: numbers.replayed })));
    const list = lines.length ? el('ul', { class: 'filelines', tabindex: 0, 'aria-label': app.say('registryfile.title') }, ...lines.map(([what, site, columns]) => el('li', {}, el('b', {}, what), el('code', {}, site), el('span', { class: 'soft' }, columns)))) : null;
    const go = found.dry_run && !nothing ? el('button', { type: 'button', class: 'btn main', 'data-part': 'fileapply' }, app.say('registryfile.apply')) : null;
    const keys = !found.dry_run && found.created ? el('button', { type: 'button', class: 'btn', 'data-part': 'filekeys' }, app.say('registryfile.passwords', { n: numbers.created })) : null;
    if (keys) keys.sites = found.new_sites;
    result.replaceChildren(...[list, ...notes, go, keys].filter(Boolean));
  }
  const faults = wrong => el('ul', { class: 'filelines faults', tabindex: 0, 'aria-label': app.say('registryfile.title') }, ...wrong.map(one => el('li', {},
    el('b', {}, app.say(one.unit === 'feature' ? 'registryfile.feature' : 'registryfile.row', { n: one.line })), el('code', {}, `${one.column}${one.value ? ` = ${one.value}` : ''}`), el('span', {}, [labelled(one.column), told(one)].filter(Boolean).join(' · ')))));
  async function keysMade(button) {
    button.disabled = true;
    try {
      const file = await (await sent('passwords', { sites: button.sites.slice(0, 5000) })).blob(), link = el('a', { href: URL.createObjectURL(file), download: 'passwords.csv' });
      link.click(); setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      button.replaceWith(el('p', { class: 'soft' }, app.say('registryfile.passwords_made')));
    } catch (fault) { app.put(part('filesaid'), fault.text || ''); button.disabled = false; }
  }

  /* -- what is pressed, typed and chosen ------------------------------------------------------------------------------ */
  document.addEventListener('submit', event => {
    const form = event.target, deed = { siteform: saved, endform: ended, userform: () => give(form.elements.device.value.trim()) }[form.dataset.part];
    if (deed) { event.preventDefault(); deed(form); }
  });
  document.addEventListener('click', event => {
    if (event.target.id === 'registry-file') event.target.value = '';   /* the same file, mended, is chosen again */
    const button = event.target.closest?.('button');
    if (!button) return;
    if (button.copies) { navigator.clipboard?.writeText(button.copies).then(() => { button.textContent = app.say('registry.copied'); }, () => getSelection().selectAllChildren(button.previousElementSibling)); if (!navigator.clipboard) getSelection().selectAllChildren(button.previousElementSibling); }
    if ('userGive' in button.dataset && twice(button)) give(button.dataset.userGive);
    if ('userRevoke' in button.dataset && twice(button)) revoke(button.dataset.userRevoke);
    if (button.dataset.part === 'fileapply') taken(chosen, false);
    if (button.dataset.part === 'filekeys') keysMade(button);
  });
  document.addEventListener('input', event => {
    if (event.target.dataset?.part === 'registrysearch') typed(event.target.value.trim());
    if (event.target.id === 'site-open_hours') hoursTyped(event.target);
  });
  document.addEventListener('change', event => {
    if (event.target.id === 'site-street') app.show(part('newstreet'), event.target.value === '+');
    if (event.target.id === 'registry-file' && event.target.files[0]) taken(event.target.files[0], true);
  });

  const before = app.painters.overview;
  app.painters.overview = { ...before, paint(root, frame, sites) {
    before.paint(root, frame, sites);
    if (!root.classList.contains('registrypage')) return;
    if (part('registered')) { states(sites); searched(); }
    if (root.dataset.registered) { line(sites); freshShown(); if (after && part('sitesaid')) { app.put(part('sitesaid'), after); after = ''; } }
  } };
})(window.eldercare = window.eldercare || {});

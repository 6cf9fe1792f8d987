/* The alarms desk: the list filtered by the address, one alarm with its clock, its steps and what may be done with it now. */
(app => {
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`), query = () => new URLSearchParams(location.search);
  const steps = ['raised', 'notified', 'acknowledged', 'assigned', 'on_site', 'resolved', 'closed'];
  const levels = ['site_duty', 'site_manager', 'street_duty', 'district_duty'], highest = 3;
  const nextMove = { raised: 'acknowledge', notified: 'acknowledge', acknowledged: 'assign', assigned: 'on_site', on_site: 'resolve', resolved: 'close' };
  const unseen = row => row.state === 'raised' || row.state === 'notified', over = row => row.state === 'closed' || row.state === 'false';
  const lists = { open: 'alarms', mine: 'mine', settled: 'settled' };
  let drawn = null, codes = {}, me = '', known = null, asking = null;

  const what = row => app.whatOf({ ...row, what: row.type === 'OFFLINE' ? 'SILENT' : row.type, numbers: row.site == null && row.members ? [row.members] : row.numbers });
  const street = row => { const found = drawn.streets.find(one => one.code === row.street); return found ? app.short(found) : row.street ? row.name_zh && app.short(row) : ''; };
  const place = row => row.site ? app.name(row) : row.street ? '' : app.say('desk.ours');
  const who = author => author === '' ? app.say('desk.platform') : author === 'site' ? app.say('desk.site') : author;
  const left = row => app.left(row.limit_at), share = row => over(row) ? 0 : app.spent(row.opened_at, row.limit_at);
  const next = row => app.named('post', levels[Math.min(row.level + 1, highest)]);
  const short = row => over(row) ? app.when(row.last_at) : app.limit(row.limit_at, unseen(row));
  function limit(row) {
    if (heardLate(row)) return app.say('desk.over_late', { at: app.when(row.cleared_at), heard: app.when(row.last_at) });
    if (over(row)) return app.say('desk.over', { by: who(row.last_author), at: app.when(row.last_at) });
    if (row.limit_at == null) return app.say(row.state === 'resolved' ? 'desk.review' : row.late ? 'desk.came_late' : row.holds ? 'desk.no_limit' : 'desk.taken_back');
    if (row.due_at == null) return app.limit(row.limit_at, unseen(row));
    if (left(row) <= 0) return app.say('desk.late', { n: app.length(-left(row)), next: next(row) });
    return app.say(unseen(row) ? 'desk.ack_within' : 'desk.fix_within', { at: app.clock(row.limit_at), n: app.length(left(row)), next: next(row) });
  }
  /* As on the overview the clock runs from what happened, though limits count from when we knew of it. */
  const since = row => Math.min(row.raised_at ?? row.opened_at, row.opened_at);
  /* What was over before we heard of it did not last until we did. */
  const heardLate = row => row.late && over(row) && row.last_author === 'site' && row.cleared_at != null;
  const lasted = row => over(row) ? app.length(Math.max(0, ((heardLate(row) ? row.cleared_at : row.last_at) - since(row)) / 1e6)) : app.running(since(row));
  function ran(f, row) {
    app.age(f.clock, () => { app.style(f.bar, 'width', `${share(row).toFixed(0)}%`); return lasted(row); });
    f.bar.parentElement.classList.toggle('endless', row.limit_at == null || over(row));
  }

  function list(root, frame) {
    const q = query(), state = Object.hasOwn(lists, q.get('state')) ? q.get('state') : 'open', gone = state === 'settled', of = q.get('street');
    const there = row => !of || row.street === of, listed = frame[lists[state]], all = listed.filter(there), rows = all.filter(row => !q.get('grade') || String(row.grade) === q.get('grade')), box = part(root, 'list');
    const f = app.fields(part(root, 'grades'));
    for (let n = 0; n < 5; n += 1) app.put(f[`n${n}`], app.number(n ? all.filter(row => row.grade === n).length : all.length));
    for (const button of part(root, 'grades').children) app.set(button, 'aria-pressed', String(button.dataset.pick === (q.get('grade') || '')));
    for (const button of part(root, 'states').children) app.set(button, 'aria-pressed', String(button.dataset.state === state));
    app.put(app.fields(part(root, 'states')).mine, app.number(frame.mine.filter(there).length));
    app.show(part(root, 'no-alarms'), !rows.length);
    const last = frame.settled[0], quiet = part(root, 'no-alarms'), some = listed.length, others = state === 'mine' && frame.alarms.length;
    app.put(quiet.querySelector('h2'), app.say(some ? 'desk.none_fit' : gone ? 'desk.none_settled' : others ? 'desk.none_mine' : 'desk.none'));
    app.put(part(quiet, 'quiet-last'), some ? app.say('desk.other_filter') : others ? app.say('desk.with_others', { n: others }) : gone ? '' : last ? app.say('desk.last', { what: what(last), place: place(last) || street(last), at: app.when(last.last_at) }) : app.say('desk.no_last'));
    box.classList.toggle('gone', gone);
    app.slots(box, 'alarm', app.ordered(box, rows, row => row.id), (slot, g, row) => {
      const link = slot.firstElementChild;
      app.set(link, 'data-grade', row.grade); app.set(link, 'href', `/alarms/${row.id}${location.search}`);
      app.set(link, 'aria-current', frame.shown?.id === row.id ? 'true' : null);
      link.classList.toggle('overdue', row.limit_at != null && !over(row) && left(row) <= 0);
      app.put(g.grade, app.named('grade', row.grade)); app.put(g.what, what(row));
      app.put(g.street, street(row)); app.put(g.place, place(row)); app.show(g.dot, !!street(row) && !!place(row));
      app.put(g.next, [app.named('step', row.state), over(row) ? '' : app.named('awaits', row.state), row.post ? app.named('post', row.post) : '', row.times > 1 ? app.say('desk.times', { n: row.times }) : '', row.holds || over(row) ? '' : app.say('desk.gone')].filter(Boolean).join(app.say('desk.and')));
      ran(g, row); app.age(g.limit, () => short(row));
    });
  }
  function times(root, frame) {
    app.put(part(root, 'calm'), frame.calm ? app.say('calm.now', { n: frame.calm }) : app.say('calm.link'));
    const of = query().get('street') || '', grade = Number(query().get('grade')) || 0, row = frame.times.find(one => one.street === of && one.grade === grade), f = app.fields(part(root, 'times'));
    const said = s => s == null ? '—' : app.length(s);
    app.put(f.ack50, said(row?.ack_p50_s)); app.put(f.ack90, said(row?.ack_p90_s));
    app.put(f.closed, row ? `${row.closed} / ${row.alarms}` : '—'); app.put(f.false, row ? app.number(row.false) : '—');
  }

  /* The last time around: a step before the alarm was opened again is history. */
  function path(root, frame) {
    const row = frame.shown, from = frame.steps.map(one => one.step).lastIndexOf('reopened'), mine = frame.steps.slice(Math.max(0, from)), found = {};
    for (const one of mine) if (one.step === 'reopened') found.raised = one; else if (steps.includes(one.step)) found[one.step] = one; else if (one.state === 'closed' || one.state === 'false') found.closed = one;
    const at = row.state === 'false' ? 6 : steps.indexOf(row.state);
    app.slots(part(root, 'steps'), 'step', steps, (slot, f, name, n) => {
      const one = found[name];
      app.set(slot, 'data-step', one ? 'done' : n < at ? 'skipped' : n === Math.max(at + 1, 2) ? 'next' : 'ahead');
      app.set(slot, 'aria-current', n === at ? 'step' : null);
      app.put(f.name, app.named('step', name === 'closed' && row.state === 'false' ? 'false' : name));
      app.put(f.at, one ? app.when(name === 'raised' && one.step === 'raised' && row.late ? since(row) : one.at) : n < at ? '—' : ''); app.put(f.by, one ? who(one.author) : ''); app.set(f.by, 'title', one ? who(one.author) : null);
    });
  }
  function log(root, frame) {
    app.slots(part(root, 'log'), 'logline', [...frame.steps].reverse(), (slot, f, one) => {
      const to = one.step === 'escalated' ? levels[one.level] : one.post, said = [app.named('step', one.step), one.step === 'raised' && frame.shown.late && app.say('desk.happened', { at: app.when(since(frame.shown)) }), one.code && app.named('chosen', one.code), to && app.named('post', to), one.told.length && app.say('desk.told', { n: one.told.join(', ') }), one.account && app.say('incident.said', { done: app.named('incdone', one.account.done), told: app.named('inctold', one.account.told), at: app.when(one.account.told_at), by: app.named('post', one.account.told_by), prevention: app.named('incprevention', one.account.prevention) })];
      app.put(f.at, app.when(one.at)); app.put(f.text, said.filter(Boolean).join(app.say('desk.and'))); app.put(f.by, who(one.author));
    });
  }
  function ladder(root, row) {
    app.slots(part(root, 'ladder'), 'rung', levels, (slot, f, name, n) => {
      app.put(f.name, app.named('post', name));
      const called = n <= row.level && (n > 0 || row.level > 0 || row.state !== 'raised');
      app.set(slot, 'data-rung', called ? 'called' : 'not');
      app.put(f.state, called ? app.say('desk.called') : n === row.level + 1 && row.due_at != null ? app.say('desk.called_at', { at: app.clock(row.due_at) }) : app.say('desk.not_called'));
    });
  }
  function shown(root, frame) {
    const row = frame.shown, box = part(root, 'shown');
    app.show(part(root, 'detail'), !!row);
    if (!row) return;
    const f = app.fields(box);
    app.set(box, 'data-grade', row.grade);
    app.set(f.mark, 'data-grade', row.grade); app.put(f.what, what(row)); app.put(f.chip, `P${row.grade} ${app.named('step', row.state)}`); app.set(f.chip, 'data-grade', row.grade);
    app.put(f.number, app.say('desk.number', { n: row.id }));
    app.show(f.site, !!row.site); app.set(f.site, 'href', row.site ? `/sites/${encodeURIComponent(row.site)}` : null); app.put(f.site, place(row));
    app.show(f.dot, !!row.site); app.put(f.where, row.site ? [street(row), row.area && row.area !== 'main' ? app.named('area', row.area) : ''].filter(Boolean).join(app.say('desk.and')) : street(row) || place(row));
    ran(f, row); app.age(f.limit, () => limit(row)); app.set(part(root, 'stepsfile'), 'href', `/export/alarms/${row.id}.csv`);
    path(root, frame); log(root, frame); ladder(root, row); moves(root, row);
    const call = part(root, 'call'); app.show(call, !!frame.phone && !over(row)); app.set(call, 'href', `tel:${frame.phone}`); app.set(call, 'title', frame.phone);
    app.show(part(root, 'many'), frame.members.length > 0);
    app.slots(part(root, 'members'), 'member', frame.members, (slot, g, one) => { app.set(g.name, 'href', `/alarms/${one.id}`); app.put(g.name, place(one)); app.age(g.clock, () => lasted(one)); });
    const last = `${row.id}/${row.last_at}/${row.last_author}/${row.state}`;
    if (known && known !== last && known.startsWith(`${row.id}/`) && row.last_author !== me && row.last_author !== '') tell(root, app.say('desk.meanwhile', { by: who(row.last_author), step: app.named('step', row.state), at: app.when(row.last_at) }));
    if (known && !known.startsWith(`${row.id}/`)) tell(root, '');
    known = last;
  }
  const tell = (root, text) => app.put(part(root, 'desk-said'), text);
  function moves(root, row) {
    for (const button of part(root, 'moves').querySelectorAll('[data-move]')) {
      const move = button.dataset.move, main = nextMove[row.state] === move;
      app.show(button, row.moves.includes(move)); button.classList.toggle('main', main); button.classList.toggle('low', move === 'false');
      app.show(button.querySelector('.ic'), main); app.style(button, 'order', main ? '-1' : move === 'false' ? '2' : '0');
    }
  }

  const failures = { 400: 'desk.wrong', 401: 'deed.signed_out', 403: 'desk.not_yours', 404: 'desk.not_yours', 503: 'deed.busy' };
  /* What was done, as a sentence; the row itself comes by the stream. */
  async function done(row, move, chosen) {
    const token = document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '';
    const answer = await fetch(`/act/alarms/${row.id}/${move}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': decodeURIComponent(token) }, body: JSON.stringify(chosen), redirect: 'manual' });
    if (!answer.ok) return { good: false, text: app.say(answer.status === 400 && chosen.account ? 'incident.wrong' : failures[answer.status || 401] || 'desk.lost') };
    const { done: good, by, at, state } = await answer.json();
    return { good, text: good ? app.say('desk.done', { move: app.named('move', move), at: app.clock(at) }) : app.say('desk.first', { by: who(by), step: app.named('step', state), at: app.clock(at) }) };
  }
  const tried = async (row, move, chosen) => { try { return await done(row, move, chosen); } catch { return { good: false, text: app.say('desk.lost') }; } };
  const form = () => document.querySelector('dialog[data-ask=move]');
  async function pressed(root, button) {
    const move = button.dataset.move, row = drawn?.shown;
    if (!row) return;
    if (codes[move]) return opened(row, move);
    button.disabled = true;
    tell(root, (await tried(row, move, {})).text);
    button.disabled = false;
  }
  function opened(row, move) {
    const box = form(), f = app.fields(box), select = box.querySelector('select'), family = move === 'assign' ? 'post' : 'chosen';
    asking = { row, move };
    app.put(f.title, app.named('move', move)); app.put(f.go, app.named('move', move)); app.put(f.wrong, ''); app.set(select, 'aria-invalid', null);
    app.put(f.about, [what(row), place(row) || street(row)].filter(Boolean).join(app.say('desk.and')));
    app.put(f.label, app.say(move === 'assign' ? 'desk.whom' : 'desk.why'));
    select.replaceChildren(new Option(app.say('desk.choose'), ''), ...codes[move].map(code => new Option(app.named(family, code), code)));
    const more = box.querySelector('.incident'); app.show(more, move === 'close' && row.type === 'INCID');
    for (const field of more.querySelectorAll('select, input')) { field.value = ''; app.set(field, 'aria-invalid', null); }
    box.showModal(); select.focus();
  }
  async function sent(root) {
    const box = form(), f = app.fields(box), select = box.querySelector('select'), { row, move } = asking;
    app.set(select, 'aria-invalid', select.value ? null : 'true');
    if (!select.value) { app.put(f.wrong, app.say('desk.none_chosen')); return select.focus(); }
    const more = box.querySelector('.incident'), fields = more.hidden ? [] : [...more.querySelectorAll('select, input')], lacking = fields.find(field => !field.value);
    for (const field of fields) app.set(field, 'aria-invalid', field.value ? null : 'true');
    if (lacking) { app.put(f.wrong, app.say('incident.lacking')); return lacking.focus(); }
    f.go.disabled = true;
    const account = fields.length ? { account: Object.fromEntries(fields.map(field => [field.name, field.value])) } : {};
    const outcome = await tried(row, move, move === 'assign' ? { post: select.value } : { code: select.value, ...account });
    f.go.disabled = false;
    if (!outcome.good) return app.put(f.wrong, outcome.text);
    box.close(); tell(root, outcome.text);
  }

  const urgent = frame => app.calls(new Map(frame.alarms.filter(row => row.grade === 1 && unseen(row)).map(row => [row.id, `${app.named('grade', 1)}: ${what(row)}, ${place(row) || street(row)}`])));

  /* Beside the menu's word: how many urgent and serious ones are open, from whatever frame says so. */
  app.counted = frame => {
    const grades = frame.strip?.alarms || frame.open_alarms;
    const n = grades?.length ? grades[0] + grades[1] : frame.times && frame.alarms ? frame.alarms.filter(row => row.grade < 3).length : null;
    if (n != null) for (const badge of document.querySelectorAll('[data-count=alarms]')) { app.put(badge, app.number(n)); app.show(badge, n > 0); }
  };

  function options(root, frame) {
    const select = root.querySelector('.streetpick select'), said = frame.streets.map(row => row.code).join();
    if (!select) return;
    if (select.said !== said) { select.said = said; while (select.options.length > 1) select.remove(1); for (const row of frame.streets) select.add(new Option(app.short(row), row.code)); }
    select.value = query().get('street') || '';
  }
  function paint(root, frame) { drawn = frame; options(root, frame); list(root, frame); times(root, frame); shown(root, frame); urgent(frame); }
  function filtered(root, name, value) {
    const q = query(), text = (value ? q.set(name, value) : q.delete(name), q.toString());
    history.replaceState(history.state, '', location.pathname + (text ? `?${text}` : ''));
    if (drawn) paint(root, drawn);
  }
  function mount(root) {
    codes = JSON.parse(root.dataset.codes); me = root.dataset.me; known = null;
    part(root, 'grades').addEventListener('click', event => { const button = event.target.closest('button'); if (button) filtered(root, 'grade', button.dataset.pick); });
    part(root, 'states').addEventListener('click', event => { const button = event.target.closest('button'); if (button) filtered(root, 'state', button.dataset.state === 'open' ? '' : button.dataset.state); });
    root.querySelector('.streetpick select').addEventListener('input', event => filtered(root, 'street', event.target.value));
    part(root, 'moves').addEventListener('click', event => { const button = event.target.closest('[data-move]'); if (button) pressed(root, button); });
    const box = form();
    box.addEventListener('submit', event => { event.preventDefault(); sent(root); });
    box.addEventListener('click', event => { if (event.target === box || 'cancel' in event.target.dataset) box.close(); });
  }
  (app.painters = app.painters || {}).desk = { mount, paint };
})(window.eldercare = window.eldercare || {});

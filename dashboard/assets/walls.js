/* The page of walls: the list comes anew every few seconds, a form lets one in, a second press sends one away. */
(app => {
  const every = 10000, sure = 5000, online = 150, patience = 20000;
  const part = name => document.querySelector(`[data-part="${name}"]`), here = () => part('walls');
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  let known = null, asked = null, going = null;

  /* A database that is busy may answer late; nobody waits for ever, and the list says what became of it. */
  async function sent(path, body) {
    const answer = await fetch(path, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal: AbortSignal.timeout(patience) });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.title || 'lost');
  }
  const wrong = title => { const said = app.named('walls', `wrong.${title}`); return said === `wrong.${title}` ? app.say('walls.wrong.lost') : said; };
  const scopeOf = scope => { const street = known.streets.find(row => `street:${row.code}` === scope); return scope ? street ? app.name(street) : scope : app.say('walls.whole'); };

  function paint() {
    const list = here();
    if (!list || !known) return;
    app.show(part('no-walls'), !known.walls.length);
    app.slots(list, 'wall', known.walls, (slot, f, row) => {
      const age = row.seen_at == null ? null : (known.as_of - row.seen_at) / 1e6, live = age != null && age < online;
      app.put(f.name, row.name); app.put(f.scope, scopeOf(row.scope)); app.put(f.by, row.approved_by); app.put(f.at, app.day(row.approved_at));
      app.set(f.mark, 'data-state', live ? 'live' : age == null ? 'new' : 'silent');
      app.put(f.seen, live ? app.say('walls.online') : age == null ? app.say('walls.never') : `${app.say('walls.seen')} ${app.length(age)}`);
      const button = slot.querySelector('button');
      button.dataset.revoke = row.id; button.dataset.name = row.name;
      app.set(button, 'aria-label', `${app.say('walls.revoke')} ${row.name}`);
      button.disabled = going === row.id;
      app.put(f.revoke, going === row.id ? app.say('walls.going') : asked === row.id ? app.say('walls.sure') : app.say('walls.revoke'));
    });
    const choice = document.querySelector('.wallform select');
    if (!choice || choice.options.length) return;
    const scopes = [...(known.whole ? [''] : []), ...known.streets.map(row => `street:${row.code}`)];
    choice.append(...scopes.map(scope => new Option(scopeOf(scope), scope)));
    app.put(part('walls-how'), app.say('walls.how', { address: `${location.origin}/wall` }));
  }
  async function look() {
    if (!here()) return;
    try {
      const answer = await fetch('/act/walls', { cache: 'no-store', signal: AbortSignal.timeout(patience) });
      if (answer.ok) { known = await answer.json(); paint(); }
    } catch { /* the page's own banner says that the line is cut */ }
  }
  async function letIn(form) {
    const said = Object.fromEntries(new FormData(form)), button = form.querySelector('button');
    button.disabled = true;
    app.put(part('walls-wrong'), '');
    try {
      await sent('/act/walls', said);
      form.elements.code.value = form.elements.name.value = '';
      app.put(part('walls-told'), app.say('walls.let_in', { name: said.name.trim() }));
      await look();
    } catch (error) { app.put(part('walls-wrong'), wrong(error.message)); (error.message === 'name' ? form.elements.name : form.elements.code).focus(); }
    button.disabled = false;
  }
  async function revoke(button) {
    const id = Number(button.dataset.revoke);
    if (asked !== id) { asked = id; paint(); setTimeout(() => { if (asked === id) { asked = null; paint(); } }, sure); return; }
    asked = null; going = id; paint();
    try { await sent(`/act/walls/${id}/revoke`, {}); app.put(part('walls-told'), app.say('walls.gone', { name: button.dataset.name })); }
    catch (error) { app.put(part('walls-told'), wrong(error.message)); }
    await look();
    going = null; paint();
  }
  document.addEventListener('submit', event => { if (event.target.matches('.wallform')) { event.preventDefault(); letIn(event.target); } });
  document.addEventListener('click', event => { const button = event.target.closest('[data-revoke]'); if (button) revoke(button); });
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: app.zone });
  app.day = us => day.format(us / 1000);
  let seen = null;
  new MutationObserver(() => { const list = here(); if (list === seen) { if (list && document.querySelector('.wallform select:empty')) paint(); return; } seen = list; if (list) look(); }).observe(document.body, { childList: true, subtree: true });
  setInterval(look, every);
})(window.eldercare = window.eldercare || {});

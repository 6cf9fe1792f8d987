/* Data quality and quarantine: forms that Dash does not own, deeds behind buttons, the preview of a binding. */
(app => {
  const fill = () => { for (const box of document.querySelectorAll('[data-fields]')) if (box.filled !== box.dataset.fields && !(box.filled && box !== document.activeElement && box.contains(document.activeElement))) { box.filled = box.dataset.fields; box.innerHTML = box.dataset.fields; if (box.closest('[data-part=binding]')) ask(); } };
  new MutationObserver(fill).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['data-fields'] });
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  async function post(path, body) {
    const answer = await fetch(path, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.title || String(answer.status));
    return said;
  }
  const verdict = word => word === 'stored' || word === 'duplicate' ? app.say(`verdict.${word}`) : app.named('reason', word);

  async function replay(button) {
    const address = button.dataset.post;
    // The list may have been drawn anew while the worker was at it: the answer goes to the row that stands there now.
    const row = () => (document.querySelector(`[data-post="${address}"]`) || button).parentElement.querySelector('[data-part=told]');
    button.disabled = true;
    try {
      const { results } = await post(address);
      app.put(row(), results.length ? [...new Set(results)].map(verdict).join(app.say('comma')) : app.say('verdict.waits'));
    } catch (error) { app.put(row(), app.say('verdict.failed', { why: error.message })); }
    button.disabled = false;
  }

  const form = () => document.querySelector('[data-part=bindform]');
  function choice() {
    const said = new FormData(form()), params = {};
    for (const [name, value] of said) {
      if (!name.startsWith('param.') || !value) continue;
      if (name !== 'param.areas') { params[name.slice(6)] = value; continue; }
      for (const pair of value.split(';')) { const [zone, area] = pair.split('='); if (area) params[`areas.${zone.trim()}`] = area.trim(); }
    }
    return { site: said.get('site'), device: said.get('device'), table: said.get('table'), area: said.get('area') || '', params };
  }
  let asked = 0, later;
  async function ask() {
    const mine = ++asked, box = document.querySelector('[data-part=meant]');
    if (!box || !form()) return;
    let lines;
    try { lines = (await post('/act/preview', choice())).messages.map(one => ({ at: one.at, texts: one.events.map(([kind, fields]) => `${kind}  ${fields}`), trouble: one.trouble })); }
    catch (error) { lines = [{ texts: [], trouble: error.message }]; }
    if (mine !== asked) return;
    box.replaceChildren(...lines.map(line));
    if (!lines.length) box.replaceChildren(line({ texts: [], trouble: app.say('bind.nothing') }));
  }
  function line({ at, texts, trouble }) {
    const row = document.createElement('div'), when = document.createElement('span'), what = document.createElement('div');
    row.className = texts.length ? 'meaning' : 'meaning none';
    when.className = 'at'; when.textContent = at ? app.clock(at) : '';
    for (const text of texts.length ? texts : [trouble || app.say('bind.silent')]) { const said = document.createElement('div'); said.textContent = text; what.append(said); }
    row.append(when, what);
    return row;
  }
  async function bind(button) {
    const told = button.parentElement.querySelector('[data-part=told]');
    button.disabled = true;
    try { const { waiting } = await post('/act/bind', choice()); app.put(told, app.say('bind.done', { n: waiting })); }
    catch (error) { app.put(told, app.say('verdict.failed', { why: error.message })); button.disabled = false; }
  }

  document.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (button?.dataset.post) replay(button);
    if (button?.dataset.part === 'bind') bind(button);
  });
  document.addEventListener('input', event => {
    const quality = event.target.closest('[data-part=qualityform]'), binding = event.target.closest('[data-part=bindform]');
    clearTimeout(later);
    if (binding && event.target.name === 'table') { const wanted = new URLSearchParams(location.search); wanted.set('table', event.target.value); app.go(`${location.pathname}?${wanted}`); return; }
    if (binding) later = setTimeout(ask, 300);
    if (quality) later = setTimeout(() => { const wanted = new URLSearchParams(location.search); for (const [name, value] of new FormData(quality)) value ? wanted.set(name, value) : wanted.delete(name); app.go(wanted.size ? `${location.pathname}?${wanted}` : location.pathname); }, event.target.name === 'q' ? 400 : 0);
  });
  document.addEventListener('submit', event => { if (event.target.closest('[data-fields]')) event.preventDefault(); });
})(window.eldercare = window.eldercare || {});

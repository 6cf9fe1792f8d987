/* What staff do at a site: a form, the worker's answer, and a sentence that says so. The number itself comes by the stream. */
(app => {
  const part = (root, name) => root.querySelector(`[data-part="${name}"]`), form = name => document.querySelector(`dialog[data-form="${name}"]`);
  let frame = null, site = '', said = '';

  const shut = () => frame.site.state === 'closed';
  const areas = () => frame.site.areas.length ? frame.site.areas : [{ area: 'main', people: null }];
  const believed = code => areas().find(row => row.area === code);
  const typed = text => /^\d{1,6}$/.test(text.trim()) && +text <= 100000 ? +text : null;

  function paint(root, now) {
    frame = now; site = now.site.site;
    const door = root.querySelector('[data-deed=door]');
    if (!door) return;
    app.show(door, true);
    app.put(part(root, 'door-word'), app.say(shut() ? 'deed.open' : 'deed.close'));
    if (form('count')?.open) told();
  }
  /* What the platform believes now stands beside what is typed, also when somebody else corrects it meanwhile. */
  function told() {
    const box = form('count'), f = app.fields(box), fields = box.querySelector('form').elements, row = believed(fields.area.value), count = typed(fields.count.value);
    const change = count == null || row?.people == null ? null : count - row.people;
    app.put(f.believed, row?.people == null ? app.say('deed.unknown') : change == null ? app.say('deed.believed', { n: app.number(row.people) }) : app.say('deed.change', { n: app.number(row.people), change: app.signed(change) }));
    app.put(f.go, count == null ? app.say('deed.count') : app.say('deed.record', { n: app.number(count) }));
  }
  function opened(name) {
    const box = form(name);
    if (!box || !frame) return;
    const fields = box.querySelector('form');
    fields.reset(); wrong(box, '');
    for (const option of box.querySelectorAll('[data-reason]')) app.put(option, app.named('reason', option.dataset.reason));
    if (name === 'count') {
      const choice = fields.elements.area;
      choice.replaceChildren(...areas().map(row => new Option(app.named('area', row.area), row.area)));
      const looked = document.querySelector('[data-part=choice] [aria-pressed=true]')?.dataset.area;
      if (looked && believed(looked)) choice.value = looked;
      app.show(box.querySelector('[data-field=area]'), areas().length > 1);
    }
    box.showModal();
    if (name === 'count') { told(); fields.elements.count.focus(); } else fields.elements.reason.focus();
  }
  function wrong(box, text, name) {
    app.put(app.fields(box).wrong, text);
    for (const field of box.querySelectorAll('input, select')) app.set(field, 'aria-invalid', field.name === name ? 'true' : null);
    if (name) box.querySelector(`[name=${name}]`).focus();
  }
  async function sent(path, body) {
    const token = document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '';
    const answer = await fetch(`/act/sites/${encodeURIComponent(site)}/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRFToken': decodeURIComponent(token) }, body: JSON.stringify(body), redirect: 'manual' });
    if (!answer.ok) return String(answer.status || 401);
    const { results } = await answer.json();
    return results.every(one => one === 'stored' || one === 'duplicate') ? 'stored' : 'refused';
  }
  const answers = { 400: 'deed.wrong', 401: 'deed.signed_out', 403: 'deed.not_yours', 404: 'deed.not_yours', 503: 'deed.busy', 504: 'deed.kept', refused: 'deed.refused' };
  async function pressed(box) {
    const name = box.dataset.form, fields = box.querySelector('form').elements, reason = fields.reason.value;
    const count = name === 'count' ? typed(fields.count.value) : null;
    if (name === 'count' && count == null) return wrong(box, app.say('deed.no_number'), 'count');
    if (!reason) return wrong(box, app.say('deed.no_reason'), 'reason');
    wrong(box, '');
    const go = app.fields(box).go;
    go.disabled = true; app.set(box, 'aria-busy', 'true');
    let outcome;
    try { outcome = name === 'count' ? await sent('count', { area: fields.area.value, count, reason }) : await sent('door', { opens: name === 'open', reason }); } catch { outcome = 'lost'; }
    go.disabled = false; app.set(box, 'aria-busy', null);
    if (outcome !== 'stored') { wrong(box, app.say(answers[outcome] || 'deed.lost')); return go.focus(); }
    said = name === 'count' ? app.say('deed.counted', { area: app.named('area', fields.area.value), n: app.number(count), at: app.clock(app.now() * 1000) }) : app.say(name === 'open' ? 'deed.opened' : 'deed.closed', { at: app.clock(app.now() * 1000) });
    box.close();
    app.put(document.querySelector('[data-part=deed-said]'), said);
  }
  function mount(root) {
    for (const button of root.querySelectorAll('[data-deed]')) button.addEventListener('click', () => opened(button.dataset.deed === 'count' ? 'count' : shut() ? 'open' : 'close'));
    for (const box of root.querySelectorAll('dialog.deed')) {
      box.addEventListener('submit', event => { event.preventDefault(); pressed(box); });
      box.addEventListener('input', () => { if (box.dataset.form === 'count') told(); });
      box.addEventListener('click', event => { if (event.target === box || 'cancel' in event.target.dataset) box.close(); });
    }
  }
  app.deeds = { mount, paint };
})(window.eldercare = window.eldercare || {});

/* Persons of a site: a name in full for what was chosen, gone again after its time, and a file of names. */
(app => {
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const part = name => document.querySelector(`[data-part=${name}]`);
  const said = text => app.put(part('personsaid'), text), wrong = text => app.put(part('personwrong'), text);
  const known = ['code', 'reason', 'named', 'often', '403', '404'];
  async function sent(path, body, kind) {
    let answer;
    try { answer = await fetch(path, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': kind }, body, redirect: 'manual' }); }
    catch { throw app.say('deed.lost'); }
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) return found;
    if (answer.status === 422) throw found.wrong.join(' · ');
    throw known.includes(found.title) ? app.named('personwrong', found.title) : app.say(answer.status === 503 ? 'deed.busy' : 'deed.signed_out');
  }
  async function reveal(button) {
    const form = part('personwhy'), why = { purpose: form.elements.purpose.value, reason: form.elements.reason.value.trim() };
    const lacking = !why.purpose ? 'purpose' : why.reason.length < 4 ? 'reason' : '';
    for (const field of form.querySelectorAll('select, input')) app.set(field, 'aria-invalid', field.name === lacking ? 'true' : null);
    if (lacking) { said(app.named('personwrong', lacking === 'purpose' ? 'code' : 'reason')); return form.elements[lacking].focus(); }
    const row = button.closest('tr'), cells = [row.querySelector('[data-part=personname]'), row.querySelector('[data-part=personcontact]')];
    const masks = cells.map(cell => cell.textContent);
    button.disabled = true;
    try {
      const told = await sent(`/act/persons/${button.dataset.reveal}/reveal`, JSON.stringify(why), 'application/json');
      app.put(cells[0], told.name); app.put(cells[1], told.contact || '—');
      said(app.say('persons.for', { n: told.seconds }));
      setTimeout(() => { cells.forEach((cell, n) => app.put(cell, masks[n])); button.disabled = false; said(''); }, told.seconds * 1000);
    } catch (text) { said(String(text)); button.disabled = false; }
  }
  document.addEventListener('click', event => { const button = event.target.closest?.('[data-reveal]'); if (button) reveal(button); });
  document.addEventListener('submit', async event => {
    if (event.target.dataset.part === 'personwhy') return event.preventDefault();
    if (event.target.dataset.part !== 'personfile') return;
    event.preventDefault();
    const file = event.target.elements.file.files[0];
    if (!file) return wrong(app.say('persons.file'));
    try { await sent(`/act/persons/${event.target.dataset.site}`, await file.text(), 'text/csv'); location.reload(); } catch (text) { wrong(String(text)); }
  });
})(window.eldercare = window.eldercare || {});

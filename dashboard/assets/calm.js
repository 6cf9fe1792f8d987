/* Calm times: the form and the buttons that end one early; the page is asked anew once it is done. */
(app => {
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const failures = { code: 'calm.wrong', span: 'calm.span', 403: 'desk.not_yours', 404: 'desk.not_yours' };
  const wrong = text => { const box = document.querySelector('[data-part=calmwrong]'); if (box) app.put(box, text); };
  async function post(path, body) {
    let answer;
    try { answer = await fetch(path, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(body || {}), redirect: 'manual' }); }
    catch { return wrong(app.say('deed.lost')); }
    if (answer.ok) return location.reload();
    const said = await answer.json().catch(() => ({}));
    wrong(app.say(failures[said.title] || (answer.status === 503 ? 'deed.busy' : 'deed.signed_out')));
  }
  document.addEventListener('submit', event => {
    if (event.target.dataset.part !== 'calmform') return;
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.target)), lacking = ['place', 'until', 'reason'].find(name => !said[name]);
    for (const field of event.target.querySelectorAll('select, input')) app.set(field, 'aria-invalid', field.name === lacking ? 'true' : null);
    if (lacking) { wrong(app.say('desk.none_chosen')); return event.target.elements[lacking].focus(); }
    wrong(''); post('/act/calm', said);
  });
  document.addEventListener('click', event => {
    const button = event.target.closest?.('[data-calm-end]');
    if (button) { button.disabled = true; post(`/act/calm/${button.dataset.calmEnd}/end`).finally(() => { button.disabled = false; }); }
  });
})(window.eldercare = window.eldercare || {});

/* One's letters: the form, the buttons of each, and what was refused. */
(app => {
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const form = () => document.getElementById('letter-form');
  function failed(key) {
    const box = form()?.querySelector('[data-part="letter-problem"]');
    app.put(box, app.say(`letter.refused.${key}`)); app.show(box, true);
  }
  async function send(path, body) {
    try {
      const answer = await fetch(`/act/letters${path}`, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
      if (answer.ok) { location.reload(); return; }
      const said = await answer.json().catch(() => ({}));
      failed(['403', '404', 'address', 'domain', 'code', 'many', 'waits'].includes(said.title) ? said.title : 'failed');
    } catch { failed('failed'); }
  }
  document.addEventListener('click', event => {
    const button = event.target.closest('button[data-letter]');
    if (button) send(`/${button.dataset.letter}`, {});
  });
  document.addEventListener('submit', event => {
    if (event.target.id !== 'letter-form') return;
    event.preventDefault();
    const said = new FormData(event.target);
    const by_mail = said.get('way') === 'email';
    send('', { way: said.get('way'), address: by_mail ? said.get('address') : '', sites: said.getAll('sites'), clock: said.get('clock'), language: said.get('language') });
  });
})(window.eldercare = window.eldercare || {});

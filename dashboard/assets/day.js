/* A day's page: sign what was read, count anew with a reason, print. */
(app => {
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const place = () => document.querySelector('[data-day]');
  function failed(key) {
    const box = place()?.querySelector('[data-part="day-problem"]');
    app.put(box, app.say(`day.refused.${key}`)); app.show(box, true);
  }
  async function send(what, body) {
    try {
      const answer = await fetch(`/act${place().dataset.day}/${what}`, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
      if (answer.ok) return true;
      failed({ 403: '403', 404: '404', 409: 'newer', 400: 'count' }[answer.status] || 'failed');
    } catch { failed('failed'); }
    return false;
  }
  document.addEventListener('click', async event => {
    const button = event.target.closest('button');
    if (button?.id === 'day-print') window.print();
    if (button?.id !== 'day-sign') return;
    button.disabled = true;
    if (await send('sign', { version: +button.dataset.version, fingerprint: button.dataset.fingerprint })) location.reload();
    else button.disabled = false;
  });
  document.addEventListener('submit', async event => {
    if (event.target.id !== 'day-correct') return;
    event.preventDefault();
    const form = new FormData(event.target), [hour, minute] = form.get('at').split(':').map(Number);
    if (await send('correct', { area: form.get('area'), at: hour * 60 + minute, count: +form.get('count'), reason: form.get('reason') })) {
      event.target.reset();
      failed('noted');
    }
  });
})(window.eldercare = window.eldercare || {});

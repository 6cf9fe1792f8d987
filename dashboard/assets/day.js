/* A day's page: sign what was read, say what was not reported and why, print. */
(app => {
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const place = () => document.querySelector('[data-day]');
  function failed(key) {
    const box = place()?.querySelector('[data-part="day-problem"]');
    app.put(box, app.say(`day.refused.${key}`)); app.show(box, true);
    box?.classList.toggle('well', key === 'noted');
    box?.scrollIntoView({ block: 'nearest' });
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
  /* A second click, or one whose answer was lost, says the same thing again and not another. */
  const once = form => form.dataset.once ||= [...crypto.getRandomValues(new Uint8Array(12))].map(octet => octet.toString(16).padStart(2, '0')).join('');
  document.addEventListener('submit', async event => {
    const what = event.target.dataset.correct;
    if (!what) return;
    event.preventDefault();
    const form = new FormData(event.target), [hour, minute] = form.get('at').split(':').map(Number);
    const said = { what, at: hour * 60 + minute, reason: form.get('reason'), once: once(event.target), of: form.get('of') || '', how: form.get('how') || '', n: +(form.get('n') || 1) };
    if (await send('correct', said)) {
      event.target.reset();
      delete event.target.dataset.once;
      failed('noted');
    }
  });
})(window.eldercare = window.eldercare || {});

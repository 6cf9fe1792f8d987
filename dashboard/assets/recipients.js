/* Recipients: the form, a test that waits for the other side's answer, and an end that wants a second press. */
(app => {
  const sure = 5000;
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const part = name => document.querySelector(`[data-part=${name}]`);
  const wrong = text => app.put(part('recipientwrong'), text), said = text => app.put(part('recipientsaid'), text);
  const known = ['address', 'same', 'count', 'often', 'code', '403', '404'];
  async function sent(path, body) {
    let answer;
    try { answer = await fetch(path, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(body || {}), redirect: 'manual' }); }
    catch { throw app.say('deed.lost'); }
    if (answer.ok) return answer.json();
    const { title } = await answer.json().catch(() => ({}));
    throw known.includes(title) ? app.named('recipientwrong', title) : app.say(answer.status === 503 ? 'deed.busy' : 'deed.signed_out');
  }
  async function pressed(button, deed) {
    button.disabled = true;
    try { await deed(); } catch (text) { said(String(text)); } finally { button.disabled = false; }
  }
  async function test(button) {
    const cell = button.closest('tr').querySelector('td:nth-child(6)');
    said(app.say('recipients.testing'));
    const { state, detail } = await sent(`/act/recipients/${button.dataset.recipientTest}/test`);
    const text = state === 'waiting' ? app.say('recipients.unanswered') : [app.named('deliverystate', state), detail].filter(Boolean).join(' · ');
    said(text); app.put(cell, text);
  }
  async function end(button) {
    if (!button.dataset.asked) {
      const word = button.textContent;
      button.dataset.asked = '1'; button.textContent = app.say('recipients.sure');
      return setTimeout(() => { delete button.dataset.asked; button.textContent = word; }, sure);
    }
    await sent(`/act/recipients/${button.dataset.recipientEnd}/end`);
    location.reload();
  }
  document.addEventListener('change', event => {
    if (event.target.id !== 'recipient-channel') return;
    app.put(document.querySelector('label[for=recipient-address]'), app.say(event.target.value === 'email' ? 'recipients.mailbox' : 'recipients.file'));
  });
  document.addEventListener('submit', async event => {
    if (event.target.dataset.part !== 'recipientform') return;
    event.preventDefault();
    const form = event.target, given = Object.fromEntries(new FormData(form)), lacking = ['level', 'scope', 'address'].find(name => !given[name].trim());
    for (const field of form.querySelectorAll('select, input')) app.set(field, 'aria-invalid', field.name === lacking ? 'true' : null);
    if (lacking) { wrong(app.named('recipientwrong', lacking)); return form.elements[lacking].focus(); }
    wrong('');
    const body = { level: +given.level, scope: given.scope === 'all' ? '' : given.scope, channel: given.channel, address: given.address.trim() };
    try { await sent('/act/recipients', body); location.reload(); } catch (text) { wrong(String(text)); }
  });
  document.addEventListener('click', event => {
    const of = name => event.target.closest?.(`[data-recipient-${name}]`);
    if (of('test')) pressed(of('test'), () => test(of('test')));
    if (of('end')) pressed(of('end'), () => end(of('end')));
  });
})(window.eldercare = window.eldercare || {});

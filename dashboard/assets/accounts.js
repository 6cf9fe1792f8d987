/* Accounts: every form and button posts to its own address; what comes back is shown once, or the page is drawn anew. */
(app => {
  const sure = 5000;
  const token = () => decodeURIComponent(document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/)?.[1] || '');
  const part = name => document.querySelector(`[data-part=${name}]`);
  const known = ['old', 'often', 'busy', 'short', 'long', 'known', 'name', 'wrong', 'has', 'same', 'scope', 'self', 'last', 'disabled', 'code', '403', '404'];
  async function sent(path, body) {
    let answer;
    try { answer = await fetch(path, { method: 'POST', headers: { 'X-CSRFToken': token(), 'Content-Type': 'application/json' }, body: JSON.stringify(body || {}), redirect: 'manual' }); }
    catch { throw app.say('deed.lost'); }
    if (answer.ok) return answer.json();
    const { title } = await answer.json().catch(() => ({}));
    throw known.includes(title) ? app.named('accountwrong', title) : app.say(answer.status === 503 ? 'deed.busy' : 'deed.signed_out');
  }
  function once(title, texts) {
    const box = part('once'), what = box.querySelector('[data-f=what]');
    box.querySelector('[data-f=title]').textContent = title;
    what.replaceChildren(...texts.map(text => Object.assign(document.createElement('code'), { textContent: text })));
    box.hidden = false; box.focus(); box.scrollIntoView({ block: 'nearest' });
  }
  function setUp({ picture, secret }) {
    const box = part('factorsetup');
    box.querySelector('img').src = picture; box.querySelector('code').textContent = secret; box.hidden = false;
    box.querySelector('input').focus();
  }
  function shown(said) {
    if (said.link) return once(app.say('accounts.link_once', { minutes: said.minutes }), [location.origin + said.link]);
    if (said.key) return once(app.say('accounts.key_once'), [said.key]);
    if (said.codes) return once(app.say('door.codes_lead'), said.codes);
    if (said.picture) return setUp(said);
    location.reload();
  }
  async function press(button) {
    if ('sure' in button.dataset && !button.dataset.asked) {
      const word = button.textContent;
      button.dataset.asked = '1'; button.textContent = app.say('recipients.sure');
      return setTimeout(() => { delete button.dataset.asked; button.textContent = word; }, sure);
    }
    button.disabled = true;
    try { shown(await sent(button.dataset.act)); } catch (text) { app.put(part('accountsaid'), String(text)); part('accountsaid')?.scrollIntoView({ block: 'nearest' }); } finally { button.disabled = false; }
  }
  function fit(role) {   /* the places of the chosen role */
    const kind = role.selectedOptions[0]?.dataset.kind, scope = role.form.elements.scope;
    for (const one of scope.options) one.hidden = one.disabled = kind ? !one.value.startsWith(`${kind}:`) : one.value !== '' && scope.options[0].value === '';
    if (scope.selectedOptions[0]?.disabled) scope.value = [...scope.options].find(one => !one.disabled)?.value ?? '';
  }
  document.addEventListener('change', event => { if (event.target.name === 'role' && event.target.form?.dataset.act) fit(event.target); });
  document.addEventListener('focusin', event => { if (event.target.name === 'scope' && event.target.form?.elements.role) fit(event.target.form.elements.role); });
  document.addEventListener('submit', async event => {
    const form = event.target, path = form.dataset.act;
    if (!path?.startsWith('/act/account') && !path?.startsWith('/act/keys')) return;
    event.preventDefault();
    const said = Object.fromEntries(new FormData(form)), wrong = form.querySelector('.wrong'), go = form.querySelector('[type=submit]');
    const lacking = Object.keys(said).find(name => name !== 'scope' && !said[name].trim());
    const differs = 'again' in said && said.again !== said.new;
    for (const field of form.querySelectorAll('input')) app.set(field, 'aria-invalid', field.name === lacking || (differs && field.name === 'again') ? 'true' : null);
    if (lacking || differs) { app.put(wrong, app.say(lacking ? 'accounts.lacking' : 'account.differs')); return form.elements[lacking || 'again'].focus(); }
    delete said.again; app.put(wrong, ''); go.disabled = true;
    try { shown(await sent(path, said)); if (!path.endsWith('/confirm')) form.reset(); } catch (text) { app.put(wrong, String(text)); } finally { go.disabled = false; }
  });
  document.addEventListener('click', async event => {
    const button = event.target.closest?.('button[data-act]'), copy = event.target.closest?.('[data-copy]');
    if (button) press(button);
    if (copy && part('once')?.contains(copy)) {
      const text = [...part('once').querySelectorAll('code')].map(one => one.textContent).join('\n');
      try { await navigator.clipboard.writeText(text); copy.textContent = app.say('accounts.copied'); } catch { getSelection().selectAllChildren(part('once').querySelector('[data-f=what]')); }
    }
  });
})(window.eldercare = window.eldercare || {});

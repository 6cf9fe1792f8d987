/* A screen that nobody has let in yet: it shows a code, waits for an officer, and takes a new code when the old one is over. */
(app => {
  const part = name => document.querySelector(`[data-part="${name}"]`), often = 60, again = 3000;
  let until = 0, wait = 2000;
  const post = path => fetch(path, { method: 'POST', cache: 'no-store' });

  async function ask() {
    const answer = await post('/wall/pair');
    if (answer.status === 429) { app.put(part('code'), app.say('wall.pair.often')); until = performance.now() + often * 1000; return; }
    if (!answer.ok) throw new Error(String(answer.status));
    const { code, seconds } = await answer.json();
    app.put(part('code'), `${code.slice(0, 4)} ${code.slice(4)}`);
    document.documentElement.dataset.code = code;
    until = performance.now() + seconds * 1000;
  }
  async function look() {
    const answer = await post('/wall/claim');
    if (!answer.ok) throw new Error(String(answer.status));
    const { state } = await answer.json();
    if (state === 'paired') location.reload();
    return state;
  }
  /* For ever: a screen may hang for weeks before somebody comes, and the server may be gone meanwhile. */
  async function go() {
    try {
      if (performance.now() >= until) await ask();
      else if (document.documentElement.dataset.code && await look() === 'over') until = 0;
      wait = 2000;
      setTimeout(go, again);
    } catch {
      app.put(part('code'), app.say('wall.pair.lost'));
      delete document.documentElement.dataset.code;
      until = 0;
      setTimeout(go, wait = Math.min(wait * 1.5, 30000));
    }
  }
  app.put(part('address'), `${location.origin}/walls`);
  setInterval(() => {
    const left = Math.max(0, (until - performance.now()) / 1000);
    app.put(part('left'), document.documentElement.dataset.code ? app.say('wall.pair.left', { n: app.length(left) }) : '');
  }, 1000);
  go();
})(window.eldercare = window.eldercare || {});

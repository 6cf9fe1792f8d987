/* An urgent call is spoken once, and rings on whatever page is open until somebody has seen it; sound only after somebody allowed it. */
(app => {
  let tone = null, known = null;
  const wanted = () => localStorage.getItem('sound') === 'on', sounding = () => tone?.state === 'running';

  function ring() {
    if (!sounding() || !wanted() || !known?.size || document.documentElement.dataset.live === 'stale') return;
    for (const [after, pitch] of [[0, 880], [.25, 660]]) {
      const swing = tone.createOscillator(), loud = tone.createGain(), at = tone.currentTime + after;
      swing.frequency.value = pitch; loud.gain.setValueAtTime(.2, at); loud.gain.exponentialRampToValueAtTime(.001, at + .2);
      swing.connect(loud).connect(tone.destination); swing.start(at); swing.stop(at + .22);
    }
  }
  /* number -> sentence of every urgent alarm that nobody has seen */
  app.calls = now => {
    const fresh = known ? [...now].filter(([number]) => !known.has(number)) : [];
    known = now;
    if (fresh.length) { app.put(document.getElementById('spoken'), fresh.map(([, text]) => text).join(', ')); ring(); }
  };
  function told() {
    for (const button of document.querySelectorAll('[data-sound]')) {
      const text = app.say(!wanted() ? 'sound.off' : sounding() ? 'sound.on' : 'sound.blocked');
      app.set(button, 'aria-pressed', String(wanted() && sounding())); app.put(button.querySelector('span:not(.ic)') || button, text);
    }
  }
  async function started() {
    tone = tone || new AudioContext();
    if (!sounding()) await tone.resume();
    told(); ring();
  }
  document.addEventListener('click', event => {
    if (!event.target.closest('[data-sound]')) return;
    localStorage.setItem('sound', wanted() && sounding() ? 'off' : 'on');
    if (wanted()) started(); else told();
  });
  /* A browser lets nothing sound before the first touch of a document. */
  for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, event => { if (wanted() && !sounding() && !event.target.closest?.('[data-sound]')) started(); });
  app.soundTold = told;
  setInterval(ring, 3000);
})(window.eldercare = window.eldercare || {});

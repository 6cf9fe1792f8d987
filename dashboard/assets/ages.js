/* Words, numbers and time as they stand on the screen. The time is the server's: the browser only counts on from it. */
(app => {
  const page = document.documentElement, dictionary = JSON.parse(document.getElementById('words')?.textContent || '{}');
  let anchor = null;

  /* The choice in an address holds for the pages after it. */
  const asked = new URLSearchParams(location.search).get('lang');
  if (asked && page.lang.startsWith(asked)) document.cookie = `lang=${asked}; path=/; max-age=31536000; samesite=lax`;

  app.language = page.lang.startsWith('zh') ? 'zh' : 'en';
  app.zone = page.dataset.zone || 'Asia/Shanghai';
  app.say = (key, numbers = {}) => (dictionary[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => numbers[name]);
  app.named = (family, code) => dictionary[`${family}.${code}`] ?? code;
  app.name = row => (app.language === 'zh' ? row.name_zh || row.name_en : row.name_en || row.name_zh) || row.site || row.code || '';
  app.short = row => app.name(row).replace(/街道$/, '').replace(/ (Subdistrict|Street)$/, '');
  const digits = new Intl.NumberFormat('en-US');   /* one for all: toLocaleString looks its own up at each call */
  app.number = n => n == null ? '—' : digits.format(n).replace('-', '−');
  app.signed = n => n > 0 ? `+${app.number(n)}` : app.number(n);

  app.heard = asOf => { anchor = { ms: asOf / 1000, at: performance.now() }; };
  app.now = () => anchor && anchor.ms + performance.now() - anchor.at;
  app.seconds = since => anchor && since != null ? Math.max(0, (app.now() - since / 1000) / 1000) : null;

  app.length = s => s < 60 ? app.say('age.s', { n: Math.floor(s) }) : s < 7200 ? app.say('age.min', { n: Math.floor(s / 60) })
    : s < 172800 ? app.say('age.h', { n: Math.floor(s / 3600) }) : app.say('age.d', { n: Math.floor(s / 86400) });
  app.ago = since => { const s = app.seconds(since); return s == null ? '—' : s < 60 ? app.say('age.ago', { n: Math.floor(s) }) : app.length(s); };
  const two = n => String(Math.floor(n)).padStart(2, '0');
  app.running = since => { const s = app.seconds(since); return s == null ? '—' : s < 900 ? `${two(s / 60)}:${two(s % 60)}` : app.length(s); };

  const format = options => { const made = new Intl.DateTimeFormat('en-GB', { timeZone: app.zone, hourCycle: 'h23', ...options }); return ms => made.format(ms); };
  const clock = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' }), minute = format({ hour: '2-digit', minute: '2-digit' });
  const english = format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
  const chinese = new Intl.DateTimeFormat('zh-CN', { timeZone: app.zone, weekday: 'long' });
  app.clock = us => us == null ? '—' : clock(us / 1000);
  app.minute = us => us == null ? '—' : minute(us / 1000);
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone: app.zone });
  app.when = us => (day.format(us / 1000) === day.format(app.now()) ? '' : `${day.format(us / 1000).slice(5)} `) + app.minute(us);
  /* A limit reads the same on every page. */
  app.left = at => (at / 1000 - app.now()) / 1000;
  app.limit = (at, unseen) => at == null ? '' : app.left(at) <= 0 ? app.say('limit.over', { n: app.length(-app.left(at)) }) : app.say(unseen ? 'limit.see_by' : 'limit.mend_by', { at: app.when(at) });
  app.spent = (from, to) => to == null ? 0 : Math.min(100, 100 * app.seconds(from) / Math.max(1, (to - from) / 1e6));
  app.date = ms => app.language === 'zh' ? `${day.format(ms)} ${chinese.format(ms)}` : english(ms).replace(',', '');
})(window.eldercare = window.eldercare || {});

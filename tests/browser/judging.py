"""What a page is judged by, asked inside the browser."""

CLIPPED = """() => [...document.querySelectorAll('body *')].filter(node => {
  if (node.closest('svg, template, .unseen, .cut, .feed b, [role=tooltip]') || !node.offsetParent) return false;
  const own = [...node.childNodes].some(part => part.nodeType === 3 && part.textContent.trim());
  const style = getComputedStyle(node), holds = own || style.textOverflow === 'ellipsis' && !node.closest('.site');
  return holds && node.scrollWidth > node.clientWidth + 1 && style.display !== 'inline';
}).map(node => `${node.className}: ${node.textContent.slice(0, 40)} ${node.scrollWidth} > ${node.clientWidth}`)
.concat([...document.querySelectorAll('svg.curve text, svg.past text')].filter(text => {
  const said = text.getBoundingClientRect(), drawing = text.closest('svg').getBoundingClientRect();
  return said.width && (said.left < drawing.left - 1 || said.right > drawing.right + 1);
}).map(text => `drawing: ${text.textContent}`))"""
"""Text boxes too small for their words, and words that a drawing cuts. Names of sites may be cut: the whole name is the title."""

OUTSIDE = """() => [...document.querySelectorAll('body *')].filter(node => {
  if (node.closest('svg, template, .unseen, [role=tooltip], .skip') || !node.offsetParent) return false;
  const own = [...node.childNodes].some(part => part.nodeType === 3 && part.textContent.trim());
  const card = own && node.closest('.card, .side, .top, .tabs');
  const rolled = node.closest('.scroll[tabindex="0"]');
  if (!card || (rolled && getComputedStyle(rolled).overflowX === 'auto')) return false;
  const range = document.createRange(); range.selectNodeContents(node);
  const text = range.getBoundingClientRect(), box = card.getBoundingClientRect();
  const cut = node.closest('.cut, .feed b'), column = node.closest('.feed')?.getBoundingClientRect();
  if (column && text.left >= column.right) return false;
  return text.width && !cut && (text.right > box.right + 1 || text.left < box.left - 1);
}).map(node => `${node.className}: ${node.textContent.slice(0, 40)}`)"""
"""Text that stands out of its card. A wide table may be rolled sideways in a box that fingers and keys reach."""

WITHOUT_FILE = """() => [...document.querySelectorAll('table')].filter(node => {
  const whole = document.querySelector('main.daily, main.historypage');
  const near = whole || node.closest('.card');
  return !near?.querySelector('a[href^="/export/"][href*=".csv"]') && !node.closest('.personspage, .accountpage');
}).map(node => (node.closest('.card')?.querySelector('h2')?.textContent || '') + ': ' + node.textContent.slice(0, 60))"""
"""Tables that no file beside them holds. Of a day's, a report's and a history's page one file holds all; names of persons leave
by command alone, and where somebody is signed in herself is no table to take away."""

SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select')].filter(node => {
  if (!node.offsetParent || node.closest('template, .cover, .skip')) return false;
  const box = node.getBoundingClientRect();
  return box.width && (box.height < 47.5 || box.width < 47.5) && !node.closest('.bad');
}).map(node => `${node.tagName} ${node.className} ${node.textContent.slice(0, 20)}`)"""
"""Places for a thumb that are smaller than 48 pixels."""

WATCH_SHIFTS = """() => { window.shifts = []; new PerformanceObserver(list => {
  const element = source => source.node?.nodeType === 1 ? source.node : source.node?.parentElement;
  const moved = node => node && !node.closest('.feed, .sep');
  const named = node => node.className || node.parentElement?.className || node.nodeName;
  for (const entry of list.getEntries()) {
    const nodes = entry.hadRecentInput ? [] : entry.sources.map(element).filter(moved);
    if (nodes.length) window.shifts.push(nodes.map(named).join());
  }
}).observe({ type: 'layout-shift', buffered: false }); }"""
"""What moves without being touched. A line of the feed and a dot between two words stand elsewhere when the words are others."""

SHIFTS = "() => window.shifts"

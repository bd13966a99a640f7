// The charts: what each shows, in which colours and words. ECharts draws them, with their axes, legends and a cursor in common.

import { byId, el } from './dom.js';
import { count, latency, none, percent, rate } from './format.js';
import { level, percentile } from './merge.js';
import { hitRatio, outcomes } from './outcomes.js';

/** A promise of the protocol; ms. */
const lagLimit = 250;
/** Where the top of a lane's block lies: 0 if all is well, 0.7 above its ground if all of it is away. */
const lane = (ground, away) => ground + 0.7 * away;
const inLane = words => value => words[Math.round(value % 1 / 0.35)];

const recently = { minute: 'last minute', window: '5 min', current: 'now' };

const percentiles = name => [['p50', 'soft', 0.5], ['p99', 'text', 0.99]].map(([label, colour, share]) =>
  [label, colour, totals => percentile(totals[name], share)]);

/** recent: what the legend tells. A series: label, colour, value of one second or many, its words if they are not the chart's. */
const specs = [
  {
    id: 'outcomes', kind: 'stack', recent: 'minute', format: rate, perSecond: true, axis: { minInterval: 1 },
    title: 'Reads a second', caption: 'Each read by what the cache made of it. Misses and bypasses are reads of PostgreSQL.',
    series: Object.entries(outcomes).map(([name, { label }]) => [label, name, totals => totals.outcomes[name] ?? 0]),
  },
  {
    id: 'states', kind: 'lanes', recent: 'current', format: at => ['database', 'breaker', 'gate'][at], axis: { max: 3, interval: 1 },
    title: 'Redis and PostgreSQL', caption: 'A flat line: all is well. A block: away. Half as high: partly, or being tried.',
    series: [
      ['PostgreSQL', 'bypass', totals => lane(0, level(totals.away, totals.known)), inLane(['there', 'away for some', 'away'])],
      ['Circuit breaker', 'bypass', totals => lane(1, totals.breaker), inLane(['closed', 'half-open', 'open'])],
      ['Redis gate', 'bypass', totals => lane(2, level(totals.shut, totals.known)), inLane(['relied on', 'not by all', 'not relied on'])],
    ],
  },
  {
    id: 'hit-ratio', kind: 'line', recent: 'minute', format: percent, axis: { max: 1 },
    title: 'Hit ratio', caption: 'The share of reads that Redis answered.',
    series: [['from Redis', 'hit', totals => hitRatio(totals.outcomes)]],
  },
  {
    id: 'latency', kind: 'line', recent: 'minute', format: latency, axis: { type: 'log' },
    title: 'Latency', caption: 'How long reads of a row took: half of them less than p50, all but 1 in 100 less than p99.',
    series: percentiles('latency'),
  },
  {
    id: 'lag', kind: 'line', recent: 'minute', format: latency, axis: { type: 'log' },
    title: 'Invalidation lag', caption: 'How long after its commit a change was told to Redis.',
    series: [...percentiles('lag'), ['promise', 'muted', () => lagLimit]],
  },
  {
    id: 'outbox', kind: 'line', recent: 'current', format: count, axis: { minInterval: 1 },
    title: 'Outbox', caption: 'Committed changes that Redis has not been told yet. It grows while Redis is away.',
    series: [['changes', 'text', totals => totals.outboxDepth]],
  },
  {
    id: 'audit', kind: 'stack', recent: 'window', format: count, axis: { minInterval: 1 },
    title: 'Audit and errors', caption: 'Hits compared with PostgreSQL; those that were wrong, and requests answered 5xx, stand out.',
    series: [
      ['right', 'soft', totals => totals.auditChecked - totals.auditStale],
      ['wrong', 'bypass', totals => totals.auditStale],
      ['5xx', 'failure', totals => totals.failures],
    ],
  },
];

const looks = {
  line: { type: 'line', symbol: 'circle', symbolSize: 2, lineStyle: { width: 1.5 } },
  stack: { type: 'bar', stack: 'all', large: true, largeThreshold: 1 },
  lanes: { type: 'line', step: 'middle', showSymbol: false },
};

export function showCharts(view) {
  if (!document.hidden) {
    for (const spec of specs) {
      const chart = echarts.getInstanceByDom(byId(`plot-${spec.id}`) ?? add(spec));
      chart.setOption(optionOf(spec, view, chart.getWidth()));
    }
  }
}

function add(spec) {
  const plot = el('div', { class: 'plot', role: 'img', id: `plot-${spec.id}` });
  byId('charts').append(el('figure', { class: `card ${spec.id}`, id: `chart-${spec.id}` },
    el('figcaption', {}, el('strong', {}, spec.title), spec.caption), plot));
  const chart = echarts.init(plot);
  chart.group = 'console';
  echarts.connect(chart.group);
  new ResizeObserver(() => chart.resize()).observe(plot);
  return plot;
}

function optionOf({ kind, recent, format, perSecond, axis, series, title }, view, width) {
  const [text, muted, line, card, shade] = ['text', 'muted', 'grid', 'card', 'shade'].map(colour);
  const axisOf = (formatter, more) => ({
    axisLabel: { color: muted, hideOverlap: true, formatter }, axisLine: { show: false }, axisTick: { show: false },
    splitLine: { show: true, lineStyle: { color: line } }, ...more,
  });
  const [start, end] = [view.seconds[0].t * 1000, view.seconds.at(-1).t * 1000];
  const away = view.outages.filter(({ kind: what, to }) => what === 'redis' && (to === null || to > start))
    .map(({ from, to }) => [{ xAxis: Math.max(from, start) }, { xAxis: Math.min(to ?? end, end) }]);
  const totals = view[recent];
  const told = new Map(series.map(([label, , value, words = format]) => {
    const now = totals.known === 0 ? null : value(totals);
    return [label, now === null ? none : words(perSecond ? now / totals.seconds : now)];
  }));
  // How many the legend takes, or one too many.
  const rows = Math.ceil((7 * [...told].flat().join('').length + 25 * series.length) / (width - 76));
  return {
    animation: false,
    aria: { enabled: true, label: { description: `${title}, ${recently[recent]}: ${[...told].map(one => one.join(' ')).join(', ')}` } },
    textStyle: { fontFamily: 'system-ui', color: muted },
    grid: { left: 60, right: 16, top: 24 + 15 * rows, bottom: 24 },
    title: { text: recently[recent], top: 0, left: 0, padding: [5, 0], textStyle: { color: text, fontSize: 12, fontWeight: 400 } },
    legend: {
      data: [...told.keys()], formatter: name => `${name} {b|${told.get(name)}}`, top: 0, left: 76, icon: 'rect',
      itemWidth: 10, itemHeight: 10, textStyle: { color: muted, rich: { b: { color: text, fontWeight: 600 } } },
    },
    // On the canvas: as markup it would bring styles of its own, which the page's policy forbids.
    tooltip: {
      trigger: 'axis', renderMode: 'richText', backgroundColor: card, borderColor: line, textStyle: { color: text, fontSize: 12 },
      axisPointer: { lineStyle: { color: muted } },
    },
    xAxis: axisOf('{HH}:{mm}', { type: 'time', min: start, max: end }),
    yAxis: axisOf(format, axis),
    // What is shaded has a value in each second: the cursor that charts have in common is not seen where there is none.
    series: [{
      name: 'Redis', type: 'line', color: shade, symbol: 'none', lineStyle: { width: 0 },
      data: view.seconds.map(({ t }) => [t * 1000, axis.type === 'log' ? 1 : 0]),
      tooltip: { valueFormatter: (_, at) => view.seconds[at].shut > 0 ? 'not relied on' : 'relied on' },
      markArea: { silent: true, itemStyle: { color: shade }, data: away },
    }, ...series.map(([name, tint, value, words = format], at) => ({
      name, color: colour(tint), ...looks[kind], emphasis: { disabled: true },
      tooltip: { valueFormatter: now => Number.isFinite(now) ? words(now) : none },
      data: view.seconds.map(second => [second.t * 1000, second.known === 0 ? null : value(second)]),
      ...kind === 'stack' && { barWidth: (width - 76) / view.seconds.length + 1 },
      ...kind === 'lanes' && { lineStyle: { width: 1, color: muted }, areaStyle: { opacity: 1, origin: at } },
      ...name === 'promise' && { showSymbol: false, lineStyle: { width: 1.5, type: 'dashed' } },
    }))],
  };
}

/** The stylesheet's colour as the canvas needs it, of the scheme that is in use. */
function colour(name) {
  const probe = byId('charts');
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

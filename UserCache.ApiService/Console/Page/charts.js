// The charts: what each shows, in which colours and words. uPlot draws them, with their axes, legends and a cursor in common.

import { byId, el } from './dom.js';
import { clock, count, latency, none, percent, rate } from './format.js';
import { level, percentile } from './merge.js';
import { hitRatio, outcomes } from './outcomes.js';

/** A promise of the protocol; ms. */
const lagLimit = 250;
const decades = { distr: 3, range: (_, min, max) => min === null ? [1, 100] : uPlot.rangeLog(min, max, 10, true) };
const fromZero = { range: (_, min, max) => [0, Math.max(2, (max ?? 0) * 1.1)] };
const wholeNumbers = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

const recent = { minute: 'last minute', window: '5 min', current: 'now' };

const percentiles = name => [['p50', 'soft', 0.5], ['p99', 'text', 0.99]].map(([label, colour, share]) =>
  [label, colour, totals => percentile(totals[name], share)]);

/** recent: what the legend tells unless a second is pointed at. A series: label, colour, value of one second or many, its words. */
const specs = [
  {
    id: 'outcomes', kind: 'stack', recent: 'minute', format: rate, perSecond: true, whole: true,
    title: 'Reads a second', caption: 'Each read by what the cache made of it. Misses and bypasses are reads of PostgreSQL.',
    series: Object.entries(outcomes).map(([name, { label }]) => [label, name, totals => totals.outcomes[name] ?? 0]),
  },
  {
    id: 'states', kind: 'lanes', recent: 'current', scale: { range: [-0.2, 3] },
    title: 'Redis and PostgreSQL', caption: 'A flat line: all is well. A block: away. Half as high: partly, or being tried.',
    series: [
      ['PostgreSQL', 'bypass', totals => level(totals.away, totals.known), { 0: 'there', 0.5: 'away for some', 1: 'away' }],
      ['Circuit breaker', 'bypass', totals => totals.breaker, { 0: 'closed', 0.5: 'half-open', 1: 'open' }],
      ['Redis gate', 'bypass', totals => level(totals.shut, totals.known), { 0: 'relied on', 0.5: 'not by all', 1: 'not relied on' }],
    ],
  },
  {
    id: 'hit-ratio', kind: 'line', recent: 'minute', format: percent, scale: { range: [0, 1.02] },
    title: 'Hit ratio', caption: 'The share of reads that Redis answered.',
    series: [['from Redis', 'hit', totals => hitRatio(totals.outcomes)]],
  },
  {
    id: 'latency', kind: 'line', recent: 'minute', format: latency, scale: decades,
    title: 'Latency', caption: 'How long reads of a user took: half of them less than p50, all but 1 in 100 less than p99.',
    series: percentiles('latency'),
  },
  {
    id: 'lag', kind: 'line', recent: 'minute', format: latency, scale: decades,
    title: 'Invalidation lag', caption: 'How long after its commit a change was told to Redis.',
    series: [...percentiles('lag'), ['promise', 'muted', () => lagLimit]],
  },
  {
    id: 'outbox', kind: 'line', recent: 'current', format: count, whole: true,
    title: 'Outbox', caption: 'Committed changes that Redis has not been told yet. It grows while Redis is away.',
    series: [['changes', 'text', totals => totals.outboxDepth]],
  },
  {
    id: 'audit', kind: 'stack', recent: 'window', format: count, whole: true,
    title: 'Audit and errors', caption: 'Hits compared with PostgreSQL; those that were wrong, and requests answered 5xx, stand out.',
    series: [
      ['right', 'soft', totals => totals.auditChecked - totals.auditStale],
      ['wrong', 'bypass', totals => totals.auditStale],
      ['5xx', 'failure', totals => totals.failures],
    ],
  },
];

const note = byId('charts-note');
const plots = new Map();
let uPlot;
let shown;
let asked = false;

/** @param {boolean} built whether uPlot was there when the service was built */
export async function loadCharts(built) {
  note.hidden = built;
  if (built && !asked) {
    asked = true;
    // Before the page's own, which has the last word.
    document.head.prepend(el('link', { rel: 'stylesheet', href: '/console/uPlot.min.css' }));
    uPlot = (await import('/console/uPlot.esm.js')).default;
  }
}

export function showCharts(view) {
  shown = view;
  if (!uPlot || document.hidden) {
    return;
  }
  for (const spec of specs) {
    const data = [view.seconds.map(({ t }) => t), view.seconds.map(({ shut }) => Math.min(shut, 1)), ...plotted(spec, view.seconds)];
    if (plots.has(spec)) {
      plots.get(spec).setData(data);
      plots.get(spec).setLegend({});
    } else {
      plots.set(spec, draw(spec, data));
    }
  }
}

/** Stacks are drawn from the top down, each over the one before. */
const drawn = ({ kind, series }) => kind === 'stack' ? series.toReversed() : series;

function plotted({ kind, series }, seconds) {
  if (kind === 'stack') {
    const sum = (second, upTo) => series.slice(0, upTo).reduce((below, [,, value]) => below + value(second), 0);
    return series.map((_, index) => seconds.map(second => sum(second, series.length - index)));
  }
  return series.map(([,, value], lane) => seconds.map(second =>
    second.known === 0 ? null : kind === 'lanes' ? lane + 0.7 * value(second) : value(second)));
}

function draw(spec, data) {
  const plot = el('div', { class: 'plot' });
  const figure = el('figure', { class: `card ${spec.id}`, id: `chart-${spec.id}` },
    el('figcaption', {}, el('strong', {}, spec.title), spec.caption), plot);
  byId('charts').append(figure);
  const size = () => ({ width: plot.clientWidth, height: plot.clientHeight });
  const axis = { font: '12px system-ui', stroke: colour('muted'), grid: { stroke: colour('grid'), width: 1 }, ticks: { show: false } };
  const made = new uPlot({
    ...size(),
    padding: [8, 18, 0, 0],
    cursor: { y: false, drag: { x: false }, sync: { key: 'console' }, points: { show: spec.kind === 'line' } },
    legend: { mount: (_, legend) => figure.append(legend), markers: { width: 0, fill: (_, at) => `var(--${drawn(spec)[at - 2]?.[1]})` } },
    scales: { x: { range: (_, min, max) => [min, max + 1] }, shut: { range: [0, 1] }, y: spec.scale ?? fromZero },
    axes: [
      { ...axis, size: 26, incrs: [60, 120, 300], values: '{HH}:{mm}' },
      { ...axis, size: 60, space: 24, ...axisOf(spec) },
    ],
    series: [
      { label: '', value: (_, t) => t === null ? recent[spec.recent] : clock(t * 1000) },
      { scale: 'shut', class: 'shut', ...stepped('shade') },
      ...drawn(spec).map((series, lane) => (
        { label: series[0], value: (_u, _v, _s, at) => inWords(spec, series, at), ...lineOf(spec, series, lane) })),
    ],
  }, data, plot);
  new ResizeObserver(() => made.setSize(size())).observe(plot);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => made.redraw());
  return made;
}

const stepped = name => ({ width: 0, fill: colour(name), points: { show: false }, paths: uPlot.paths.stepped({ extend: true }) });

function lineOf({ kind }, [label, name], lane) {
  if (kind === 'line') {
    const points = { show: true, size: 4, width: 0, fill: colour(name), filter: loners };
    return { stroke: colour(name), width: 1.5, dash: label === 'promise' ? [4, 4] : [], points };
  }
  return kind === 'stack' ? stepped(name) : { ...stepped(name), stroke: colour('muted'), width: 1, fillTo: lane };
}

function axisOf({ kind, format, whole }) {
  return kind === 'lanes'
    ? { splits: () => [0, 1, 2], grid: { show: false }, values: () => ['database', 'breaker', 'gate'] }
    : { incrs: whole && wholeNumbers, values: (_, splits) => splits.map(split => split === null ? '' : format(split)) };
}

/** A second between two without a value has no line: it gets a point. */
function loners(plot, index) {
  const values = plot.data[index];
  return [...values.keys()].filter(at => values[at] !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null);
}

/** @param {number | null} at the second that is pointed at */
function inWords({ recent: span, format, perSecond }, [,, value, words], at) {
  const totals = typeof at === 'number' ? shown.seconds[at] : shown[span];
  const here = totals.known === 0 ? null : value(totals);
  return here === null ? none : words ? words[here] : format(perSecond ? here / (totals.seconds ?? 1) : here);
}

/** The stylesheet's colour as the canvas needs it, of the scheme that is in use. */
const colour = name => () => {
  note.style.color = `var(--${name})`;
  return getComputedStyle(note).color;
};

// @ts-check
// Which charts there are: what they show, in which colours, and in what words.

import { count, latency, percent, rate } from './format.js';
import { percentile } from './merge.js';
import { hitRatio, outcomes } from './outcomes.js';

/** @typedef {import('./merge.js').Totals} Totals */

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {string} colour one of the stylesheet's variables
 * @property {(second: Totals) => number | null} value of one second of which something is known
 * @property {(view: import('./replicas.js').View) => number | null} recent what the legend shows unless a second is pointed at
 * @property {string[]} [words] for lanes: the value's meaning; 0 is fine
 */

/**
 * @typedef {object} Spec
 * @property {string} id
 * @property {string} title
 * @property {string} caption
 * @property {'bars' | 'lines' | 'lanes'} kind bars are stacked
 * @property {'count' | 'share' | 'latency' | 'lanes'} scale latency is logarithmic, in milliseconds
 * @property {boolean} [wide]
 * @property {(value: number | null) => string} format
 * @property {number} [limit] a promise, drawn as a line
 * @property {Series[]} series
 */

/**
 * @param {string} label
 * @param {string} colour
 * @param {(totals: Totals) => number} value a sum, shown as a rate
 * @returns {Series}
 */
function perSecond(label, colour, value) {
  return { label, colour, value, recent: ({ minute }) => minute.known === 0 ? null : value(minute) / minute.known };
}

/**
 * @param {string} label
 * @param {string} colour
 * @param {(totals: Totals) => number | null} value which can be had of a second as well as of a minute
 * @returns {Series}
 */
function ofTotals(label, colour, value) {
  return { label, colour, value, recent: ({ minute }) => value(minute) };
}

/**
 * @param {string} label
 * @param {(second: Totals) => number} value
 * @param {'gate' | 'breaker' | 'database'} current
 * @param {string[]} words
 * @returns {Series}
 */
function lane(label, value, current, words) {
  return { label, colour: '', value, recent: view => view.current[current], words };
}

/**
 * @param {number} away
 * @param {number} known
 */
function level(away, known) {
  return away === 0 ? 0 : away === known ? 1 : 2;
}

/** @type {readonly Spec[]} */
export const specs = [
  {
    id: 'outcomes',
    title: 'Reads a second',
    caption: 'Each read by what the cache made of it. Misses and bypasses are reads of PostgreSQL.',
    kind: 'bars',
    scale: 'count',
    wide: true,
    format: rate,
    series: outcomes.map(({ name, label }) => perSecond(label, name, totals => totals.outcomes[name])),
  },
  {
    id: 'states',
    title: 'Redis and PostgreSQL',
    caption: 'A thin line: all is well. A thick bar: away. Striped: partly, or being tried.',
    kind: 'lanes',
    scale: 'lanes',
    format: count,
    series: [
      lane('Redis gate', second => level(second.gateShut, second.known), 'gate', ['relied on', 'not relied on', 'not relied on by some']),
      lane('Circuit breaker', second => second.breaker, 'breaker', ['closed', 'open', 'half-open']),
      lane('PostgreSQL', second => level(second.databaseAway, second.known), 'database', ['there', 'away', 'away for some']),
    ],
  },
  {
    id: 'hit-ratio',
    title: 'Hit ratio',
    caption: 'The share of reads that Redis answered.',
    kind: 'lines',
    scale: 'share',
    format: percent,
    series: [ofTotals('from Redis', 'hit', totals => hitRatio(totals.outcomes))],
  },
  {
    id: 'latency',
    title: 'Latency',
    caption: 'How long reads of a user took: half of them less than p50, all but 1 in 100 less than p99.',
    kind: 'lines',
    scale: 'latency',
    format: latency,
    series: [
      ofTotals('p50', 'soft', totals => percentile(totals.latency, 0.5)),
      ofTotals('p99', 'strong', totals => percentile(totals.latency, 0.99)),
    ],
  },
  {
    id: 'lag',
    title: 'Invalidation lag',
    caption: 'How long after its commit a change was told to Redis. Dashed: the promise, 250 ms.',
    kind: 'lines',
    scale: 'latency',
    format: latency,
    limit: 250,
    series: [
      ofTotals('p50', 'soft', totals => percentile(totals.lag, 0.5)),
      ofTotals('p99', 'strong', totals => percentile(totals.lag, 0.99)),
    ],
  },
  {
    id: 'outbox',
    title: 'Outbox',
    caption: 'Committed changes that Redis has not been told yet. It grows while Redis is away.',
    kind: 'lines',
    scale: 'count',
    format: count,
    series: [{ label: 'changes', colour: 'strong', value: second => second.outboxDepth, recent: view => view.current.outboxDepth }],
  },
  {
    id: 'audit',
    title: 'Audit and errors',
    caption: 'Hits compared with PostgreSQL; those that were wrong, and requests answered 5xx, stand out.',
    kind: 'bars',
    scale: 'count',
    format: count,
    series: [
      { label: 'right', colour: 'soft', value: right, recent: ({ window }) => right(window) },
      { label: 'wrong', colour: 'bad', value: totals => totals.auditStale, recent: ({ window }) => window.auditStale },
      { label: '5xx', colour: 'failure', value: totals => totals.failures, recent: ({ window }) => window.failures },
    ],
  },
];

/** @param {Totals} totals */
function right(totals) {
  return totals.auditChecked - totals.auditStale;
}

/**
 * @param {Spec} spec
 * @param {Series} series
 * @param {number | null} value
 */
export function inWords(spec, series, value) {
  return series.words && value !== null ? series.words[value] : spec.format(value);
}

// @ts-check
// The numbers of the last minute.

import { byId, setText } from './dom.js';
import { clock, count, latency, none, percent, plural, rate } from './format.js';
import { countOf, percentile } from './merge.js';
import { allReads, hitRatio } from './outcomes.js';

/** @typedef {{ value: string, note: string, tone?: 'ok' | 'warn' | 'bad' }} Tile */

const breakers = [
  { value: 'closed', note: 'Redis is asked', tone: 'ok' },
  { value: 'open', note: 'Redis is not asked', tone: 'bad' },
  { value: 'half-open', note: 'one call tries Redis', tone: 'warn' },
];

/** Of what the protocol promises at the 99th percentile, in ms: the upper bound of the bucket it lies in. */
const promisedLag = 2 ** (72 / 4) / 1000;

/** @param {import('./replicas.js').View} view */
export function showTiles(view) {
  for (const [name, tile] of Object.entries(tiles(view))) {
    const node = byId(`tile-${name}`);
    setText(node.querySelector('.value'), tile.value);
    setText(node.querySelector('.note'), tile.note);
    node.setAttribute('data-tone', tile.tone ?? 'none');
  }
}

/**
 * @param {import('./replicas.js').View} view
 * @returns {Record<string, Tile>}
 */
function tiles({ minute, window, current, replicas, outages, now }) {
  const outage = outages.redis.some(one => now - (one.to ?? now) < 60_000) ? ', outage included' : '';
  const reads = allReads(minute.outcomes);
  const relayed = countOf(minute.lag);
  const lag = percentile(minute.lag, 0.99);
  return {
    'hit-ratio': {
      value: percent(hitRatio(minute.outcomes)),
      note: reads === 0 ? 'no reads' : `of ${plural(reads, 'read')}${outage}`,
    },
    reads: {
      value: rate(minute.known === 0 ? null : reads / minute.known),
      note: minute.failures === 0 ? 'none failed' : `${count(minute.failures)} answered 5xx`,
      tone: minute.failures === 0 ? undefined : 'warn',
    },
    p50: { value: latency(percentile(minute.latency, 0.5)), note: 'half is faster' },
    p99: { value: latency(percentile(minute.latency, 0.99)), note: '1 in 100 is slower' },
    gate: state(current.gate, replicas.map(one => ({ fine: one.gate.open, since: one.gate.since })), ['relied on', 'not relied on'], now),
    breaker: /** @type {Tile} */ (breakers[current.breaker]),
    database: state(current.database, replicas.map(one => ({ fine: one.database.available, since: one.database.since })), ['there', 'away'], now),
    outbox: { value: count(current.outboxDepth), note: current.outboxDepth === null ? 'not known now' : 'changes to relay' },
    lag: {
      value: latency(lag),
      note: relayed === 0 ? 'no changes' : `${plural(relayed, 'change')}${outage}`,
      tone: lag !== null && lag > promisedLag ? 'warn' : undefined,
    },
    // Hits are compared rarely, so the audit looks back further than the others.
    audit: {
      value: window.auditChecked === 0 ? none : `${count(window.auditChecked)} / ${count(window.auditStale)}`,
      note: window.auditChecked === 0 ? 'no hit checked yet' : 'checked / wrong',
      tone: window.auditStale > 0 ? 'bad' : window.auditChecked > 0 ? 'ok' : undefined,
    },
  };
}

/**
 * @param {number} level 0 fine, 1 away, 2 away for some
 * @param {{ fine: boolean, since: number }[]} each
 * @param {[string, string]} words
 * @param {number} now unix ms
 * @returns {Tile}
 */
function state(level, each, [fine, away], now) {
  const concerned = each.filter(one => one.fine === (level === 0));
  // Away since the first of them is, back since the last of them is.
  const since = `since ${clock(Math[level === 0 ? 'max' : 'min'](...concerned.map(one => one.since)), now)}`;
  return level === 2
    ? { value: away, note: `${concerned.length} of ${each.length}, ${since}`, tone: 'warn' }
    : { value: level === 0 ? fine : away, note: since, tone: level === 0 ? 'ok' : 'bad' };
}

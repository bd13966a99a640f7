// The numbers of the last minute.

import { byId, el, setText } from './dom.js';
import { clock, count, latency, none, percent, plural, rate } from './format.js';
import { percentile } from './merge.js';
import { hitRatio, sumOf } from './outcomes.js';

/** What the protocol promises of the 99th percentile: the upper bound of the bucket that 250 ms lie in. */
const promisedLag = percentile({ 72: 1 }, 1);

const breakers = { 0: ['closed', 'Redis is asked', 'ok'], 0.5: ['half-open', 'Redis is tried', 'warn'], 1: ['open', 'not asked', 'bad'] };

export function showTiles(view) {
  for (const [name, [label, value, note, tone]] of Object.entries(tiles(view))) {
    const tile = byId(`tile-${name}`) ?? byId('tiles').appendChild(el('div', { id: `tile-${name}` },
      el('dt', {}, label), el('dd', { class: 'value' }), el('dd', { class: 'muted' })));
    setText(tile.children[1], value);
    setText(tile.children[2], note);
    tile.dataset.tone = tone || 'none';
  }
}

/** @returns for each tile its label, its value, a note and a tone */
function tiles({ minute, window: { auditChecked, auditStale }, current, replicas, outages, now }) {
  const failed = minute.failures === 0 ? ['none failed'] : [`${count(minute.failures)} answered 5xx`, 'warn'];
  const outage = outages.some(one => one.kind === 'redis' && now - (one.to ?? now) < 60_000) ? ', outage included' : '';
  const reads = sumOf(minute.outcomes);
  const changes = sumOf(minute.lag);
  const lag = percentile(minute.lag, 0.99);
  return {
    'hit-ratio': ['Hit ratio', percent(hitRatio(minute.outcomes)), reads === 0 ? 'no reads' : `of ${plural(reads, 'read')}${outage}`],
    reads: ['Reads a second', rate(reads / minute.seconds), ...failed],
    p50: ['Latency p50', latency(percentile(minute.latency, 0.5)), 'half is faster'],
    p99: ['Latency p99', latency(percentile(minute.latency, 0.99)), '1 in 100 is slower'],
    // Hits are compared rarely, so the audit looks back further than the others.
    audit: ['Audit, 5 min', ...auditChecked === 0
      ? [none, 'no hit checked yet']
      : [`${count(auditChecked)} / ${count(auditStale)}`, 'checked / wrong', auditStale > 0 ? 'bad' : 'ok']],
    gate: ['Redis gate', ...state(replicas.map(one => one.redis), 'relied on', 'not relied on')],
    breaker: ['Circuit breaker', ...breakers[current.breaker]],
    database: ['PostgreSQL', ...state(replicas.map(one => one.database), 'there', 'away')],
    outbox: ['Outbox', count(current.outboxDepth), current.outboxDepth === null ? 'not known now' : 'changes to relay'],
    lag: ['Invalidation p99', latency(lag), `${plural(changes, 'change')}${outage}`, lag > promisedLag && 'warn'],
  };
}

/** Away since the first of them is, back since the last of them is. */
function state(each, fine, away) {
  const some = each.filter(one => !one.fine);
  if (some.length === 0) {
    return [fine, `since ${clock(Math.max(...each.map(one => one.since)))}`, 'ok'];
  }
  const since = `since ${clock(Math.min(...some.map(one => one.since)))}`;
  return some.length < each.length ? [away, `${some.length} of ${each.length}, ${since}`, 'warn'] : [away, since, 'bad'];
}

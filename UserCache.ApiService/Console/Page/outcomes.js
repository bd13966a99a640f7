// What the cache can make of a read, and the Cache-Status header (RFC 9211) in plain words.

import { duration } from './format.js';

/** In the order in which the stacks pile up: what Redis answered at the bottom. */
export const outcomes = {
  hit: { label: 'hit', source: 'from Redis' },
  negative: { label: 'negative hit', source: 'from Redis: no such row' },
  stale: { label: 'stale hit', source: 'from Redis, being renewed' },
  collapsed: { label: 'collapsed', source: 'shared with another read' },
  miss: { label: 'miss', source: 'from PostgreSQL' },
  bypass: { label: 'bypass', source: 'from PostgreSQL, round Redis' },
};

export const explanations = {
  hit: 'Redis had it: PostgreSQL was not asked.',
  near: 'The replica had a copy of its own: neither Redis nor PostgreSQL was asked.',
  negative: 'Redis knows that there is no such row: PostgreSQL was not asked.',
  miss: 'It was not in Redis. It was read from PostgreSQL and put into Redis: the next read will be a hit.',
  unknown: 'Redis did not know: PostgreSQL was asked, and Redis remembers now that there is no such row.',
  unstored: 'It was not in Redis. It was read from PostgreSQL, but not put into Redis: a write came between, or Redis is full.',
  stale: 'Redis had it, past its time of freshness. It was served at once and is being read anew in the background.',
  collapsed: 'It was not in Redis, and another reader was fetching it already: this read shared its answer.',
  bypass: 'Redis is away or has not caught up yet: this was read from PostgreSQL without it.',
  write: 'It went to PostgreSQL, and Redis has forgotten the old value.',
  pending: 'It is saved in PostgreSQL. Redis could not be told yet: other replicas may show the old value for a moment.',
};

export const sumOf = counts => Object.values(counts).reduce((sum, one) => sum + one, 0);
export const answeredByRedis = ({ hit = 0, negative = 0, stale = 0 }) => hit + negative + stale;

/** 0 to 1; null without reads. */
export const hitRatio = counts => sumOf(counts) === 0 ? null : answeredByRedis(counts) / sumOf(counts);

/** outcome is empty for writes and where there is none; found: whether there is such a row. */
export function explain(header, found = true) {
  const [, ...parts] = header.split(';').map(part => part.trim());
  const { ttl, fwd, detail } = Object.fromEntries(parts.map(part => part.split('=')));
  const has = part => parts.includes(part);
  const details = (detail ?? '').replaceAll('"', '').split(', ');
  const told = (outcome, text = explanations[outcome]) => ({ outcome, ...outcomes[outcome], text });
  if (has('hit')) {
    const fresh = ttl > 0 ? ` It counts as fresh for another ${duration(ttl * 1000)}.` : '';
    const outcome = ttl < 0 ? 'stale' : details.includes('negative') ? 'negative' : 'hit';
    return details.includes('near') ? { ...told(outcome, explanations.near + fresh), source: 'from a copy in the replica' }
      : told(outcome, outcome === 'hit' ? explanations.hit + fresh : explanations[outcome]);
  }
  if (fwd === 'uri-miss') {
    return has('collapsed') ? told('collapsed') : told('miss', explanations[!has('stored') ? 'unstored' : found ? 'miss' : 'unknown']);
  }
  if (fwd === 'method') {
    return { outcome: '', label: 'write', text: explanations[detail === 'invalidation-pending' ? 'pending' : 'write'] };
  }
  return fwd === 'bypass' ? told('bypass') : { outcome: '', label: 'no cache status', source: 'the cache was not asked', text: '' };
}

// @ts-check
// What the cache can make of a read, in the order in which the stacks pile up: what Redis answered at the bottom.

export const outcomes = Object.freeze([
  { name: 'hit', label: 'hit', source: 'from Redis' },
  { name: 'negative', label: 'negative hit', source: 'from Redis: no such user' },
  { name: 'stale', label: 'stale hit', source: 'from Redis, being renewed' },
  { name: 'collapsed', label: 'collapsed', source: 'shared with another read' },
  { name: 'miss', label: 'miss', source: 'from PostgreSQL' },
  { name: 'bypass', label: 'bypass', source: 'from PostgreSQL, round Redis' },
]);

/** @typedef {Record<string, number>} Outcomes how many reads had which outcome */

/** @returns {Outcomes} */
export function noOutcomes() {
  return { hit: 0, negative: 0, stale: 0, collapsed: 0, miss: 0, bypass: 0 };
}

/** @param {Outcomes} counts */
export function allReads(counts) {
  return outcomes.reduce((sum, { name }) => sum + (counts[name] ?? 0), 0);
}

/** @param {Outcomes} counts */
export function answeredByRedis(counts) {
  return (counts.hit ?? 0) + (counts.negative ?? 0) + (counts.stale ?? 0);
}

/**
 * @param {Outcomes} counts
 * @returns {number | null} 0 to 1; null without reads
 */
export function hitRatio(counts) {
  const all = allReads(counts);
  return all === 0 ? null : answeredByRedis(counts) / all;
}

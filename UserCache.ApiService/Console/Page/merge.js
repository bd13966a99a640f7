// @ts-check
// Adding up what the replicas tell. Pure arithmetic: no state, no page.

import { noOutcomes, outcomes } from './outcomes.js';

/** @typedef {Record<string, number>} Histogram bucket b counts durations of up to 2^(b/4) microseconds */

/**
 * One second of one replica, as GET /console/activity tells it.
 * @typedef {object} Sample
 * @property {number} t unix seconds
 * @property {import('./outcomes.js').Outcomes} outcomes
 * @property {number} failures
 * @property {Histogram} latency
 * @property {boolean} gateOpen
 * @property {number} breaker 0 closed, 1 open, 2 half-open
 * @property {boolean} databaseAvailable
 * @property {number | null} outboxDepth
 * @property {Histogram} lag
 * @property {number} auditChecked
 * @property {number} auditStale
 */

/**
 * One second of all replicas, or a summary of many.
 * @typedef {object} Totals
 * @property {number} t unix seconds
 * @property {number} known how many replicas told of it; 0 means that nothing is known
 * @property {import('./outcomes.js').Outcomes} outcomes
 * @property {number} failures
 * @property {Histogram} latency
 * @property {number} gateShut at how many replicas the gate was shut
 * @property {number} breaker the worst of all
 * @property {number} databaseAway for how many replicas the database was away
 * @property {number | null} outboxDepth
 * @property {Histogram} lag
 * @property {number} auditChecked
 * @property {number} auditStale
 */

/**
 * @param {number} t unix seconds
 * @returns {Totals}
 */
function nothing(t) {
  return {
    t, known: 0, outcomes: noOutcomes(), failures: 0, latency: {}, gateShut: 0, breaker: 0, databaseAway: 0,
    outboxDepth: null, lag: {}, auditChecked: 0, auditStale: 0,
  };
}

/**
 * @param {Histogram} into
 * @param {Histogram} more
 */
function addHistogram(into, more) {
  for (const [bucket, count] of Object.entries(more)) {
    into[bucket] = (into[bucket] ?? 0) + count;
  }
}

/** The breaker's states from best to worst: closed, half-open, open. */
const severity = [0, 2, 1];

/**
 * @param {number} one 0 closed, 1 open, 2 half-open
 * @param {number} other
 */
export function worseBreaker(one, other) {
  return severity[one] >= severity[other] ? one : other;
}

/**
 * All replicas look at the same outbox, so its depth is not added up.
 * @param {number | null} one
 * @param {number | null} other
 */
export function deeper(one, other) {
  return one === null ? other : other === null ? one : Math.max(one, other);
}

/**
 * @param {Totals} into
 * @param {Sample | Totals} more
 */
function addCounts(into, more) {
  for (const { name } of outcomes) {
    into.outcomes[name] += more.outcomes[name] ?? 0;
  }
  addHistogram(into.latency, more.latency);
  addHistogram(into.lag, more.lag);
  into.failures += more.failures;
  into.auditChecked += more.auditChecked;
  into.auditStale += more.auditStale;
  into.breaker = worseBreaker(into.breaker, more.breaker);
  into.outboxDepth = deeper(into.outboxDepth, more.outboxDepth);
}

/**
 * @param {ReadonlyArray<ReadonlyMap<number, Sample>>} histories for each replica its samples by their second
 * @param {number} from the first second
 * @param {number} to the last second
 * @returns {Totals[]} one for each second, also where nothing is known
 */
export function mergeSeconds(histories, from, to) {
  const seconds = [];
  for (let t = from; t <= to; t++) {
    const second = nothing(t);
    for (const history of histories) {
      const sample = history.get(t);
      if (sample) {
        addCounts(second, sample);
        second.known += 1;
        second.gateShut += sample.gateOpen ? 0 : 1;
        second.databaseAway += sample.databaseAvailable ? 0 : 1;
      }
    }
    seconds.push(second);
  }
  return seconds;
}

/**
 * @param {readonly Totals[]} seconds
 * @returns {Totals} the sums; `known` counts the seconds of which something is known
 */
export function summarize(seconds) {
  const sum = nothing(seconds.at(-1)?.t ?? 0);
  for (const second of seconds) {
    if (second.known > 0) {
      addCounts(sum, second);
      sum.known += 1;
    }
  }
  return sum;
}

/**
 * The upper bound of the bucket in which the percentile lies: true or up to 19 % too high, never too low.
 * @param {Histogram} histogram
 * @param {number} share 0.99 for p99
 * @returns {number | null} milliseconds; null if the histogram is empty
 */
export function percentile(histogram, share) {
  const buckets = Object.keys(histogram).map(Number).sort((one, other) => one - other);
  const size = countOf(histogram);
  let left = Math.max(1, Math.ceil(share * size));
  for (const bucket of buckets) {
    left -= histogram[bucket];
    if (left <= 0) {
      return 2 ** (bucket / 4) / 1000;
    }
  }
  return null;
}

/** @param {Histogram} histogram */
export function countOf(histogram) {
  return Object.values(histogram).reduce((sum, count) => sum + count, 0);
}

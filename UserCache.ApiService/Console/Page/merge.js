// Adding up what the replicas tell. Pure arithmetic: no state, no page.

const breakers = [0, 1, 0.5];

/** A replica's second in a form that can be added up. shut, away and breaker: 0 fine, 1 not; the breaker half-open: 0.5. */
export function toTotals({ t, gateOpen, outboxDepth, breaker, counts }) {
  return { t, known: 1, shut: gateOpen ? 0 : 1, away: outboxDepth === null ? 1 : 0, breaker: breakers[breaker], outboxDepth, ...counts };
}

/** @returns all of them as one; known: how many there were */
export function addUp(many) {
  const counts = { known: 0, shut: 0, away: 0, failures: 0, auditChecked: 0, auditStale: 0 };
  const sum = { ...counts, breaker: 0, outboxDepth: null, outcomes: {}, latency: {}, lag: {} };
  for (const one of many) {
    Object.keys(counts).forEach(name => sum[name] += one[name]);
    for (const name of ['outcomes', 'latency', 'lag']) {
      for (const [key, count] of Object.entries(one[name])) {
        sum[name][key] = (sum[name][key] ?? 0) + count;
      }
    }
    sum.breaker = Math.max(sum.breaker, one.breaker);
    // All replicas look at the same outbox.
    sum.outboxDepth = one.outboxDepth === null ? sum.outboxDepth : Math.max(sum.outboxDepth ?? 0, one.outboxDepth);
  }
  return sum;
}

/** @returns all of them as one; seconds: of how many something is known */
export const summarize = seconds => ({ ...addUp(seconds), seconds: seconds.filter(second => second.known > 0).length });

/** @returns {0 | 0.5 | 1} none, some, all */
export const level = (some, all) => some === 0 ? 0 : some === all ? 1 : 0.5;

/** The upper bound, in ms, of the bucket in which the percentile lies: true or up to 19 % too high, never too low; null without any. */
export function percentile(histogram, share) {
  // Bucket b counts durations of up to 2^(b/4) microseconds. Whole numbers as keys are in their order.
  const buckets = Object.entries(histogram);
  let left = Math.max(1, Math.ceil(share * buckets.reduce((sum, [, count]) => sum + count, 0)));
  const found = buckets.find(([, count]) => (left -= count) <= 0);
  return found ? 2 ** (found[0] / 4) / 1000 : null;
}

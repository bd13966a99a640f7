// @ts-check
// From the replicas' events to one timeline: the same event of several replicas once, and how long each outage lasted.

/** @typedef {{ t: number, kind: string, text: string }} HeardEvent t in unix ms */

/** @typedef {{ events: HeardEvent[], until: number | null }} History until: the last that was heard of a replica that is gone */

/** @typedef {{ kind: string, from: number, to: number | null }} Outage to: null while it lasts */

/** @typedef {HeardEvent & { replicas: number, outage: Outage | null }} TimelineEvent outage: the one that began with this event */

/** Within this, two replicas tell of the same thing. */
const sameWithin = 2000;

/**
 * @param {readonly History[]} histories
 * @param {string} kind 'redis' for redis-away and redis-back
 * @returns {Outage[]} oldest first; those of several replicas that overlap are one
 */
export function outages(histories, kind) {
  const single = histories.flatMap(history => outagesOfOne(history, kind)).sort((one, other) => one.from - other.from);
  /** @type {Outage[]} */
  const union = [];
  for (const next of single) {
    const last = union.at(-1);
    if (last && (last.to === null || next.from <= last.to + sameWithin)) {
      last.to = last.to === null || next.to === null ? null : Math.max(last.to, next.to);
    } else {
      union.push({ ...next });
    }
  }
  return union;
}

/**
 * @param {History} history
 * @param {string} kind
 */
function outagesOfOne({ events, until }, kind) {
  /** @type {Outage[]} */
  const found = [];
  /** @type {Outage | null} */
  let current = null;
  for (const event of events) {
    if (event.kind === `${kind}-away` && current === null) {
      current = { kind, from: event.t, to: until };
      found.push(current);
    } else if (event.kind === `${kind}-back` && current !== null) {
      current.to = event.t;
      current = null;
    }
  }
  return found;
}

/**
 * @param {readonly History[]} histories
 * @param {readonly Outage[]} known
 * @returns {TimelineEvent[]} newest first
 */
export function mergeEvents(histories, known) {
  const all = histories
    .flatMap(({ events }, replica) => events.map(event => ({ ...event, replica })))
    .sort((one, other) => one.t - other.t);
  /** @type {(TimelineEvent & { tellers: Set<number> })[]} */
  const merged = [];
  for (const { replica, ...event } of all) {
    // A replica that tells the same twice has seen it twice.
    // Of one outage, each may have met another sign first.
    const same = merged.findLast(one => event.t - one.t <= sameWithin && one.kind === event.kind
      && (one.text === event.text || event.kind.endsWith('-away')) && !one.tellers.has(replica));
    if (same) {
      same.tellers.add(replica);
      same.replicas = same.tellers.size;
      // It is back when it is back for all.
      same.t = event.kind.endsWith('-back') ? event.t : same.t;
    } else {
      merged.push({ ...event, replicas: 1, outage: null, tellers: new Set([replica]) });
    }
  }

  for (const outage of known) {
    const beginning = merged.find(event => event.kind === `${outage.kind}-away` && Math.abs(event.t - outage.from) <= sameWithin);
    if (beginning) {
      beginning.outage = outage;
    }
  }
  return merged.reverse().map(({ tellers, ...event }) => event);
}

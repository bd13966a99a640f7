// @ts-check
// What was heard of each replica, and the view of all of them together.

import { deeper, mergeSeconds, summarize, worseBreaker } from './merge.js';
import { mergeEvents, outages } from './timeline.js';

/** The charts' width, and the most that a replica can be asked for. */
export const windowSeconds = 300;

const usualSeconds = 20;
/** In its first moments the page meets one replica after the other: each had better tell all at once. */
const meetingFor = 5000;
const silentAfter = 15_000;
const minute = 60;
/** The charts wait this long for the replicas that the load balancer has not picked; otherwise their last seconds would look like a dip. */
const patienceSeconds = 6;
const breakerStates = ['closed', 'open', 'half-open'];

/**
 * @typedef {object} Activity the answer of GET /console/activity
 * @property {string} replica
 * @property {number} now unix ms
 * @property {boolean} charts
 * @property {string | null} dashboardUrl
 * @property {{ open: boolean, catchingUp: boolean, reason: string, since: number }} gate
 * @property {string} breaker
 * @property {{ available: boolean, since: number }} database
 * @property {number | null} outboxDepth
 * @property {import('./merge.js').Sample[]} samples
 * @property {import('./timeline.js').HeardEvent[]} events
 */

/**
 * @typedef {object} Heard
 * @property {Activity} last the last answer
 * @property {number} at when it came, by this machine's clock
 * @property {boolean} complete whether the whole window has been asked for since the replica was (again) new
 * @property {Map<number, import('./merge.js').Sample>} samples by their second
 */

/**
 * @typedef {object} View
 * @property {number} now unix ms, by the replicas' clock
 * @property {Activity[]} replicas the last answers of those that are heard
 * @property {import('./merge.js').Totals[]} seconds
 * @property {import('./merge.js').Totals} minute
 * @property {import('./merge.js').Totals} window
 * @property {{ gate: number, breaker: number, database: number, outboxDepth: number | null }} current gate and database: 0 fine, 1 away, 2 away for some
 * @property {import('./timeline.js').TimelineEvent[]} events
 * @property {{ redis: import('./timeline.js').Outage[], database: import('./timeline.js').Outage[] }} outages
 */

/**
 * @param {number} away
 * @param {number} all
 */
function level(away, all) {
  return away === 0 ? 0 : away === all ? 1 : 2;
}

export class Replicas {
  /** @type {Map<string, Heard>} */
  #heard = new Map();

  /** The page's own events: it alone knows when the API did not answer. @type {import('./timeline.js').HeardEvent[]} */
  #ownEvents = [];

  /** @type {number | null} */
  #firstAt = null;

  /** Added to this machine's clock gives the replicas'. */
  #clockOffset = 0;

  /** @param {number} at unix ms, by this machine's clock */
  toReplicasClock(at) {
    return at + this.#clockOffset;
  }

  /** @param {number} at unix ms, by this machine's clock */
  secondsToAsk(at) {
    if (this.#firstAt === null || at - this.#firstAt < meetingFor) {
      return windowSeconds;
    }
    return this.#live().every(one => one.complete && at - one.at < silentAfter) ? usualSeconds : windowSeconds;
  }

  /**
   * @param {Activity} answer
   * @param {number} asked the seconds that were asked for
   * @param {number} at unix ms, by this machine's clock
   */
  accept(answer, asked, at) {
    this.#firstAt ??= at;
    const known = this.#heard.get(answer.replica);
    const gapless = known !== undefined && at - known.at < asked * 1000;
    const samples = known?.samples ?? new Map();
    for (const sample of answer.samples) {
      samples.set(sample.t, sample);
    }
    const oldest = Math.floor(answer.now / 1000) - windowSeconds - patienceSeconds;
    for (const t of samples.keys()) {
      if (t < oldest) {
        samples.delete(t);
      }
    }
    const complete = asked === windowSeconds || (gapless && known.complete);
    this.#heard.set(answer.replica, { last: answer, at, complete, samples });
    this.#clockOffset = answer.now - at;
    for (const [name, one] of this.#heard) {
      if (at - one.at > windowSeconds * 1000) {
        this.#heard.delete(name);
      }
    }
  }

  /**
   * @param {string} kind
   * @param {string} text
   * @param {number} at unix ms, by this machine's clock
   */
  addOwnEvent(kind, text, at) {
    this.#ownEvents.push({ t: this.toReplicasClock(at), kind, text });
  }

  /**
   * @param {number} at unix ms, by this machine's clock
   * @returns {View | null} null before the first answer
   */
  view(at) {
    const live = this.#live();
    if (live.length === 0) {
      return null;
    }

    const all = [...this.#heard.values()];
    const lastSeconds = live.map(one => Math.floor(one.last.now / 1000) - 1);
    const last = Math.max(Math.min(...lastSeconds), Math.max(...lastSeconds) - patienceSeconds);
    const seconds = mergeSeconds(all.map(one => one.samples), last - windowSeconds + 1, last);
    const histories = all.map(one => ({ events: one.last.events, until: live.includes(one) ? null : one.last.now }));
    const redis = outages(histories, 'redis');
    const database = outages(histories, 'database');
    const own = [{ events: this.#ownEvents, until: null }];
    const replicas = live.map(one => one.last).sort((one, other) => one.replica.localeCompare(other.replica));
    return {
      now: this.toReplicasClock(at),
      replicas,
      seconds,
      minute: summarize(seconds.slice(-minute)),
      window: summarize(seconds),
      current: {
        gate: level(replicas.filter(one => !one.gate.open).length, replicas.length),
        breaker: replicas.map(one => breakerStates.indexOf(one.breaker)).reduce(worseBreaker),
        database: level(replicas.filter(one => !one.database.available).length, replicas.length),
        outboxDepth: replicas.map(one => one.outboxDepth).reduce(deeper),
      },
      events: mergeEvents([...histories, ...own], [...redis, ...database, ...outages(own, 'api')]),
      outages: { redis, database },
    };
  }

  /** Those heard lately, measured from the last answer of all: while nobody answers, nobody is dropped. */
  #live() {
    const all = [...this.#heard.values()];
    const latest = Math.max(...all.map(one => one.at));
    return all.filter(one => latest - one.at <= silentAfter);
  }
}

// What was heard of each replica, and the view of all of them together. Times are in ms; `at` is by this machine's clock.

import { addUp, summarize, toTotals } from './merge.js';
import { mergeEvents, outages } from './timeline.js';

/** The charts' width, and the most that a replica can be asked for. */
const windowSeconds = 300;
const usualSeconds = 20;
/** After it has met one replica, the page may soon meet others: each had better tell all at once. */
const meetingFor = 10_000;
const silentAfter = 15_000;
/** So long the charts wait for replicas that the load balancer has not picked; otherwise their last seconds would look like a dip. */
const patienceSeconds = 6;

/** By name: the last answer, when it came, and the samples by their second. */
const heard = new Map();
const ownEvents = [];
let meetingUntil = Infinity;
let clockOffset = 0;

export const secondsToAsk = at => at < meetingUntil ? windowSeconds : usualSeconds;
export const toReplicasClock = at => at + clockOffset;
export const addOwnEvent = (kind, text, at) => ownEvents.push({ t: toReplicasClock(at), kind, text });

export function accept(answer, at) {
  const known = heard.get(answer.replica);
  if (!known || at - known.at > silentAfter) {
    meetingUntil = at + meetingFor;
  }
  const told = answer.samples.map(toTotals);
  const samples = [...known?.samples ?? [], ...told.map(sample => [sample.t, sample])];
  const oldest = answer.now / 1000 - windowSeconds - patienceSeconds;
  heard.set(answer.replica, { ...answer, at, last: told.at(-1), samples: new Map(samples.filter(([t]) => t > oldest)) });
  clockOffset = answer.now - at;
  [...heard.values()].filter(one => at - one.at > windowSeconds * 1000).forEach(one => heard.delete(one.replica));
}

/** @returns null before the first answer */
export function view(at) {
  const all = [...heard.values()];
  // Measured from the last answer of all: while nobody answers, nobody is dropped.
  const latest = Math.max(...all.map(one => one.at));
  const live = all.filter(one => latest - one.at <= silentAfter && one.last);
  if (live.length === 0) {
    return null;
  }
  const ends = live.map(one => Math.floor(one.now / 1000) - 1);
  const end = Math.max(Math.min(...ends), Math.max(...ends) - patienceSeconds);
  const seconds = Array.from({ length: windowSeconds }, (_, index) => {
    const t = end - windowSeconds + 1 + index;
    return { t, ...addUp(all.map(one => one.samples.get(t)).filter(Boolean)) };
  });
  const histories = all.map(one => ({ events: one.events, until: live.includes(one) ? null : one.now }));
  const [redis, database] = ['redis', 'database'].map(kind => outages(histories, kind));
  const own = [{ events: ownEvents, until: null }];
  return {
    now: toReplicasClock(at),
    replicas: live.map(stateOf).sort((one, other) => one.name.localeCompare(other.name)),
    seconds,
    minute: summarize(seconds.slice(-60)),
    window: summarize(seconds),
    current: addUp(live.map(one => one.last)),
    events: mergeEvents([...histories, ...own], [...redis, ...database, ...outages(own, 'api')]),
    outages: [...redis, ...database],
  };
}

/** since: of the last turn; a replica that has just started is not relying on Redis yet, which is no outage. */
function stateOf({ replica, last, events, catchingUp, reason }) {
  const since = kind => events.findLast(event => event.kind.startsWith(kind))?.t ?? events[0].t;
  const starting = !events.some(event => event.kind === 'redis-away');
  return {
    name: replica,
    redis: { fine: last.shut === 0, since: since('redis'), catchingUp, reason, starting },
    database: { fine: last.away === 0, since: since('database') },
  };
}

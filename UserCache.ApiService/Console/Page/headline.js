// @ts-check
// "Is the cache working, and is it right?" answered in one sentence. A function of the view; the page is not touched here.

import { clock, duration, percent, plural } from './format.js';
import { summarize } from './merge.js';
import { allReads, hitRatio } from './outcomes.js';

/** @typedef {{ away: boolean, since: number, detail: string }} Connection since: unix ms, by the replicas' clock */

/** @typedef {{ kind: string, tone: 'ok' | 'warn' | 'bad' | 'quiet', text: string }} Status kind changes when there is something new to announce */

/** So long the headline tells of an outage that is over. */
const remembered = 300_000;

/** Milliseconds; no replica's last sample is older when it answers. */
const oldestSample = 2_000;

/** @type {Status} */
const replayed = { kind: 'replayed', tone: 'ok', text: 'What had changed meanwhile was replayed to Redis before it was relied on again.' };

const reachesForPostgres = 'Reads go to PostgreSQL: slower, never wrong.';

/**
 * @param {import('./replicas.js').View | null} view null before the first answer
 * @param {Connection} connection
 * @returns {Status[]} what there is to say, the most important first; never empty
 */
export function headline(view, connection) {
  if (connection.away) {
    const since = `The API does not answer${connection.detail} since ${clock(connection.since)} (retrying).`;
    return [{ kind: 'api-away', tone: 'bad', text: view ? `${since} The numbers below are from before.` : since }];
  }
  if (view === null) {
    return [{ kind: 'loading', tone: 'quiet', text: 'Asking the API how the cache is doing…' }];
  }

  const troubles = [audit(view), ...servers(view)].filter(status => status !== null);
  const back = troubles.length === 0 ? returned(view) : null;
  const first = back ?? (troubles.length === 0 ? calm(view) : null);
  const failed = failures(view);
  const said = first === null ? [...troubles, failed] : back === null ? [failed, first] : [first, failed];
  return [...said, back?.kind.startsWith('redis') ? replayed : null, audited(view)].filter(status => status !== null);
}

/** @param {import('./replicas.js').View} view @returns {Status | null} */
function audit({ window }) {
  return window.auditStale === 0 ? null : {
    kind: 'audit',
    tone: 'bad',
    text: `The cache was wrong: ${window.auditStale} of ${plural(window.auditChecked, 'hit')} compared with PostgreSQL in the last 5 minutes differed from it.`,
  };
}

/** @param {import('./replicas.js').View} view @returns {(Status | null)[]} */
function servers(view) {
  const databaseAway = view.replicas.filter(one => !one.database.available);
  const redis = redisAway(view, databaseAway.length > 0);
  if (databaseAway.length === 0) {
    return [redis];
  }
  const since = Math.min(...databaseAway.map(one => one.database.since));
  const left = redis ? 'without Redis nothing can be read; reads are answered 503.' : 'what is cached is still served, other reads are answered 503.';
  return [{ kind: 'database-away', tone: 'bad', text: `PostgreSQL is away${forSome(databaseAway, view)} ${sinceText(since, view)}: ${left}` }, redis];
}

/**
 * @param {import('./replicas.js').View} view
 * @param {boolean} databaseAway
 * @returns {Status | null}
 */
function redisAway(view, databaseAway) {
  const shut = view.replicas.filter(one => !one.gate.open).sort((one, other) => one.gate.since - other.gate.since);
  if (shut.length === 0) {
    return null;
  }
  const { now, gate: { since, reason, catchingUp } } = shut.find(one => !one.gate.catchingUp) ?? shut[0];
  const instead = databaseAway ? '' : ` ${reachesForPostgres}`;
  const who = forSome(shut, view);
  const atStart = /since the replica started/.test(reason);
  // At its start a replica counts no outage yet: since goes on being now.
  if (atStart && now - since < oldestSample) {
    return { kind: 'starting', tone: 'warn', text: `The API has just started: Redis is not relied on yet${who}, until it has caught up.${instead}` };
  }
  if (catchingUp) {
    return { kind: 'redis-returning', tone: 'warn', text: `Redis is coming back${who}: away ${sinceText(since, view)}, and relied on again as soon as it has caught up.${instead}` };
  }
  if (atStart) {
    return { kind: 'redis-away', tone: 'bad', text: `Redis is not relied on${who} ${sinceText(since, view)}: ${reason}.${instead}` };
  }
  // What the client calls the failure, in brackets, is for the timeline.
  const plain = reason.replace(/\s*\([^)]*\)$/, '');
  return { kind: 'redis-away', tone: 'bad', text: `Redis is away${who} ${sinceText(since, view)}${plain ? `: ${plain}` : ''}.${instead}` };
}

/** @param {import('./replicas.js').View} view @returns {Status | null} */
function returned(view) {
  const { redis, database } = view.outages;
  const latest = [...redis, ...database]
    .filter(outage => outage.to !== null && view.now - outage.to < remembered)
    .sort((one, other) => Number(other.to) - Number(one.to))[0];
  if (!latest || latest.to === null) {
    return null;
  }
  const name = latest.kind === 'redis' ? 'Redis' : 'PostgreSQL';
  // Not of the last minute, which may be that of the outage.
  const { to } = latest;
  const ratio = hitRatio(summarize(view.seconds.filter(second => second.t * 1000 >= to)).outcomes);
  const share = ratio === null ? '' : ` Since then ${percent(ratio)} of reads come from Redis.`;
  return {
    kind: `${latest.kind}-back-${latest.to}`,
    tone: 'ok',
    text: `${name} is back since ${clock(latest.to, view.now)}; it was away for ${duration(latest.to - latest.from)}.${share}`,
  };
}

/** @param {import('./replicas.js').View} view @returns {Status} */
function calm({ minute, window }) {
  const ratio = hitRatio(minute.outcomes);
  const well = minute.failures === 0 ? 'All is well' : 'Otherwise all is well';
  if (allReads(window.outcomes) === 0) {
    return { kind: 'empty', tone: 'quiet', text: 'No reads yet. Look a user up, or fire a burst.' };
  }
  if (ratio === null) {
    return { kind: 'idle', tone: 'ok', text: `${well}. There were no reads in the last minute.` };
  }
  return ratio >= 0.5
    ? { kind: 'well', tone: 'ok', text: `${well}: ${percent(ratio)} of reads come from Redis.` }
    : { kind: 'cold', tone: 'ok', text: `${well}, but the cache is cold: ${percent(ratio)} of reads come from Redis. The first read of a user comes from PostgreSQL.` };
}

/** @param {import('./replicas.js').View} view @returns {Status | null} */
function failures({ minute }) {
  return minute.failures === 0 ? null
    : { kind: 'failures', tone: 'warn', text: `${plural(minute.failures, 'request was', 'requests were')} answered 5xx in the last minute.` };
}

/** @param {import('./replicas.js').View} view @returns {Status | null} */
function audited({ window }) {
  return window.auditChecked === 0 || window.auditStale > 0 ? null
    : { kind: 'audited', tone: 'ok', text: `${plural(window.auditChecked, 'hit')} of the last 5 minutes compared with PostgreSQL: none was wrong.` };
}

/**
 * @param {unknown[]} some
 * @param {import('./replicas.js').View} view
 */
function forSome(some, { replicas }) {
  return some.length === replicas.length ? '' : ` for ${some.length} of ${replicas.length} replicas`;
}

/**
 * @param {number} since
 * @param {import('./replicas.js').View} view
 */
function sinceText(since, { now }) {
  return `since ${clock(since, now)} (${duration(now - since)})`;
}

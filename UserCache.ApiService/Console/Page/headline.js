// "Is the cache working, and is it right?" answered in one sentence. A function of the view; the page is not touched here.

import { clock, duration, percent, plural } from './format.js';
import { summarize } from './merge.js';
import { hitRatio, sumOf } from './outcomes.js';

/** So long the headline tells of an outage that is over; ms. */
const remembered = 300_000;

/** kind changes when there is something new to announce; tone is one of ok, warn, bad, quiet. */
const status = (kind, tone, text) => ({ kind, tone, text });

/** @returns {ReturnType<status>[]} what there is to say, the most important first; never empty */
export function headline(view, away) {
  if (away) {
    const before = view ? ' The numbers below are from before.' : '';
    return [status('api-away', 'bad', `The API does not answer${away.detail} since ${clock(away.since)} (retrying).${before}`)];
  }
  if (view === null) {
    return [status('loading', 'quiet', 'Asking the API how the cache is doing…')];
  }
  const troubles = [auditFailed(view), databaseAway(view), redisAway(view)].filter(Boolean);
  const back = troubles.length === 0 ? returned(view) : null;
  const said = troubles.length > 0 ? [...troubles, failures(view)] : back ? [...back, failures(view)] : [failures(view), calm(view)];
  return [...said, audited(view)].filter(Boolean);
}

const auditFailed = ({ window: { auditChecked, auditStale } }) => auditStale > 0 && status('audit', 'bad',
  `The cache was wrong: ${auditStale} of ${plural(auditChecked, 'hit')} compared with PostgreSQL in the last 5 minutes differed from it.`);

function databaseAway(view) {
  const away = view.replicas.map(one => one.database).filter(one => !one.fine);
  const left = view.replicas.some(one => !one.redis.fine)
    ? 'without Redis nothing can be read; reads are answered 503.' : 'what is cached is still served, other reads are answered 503.';
  return away.length > 0 && status('database-away', 'bad', `PostgreSQL is away${forSome(away, view)} ${sinceFirst(away, view)}: ${left}`);
}

function redisAway(view) {
  const shut = view.replicas.map(one => one.redis).filter(one => !one.fine);
  if (shut.length === 0) {
    return null;
  }
  const { reason, catchingUp, starting } = shut.find(one => !one.catchingUp) ?? shut[0];
  const instead = view.replicas.some(one => !one.database.fine) ? '' : ' Reads go to PostgreSQL: slower, never wrong.';
  const [who, since] = [forSome(shut, view), sinceFirst(shut, view)];
  if (starting) {
    return status('starting', 'warn', `The API has just started: Redis is not relied on yet${who}, until it has caught up.${instead}`);
  }
  if (catchingUp) {
    return status('redis-returning', 'warn', `Redis is coming back${who}: away ${since}, relied on once it has caught up.${instead}`);
  }
  const what = reason.includes('since the replica started') ? 'not relied on' : 'away';
  // What the client calls the failure, in brackets, is for the timeline.
  return status('redis-away', 'bad', `Redis is ${what}${who} ${since}: ${reason.replace(/\s*\([^)]*\)$/, '')}.${instead}`);
}

function returned({ outages, seconds, now }) {
  const latest = outages.filter(one => one.to !== null && now - one.to < remembered).sort((one, other) => other.to - one.to)[0];
  if (!latest) {
    return null;
  }
  // Not of the last minute, which may be that of the outage.
  const ratio = hitRatio(summarize(seconds.filter(second => second.t * 1000 >= latest.to)).outcomes);
  const share = ratio === null ? '' : ` Since then ${percent(ratio)} of reads come from Redis.`;
  const name = latest.kind === 'redis' ? 'Redis' : 'PostgreSQL';
  const text = `${name} is back since ${clock(latest.to)}; it was away for ${duration(latest.to - latest.from)}.${share}`;
  const replayed = status('', 'ok', 'What had changed meanwhile was replayed to Redis before it was relied on again.');
  return [status(`back-${latest.to}`, 'ok', text), latest.kind === 'redis' && replayed];
}

function calm({ minute, window }) {
  const ratio = hitRatio(minute.outcomes);
  const well = minute.failures === 0 ? 'All is well' : 'Otherwise all is well';
  if (sumOf(window.outcomes) === 0) {
    return status('empty', 'quiet', 'No reads yet. Look a row up, or fire a burst.');
  }
  const cold = ratio < 0.5 ? ', but the cache is cold' : '';
  const said = ratio === null ? '. There were no reads in the last minute.' : `${cold}: ${percent(ratio)} of reads come from Redis.`;
  return status('well', 'ok', well + said);
}

const failures = ({ minute }) => minute.failures > 0 && status('failures', 'warn',
  `${plural(minute.failures, 'request was', 'requests were')} answered 5xx in the last minute.`);

const audited = ({ window: { auditChecked, auditStale } }) => auditChecked > 0 && auditStale === 0 && status('audited', 'ok',
  `${plural(auditChecked, 'hit')} of the last 5 minutes compared with PostgreSQL: none was wrong.`);

const forSome = (some, { replicas }) => some.length === replicas.length ? '' : ` for ${some.length} of ${replicas.length} replicas`;

function sinceFirst(some, { now }) {
  const since = Math.min(...some.map(one => one.since));
  return `since ${clock(since)} (${duration(now - since)})`;
}

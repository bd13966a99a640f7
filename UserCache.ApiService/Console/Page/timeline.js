// From the replicas' events to one timeline: the same event of several replicas once, and how long each outage lasted.

import { byId, el } from './dom.js';
import { clock, duration } from './format.js';

/** Within this, two replicas tell of the same thing; ms. */
const sameWithin = 2000;

let shown = '';

/**
 * @param histories each replica's events; until: the last that was heard of one that is gone, else null
 * @param {string} kind 'redis' for redis-away and redis-back
 * @returns oldest first; those of several replicas that overlap are one; to: null while it lasts
 */
export function outages(histories, kind) {
  const union = [];
  for (const next of histories.flatMap(history => outagesOfOne(history, kind)).sort((one, other) => one.from - other.from)) {
    const last = union.at(-1);
    if (last && (last.to === null || next.from <= last.to + sameWithin)) {
      last.to = last.to === null || next.to === null ? null : Math.max(last.to, next.to);
    } else {
      union.push(next);
    }
  }
  return union;
}

function outagesOfOne({ events, until }, kind) {
  const turns = events.filter(event => event.kind === `${kind}-away` || event.kind === `${kind}-back`);
  return turns.flatMap(({ kind: turn, t }, index) => turn.endsWith('-away') ? [{ kind, from: t, to: turns[index + 1]?.t ?? until }] : []);
}

/** @returns newest first; outage: the one that began with the event */
export function mergeEvents(histories, known) {
  const all = histories.flatMap(({ events }, teller) => events.map(event => ({ ...event, teller }))).sort((one, other) => one.t - other.t);
  const merged = [];
  for (const { teller, ...event } of all) {
    // A replica that tells the same twice has seen it twice. Of one outage, each may have met another sign first.
    const same = merged.findLast(one => event.t - one.t <= sameWithin && one.kind === event.kind
      && (one.text === event.text || event.kind.endsWith('-away')) && !one.tellers.has(teller));
    if (same) {
      same.tellers.add(teller);
      // It is back when it is back for all.
      same.t = event.kind.endsWith('-back') ? event.t : same.t;
    } else {
      merged.push({ ...event, tellers: new Set([teller]) });
    }
  }
  return merged.reverse().map(event => ({
    ...event,
    outage: known.find(one => event.kind === `${one.kind}-away` && Math.abs(event.t - one.from) <= sameWithin),
  }));
}

export function showEvents({ events, now }) {
  const rows = events.map(event => ({ ...event, time: clock(event.t), tags: tags(event, now) }));
  // Built anew only when it says something else, or a selection and the place it is scrolled to would be lost each second.
  const next = JSON.stringify(rows.map(row => [row.time, row.text, row.tags]));
  if (next !== shown) {
    shown = next;
    byId('events').replaceChildren(...rows.map(row => el('li', { 'data-kind': row.kind, 'data-tone': tone(row.kind) },
      el('time', {}, row.time), row.text, ...row.tags.flatMap(tag => [' ', el('span', { class: 'tag' }, tag)]))));
  }
}

const tone = kind => kind === 'audit' || kind.endsWith('-away') ? 'bad' : kind.endsWith('-back') ? 'ok' : 'quiet';

function tags({ outage, tellers }, now) {
  const lasted = outage && (outage.to ? `lasted ${duration(outage.to - outage.from)}` : `${duration(now - outage.from)} so far`);
  return [lasted, tellers.size > 1 && `${tellers.size} replicas`].filter(Boolean);
}

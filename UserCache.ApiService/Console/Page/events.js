// @ts-check
// The timeline as a list.

import { byId, el } from './dom.js';
import { clock, duration } from './format.js';

const tones = { 'redis-away': 'bad', 'database-away': 'bad', 'api-away': 'bad', audit: 'bad', 'redis-back': 'ok', 'database-back': 'ok', 'api-back': 'ok' };

let shown = '';

/** @param {import('./replicas.js').View} view */
export function showEvents({ events, now }) {
  const rows = events.map(event => ({ ...event, time: clock(event.t, now), tags: tags(event, now) }));
  // Built anew only when it says something else, or a selection and the place it is scrolled to would be lost each second.
  const next = JSON.stringify(rows.map(({ time, text, tags: words }) => [time, text, words]));
  if (next === shown || rows.length === 0) {
    return;
  }
  shown = next;
  byId('events').replaceChildren(...rows.map(row => el('li', { 'data-tone': tones[row.kind] ?? 'quiet', 'data-kind': row.kind },
    el('time', { datetime: new Date(row.t).toISOString() }, row.time), row.text, ...row.tags.flatMap(tag => [' ', el('span', { class: 'tag' }, tag)]))));
}

/**
 * @param {import('./timeline.js').TimelineEvent} event
 * @param {number} now unix ms
 */
function tags({ outage, replicas }, now) {
  const lasted = outage === null ? [] : outage.to === null ? [`${duration(now - outage.from)} so far`] : [`lasted ${duration(outage.to - outage.from)}`];
  return replicas > 1 ? [...lasted, `${replicas} replicas`] : lasted;
}

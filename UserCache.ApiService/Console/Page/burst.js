// @ts-check
// "Fire a burst": many reads of one cold key, and how few of them reached the database.

import { call } from './api.js';
import { byId, el, whileBusy } from './dom.js';
import { count, latency, plural } from './format.js';
import { allReads, answeredByRedis, outcomes } from './outcomes.js';

/**
 * @typedef {object} BurstResult
 * @property {number} id
 * @property {number} reads
 * @property {import('./outcomes.js').Outcomes} outcomes
 * @property {number} databaseReads
 * @property {number} milliseconds
 */

/**
 * @param {() => string} id of whom to read
 * @returns {{ fire: () => Promise<void> }}
 */
export function burstPanel(id) {
  const button = byId('burst-button');
  const result = byId('burst-result');

  async function fire() {
    if (button.disabled) {
      return;
    }
    await whileBusy(button, byId('burst'), async () => {
      result.replaceChildren(el('p', { class: 'muted' }, `Reading user ${id()} 200 times at once…`));
      const answer = await call('/console/bursts', { method: 'POST', json: { id: id() } });
      result.replaceChildren(...(answer.ok ? show(answer.body) : [el('p', { class: 'problem' }, `The burst failed. ${answer.problem}`)]));
    });
  }

  button.addEventListener('click', () => void fire());
  return { fire };
}

/** @param {BurstResult} result */
function show(result) {
  const counts = outcomes.map(outcome => ({ ...outcome, count: result.outcomes[outcome.name] ?? 0 })).filter(outcome => outcome.count > 0);
  const note = explainMore(result);
  const shares = el('div', { class: 'shares', 'aria-hidden': true }, ...counts.map(outcome => {
    const share = el('span', { 'data-colour': outcome.name });
    share.style.flexGrow = String(outcome.count);
    return share;
  }));
  const legend = el('ul', { class: 'legend' }, ...counts.map(outcome =>
    el('li', {}, el('span', { class: 'swatch', 'data-colour': outcome.name }), `${outcome.label} `, el('b', {}, count(outcome.count)))));
  return [el('p', {}, el('strong', {}, summarize(result))), shares, legend, ...(note === '' ? [] : [el('p', { class: 'muted' }, note)])];
}

/**
 * @param {BurstResult} result
 * @returns {string} "200 reads, 1 reached the database; 199 shared its answer; 34 ms"
 */
function summarize({ reads, outcomes: counts, databaseReads, milliseconds }) {
  const fromRedis = answeredByRedis(counts);
  const failed = reads - allReads(counts);
  // Also of the bypasses: without Redis, the reads of one replica still share.
  const shared = allReads(counts) - fromRedis - databaseReads;
  return [
    `${plural(reads, 'read')}, ${count(databaseReads)} reached the database`,
    shared > 0 ? `${count(shared)} shared ${databaseReads === 1 ? 'its answer' : 'an answer'}` : '',
    fromRedis > 0 ? `${count(fromRedis)} found it in Redis` : '',
    failed > 0 ? `${count(failed)} failed` : '',
    latency(milliseconds),
  ].filter(part => part !== '').join('; ');
}

/**
 * @param {BurstResult} result
 * @returns {string} why it was not one read of the database, if it was not
 */
function explainMore({ outcomes: counts, databaseReads }) {
  if ((counts.bypass ?? 0) > 0) {
    return databaseReads > 1
      ? 'Redis was not relied on, so it could not make the reads share one query: more of them went to PostgreSQL.'
      : 'Redis was not relied on; the reads went to PostgreSQL, and still shared one query.';
  }
  if (databaseReads > 1) {
    return 'More than one reached the database: most likely this user was changed, or taken out of Redis again, while the burst was running.';
  }
  return databaseReads === 0 ? 'None reached the database: someone else had put the user back into Redis first.' : '';
}

// "Fire a burst": many reads of one cold key, and how few of them reached the database.

import { call, rowOf } from './api.js';
import { byId, el, setText, swatch, whileBusy } from './dom.js';
import { count, latency, plural } from './format.js';
import { answeredByRedis, outcomes, sumOf } from './outcomes.js';

const result = byId('burst-result');

byId('burst-button').addEventListener('click', fireBurst);

export const setBurstId = id => setText(byId('burst-id'), id);

export async function fireBurst() {
  await whileBusy(byId('burst'), async () => {
    const id = byId('burst-id').textContent;
    result.replaceChildren(el('p', { class: 'muted' }, `Reading row ${id} 200 times at once…`));
    const { ok, body, problem } = await call('/console/bursts', { method: 'POST', json: rowOf(id) });
    result.replaceChildren(...ok ? show(body) : [el('p', { class: 'problem' }, `The burst failed. ${problem}`)]);
  });
}

function show(burst) {
  const counts = Object.keys(outcomes).filter(name => burst.outcomes[name] > 0);
  return [
    el('p', {}, el('strong', {}, summarize(burst))),
    el('ul', { class: 'legend' }, ...counts.map(name =>
      el('li', {}, swatch(name), `${outcomes[name].label} `, el('b', {}, count(burst.outcomes[name]))))),
    el('p', { class: 'muted' }, explainMore(burst)),
  ];
}

/** @returns {string} "200 reads, 1 reached the database; 199 shared its answer; 34 ms" */
function summarize({ reads, outcomes: counts, databaseReads, milliseconds }) {
  const fromRedis = answeredByRedis(counts);
  // Also of the bypasses: without Redis, the reads of one replica still share.
  const shared = sumOf(counts) - fromRedis - databaseReads;
  return [
    `${plural(reads, 'read')}, ${count(databaseReads)} reached the database`,
    shared > 0 && `${count(shared)} shared ${databaseReads === 1 ? 'its answer' : 'an answer'}`,
    fromRedis > 0 && `${count(fromRedis)} found it in Redis`,
    latency(milliseconds),
  ].filter(Boolean).join('; ');
}

/** @returns {string} why it was not one read of the database, if it was not */
function explainMore({ outcomes: { bypass = 0 }, databaseReads }) {
  return bypass > 0 ? 'Redis was not relied on: the reads of one replica still share, those of several do not.'
    : databaseReads > 1 ? 'Most likely this row was changed, or taken out of Redis again, while the burst was running.'
    : databaseReads === 0 ? 'Someone else had put the row back into Redis first.' : '';
}

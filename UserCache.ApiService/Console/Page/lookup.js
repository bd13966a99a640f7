// "Look a user up": one read, what came of it, and the last few beside each other.

import { call, traceLink, userUrl } from './api.js';
import { setBurstUser } from './burst.js';
import { byId, el, setText, swatch, whileBusy } from './dom.js';
import { connect, follow } from './edit.js';
import { latency, none } from './format.js';
import { explain } from './outcomes.js';

const kept = 8;
const statusNames = { 200: '200 OK', 400: '400 Bad Request', 404: '404 Not Found', 503: '503 Service Unavailable', 0: 'no answer' };

const input = byId('lookup-id');
const reads = [];

byId('lookup-form').addEventListener('submit', event => {
  event.preventDefault();
  void lookUp(input.value.trim());
});
connect({ show, lookUp });

async function lookUp(id) {
  if (!/^-?\d+$/.test(id)) {
    input.setAttribute('aria-invalid', 'true');
    input.focus();
    summarize(id === '' ? 'Type the id of a user, for example 1.' : `"${id}" is no user id: ids are whole numbers from 1.`, 'problem');
    byId('lookup-result').hidden = true;
    return;
  }
  input.value = id;
  await whileBusy(byId('lookup-button'), byId('lookup'), async () => {
    summarize(`Looking user ${id} up…`, 'muted');
    const answer = await call(userUrl(id));
    input.setAttribute('aria-invalid', answer.status === 400);
    if (answer.status !== 400) {
      setBurstUser(id);
    }
    show(id, answer);
    follow(answer);
  });
}

function summarize(textContent, className) {
  Object.assign(byId('lookup-summary'), { textContent, className });
}

function show(id, answer) {
  const { cacheStatus, status, body } = answer;
  summarize(`${answer.problem} ${explain(cacheStatus, status !== 404).text}`.trim(), answer.ok ? '' : 'problem');
  setText(byId('lookup-status'), statusNames[status] ?? status);
  setText(byId('lookup-latency'), latency(answer.milliseconds));
  setText(byId('lookup-cache-status'), cacheStatus || none);
  byId('lookup-trace').replaceChildren(...status === 0 ? [none] : traceLink(answer));
  setText(byId('lookup-json'), JSON.stringify(body, null, 2));
  byId('lookup-json').hidden = body === null;
  byId('lookup-result').hidden = false;

  reads.unshift({ id, ...answer });
  reads.length = Math.min(reads.length, kept);
  byId('lookup-history').hidden = false;
  byId('lookup-history').tBodies[0].replaceChildren(...reads.map(historyRow));
}

function historyRow(read) {
  const { outcome, label } = explain(read.cacheStatus);
  return el('tr', {},
    el('td', {}, read.id),
    el('td', {}, swatch(outcome || 'soft'), outcome === '' ? statusNames[read.status] ?? `${read.status}` : label),
    el('td', {}, latency(read.milliseconds)));
}

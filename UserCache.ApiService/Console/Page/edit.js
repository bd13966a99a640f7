// "Change the user": a write with If-Match, and two reads that show the cache following it.

import { call, traceLink, userUrl } from './api.js';
import { byId, el, setText, whileBusy } from './dom.js';
import { latency } from './format.js';
import { explain } from './outcomes.js';

const advice = {
  0: 'Whether the change was made is not known: look the user up again to see.',
  400: 'Correct it and save again.',
  404: 'The user has been deleted meanwhile.',
  409: 'Change that and save again.',
  412: 'Someone else has changed this user meanwhile; nothing was saved.',
  422: 'Correct it and save again.',
  503: 'Look the user up again in a moment to see, then save again if need be.',
};

const form = byId('edit-form');
const result = byId('edit-result');
let [id, etag, lookup] = [];

form.addEventListener('submit', event => {
  event.preventDefault();
  void whileBusy(byId('edit-save'), byId('edit'), save);
});

/** @param panel the lookup, which shows the reads made here too */
export const connect = panel => lookup = panel;

/** Shows the form for the user that was looked up. */
export function follow(answer) {
  showErrors({});
  result.replaceChildren();
  form.hidden = !answer.ok;
  byId('edit-hint').hidden = answer.ok;
  if (answer.ok) {
    load(answer);
  }
}

function load({ body: { data }, etag: current }) {
  [id, etag] = [String(data.id), current];
  byId('edit-username').value = data.username;
  byId('edit-email').value = data.email ?? '';
  setText(byId('edit-id'), id);
  setText(byId('edit-version'), String(data.version));
}

async function save() {
  showErrors({});
  result.replaceChildren(el('p', { class: 'muted' }, 'Saving…'));
  // Another user may be looked up meanwhile: the steps stay with this one.
  const saved = id;
  const json = { username: byId('edit-username').value, email: byId('edit-email').value.trim() || null };
  const answer = await call(userUrl(saved), { method: 'PUT', json, headers: { 'If-Match': etag } });
  if (!answer.ok) {
    showErrors(answer.errors);
    return result.replaceChildren(...problem(answer, saved));
  }
  if (id === saved) {
    load(answer);
  }
  const { version } = answer.body.data;
  const steps = el('ol', { class: 'steps' }, step(`Saved as version ${version} (${latency(answer.milliseconds)})`, answer));
  result.replaceChildren(steps);
  for (const number of [1, 2]) {
    const read = await call(userUrl(saved));
    const { label, source } = explain(read.cacheStatus);
    const outcome = read.ok ? `: ${label}, ${source} (${latency(read.milliseconds)})` : ` failed. ${read.problem}`;
    steps.append(step(`Read ${number}${outcome}`, read));
    lookup.show(saved, read);
  }
}

function step(text, answer) {
  return el('li', {},
    el('p', { class: answer.ok ? '' : 'problem' }, text),
    el('p', {}, el('code', {}, answer.cacheStatus || 'no Cache-Status')),
    el('p', {}, explain(answer.cacheStatus).text),
    el('p', {}, ...answer.status === 0 ? [] : traceLink(answer)));
}

/** @returns {Node[]} what went wrong and what to do about it */
function problem({ status, problem: text }, user) {
  const what = advice[status] ?? 'Nothing is known to have been saved: look the user up again to see.';
  const message = el('p', { class: 'problem' }, `Not saved${status === 0 ? '' : ` (${status})`}. ${text} ${what}`);
  if (status === 400 || status === 409) {
    return [message];
  }
  const again = el('button', { type: 'button', class: 'quiet' }, 'Look up again');
  // The button is gone afterwards, so the focus needs a new place.
  again.addEventListener('click', () => lookup.lookUp(user).then(() => byId(form.hidden ? 'lookup-id' : 'edit-username').focus()));
  return [message, again];
}

/** @param {Record<string, string[]>} errors their keys may be in any case */
function showErrors(errors) {
  for (const field of ['username', 'email']) {
    const texts = Object.entries(errors).find(([key]) => key.toLowerCase() === field)?.[1] ?? [];
    byId(`edit-${field}`).setAttribute('aria-invalid', texts.length > 0);
    setText(byId(`edit-${field}-error`), texts.join(' '));
  }
}

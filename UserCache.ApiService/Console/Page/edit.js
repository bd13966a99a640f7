// @ts-check
// "Change the user": a write with If-Match, and two reads that show the cache following it.

import { call } from './api.js';
import { explain } from './cache-status.js';
import { byId, el, setText, whileBusy } from './dom.js';
import { latency } from './format.js';
import { userUrl } from './lookup.js';
import { traceLink } from './trace.js';

const fields = ['username', 'email'];
const readsAfterwards = 2;

/** @typedef {{ id: number, username: string, email: string | null, version: number }} User */

/**
 * @typedef {object} Edit
 * @property {(read: import('./lookup.js').Read) => void} follow shows the form for the user that was looked up
 */

/**
 * @param {(read: import('./lookup.js').Read) => void} onRead told of each read made here
 * @param {(id: string) => Promise<void>} lookUp
 * @returns {Edit}
 */
export function editPanel(onRead, lookUp) {
  const form = byId('edit-form');
  const button = byId('edit-save');
  const result = byId('edit-result');
  let id = '';
  let etag = '';

  /** @param {import('./api.js').Answer} answer */
  function load(answer) {
    const user = /** @type {User} */ (answer.body.data);
    id = String(user.id);
    etag = answer.etag || `"${user.version}"`;
    byId('edit-username').value = user.username;
    byId('edit-email').value = user.email ?? '';
    setText(byId('edit-id'), id);
    setText(byId('edit-version'), String(user.version));
    form.hidden = false;
    byId('edit-hint').hidden = true;
  }

  async function save() {
    clearErrors();
    result.replaceChildren(el('p', { class: 'muted' }, 'Saving…'));
    // Another user may be looked up meanwhile: the steps stay with this one.
    const saved = id;
    const email = byId('edit-email').value.trim();
    const answer = await call(userUrl(saved), {
      method: 'PUT',
      json: { username: byId('edit-username').value, email: email === '' ? null : email },
      headers: { 'If-Match': etag },
    });
    if (!answer.ok) {
      showFieldErrors(answer.errors);
      result.replaceChildren(...problem(answer, () => void readAgain(saved)));
      return;
    }

    if (id === saved) {
      load(answer);
    }
    const steps = el('ol', { class: 'steps' }, step(`Saved as version ${answer.body.data.version} (${latency(answer.milliseconds)})`, answer));
    result.replaceChildren(steps);
    for (let number = 1; number <= readsAfterwards; number++) {
      const read = await call(userUrl(saved));
      const { label, source } = explain(read.cacheStatus);
      steps.append(step(read.ok
        ? `Read ${number}: ${label}, ${source} (${latency(read.milliseconds)})`
        : `Read ${number} failed. ${read.problem}`, read));
      onRead({ id: saved, answer: read });
    }
  }

  /** @param {string} user The button that asked for it goes, so the focus needs a new place. */
  async function readAgain(user) {
    await lookUp(user);
    byId(form.hidden ? 'lookup-id' : 'edit-username').focus();
  }

  form.addEventListener('submit', event => {
    event.preventDefault();
    if (!button.disabled) {
      void whileBusy(button, byId('edit'), save);
    }
  });
  return {
    follow: ({ answer }) => {
      clearErrors();
      result.replaceChildren();
      if (answer.ok && answer.body?.data) {
        load(answer);
      } else {
        form.hidden = true;
        byId('edit-hint').hidden = false;
      }
    },
  };
}

/**
 * @param {string} text
 * @param {import('./api.js').Answer} answer
 */
function step(text, answer) {
  const { text: explanation } = explain(answer.cacheStatus);
  return el('li', {}, el('div', {},
    el('p', { class: answer.ok ? '' : 'problem' }, text),
    el('p', {}, el('code', {}, answer.cacheStatus || 'no Cache-Status')),
    explanation === '' ? null : el('p', {}, explanation),
    answer.status === 0 ? null : el('p', {}, traceLink(answer.traceId))));
}

/**
 * @param {import('./api.js').Answer} answer
 * @param {() => void} readAgain
 * @returns {Node[]} what went wrong and what to do about it
 */
function problem({ status, problem: text }, readAgain) {
  const advice = {
    0: 'Whether the change was made is not known: look the user up again to see.',
    400: 'Correct it and save again.',
    404: 'The user has been deleted meanwhile.',
    409: 'Choose another username and save again.',
    412: 'Someone else has changed this user meanwhile; nothing was saved.',
    503: 'Look the user up again in a moment to see, then save again if need be.',
  }[status] ?? 'Nothing is known to have been saved: look the user up again to see.';
  const message = el('p', { class: 'problem' }, `Not saved${status === 0 ? '' : ` (${status})`}. ${text} ${advice}`);
  if (status === 400 || status === 409) {
    return [message];
  }
  const again = el('button', { type: 'button', class: 'quiet' }, 'Look up again');
  again.addEventListener('click', readAgain);
  return [message, again];
}

function clearErrors() {
  for (const field of fields) {
    byId(`edit-${field}`).removeAttribute('aria-invalid');
    byId(`edit-${field}`).removeAttribute('aria-describedby');
    byId(`edit-${field}-error`).hidden = true;
  }
}

/** @param {Record<string, string[]>} errors their keys may be in any case */
function showFieldErrors(errors) {
  for (const [key, texts] of Object.entries(errors)) {
    const field = fields.find(name => name === key.toLowerCase());
    if (field) {
      byId(`edit-${field}`).setAttribute('aria-invalid', 'true');
      byId(`edit-${field}`).setAttribute('aria-describedby', `edit-${field}-error`);
      byId(`edit-${field}-error`).hidden = false;
      setText(byId(`edit-${field}-error`), texts.join(' '));
    }
  }
}

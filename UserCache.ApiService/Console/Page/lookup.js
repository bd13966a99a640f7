// @ts-check
// "Look a user up": one read, what came of it, and the last few beside each other.

import { call } from './api.js';
import { explain } from './cache-status.js';
import { byId, el, setText, whileBusy } from './dom.js';
import { latency, none } from './format.js';
import { traceLink } from './trace.js';

const kept = 8;

/** @typedef {{ id: string, answer: import('./api.js').Answer }} Read */

/**
 * @typedef {object} Lookup
 * @property {() => string} id the id that was looked up last, or 1
 * @property {(id: string) => Promise<void>} lookUp
 * @property {(read: Read) => void} show for reads that another panel has made
 */

/**
 * @param {(read: Read) => void} onRead told of each lookup made here
 * @returns {Lookup}
 */
export function lookupPanel(onRead) {
  const input = byId('lookup-id');
  const button = byId('lookup-button');
  /** @type {Read[]} */
  const reads = [];
  let last = '1';

  /** @param {Read} read */
  function show(read) {
    reads.unshift(read);
    reads.length = Math.min(reads.length, kept);
    showAnswer(read);
    showHistory(reads);
  }

  /** @param {string} id */
  async function lookUp(id) {
    if (button.disabled) {
      return;
    }
    if (!/^-?\d+$/.test(id)) {
      complain(input, id === '' ? 'Type the id of a user, for example 1.' : `"${id}" is no user id: ids are whole numbers from 1.`);
      return;
    }
    input.value = id;
    input.removeAttribute('aria-invalid');
    await whileBusy(button, byId('lookup'), async () => {
      setSummary(`Looking user ${id} up…`, 'muted');
      const read = { id, answer: await call(userUrl(id)) };
      input.setAttribute('aria-invalid', String(read.answer.status === 400));
      last = read.answer.status === 400 ? last : id;
      show(read);
      onRead(read);
    });
  }

  byId('lookup-form').addEventListener('submit', event => {
    event.preventDefault();
    void lookUp(input.value.trim());
  });
  return { id: () => last, lookUp, show };
}

/** @param {string} id */
export function userUrl(id) {
  return `/api/v1/users/${encodeURIComponent(id)}`;
}

/**
 * @param {HTMLInputElement} input
 * @param {string} problem
 */
function complain(input, problem) {
  input.setAttribute('aria-invalid', 'true');
  input.focus();
  setSummary(problem, 'problem');
  byId('lookup-result').hidden = true;
}

/**
 * @param {string} text
 * @param {'muted' | 'problem' | ''} tone
 */
function setSummary(text, tone) {
  const summary = byId('lookup-summary');
  summary.className = `summary ${tone}`;
  setText(summary, text);
}

/** @param {Read} read */
function showAnswer({ answer }) {
  const cache = explain(answer.cacheStatus, answer.status !== 404);
  setSummary([answer.problem, cache.text].filter(text => text !== '').join(' '), answer.ok ? '' : 'problem');
  setText(byId('lookup-status'), answer.status === 0 ? 'no answer' : statusText(answer.status));
  setText(byId('lookup-latency'), latency(answer.milliseconds));
  setText(byId('lookup-cache-status'), answer.cacheStatus || none);
  byId('lookup-trace').replaceChildren(answer.status === 0 ? none : traceLink(answer.traceId));
  const json = byId('lookup-json');
  json.hidden = answer.body === null;
  setText(json, answer.body === null ? '' : JSON.stringify(answer.body, null, 2));
  byId('lookup-result').hidden = false;
}

/** @param {number} status */
function statusText(status) {
  const names = { 200: 'OK', 400: 'Bad Request', 404: 'Not Found', 500: 'Internal Server Error', 503: 'Service Unavailable' };
  return names[status] ? `${status} ${names[status]}` : String(status);
}

/** @param {Read[]} reads */
function showHistory(reads) {
  const longest = Math.max(...reads.map(read => read.answer.milliseconds));
  const table = byId('lookup-history');
  table.hidden = false;
  table.tBodies[0].replaceChildren(...reads.map(({ id, answer }) => {
    const cache = explain(answer.cacheStatus);
    const failed = answer.status === 0 ? 'no answer' : `${answer.status}`;
    const meter = el('span', { class: 'meter', 'data-colour': cache.outcome });
    meter.style.width = `calc((100% - 4.5rem) * ${(answer.milliseconds / longest).toFixed(3)})`;
    return el('tr', {},
      el('td', {}, id),
      el('td', {}, el('span', { class: 'swatch', 'data-colour': cache.outcome }), cache.outcome === '' ? failed : cache.label),
      el('td', {}, el('div', { class: 'took' }, el('span', {}, latency(answer.milliseconds)), meter)));
  }));
}

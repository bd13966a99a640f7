// @ts-check
// The way from an answer to its trace.

import { el } from './dom.js';

/** @type {string | null} */
let dashboard = null;

/** @param {string | null} url the dashboard's address, as the replicas tell it */
export function setDashboard(url) {
  // It becomes a link: nothing but a web address may.
  dashboard = url !== null && /^https?:\/\//.test(url) ? url.replace(/\/+$/, '') : null;
}

/**
 * @param {string} traceId empty if the answer had none
 * @param {string} [label]
 * @returns {Node}
 */
export function traceLink(traceId, label = 'Trace on the dashboard') {
  if (traceId === '') {
    return el('span', { class: 'muted' }, 'The answer named no trace.');
  }
  return dashboard === null
    ? el('span', {}, el('code', {}, traceId), el('span', { class: 'muted' }, ' (no dashboard is configured)'))
    : el('a', { href: `${dashboard}/traces/detail/${traceId}`, target: '_blank', rel: 'noopener' }, label);
}

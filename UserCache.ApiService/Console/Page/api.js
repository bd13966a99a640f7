// Calls of the API, and the way to their traces. Nothing throws here: each failure is an answer with a sentence for the reader.

import { el } from './dom.js';

let dashboard = null;

/** @param {string | null} url as the replicas tell it */
export const setDashboard = url => dashboard = url;

/** status is 0, and what an answer brings is empty, if there was none; milliseconds go until it has been read. */
export async function call(url, { method = 'GET', json, headers = {}, timeout = 10_000 } = {}) {
  const started = performance.now();
  const answer = { ok: false, status: 0, body: null, problem: '', errors: {}, cacheStatus: '', etag: '', traceId: '' };
  try {
    const response = await fetch(url, {
      method,
      headers: json === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      body: json === undefined ? null : JSON.stringify(json),
      cache: 'no-store',
      signal: AbortSignal.timeout(timeout),
    });
    const body = await response.json().catch(failure => failure instanceof SyntaxError ? null : Promise.reject(failure));
    Object.assign(answer, {
      ok: response.ok && body !== null,
      status: response.status,
      body,
      errors: body?.errors ?? {},
      cacheStatus: response.headers.get('Cache-Status') ?? '',
      etag: response.headers.get('ETag') ?? '',
      traceId: /^00-([0-9a-f]{32})-/.exec(response.headers.get('traceresponse') ?? '')?.[1] ?? '',
    });
    answer.problem = answer.ok ? '' : response.ok ? 'The answer was not JSON.' : problemOf(answer);
  } catch (failure) {
    answer.problem = failure.name === 'TimeoutError' ? 'The API did not answer in time.' : 'The API cannot be reached. Is it running?';
  }
  return { ...answer, milliseconds: performance.now() - started };
}

export const userUrl = id => `/api/v1/users/${encodeURIComponent(id)}`;

/** @returns {Node[]} */
export function traceLink({ traceId }) {
  if (traceId === '') {
    return [el('span', { class: 'muted' }, 'The answer named no trace.')];
  }
  return dashboard === null
    ? [el('code', {}, traceId), el('span', { class: 'muted' }, ' (no dashboard is configured)')]
    : [el('a', { href: `${dashboard}/traces/detail/${traceId}`, target: '_blank', rel: 'noopener' }, 'Trace on the dashboard')];
}

function problemOf({ status, body, errors }) {
  return Object.values(errors).flat().join(' ') || (body?.detail ?? body?.title ?? `The API answered ${status} without saying why.`);
}

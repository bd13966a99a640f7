// Calls of the API, and the way to their traces. Nothing throws here: each failure is an answer with a sentence for the reader.

import { el } from './dom.js';

/** As the page's address has it: null for the first of the caches. */
export const chosenCache = new URLSearchParams(location.search).get('cache');
let [cache, dashboard] = [chosenCache, null];

/** @param activity which cache the page shows, and the dashboard's address, as the replicas tell it */
export const connectTo = activity => [cache, dashboard] = [activity.cache, activity.dashboardUrl];

/** status is 0, and what an answer brings is empty, if there was none; milliseconds go until it has been read. */
export async function call(url, { method = 'GET', json, headers = {}, timeout = 10_000 } = {}) {
  const started = performance.now();
  const answer = { ok: false, status: 0, statusText: 'no answer', body: null, problem: '', cacheStatus: '', etag: '', traceId: '' };
  try {
    const response = await fetch(url, {
      method,
      headers: json === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      body: json === undefined ? null : JSON.stringify(json),
      cache: 'no-store',
      signal: AbortSignal.timeout(timeout),
    });
    const body = parsed(await response.text());
    Object.assign(answer, {
      ok: response.ok && body !== null,
      status: response.status,
      statusText: `${response.status} ${response.statusText}`,
      body,
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

/** By convention, each cache's rows are at its name. */
export const rowUrl = id => `/api/v1/${encodeURIComponent(cache)}/${encodeURIComponent(id)}`;

/** A row, to calls of the console's own. */
export const rowOf = id => ({ cache, id });

/** @returns {Node[]} */
export function traceLink({ traceId }) {
  if (traceId === '') {
    return [el('span', { class: 'muted' }, 'The answer named no trace.')];
  }
  return dashboard
    ? [el('a', { href: `${dashboard}/traces/detail/${traceId}`, target: '_blank', rel: 'noopener' }, 'Trace on the dashboard')]
    : [el('code', {}, traceId), el('span', { class: 'muted' }, ' (no dashboard is configured)')];
}

function parsed(text) {
  try {
    return JSON.parse(text, exact);
  } catch {
    return null;
  }
}

/** A whole number that this language would round stays as it is written, also when it is sent back. */
const exact = (_, value, { source }) => Number.isInteger(value) && !Number.isSafeInteger(value) ? JSON.rawJSON(source) : value;

const problemOf = ({ status, body }) => Object.values(body?.errors ?? {}).flat().join(' ')
  || (body?.detail ?? body?.title ?? `The API answered ${status} without saying why.`);

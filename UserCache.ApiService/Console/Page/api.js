// @ts-check
// Calls of the API. Nothing throws here: each failure is an answer with a sentence for the reader.

const timeoutMilliseconds = 10_000;

/**
 * @typedef {object} Answer
 * @property {boolean} ok
 * @property {number} status 0 if there was no answer
 * @property {any} body the JSON; null if there was none
 * @property {string} problem what was wrong, in words; empty if ok
 * @property {Record<string, string[]>} errors what was wrong with which field
 * @property {string} cacheStatus
 * @property {string} etag
 * @property {string} traceId
 * @property {number} milliseconds from asking to having read the answer
 */

/**
 * @param {string} url
 * @param {{ method?: string, json?: unknown, headers?: Record<string, string>, timeout?: number }} [request]
 * @returns {Promise<Answer>}
 */
export async function call(url, { method = 'GET', json, headers = {}, timeout = timeoutMilliseconds } = {}) {
  const started = performance.now();
  try {
    const response = await fetch(url, {
      method,
      headers: json === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      body: json === undefined ? null : JSON.stringify(json),
      cache: 'no-store',
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    const milliseconds = performance.now() - started;
    const body = parse(text);
    const readable = body !== null || !response.ok;
    const errors = body?.errors && typeof body.errors === 'object' ? body.errors : {};
    return {
      ok: response.ok && readable,
      status: response.status,
      body,
      problem: response.ok ? (readable ? '' : 'The answer was not JSON.') : problemOf(response.status, body, errors),
      errors,
      cacheStatus: response.headers.get('Cache-Status') ?? '',
      etag: response.headers.get('ETag') ?? '',
      traceId: /^00-([0-9a-f]{32})-/.exec(response.headers.get('traceresponse') ?? '')?.[1] ?? '',
      milliseconds,
    };
  } catch (failure) {
    const timedOut = failure instanceof DOMException && failure.name === 'TimeoutError';
    return {
      ok: false,
      status: 0,
      body: null,
      problem: timedOut ? `There was no answer within ${timeout / 1000} s.` : 'The API cannot be reached. Is it running?',
      errors: {},
      cacheStatus: '',
      etag: '',
      traceId: '',
      milliseconds: performance.now() - started,
    };
  }
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {number} status
 * @param {any} body
 * @param {Record<string, string[]>} errors
 */
function problemOf(status, body, errors) {
  const fields = Object.values(errors).flat();
  if (fields.length > 0) {
    return fields.join(' ');
  }
  return body?.detail ?? body?.title ?? `The API answered ${status} without saying why.`;
}

// @ts-check
// Asks for the activity once a second, each time whichever replica the load balancer picks.

import { call } from './api.js';

const everyMilliseconds = 1000;
const timeoutMilliseconds = 5000;
/** One lost answer is no outage. */
const awayAfterFailures = 2;

/**
 * @typedef {object} PollHandlers
 * @property {() => number} secondsToAsk
 * @property {(activity: import('./replicas.js').Activity, asked: number) => void} onAnswer
 * @property {(since: number, detail: string) => void} onAway called once; since is the last answer's time, or the first question's, unix ms
 * @property {() => void} onBack
 */

/**
 * Polls until the page is closed.
 * @param {PollHandlers} handlers
 */
export async function poll({ secondsToAsk, onAnswer, onAway, onBack }) {
  let lastAnswer = Date.now();
  let failures = 0;
  for (;;) {
    const started = Date.now();
    const asked = secondsToAsk();
    const answer = await call(`/console/activity?seconds=${asked}`, { timeout: timeoutMilliseconds });
    const misunderstood = answer.ok ? tell(onAnswer, answer.body, asked) : '';
    if (answer.ok && misunderstood === '') {
      if (failures >= awayAfterFailures) {
        onBack();
      }
      failures = 0;
      lastAnswer = Date.now();
    } else {
      failures += 1;
      if (failures === awayAfterFailures) {
        onAway(lastAnswer, misunderstood !== '' ? ` as expected (${misunderstood})` : answer.status === 0 ? '' : ` properly (status ${answer.status})`);
      }
    }
    await new Promise(resolve => setTimeout(resolve, Math.max(0, everyMilliseconds - (Date.now() - started))));
  }
}

/**
 * A page that stops polling would show old numbers as if they were new, so whatever goes wrong with an answer is told like an outage.
 * @param {PollHandlers['onAnswer']} onAnswer
 * @param {any} body
 * @param {number} asked
 * @returns {string} what went wrong; empty if nothing
 */
function tell(onAnswer, body, asked) {
  try {
    onAnswer(body, asked);
    return '';
  } catch (failure) {
    return failure instanceof Error ? failure.message : String(failure);
  }
}

// @ts-check
// The Cache-Status header (RFC 9211) in plain words.

import { duration } from './format.js';
import { outcomes } from './outcomes.js';

const explanations = {
  negative: 'Redis knows that there is no such user: PostgreSQL was not asked.',
  stored: 'It was not in Redis. It was read from PostgreSQL and put into Redis: the next read will be a hit.',
  unknown: 'Redis did not know: PostgreSQL was asked, and Redis remembers now that there is no such user.',
  miss: 'It was not in Redis. It was read from PostgreSQL, but not put into Redis: a write came between, or Redis is full.',
  stale: 'Redis had it, past its time of freshness. It was served at once and is being read anew in the background.',
  collapsed: 'It was not in Redis, and another reader was fetching it already: this read shared its answer.',
  bypass: 'Redis is away or has not caught up yet: this was read from PostgreSQL without it.',
  write: 'It went to PostgreSQL, and Redis has forgotten the old value.',
  pending: 'It is saved in PostgreSQL. Redis could not be told yet: other replicas may show the old value for a moment.',
};

/**
 * @param {string} header empty if there was none
 * @param {boolean} [found] whether there is such a user
 * @returns {{ outcome: string, label: string, source: string, text: string }} outcome: one of the six; empty for writes and where there is none
 */
export function explain(header, found = true) {
  const parts = header.split(';').map(part => part.trim());
  const value = name => parts.find(part => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const fwd = value('fwd');
  if (parts.includes('hit')) {
    const ttl = Number(value('ttl'));
    return value('detail') === 'negative'
      ? described('negative', explanations.negative)
      : described('hit', `Redis had it: PostgreSQL was not asked.${ttl > 0 ? ` It counts as fresh for another ${duration(ttl * 1000)}.` : ''}`);
  }
  if (fwd === 'uri-miss') {
    return parts.includes('collapsed')
      ? described('collapsed', explanations.collapsed)
      : described('miss', !parts.includes('stored') ? explanations.miss : found ? explanations.stored : explanations.unknown);
  }
  if (fwd === 'stale' || fwd === 'bypass') {
    return described(fwd, explanations[fwd]);
  }
  if (fwd === 'method') {
    return {
      outcome: '', label: 'write', source: 'to PostgreSQL',
      text: value('detail') === 'invalidation-pending' ? explanations.pending : explanations.write,
    };
  }
  return { outcome: '', label: 'no cache status', source: 'the cache was not asked', text: header === '' ? '' : 'This console does not know this status.' };
}

/**
 * @param {string} name
 * @param {string} text
 */
function described(name, text) {
  const { label = name, source = '' } = outcomes.find(one => one.name === name) ?? {};
  return { outcome: name, label, source, text };
}

// One row of the cache: "Look a row up" reads it; "Change the row" writes with If-Match, and shows in two reads how the cache follows.

import { call, rowUrl, traceLink } from './api.js';
import { setBurstId } from './burst.js';
import { byId, el, onSubmit, setText, swatch, whileBusy } from './dom.js';
import { latency, none } from './format.js';
import { explain } from './outcomes.js';

const kept = 8;
const correctable = [400, 409, 422];
const advice = { 404: 'It has been deleted meanwhile.', 412: 'Someone else has changed it meanwhile; nothing was saved.' };

const wantedId = byId('lookup-id');
const form = byId('edit-form');
const result = byId('edit-result');
const reads = [];
let [id, etag, fields] = [];

onSubmit(byId('lookup-form'), () => lookUp(wantedId.value.trim()));
onSubmit(form, () => whileBusy(byId('edit'), save));

async function lookUp(wanted) {
  if (wanted === '') {
    wantedId.setAttribute('aria-invalid', 'true');
    wantedId.focus();
    summarize('Type an id, for example 1.', 'problem');
    byId('lookup-result').hidden = true;
    return;
  }
  wantedId.value = wanted;
  await whileBusy(byId('lookup'), async () => {
    summarize(`Looking row ${wanted} up…`, 'muted');
    const answer = await call(rowUrl(wanted));
    wantedId.setAttribute('aria-invalid', answer.status === 400);
    if (answer.status !== 400) {
      setBurstId(wanted);
    }
    show(wanted, answer);
    follow(wanted, answer);
  });
}

function summarize(textContent, className) {
  Object.assign(byId('lookup-summary'), { textContent, className });
}

function show(read, answer) {
  const { cacheStatus, status, body } = answer;
  summarize(`${answer.problem} ${explain(cacheStatus, status !== 404).text}`.trim(), answer.ok ? '' : 'problem');
  setText(byId('lookup-status'), answer.statusText);
  setText(byId('lookup-latency'), latency(answer.milliseconds));
  setText(byId('lookup-cache-status'), cacheStatus || none);
  byId('lookup-trace').replaceChildren(...status === 0 ? [none] : traceLink(answer));
  setText(byId('lookup-json'), JSON.stringify(body, null, 2));
  byId('lookup-json').hidden = body === null;
  byId('lookup-result').hidden = false;

  reads.unshift({ id: read, ...answer });
  reads.length = Math.min(reads.length, kept);
  byId('lookup-history').hidden = false;
  byId('lookup-history').tBodies[0].replaceChildren(...reads.map(historyRow));
}

function historyRow(read) {
  const { outcome, label } = explain(read.cacheStatus);
  return el('tr', {},
    el('td', {}, read.id),
    el('td', {}, swatch(outcome || 'soft'), outcome === '' ? read.statusText : label),
    el('td', {}, latency(read.milliseconds)));
}

/** Shows the form for the row that was looked up. */
function follow(wanted, answer) {
  result.replaceChildren();
  form.hidden = !answer.ok;
  byId('edit-hint').hidden = answer.ok;
  if (answer.ok) {
    load(wanted, answer);
  }
}

function load(row, { body: { data }, etag: current }) {
  [id, etag] = [row, current];
  // What the database sets, and what no line of text can say, is not for people to change.
  fields = Object.entries(data)
    .filter(([name, value]) => !/^id$|^version$|At$/.test(name) && (value === null || typeof value === 'string' || isNumber(value)))
    .map(([name, value]) => {
      const error = el('p', { class: 'problem', id: `error-${name}` });
      const input = el('input', { id: `field-${name}`, value: textOf(value), spellcheck: false, 'aria-describedby': error.id });
      return { name, input, error, read: isNumber(value) ? numberIn : textIn };
    });
  byId('edit-fields').replaceChildren(
    ...fields.flatMap(({ name, input, error }) => [el('label', { for: input.id }, name), input, error]));
  setText(byId('edit-id'), id);
  setText(byId('edit-version'), textOf(data.version));
}

const isNumber = value => typeof value === 'number' || JSON.isRawJSON(value);
const textOf = value => value?.rawJSON ?? String(value ?? '');
const textIn = text => text.trim() === '' ? null : text;
/** Digit by digit, as far as it is one. */
const numberIn = text => /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text.trim()) ? JSON.rawJSON(text.trim()) : textIn(text);

async function save() {
  showErrors({});
  result.replaceChildren(el('p', { class: 'muted' }, 'Saving…'));
  // Another row may be looked up meanwhile: the steps stay with this one.
  const saved = id;
  const json = Object.fromEntries(fields.map(({ name, input, read }) => [name, read(input.value)]));
  const answer = await call(rowUrl(saved), { method: 'PUT', json, headers: { 'If-Match': etag } });
  if (!answer.ok) {
    showErrors(answer.body?.errors ?? {});
    return result.replaceChildren(...problem(answer, saved));
  }
  if (id === saved) {
    load(saved, answer);
  }
  const version = textOf(answer.body.data.version);
  const steps = el('ol', { class: 'steps' }, step(`Saved as version ${version} (${latency(answer.milliseconds)})`, answer));
  result.replaceChildren(steps);
  for (const number of [1, 2]) {
    const read = await call(rowUrl(saved));
    const { label, source } = explain(read.cacheStatus);
    const outcome = read.ok ? `: ${label}, ${source} (${latency(read.milliseconds)})` : ` failed. ${read.problem}`;
    steps.append(step(`Read ${number}${outcome}`, read));
    show(saved, read);
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
function problem({ status, problem: text }, row) {
  const what = correctable.includes(status) ? 'Correct it and save again.' : advice[status] ?? 'Look it up again to see what is saved.';
  const message = el('p', { class: 'problem' }, `${status === 0 ? 'No answer' : `Not saved (${status})`}. ${text} ${what}`);
  if (correctable.includes(status)) {
    return [message];
  }
  const again = el('button', { type: 'button', class: 'quiet' }, 'Look up again');
  // The button is gone afterwards, so the focus needs a new place.
  again.addEventListener('click', () => lookUp(row).then(() => (form.hidden ? wantedId : fields[0].input).focus()));
  return [message, again];
}

/** @param {Record<string, string[]>} errors their keys may be in any case */
function showErrors(errors) {
  for (const { name, input, error } of fields) {
    const texts = Object.entries(errors).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? [];
    input.setAttribute('aria-invalid', texts.length > 0);
    setText(error, texts.join(' '));
  }
}

// Once a second: asks whichever replica the load balancer picks for its activity, and draws what is known of all.

import { call, chosenCache, connectTo } from './api.js';
import { fireBurst } from './burst.js';
import { showCharts } from './charts.js';
import { byId, el, setText, swatch } from './dom.js';
import { plural } from './format.js';
import { headline } from './headline.js';
import { explanations, outcomes } from './outcomes.js';
import { accept, addOwnEvent, secondsToAsk, toReplicasClock, view } from './replicas.js';
import './row.js';
import { showTiles } from './tiles.js';
import { showEvents } from './timeline.js';

/** One lost answer is no outage. */
const awayAfter = 2;
let announced = '';

async function poll() {
  for (let [failures, lastAnswer] = [0, Date.now()]; ;) {
    const started = Date.now();
    const query = new URLSearchParams({ seconds: secondsToAsk(started), ...chosenCache && { cache: chosenCache } });
    const answer = await call(`/console/activity?${query}`, { timeout: 5000 });
    const problem = answer.ok ? accepted(answer.body) : answer.status === 0 ? '' : ` properly (status ${answer.status})`;
    if (problem === null) {
      failures >= awayAfter && addOwnEvent('api-back', 'The API answers again.', Date.now());
      [failures, lastAnswer] = [0, Date.now()];
    } else if (++failures === awayAfter) {
      addOwnEvent('api-away', 'The API does not answer this page.', lastAnswer);
    }
    try {
      draw(failures < awayAfter ? null : { since: toReplicasClock(lastAnswer), detail: problem });
    } catch (failure) {
      showFailure(failure);
    }
    await new Promise(resolve => setTimeout(resolve, started + 1000 - Date.now()));
  }
}

/** A page that stops polling would show old numbers as if they were new, so whatever goes wrong with an answer is told like an outage. */
function accepted(activity) {
  try {
    accept(activity, Date.now());
    // In its first second, a replica has no cache to tell of.
    if (activity.caches.length > 0) {
      connectTo(activity);
      showCaches(activity);
    }
    return null;
  } catch (failure) {
    return ` as expected (${failure.message})`;
  }
}

/** Where there are several, each has a page. */
function showCaches({ cache, caches }) {
  document.querySelectorAll('.cache').forEach(node => setText(node, cache));
  if (caches.length > 1 && byId('caches').childElementCount !== caches.length) {
    byId('caches').hidden = false;
    byId('caches').replaceChildren(...caches.map(name =>
      el('a', { href: `?${new URLSearchParams({ cache: name })}`, ...name === cache && { 'aria-current': 'page' } }, name)));
  }
}

/** Numbers that stand still would be taken for new ones. */
function showFailure({ message }) {
  byId('status').dataset.tone = 'bad';
  document.body.classList.add('before');
  setText(byId('headline'), `This page can't show what it has heard (${message}). Reload it.`);
}

function draw(away) {
  const now = view(Date.now());
  const [first, ...more] = headline(now, away);
  byId('status').dataset.tone = first.tone;
  document.body.classList.toggle('before', away !== null);
  document.title = `${first.tone === 'bad' ? '⚠ ' : ''}UserCache console`;
  setText(byId('headline'), first.text);
  byId('headline-more').replaceChildren(...more.map(({ text }) => el('li', {}, text)));
  if (first.kind !== announced) {
    announced = first.kind;
    setText(byId('announcement'), first.text);
  }
  if (now) {
    setText(byId('replicas'), `${plural(now.replicas.length, 'replica')} heard: ${now.replicas.map(one => one.name).join(', ')}`);
    showTiles(now);
    showEvents(now);
    showCharts(now);
  }
}

const help = byId('help-dialog');
const shortcuts = { '/': () => byId('lookup-id').select(), 'b': fireBurst, '?': () => help.showModal() };
byId('help-words').append(...Object.entries(outcomes).flatMap(([name, { label }]) =>
  [el('dt', {}, swatch(name), label), el('dd', {}, explanations[name])]));
byId('help-button').addEventListener('click', shortcuts['?']);
document.addEventListener('keydown', event => {
  const action = shortcuts[event.key];
  if (action && !(event.ctrlKey || event.metaKey || event.altKey || event.repeat || help.open || event.target.closest('input'))) {
    event.preventDefault();
    action();
  }
});
void poll();

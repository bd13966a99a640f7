// Once a second: asks whichever replica the load balancer picks for its activity, and draws what is known of all.

import { call, setDashboard } from './api.js';
import { fireBurst } from './burst.js';
import { loadCharts, showCharts } from './charts.js';
import { byId, el, setText, swatch } from './dom.js';
import { plural } from './format.js';
import { headline } from './headline.js';
import './lookup.js';
import { explanations, outcomes } from './outcomes.js';
import { accept, addOwnEvent, secondsToAsk, toReplicasClock, view } from './replicas.js';
import { showTiles } from './tiles.js';
import { showEvents } from './timeline.js';

/** One lost answer is no outage. */
const awayAfterFailures = 2;
const connection = { away: false, since: 0, detail: '' };
let announced = '';

async function poll() {
  let lastAnswer = Date.now();
  for (let failures = 0; ;) {
    const started = Date.now();
    const answer = await call(`/console/activity?seconds=${secondsToAsk(started)}`, { timeout: 5000 });
    const problem = answer.ok ? show(answer.body) : answer.status === 0 ? '' : ` properly (status ${answer.status})`;
    if (answer.ok && problem === '') {
      if (connection.away) {
        connection.away = false;
        addOwnEvent('api-back', 'The API answers again.', Date.now());
      }
      failures = 0;
      lastAnswer = Date.now();
    } else if (++failures === awayAfterFailures) {
      Object.assign(connection, { away: true, since: toReplicasClock(lastAnswer), detail: problem });
      addOwnEvent('api-away', 'The API does not answer this page.', lastAnswer);
    }
    draw();
    await new Promise(resolve => setTimeout(resolve, started + 1000 - Date.now()));
  }
}

/** A page that stops polling would show old numbers as if they were new, so whatever goes wrong with an answer is told like an outage. */
function show(activity) {
  try {
    accept(activity, Date.now());
    setDashboard(activity.dashboardUrl);
    loadCharts(activity.charts);
    return '';
  } catch (failure) {
    return ` as expected (${failure.message})`;
  }
}

function draw() {
  const now = view(Date.now());
  const [first, ...more] = headline(now, connection);
  byId('status').dataset.tone = first.tone;
  document.body.classList.toggle('before', connection.away);
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

// @ts-check
// Brings the parts together: polls, and draws what is known once a second.

import { burstPanel } from './burst.js';
import { Charts } from './charts.js';
import { byId, el, setText } from './dom.js';
import { editPanel } from './edit.js';
import { showEvents } from './events.js';
import { plural } from './format.js';
import { headline } from './headline.js';
import { lookupPanel } from './lookup.js';
import { poll } from './poll.js';
import { Replicas } from './replicas.js';
import { listenForShortcuts } from './shortcuts.js';
import { showTiles } from './tiles.js';
import { setDashboard } from './trace.js';

const replicas = new Replicas();
const charts = new Charts(byId('charts'), byId('charts-note'));
const connection = { away: false, since: 0, detail: '' };

let announced = '';
let drawnAt = 0;

function draw() {
  drawnAt = Date.now();
  const view = replicas.view(drawnAt);
  const statuses = headline(view, connection);
  byId('status').setAttribute('data-tone', statuses[0].tone);
  document.body.classList.toggle('before', connection.away);
  document.title = `${statuses[0].tone === 'bad' ? '⚠ ' : ''}UserCache console`;
  setText(byId('headline'), statuses[0].text);
  showMore(statuses.slice(1).map(status => status.text));
  if (statuses[0].kind !== announced) {
    announced = statuses[0].kind;
    setText(byId('announcement'), statuses[0].text);
  }
  if (view === null) {
    return;
  }

  const names = view.replicas.map(one => one.replica).join(', ');
  setText(byId('replicas'), `${plural(view.replicas.length, 'replica')} heard: ${names}`);
  showTiles(view);
  showEvents(view);
  if (!document.hidden) {
    charts.show(view);
  }
}

/** @param {string[]} texts */
function showMore(texts) {
  const list = byId('headline-more');
  if (list.children.length !== texts.length) {
    list.replaceChildren(...texts.map(() => el('li')));
  }
  texts.forEach((text, index) => setText(list.children[index], text));
}

const lookup = lookupPanel(read => {
  setText(byId('burst-id'), lookup.id());
  edit.follow(read);
});
const edit = editPanel(lookup.show, lookup.lookUp);
const burst = burstPanel(lookup.id);
listenForShortcuts({ fireBurst: () => void burst.fire() });

void poll({
  secondsToAsk: () => replicas.secondsToAsk(Date.now()),
  onAnswer: (activity, asked) => {
    replicas.accept(activity, asked, Date.now());
    setDashboard(activity.dashboardUrl);
    if (activity.charts) {
      charts.load();
    } else {
      charts.leaveOut();
    }
    draw();
  },
  onAway: (since, detail) => {
    Object.assign(connection, { away: true, since: replicas.toReplicasClock(since), detail });
    replicas.addOwnEvent('api-away', 'The API does not answer this page.', since);
    draw();
  },
  onBack: () => {
    connection.away = false;
    replicas.addOwnEvent('api-back', 'The API answers again.', Date.now());
    draw();
  },
});

// Durations go on while no answer comes.
setInterval(() => {
  if (Date.now() - drawnAt > 900) {
    draw();
  }
}, 1000);
document.addEventListener('visibilitychange', draw);
draw();

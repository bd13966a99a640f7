// @ts-check
// The charts' part of the page: a figure each, with its caption, its legend and its text alternative; the plots once uPlot is there.

import { readPalette } from './chart-paint.js';
import { plotData, plotOptions } from './chart-plot.js';
import { inWords, specs } from './chart-specs.js';
import { el, setText } from './dom.js';
import { clock } from './format.js';

const script = '/console/uPlot.iife.min.js';
const stylesheet = '/console/uPlot.min.css';

/**
 * @typedef {object} Figure
 * @property {import('./chart-specs.js').Spec} spec
 * @property {HTMLElement} plot where uPlot draws
 * @property {HTMLElement} when what the legend's numbers are of
 * @property {HTMLElement[]} numbers
 * @property {any} drawn the uPlot; null before it is there
 */

export class Charts {
  /** @type {Figure[]} */
  #figures;
  #note;
  /** @type {'unknown' | 'loading' | 'there' | 'left out'} */
  #state = 'unknown';
  /** @type {import('./replicas.js').View | null} */
  #view = null;
  #scene = { seconds: /** @type {import('./merge.js').Totals[]} */ ([]), palette: readPalette() };
  /** @type {number | null} */
  #pointedAt = null;

  /**
   * @param {HTMLElement} container
   * @param {HTMLElement} note
   */
  constructor(container, note) {
    this.#note = note;
    this.#figures = specs.map(makeFigure);
    container.replaceChildren(...this.#figures.map(figure => /** @type {HTMLElement} */ (figure.plot.parentElement)));
    new ResizeObserver(() => this.#resize()).observe(container);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#scene.palette = readPalette();
      this.#figures.forEach(figure => figure.drawn?.redraw());
    });
  }

  /** Loads uPlot, unless it has been tried already. */
  load() {
    if (this.#state === 'loading' || this.#state === 'there') {
      return;
    }
    this.#state = 'loading';
    this.#leaveOut('');
    document.head.append(el('link', { rel: 'stylesheet', href: stylesheet }));
    const loader = el('script', { src: script });
    loader.addEventListener('load', () => {
      this.#state = 'there';
      this.#draw();
    });
    loader.addEventListener('error', () => this.#leaveOut('Charts are left out: the file that draws them could not be loaded.'));
    document.head.append(loader);
  }

  /** For a build that has no uPlot: the legends' numbers stay. */
  leaveOut() {
    if (this.#state === 'unknown') {
      this.#state = 'left out';
      this.#leaveOut('Charts are left out: npm was not there when this was built.');
    }
  }

  /** @param {import('./replicas.js').View} view */
  show(view) {
    this.#view = view;
    this.#scene.seconds = view.seconds;
    this.#draw();
  }

  /** @param {string} note why there are no plots; empty if there are */
  #leaveOut(note) {
    this.#note.hidden = note === '';
    setText(this.#note, note);
    this.#figures.forEach(figure => figure.plot.hidden = note !== '');
  }

  #draw() {
    if (this.#view === null) {
      return;
    }
    for (const figure of this.#figures) {
      if (this.#state === 'there') {
        const data = plotData(figure.spec, this.#scene.seconds);
        if (figure.drawn === null) {
          const options = plotOptions(figure.spec, sizeOf(figure.plot), this.#scene, index => this.#point(index));
          figure.drawn = new /** @type {any} */ (window).uPlot(options, data, figure.plot);
        } else {
          figure.drawn.setData(data);
        }
      }
      this.#showNumbers(figure);
    }
  }

  #resize() {
    for (const figure of this.#figures.filter(one => one.drawn !== null)) {
      figure.drawn.setSize(sizeOf(figure.plot));
    }
  }

  /** @param {number | null} index */
  #point(index) {
    if (index !== this.#pointedAt) {
      this.#pointedAt = index;
      this.#figures.forEach(figure => this.#showNumbers(figure));
    }
  }

  /** @param {Figure} figure */
  #showNumbers({ spec, plot, when, numbers }) {
    const view = this.#view;
    if (view === null) {
      return;
    }
    const second = this.#pointedAt === null ? undefined : view.seconds[this.#pointedAt];
    setText(when, second ? `at ${clock(second.t * 1000, view.now)}` : span(spec));
    const recent = spec.series.map(series => inWords(spec, series, series.recent(view)));
    spec.series.forEach((series, index) => {
      const pointed = second && (second.known === 0 ? null : series.value(second));
      setText(numbers[index], pointed === undefined ? recent[index] : inWords(spec, series, pointed));
    });
    plot.setAttribute('aria-label', `${spec.title}, ${span(spec)}: ${spec.series.map((series, index) => `${series.label} ${recent[index]}`).join(', ')}.`);
  }
}

/**
 * What the legend's numbers are of, unless a second is pointed at.
 * @param {import('./chart-specs.js').Spec} spec
 */
function span({ id, kind }) {
  return kind === 'lanes' || id === 'outbox' ? 'now' : id === 'audit' ? '5 min' : 'last minute';
}

/** @param {HTMLElement} plot */
function sizeOf(plot) {
  return { width: plot.clientWidth, height: plot.clientHeight };
}

/**
 * @param {import('./chart-specs.js').Spec} spec
 * @returns {Figure}
 */
function makeFigure(spec) {
  const plot = el('div', { class: 'plot', role: 'img', 'aria-label': spec.title });
  const when = el('span', { class: 'muted' });
  const numbers = spec.series.map(() => el('b', {}, '–'));
  const legend = el('ul', { class: 'legend' }, el('li', {}, when), ...spec.series.map(({ label, colour }, index) =>
    el('li', {}, colour === '' ? null : el('span', { class: 'swatch', 'data-colour': colour }), `${label} `, numbers[index])));
  el('figure', { class: spec.wide ? 'card wide' : 'card', id: `chart-${spec.id}` },
    el('figcaption', {}, el('strong', {}, spec.title), spec.caption), plot, legend);
  return { spec, plot, when, numbers, drawn: null };
}

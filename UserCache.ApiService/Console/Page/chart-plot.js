// @ts-check
// How uPlot is to draw a chart.

import { paintBars, paintLanes, paintLimit, paintOutages } from './chart-paint.js';
import { latency, percent } from './format.js';
import { windowSeconds } from './replicas.js';

/** All charts have the same, so that the seconds stand below each other. */
const leftAxis = 52;
const minutes = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const wholeNumbers = [1, 2, 5].flatMap(digit => [0, 1, 2, 3, 4, 5, 6].map(power => digit * 10 ** power)).sort((one, other) => one - other);
const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/**
 * @typedef {object} Scene what the charts have in common
 * @property {readonly import('./merge.js').Totals[]} seconds
 * @property {import('./chart-paint.js').Palette} palette
 */

/**
 * @param {import('./chart-specs.js').Spec} spec
 * @param {{ width: number, height: number }} size
 * @param {Scene} scene read at each drawing: it changes
 * @param {(index: number | null) => void} onCursor the second that is pointed at
 */
export function plotOptions(spec, size, scene, onCursor) {
  const pixels = () => devicePixelRatio;
  const axis = {
    font,
    stroke: () => scene.palette.muted,
    grid: { stroke: () => scene.palette.grid, width: 1 },
    ticks: { show: false },
  };
  return {
    ...size,
    legend: { show: false },
    // On the right half a time of day, which is centred below its line.
    padding: [8, 18, 0, 0],
    cursor: { y: false, points: { show: spec.kind === 'lines', size: 7 }, drag: { x: false, y: false }, sync: { key: 'console' } },
    scales: {
      x: { time: false, range: () => [scene.seconds[0].t, scene.seconds[0].t + windowSeconds] },
      y: yScale(spec),
    },
    axes: [
      { ...axis, size: 26, space: 48, incrs: [60, 120, 300], values: (_, splits) => splits.map(t => minutes.format(t * 1000)) },
      { ...axis, scale: 'y', size: leftAxis, gap: 4, space: 24, ...yAxis(spec) },
    ],
    series: [{}, ...spec.series.map(series => line(spec, series, scene))],
    hooks: {
      drawClear: [plot => paintOutages(plot, scene.seconds, scene.palette)],
      drawAxes: [plot => {
        if (spec.kind === 'bars') {
          paintBars(plot, scene.seconds, spec, scene.palette);
        } else if (spec.kind === 'lanes') {
          paintLanes(plot, scene.seconds, spec, scene.palette, pixels());
        }
        if (spec.limit !== undefined) {
          paintLimit(plot, spec.limit, scene.palette, pixels());
        }
      }],
      setCursor: [plot => onCursor(plot.cursor.idx ?? null)],
    },
  };
}

/**
 * @param {import('./chart-specs.js').Spec} spec
 * @param {readonly import('./merge.js').Totals[]} seconds
 * @returns {(number | null)[][]} for bars the sums, so that the scale has room for the stack
 */
export function plotData(spec, seconds) {
  // The middle of the second: this is where the cursor is to catch it.
  /** @type {(number | null)[][]} */
  const data = [seconds.map(second => second.t + 0.5)];
  for (const { value } of spec.series) {
    const below = spec.kind === 'bars' ? data.slice(1).at(-1) : undefined;
    data.push(seconds.map((second, index) => second.known === 0 ? null : plus(value(second), below?.[index])));
  }
  return data;
}

/**
 * @param {number | null} value
 * @param {number | null | undefined} below
 */
function plus(value, below) {
  return below === undefined || below === null ? value : (value ?? 0) + below;
}

/** @param {import('./chart-specs.js').Spec} spec */
function yScale({ scale, limit }) {
  switch (scale) {
    case 'latency':
      return { distr: 3, range: (_, min, max) => decades(min ?? (limit ?? 1) / 10, Math.max(max ?? 10, (limit ?? 0) * 1.5)) };
    case 'share':
      return { range: () => [0, 1.02] };
    case 'lanes':
      return { range: () => [0, 1] };
    default:
      return { range: (_, min, max) => [0, Math.max(2, (max ?? 0) * 1.1)] };
  }
}

/**
 * @param {number} min
 * @param {number} max
 * @returns {[number, number]} whole powers of ten, at least one apart
 */
function decades(min, max) {
  const from = Math.floor(Math.log10(min));
  return [10 ** from, 10 ** Math.max(from + 1, Math.ceil(Math.log10(max)))];
}

/** @param {import('./chart-specs.js').Spec} spec */
function yAxis({ scale }) {
  switch (scale) {
    case 'latency':
      return { splits: (_, axis, min, max) => powersOfTen(min, max), filter: (_, splits) => splits, values: (_, splits) => splits.map(tick) };
    case 'share':
      return { splits: () => [0, 0.25, 0.5, 0.75, 1], values: (_, splits) => splits.map(split => split % 0.5 === 0 ? percent(split) : '') };
    case 'lanes':
      return { splits: () => [], values: () => [] };
    default:
      return { incrs: wholeNumbers };
  }
}

/**
 * @param {number} min
 * @param {number} max
 */
function powersOfTen(min, max) {
  const from = Math.round(Math.log10(min));
  return Array.from({ length: Math.round(Math.log10(max)) - from + 1 }, (_, power) => 10 ** (from + power));
}

/** @param {number} milliseconds a power of ten, without zeros that say nothing */
function tick(milliseconds) {
  return milliseconds < 1 ? `${Number(milliseconds.toPrecision(1))} ms` : latency(milliseconds).replace('.0', '');
}

/**
 * @param {import('./chart-specs.js').Spec} spec
 * @param {import('./chart-specs.js').Series} series
 * @param {Scene} scene
 */
function line({ kind }, { colour }, scene) {
  return kind === 'lines'
    ? { stroke: () => scene.palette[colour], width: 1.5, points: { show: true, size: 4, width: 0, fill: () => scene.palette[colour], filter: loners } }
    : { paths: () => null, points: { show: false } };
}

/**
 * A second between two without a value has no line: it gets a point.
 * @param {any} plot a uPlot
 * @param {number} index of the series
 */
function loners(plot, index) {
  const values = plot.data[index];
  return values.flatMap((value, at) => value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? [at] : []);
}

// @ts-check
// What is painted on the charts' canvas besides uPlot's lines and axes: outages, stacked bars, lanes.

/** @typedef {Record<string, string>} Palette */

const colours = [
  'hit', 'negative', 'stale', 'collapsed', 'miss', 'bypass', 'failure', 'strong', 'soft', 'grid', 'shade', 'muted', 'text', 'ok', 'warn', 'bad', 'card',
];

/** @returns {Palette} the stylesheet's colours, of the scheme that is in use */
export function readPalette() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(colours.map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/**
 * A second's left and right edge; rounded, so that neighbours meet without a seam.
 * @param {any} plot a uPlot
 * @param {number} t unix seconds
 */
function edges(plot, t) {
  return [Math.round(plot.valToPos(t, 'x', true)), Math.round(plot.valToPos(t + 1, 'x', true))];
}

/**
 * Runs of neighbouring seconds are painted as one.
 * @param {readonly import('./merge.js').Totals[]} seconds
 * @param {(second: import('./merge.js').Totals) => number | null} value null: nothing is painted
 * @returns {{ from: number, to: number, value: number }[]} from the first second's start to the last one's end
 */
export function runs(seconds, value) {
  /** @type {{ from: number, to: number, value: number }[]} */
  const found = [];
  for (const second of seconds) {
    const here = second.known === 0 ? null : value(second);
    const last = found.at(-1);
    if (here !== null && last && last.to === second.t && last.value === here) {
      last.to += 1;
    } else if (here !== null) {
      found.push({ from: second.t, to: second.t + 1, value: here });
    }
  }
  return found;
}

/**
 * @param {any} plot a uPlot
 * @param {() => void} paint what goes beyond the axes is cut off
 */
function withinAxes(plot, paint) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  paint();
  ctx.restore();
}

/**
 * Shades the seconds in which a replica did not rely on Redis.
 * @param {any} plot a uPlot
 * @param {readonly import('./merge.js').Totals[]} seconds
 * @param {Palette} palette
 */
export function paintOutages(plot, seconds, palette) {
  const { ctx, bbox } = plot;
  withinAxes(plot, () => {
    ctx.fillStyle = palette.shade;
    for (const { from, to } of runs(seconds, second => second.gateShut > 0 ? 1 : null)) {
      const left = Math.round(plot.valToPos(from, 'x', true));
      const right = Math.round(plot.valToPos(to, 'x', true));
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
    }
  });
}

/**
 * @param {any} plot a uPlot
 * @param {readonly import('./merge.js').Totals[]} seconds
 * @param {import('./chart-specs.js').Spec} spec
 * @param {Palette} palette
 */
export function paintBars(plot, seconds, spec, palette) {
  const { ctx } = plot;
  withinAxes(plot, () => {
    for (const second of seconds) {
      if (second.known === 0) {
        continue;
      }
      const [left, right] = edges(plot, second.t);
      let sum = 0;
      let bottom = Math.round(plot.valToPos(0, 'y', true));
      for (const { colour, value } of spec.series) {
        sum += value(second) ?? 0;
        const top = Math.round(plot.valToPos(sum, 'y', true));
        ctx.fillStyle = palette[colour];
        ctx.fillRect(left, top, right - left, bottom - top);
        bottom = top;
      }
    }
  });
}

/**
 * @param {any} plot a uPlot
 * @param {readonly import('./merge.js').Totals[]} seconds
 * @param {import('./chart-specs.js').Spec} spec
 * @param {Palette} palette
 * @param {number} pixels device pixels for each of CSS'
 */
export function paintLanes(plot, seconds, spec, palette, pixels) {
  const { ctx, bbox } = plot;
  const height = bbox.height / spec.series.length;
  withinAxes(plot, () => {
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    ctx.font = `${12 * pixels}px system-ui, sans-serif`;
    spec.series.forEach(({ label, value }, lane) => {
      const top = bbox.top + lane * height;
      const middle = Math.round(top + height * 0.7);
      for (const run of runs(seconds, value)) {
        const left = Math.round(plot.valToPos(run.from, 'x', true));
        const width = Math.round(plot.valToPos(run.to, 'x', true)) - left;
        const half = (run.value === 0 ? 1 : 6) * pixels;
        ctx.fillStyle = palette[run.value === 0 ? 'ok' : run.value === 1 ? 'bad' : 'warn'];
        ctx.fillRect(left, middle - half, width, 2 * half);
        if (run.value === 2) {
          paintStripes(ctx, left, middle - half, width, 2 * half, palette.card, pixels);
        }
      }
      ctx.fillStyle = palette.muted;
      ctx.fillText(label, bbox.left + 2 * pixels, Math.round(top + 2 * pixels));
    });
  });
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @param {string} colour
 * @param {number} pixels
 */
function paintStripes(ctx, left, top, width, height, colour, pixels) {
  ctx.fillStyle = colour;
  for (let stripe = left + 3 * pixels; stripe < left + width; stripe += 5 * pixels) {
    ctx.fillRect(stripe, top, Math.min(2 * pixels, left + width - stripe), height);
  }
}

/**
 * @param {any} plot a uPlot
 * @param {number} limit
 * @param {Palette} palette
 * @param {number} pixels
 */
export function paintLimit(plot, limit, palette, pixels) {
  const { ctx, bbox } = plot;
  const y = Math.round(plot.valToPos(limit, 'y', true));
  withinAxes(plot, () => {
    ctx.strokeStyle = palette.muted;
    ctx.lineWidth = pixels;
    ctx.setLineDash([4 * pixels, 4 * pixels]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  });
}

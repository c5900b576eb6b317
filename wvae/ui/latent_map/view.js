// Where a pane looks, and its axes.
//
/** @import { Style } from "./theme.js" */

/**
 * What is at the centre, in data; how far it is magnified from where everything fits; CSS pixels a unit of data when
 * it fits, and now.
 * @typedef {{ x: number, y: number, zoom: number, fitX: number, fitY: number, scaleX: number, scaleY: number }} View
 * Where the points lie in a pane, in CSS pixels.
 * @typedef {{ left: number, top: number, width: number, height: number }} Area
 * @typedef {{ low: number, high: number }} Range
 * @typedef {{ x: number, y: number }} Place
 */

const MARGIN = { left: 52, top: 8, right: 8, bottom: 40 };
const MOST_ZOOM = 2000;

/**
 * @param {number} width of the pane
 * @param {number} height
 * @returns {Area}
 */
export function areaOf(width, height) {
  return {
    left: MARGIN.left,
    top: MARGIN.top,
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
  };
}

/**
 * @param {Area} area
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @returns {Place}
 */
export function toPixels(area, view, x, y) {
  return {
    x: area.left + area.width / 2 + (x - view.x) * view.scaleX,
    y: area.top + area.height / 2 - (y - view.y) * view.scaleY,
  };
}

/**
 * @param {Area} area
 * @param {View} view
 * @param {number} x
 * @param {number} y
 * @returns {Place}
 */
export function toData(area, view, x, y) {
  return {
    x: view.x + (x - area.left - area.width / 2) / view.scaleX,
    y: view.y - (y - area.top - area.height / 2) / view.scaleY,
  };
}

/**
 * Where nearly all values lie: their 0.1 % and 99.9 % quantiles and a little around them.
 * @param {Float32Array} values
 * @returns {Range}
 */
export function rangeOf(values) {
  const step = Math.max(1, Math.floor(values.length / 20000));
  const sample = values.filter((value, row) => row % step === 0 && !Number.isNaN(value)).sort();
  const low = sample[Math.floor(0.001 * (sample.length - 1))] ?? -1;
  const high = sample[Math.ceil(0.999 * (sample.length - 1))] ?? 1;
  const margin = 0.05 * Math.max(high - low, 1e-3);
  return { low: low - margin, high: high + margin };
}

/**
 * The view that shows everything.
 * @param {Area} area
 * @param {Range} rangeX
 * @param {Range} rangeY
 * @returns {View}
 */
export function fitted(area, rangeX, rangeY) {
  const fitX = area.width / (rangeX.high - rangeX.low), fitY = area.height / (rangeY.high - rangeY.low);
  const x = (rangeX.low + rangeX.high) / 2, y = (rangeY.low + rangeY.high) / 2;
  return { x, y, zoom: 1, fitX, fitY, scaleX: fitX, scaleY: fitY };
}

/**
 * The same view in an area of another size.
 * @param {{ x: number, y: number, zoom: number }} view
 * @param {Area} area
 * @param {Range} rangeX
 * @param {Range} rangeY
 * @returns {View}
 */
export function resized(view, area, rangeX, rangeY) {
  const whole = fitted(area, rangeX, rangeY);
  return { ...whole, x: view.x, y: view.y, ...scales(whole, view.zoom) };
}

/**
 * The view magnified by a factor about the pointer.
 * @param {View} view
 * @param {Area} area
 * @param {Place} pointer in pixels
 * @param {number} factor
 * @returns {View}
 */
export function zoomed(view, area, pointer, factor) {
  const zoom = Math.min(MOST_ZOOM, Math.max(0.25, view.zoom * factor));
  const fixed = toData(area, view, pointer.x, pointer.y);
  const next = { ...view, ...scales(view, zoom) };
  const moved = toData(area, next, pointer.x, pointer.y);
  return { ...next, x: next.x + fixed.x - moved.x, y: next.y + fixed.y - moved.y };
}

function scales(view, zoom) {
  return { zoom, scaleX: view.fitX * zoom, scaleY: view.fitY * zoom };
}

/**
 * Round numbers between low and high, about so many.
 * @param {number} low
 * @param {number} high
 * @param {number} about
 */
export function ticksOf(low, high, about) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) {
    ticks.push({ value: i * step, text: (i * step).toFixed(places).replace("-", "−").replace(/^−(0\.?0*)$/, "$1") });
  }
  return ticks;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {View} view
 * @param {string | null} titleX null for an axis without meaning, which then has no ticks
 * @param {string | null} titleY
 * @param {Style} style
 */
export function drawAxes(context, area, view, titleX, titleY, style) {
  const low = toData(area, view, area.left, area.top + area.height);
  const high = toData(area, view, area.left + area.width, area.top);
  const bottom = area.top + area.height;
  context.strokeStyle = style.border;
  context.strokeRect(area.left - 0.5, area.top - 0.5, area.width + 1, area.height + 1);
  context.fillStyle = style.text;
  context.font = `12px ${style.font}`;
  context.textAlign = "center";
  context.textBaseline = "top";
  if (titleX) {
    for (const tick of ticksOf(low.x, high.x, area.width / 90)) {
      context.fillText(tick.text, toPixels(area, view, tick.value, 0).x, bottom + 6);
    }
    context.fillText(titleX, area.left + area.width / 2, bottom + 23);
  }
  if (titleY) {
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of ticksOf(low.y, high.y, area.height / 50)) {
      context.fillText(tick.text, area.left - 6, toPixels(area, view, 0, tick.value).y);
    }
    context.save();
    context.translate(10, area.top + area.height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(titleY, 0, 0);
    context.restore();
  }
}

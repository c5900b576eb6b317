// The number of each group of points at its median.

import { pathOf } from "./marks.js";

/**
 * @import { Entry } from "./legend.js"
 * @import { Area, Place, View } from "./view.js"
 * @import { Style } from "./theme.js"
 * @typedef {Place & { entry: number, half: number, median: Place }} Label the middle of a label, half its width, and
 * the median that it names, in pixels from the origin of the data
 */

const FONT = 15, HALF_HEIGHT = 9, MARK = 5; // pixels
const BESIDE = [[0, 0], [0, -1], [0, 1], [1, 0], [-1, 0], [1, -1], [-1, -1], [1, 1], [-1, 1]]; // in sizes of a label

/**
 * @param {Float32Array} x NaN for points that are not there
 * @param {Float32Array} y
 * @param {Uint16Array} index the group of each point
 * @param {number} count of groups
 * @returns {(Place | null)[]} by group; null for one without points
 */
export function mediansOf(x, y, index, count) {
  const sizes = new Uint32Array(count);
  x.forEach((value, row) => (sizes[index[row]] += Number(!Number.isNaN(value))));
  const medians = [x, y].map((values) => {
    const groups = Array.from(sizes, (size) => new Float32Array(size)), filled = new Uint32Array(count);
    values.forEach((value, row) => {
      if (!Number.isNaN(value)) groups[index[row]][filled[index[row]]++] = value;
    });
    return groups.map((group) => group.sort()[group.length >> 1]);
  });
  return Array.from(sizes, (size, group) => (size ? { x: medians[0][group], y: medians[1][group] } : null));
}

/**
 * Labels at their medians, or beside them where another label lies; one that finds no place is left out until the view
 * is magnified. The same wherever the view is moved.
 * @param {(Place | null)[]} medians
 * @param {(number | null)[]} halves half the width of each label; null for groups that have none
 * @param {View} view
 * @returns {Label[]}
 */
export function placeLabels(medians, halves, view) {
  /** @type {Label[]} */
  const placed = [];
  medians.forEach((place, entry) => {
    const half = halves[entry];
    if (!place || half === null) return;
    const median = { x: place.x * view.scaleX, y: -place.y * view.scaleY };
    const isFree = (at) =>
      placed.every((one) => Math.abs(one.x - at.x) >= one.half + half || Math.abs(one.y - at.y) >= 2 * HALF_HEIGHT);
    const places = BESIDE.map(([right, down]) => ({
      x: median.x + 2 * half * right,
      y: median.y + 2 * HALF_HEIGHT * down,
    }));
    const free = places.find(isFree);
    if (free) placed.push({ ...free, entry, half, median });
  });
  return placed;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Entry[]} entries
 * @param {Style} style
 * @returns {(number | null)[]}
 */
export function halvesOf(context, entries, style) {
  context.font = `600 ${FONT}px ${style.font}`;
  return entries.map(({ number }) =>
    number === undefined ? null : context.measureText(String(number)).width / 2 + MARK + 4,
  );
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {View} view
 * @param {Label[]} labels
 * @param {Entry[]} entries
 * @param {Style} style
 */
export function drawLabels(context, area, view, labels, entries, style) {
  const left = area.left + area.width / 2 - view.x * view.scaleX;
  const top = area.top + area.height / 2 + view.y * view.scaleY;
  context.save();
  context.translate(left, top);
  context.font = `600 ${FONT}px ${style.font}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const halo = `rgb(${style.background})`;
  drawLines(context, labels, halo, 3);
  drawLines(context, labels, style.text, 1);
  context.lineWidth = 4;
  context.strokeStyle = halo;
  for (const label of labels) {
    const { number, colour, shape } = entries[label.entry];
    pathOf(context, shape, middleOfMark(label), label.y, MARK);
    context.stroke();
    context.fillStyle = colour;
    context.fill();
    /** @type {[string, number, number]} */
    const text = [String(number), label.x + label.half - 2, label.y + 1];
    context.strokeText(...text);
    context.fillStyle = style.text;
    context.fillText(...text);
  }
  context.restore();
}

// From each median to its label, if that lies beside it.
function drawLines(context, labels, ink, width) {
  context.beginPath();
  for (const label of labels) {
    if (label.x === label.median.x && label.y === label.median.y) continue;
    context.moveTo(label.median.x, label.median.y);
    context.lineTo(Math.min(Math.max(label.median.x, middleOfMark(label)), label.x + label.half), label.y);
  }
  context.lineWidth = width;
  context.strokeStyle = ink;
  context.stroke();
}

function middleOfMark({ x, half }) {
  return x - half + MARK + 2;
}

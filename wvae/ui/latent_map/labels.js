// The number of each group of points at its median.

import { pathOf } from "./marks.js";

/**
 * @import { Entry } from "./legend.js"
 * @import { Area, Place, View } from "./view.js"
 * @import { Style } from "./theme.js"
 * @typedef {Place & { entry: number, half: number }} Label the middle of a label in pixels from the origin of the data,
 * and half its width
 */

const FONT = 15, HALF_HEIGHT = 9, MARK = 5; // pixels
const RINGS = [0, 1, 2]; // of a label's size, that it may lie beside its median

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
  medians.forEach((median, entry) => {
    const half = halves[entry];
    if (!median || half === null) return;
    const x = median.x * view.scaleX, y = -median.y * view.scaleY;
    const isFree = (at) =>
      placed.every((one) => Math.abs(one.x - at.x) >= one.half + half || Math.abs(one.y - at.y) >= 2 * HALF_HEIGHT);
    const free = around(x, y, half).find(isFree);
    if (free) placed.push({ ...free, entry, half });
  });
  return placed;
}

function around(x, y, half) {
  return RINGS.flatMap((step) => {
    const places = [];
    for (const down of [0, -step, step]) {
      for (const right of [0, -step, step]) {
        if (Math.max(Math.abs(down), Math.abs(right)) === step) {
          places.push({ x: x + 2 * half * right, y: y + 2 * HALF_HEIGHT * down });
        }
      }
    }
    return places;
  });
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
  context.font = `600 ${FONT}px ${style.font}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = `rgb(${style.background})`;
  for (const { entry, x, y, half } of labels) {
    const { number, colour, shape } = entries[entry];
    const middle = top + y, right = left + x + half - 2;
    pathOf(context, shape, left + x - half + MARK + 2, middle, MARK);
    context.stroke();
    context.fillStyle = colour;
    context.fill();
    context.strokeText(String(number), right, middle + 1);
    context.fillStyle = style.text;
    context.fillText(String(number), right, middle + 1);
  }
  context.lineWidth = 1;
}

// Brings a drawing to MNIST's form, by the steps of to_mnist_form() in sources/folder.py.
//
// A drawing is white ink on black with nothing at its border. So of those steps, which also take photographs, what
// remains of background, shade and noise is zero.

import { PIXELS, SIDE } from "../javascript/pictures.js";

/** @typedef {{ width: number, height: number, greys: Uint8Array }} Grey rows of 0..255 */
/** @typedef {{ left: number, top: number, right: number, bottom: number }} Box */
/** @typedef {(x: number) => number} Filter */

const INK_BOX = 20; // side of the square that the ink is fitted into; these are the constants of folder.py
const WORKING_SIDE = 160;
const MIN_CONTRAST = 16;

/** @type {{ support: number, weight: Filter }} */
const BOX = { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };
const LANCZOS = { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) };

/**
 * The digit of a drawing, 784 greys, row by row; null if there is none.
 * @param {Grey} whole
 */
export function toMnistForm(whole) {
  const surroundings = surroundingsOf(whole);
  const ink = surroundings && inkOf(shrunk(cropped(whole, surroundings)));
  if (!ink) return null;
  const cut = cropped(ink, inkBox(ink)), scale = INK_BOX / Math.max(cut.width, cut.height);
  const side = (length) => Math.max(1, roundEven(scale * length));
  const fitted = resized(cut, side(cut.width), side(cut.height), LANCZOS);
  const brightest = fitted.greys.reduce((most, grey) => Math.max(most, grey));
  return centred({ ...fitted, greys: fitted.greys.map((grey) => roundEven(grey * (255 / brightest))) });
}

/**
 * Where the digit is, with a third of its size around it.
 * @param {Grey} picture
 * @returns {Box | null}
 */
function surroundingsOf(picture) {
  const small = shrunk(picture), ink = inkOf(small);
  if (!ink) return null;
  const scale = Math.max(picture.width, picture.height) / Math.max(small.width, small.height);
  const box = inkBox(ink), left = scale * box.left, top = scale * box.top, right = scale * box.right, bottom = scale * box.bottom;
  const margin = Math.max(right - left, bottom - top) / 3;
  return {
    left: Math.max(0, Math.floor(left - margin)),
    top: Math.max(0, Math.floor(top - margin)),
    right: Math.min(picture.width, Math.ceil(right + margin)),
    bottom: Math.min(picture.height, Math.ceil(bottom + margin)),
  };
}

/**
 * The ink on clean black, as bright as most of it; null for a blank picture.
 * @param {Grey} picture
 * @returns {Grey | null}
 */
function inkOf({ width, height, greys }) {
  const threshold = otsuThreshold(greys);
  const core = withoutSpecks(greys.map((grey) => Number(grey > threshold)), width);
  const inside = greys.filter((_, i) => core[i]).sort();
  if (!inside.length) return null;
  const place = 0.9 * (inside.length - 1), low = inside[Math.floor(place)], high = inside[Math.ceil(place)];
  const level = low + (high - low) * (place % 1);
  if (level < MIN_CONTRAST) return null;
  const { left, top, right, bottom } = boxOf(core, width);
  const reach = Math.max(1, roundEven((2 * Math.max(right - left, bottom - top)) / INK_BOX));
  const near = dilated(core, width, height, reach), floor = 0.02 * level;
  const bright = (grey, i) => (near[i] && grey > floor ? roundEven(Math.min(grey * (255 / level), 255)) : 0);
  return { width, height, greys: greys.map(bright) };
}

/**
 * The threshold that parts greys best in two: https://doi.org/10.1109/TSMC.1979.4310076
 * @param {Uint8Array} greys
 */
function otsuThreshold(greys) {
  const bins = 256, counts = new Float64Array(bins);
  const least = greys.reduce((a, b) => Math.min(a, b)), most = greys.reduce((a, b) => Math.max(a, b));
  if (least === most) return most;
  const edge = (bin) => least + (bin * (most - least)) / bins;
  for (const grey of greys) {
    let bin = Math.min(bins - 1, Math.floor(((grey - least) * bins) / (most - least)));
    if (grey < edge(bin)) bin--;
    else if (bin < bins - 1 && grey >= edge(bin + 1)) bin++;
    counts[bin]++;
  }
  const centre = (bin) => (edge(bin) + edge(bin + 1)) / 2;
  const sum = counts.reduce((total, count, bin) => total + count * centre(bin), 0);
  let below = 0, sumBelow = 0, best = -1, threshold = most;
  for (let bin = 0; bin < bins - 1; bin++) {
    below += counts[bin];
    sumBelow += counts[bin] * centre(bin);
    const above = greys.length - below, apart = sumBelow / below - (sum - sumBelow) / above;
    const between = below && above ? below * above * apart * apart : 0;
    if (between > best) [best, threshold] = [between, edge(bin + 1)];
  }
  return threshold;
}

/**
 * The same without parts below a fiftieth of the largest.
 * @param {Uint8Array} core 1 where there is ink
 * @param {number} width
 */
function withoutSpecks(core, width) {
  const part = new Int32Array(core.length), areas = [0], todo = [];
  for (let start = 0; start < core.length; start++) {
    if (!core[start] || part[start]) continue;
    areas.push(0);
    const number = areas.length - 1;
    part[start] = number;
    todo.push(start);
    while (todo.length) {
      const here = todo.pop(), column = here % width;
      areas[number]++;
      for (let down = -1; down <= 1; down++) {
        for (let right = -1; right <= 1; right++) {
          const there = here + down * width + right;
          if (column + right < 0 || column + right >= width || !core[there] || part[there]) continue;
          part[there] = number;
          todo.push(there);
        }
      }
    }
  }
  const least = Math.max(...areas) / 50;
  return core.map((_, i) => Number(part[i] > 0 && areas[part[i]] >= least));
}

/**
 * Whatever has ink within ``reach`` pixels, across and down.
 * @param {Uint8Array} core
 * @param {number} width
 * @param {number} height
 * @param {number} reach
 */
function dilated(core, width, height, reach) {
  const along = (from, length, count, step, next) => {
    const out = new Uint8Array(from.length);
    for (let line = 0; line < count; line++) {
      for (let place = 0, last = -Infinity, ahead = 0; place < length; place++) {
        for (; ahead < length && ahead <= place + reach; ahead++) if (from[line * next + ahead * step]) last = ahead;
        out[line * next + place * step] = Number(last >= place - reach);
      }
    }
    return out;
  };
  return along(along(core, width, height, 1, width), height, width, width, 1);
}

/**
 * The rectangle of what is a quarter ink or more, specks apart.
 * @param {Grey} ink
 */
function inkBox({ greys, width }) {
  return boxOf(withoutSpecks(greys.map((grey) => Number(grey >= 64)), width), width);
}

/**
 * @param {Uint8Array} core
 * @param {number} width
 * @returns {Box}
 */
function boxOf(core, width) {
  const box = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
  core.forEach((ink, i) => {
    if (!ink) return;
    const x = i % width, y = Math.floor(i / width);
    box.left = Math.min(box.left, x);
    box.top = Math.min(box.top, y);
    box.right = Math.max(box.right, x + 1);
    box.bottom = Math.max(box.bottom, y + 1);
  });
  return box;
}

/**
 * @param {Grey} picture
 * @param {Box} box
 * @returns {Grey}
 */
function cropped(picture, { left, top, right, bottom }) {
  const width = right - left, height = bottom - top, greys = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * picture.width + left;
    greys.set(picture.greys.subarray(start, start + width), y * width);
  }
  return { width, height, greys };
}

/**
 * The picture with its longer side at most WORKING_SIDE, as Pillow's thumbnail() sizes it.
 * @param {Grey} picture
 */
function shrunk(picture) {
  const { width, height } = picture, aspect = width / height;
  if (Math.max(width, height) <= WORKING_SIDE) return picture;
  const nearest = (length, error) => {
    const [low, high] = [Math.floor(length), Math.ceil(length)];
    return Math.max(error(low) <= error(high) ? low : high, 1);
  };
  return aspect <= 1
    ? resized(picture, nearest(WORKING_SIDE * aspect, (x) => Math.abs(aspect - x / WORKING_SIDE)), WORKING_SIDE, BOX)
    : resized(picture, WORKING_SIDE, nearest(WORKING_SIDE / aspect, (y) => (y ? Math.abs(aspect - WORKING_SIDE / y) : 0)), BOX);
}

/**
 * As Pillow's resize(): across, then down, with whole greys between.
 * @param {Grey} picture
 * @param {number} width
 * @param {number} height
 * @param {{ support: number, weight: Filter }} filter
 * @returns {Grey}
 */
function resized(picture, width, height, filter) {
  const across = width === picture.width ? picture.greys : resampled(picture.greys, picture.height, picture.width, 1, picture.width, width, filter);
  const greys = height === picture.height ? across : resampled(across, width, 1, width, picture.height, height, filter);
  return { width, height, greys };
}

/**
 * Lines of greys made longer or shorter. A line begins ``nextLine`` after the one before, and a grey ``step`` after the
 * one before; where lines lie across the result's rows, likewise.
 * @param {Uint8Array} greys
 * @param {number} lines
 * @param {number} nextLine
 * @param {number} step
 * @param {number} length
 * @param {number} newLength
 * @param {{ support: number, weight: Filter }} filter
 */
function resampled(greys, lines, nextLine, step, length, newLength, { support, weight }) {
  const out = new Uint8Array(lines * newLength), scale = length / newLength, wide = Math.max(scale, 1);
  const newNext = nextLine === 1 ? 1 : newLength;
  for (let place = 0; place < newLength; place++) {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * wide + 0.5));
    const last = Math.min(length, Math.trunc(centre + support * wide + 0.5));
    const weights = Array.from({ length: last - first }, (_, i) => weight((first + i - centre + 0.5) / wide));
    const total = weights.reduce((sum, one) => sum + one, 0);
    for (let line = 0; line < lines; line++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * greys[line * nextLine + (first + i) * step];
      out[line * newNext + place * step] = Math.min(255, Math.max(0, Math.floor(sum / total + 0.5)));
    }
  }
  return out;
}

/**
 * Ink of at most 20 x 20 pixels in 28 x 28, with its centre of mass at pixel (14, 14), where MNIST's lie.
 * @param {Grey} ink
 */
function centred({ width, height, greys }) {
  const image = new Uint8Array(PIXELS);
  let mass = 0, sumX = 0, sumY = 0;
  greys.forEach((grey, i) => {
    mass += grey;
    sumX += grey * (i % width);
    sumY += grey * Math.floor(i / width);
  });
  const corner = (centre, side) => Math.min(SIDE - side, Math.max(0, roundEven(SIDE / 2 - centre)));
  const left = corner(sumX / mass, width), top = corner(sumY / mass, height);
  for (let y = 0; y < height; y++) image.set(greys.subarray(y * width, (y + 1) * width), (top + y) * SIDE + left);
  return image;
}

/** @param {number} value */
function roundEven(value) {
  const low = Math.floor(value), over = value - low;
  return over === 0.5 ? low + (low % 2) : Math.round(value);
}

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

// Measures of the strokes in a picture, those of style_measures.py by the same names.

import { PIXELS, SIDE } from "./pictures.js";

const TINY = 1e-12;

/** @typedef {{ slant: number, thickness: number, width: number, height: number }} StyleMeasures */

/**
 * Slant in degrees, the others in pixels; 0 for a blank picture.
 * @param {ArrayLike<number>} pixels 784 numbers in 0..1, row by row
 * @returns {StyleMeasures}
 */
export function styleMeasures(pixels) {
  let total = 0, sumX = 0, sumY = 0, sumXX = 0, sumYY = 0, sumXY = 0;
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const ink = pixels[pixel], x = (pixel % SIDE) - (SIDE - 1) / 2, y = Math.floor(pixel / SIDE) - (SIDE - 1) / 2;
    total += ink;
    sumX += ink * x;
    sumY += ink * y;
    sumXX += ink * x * x;
    sumYY += ink * y * y;
    sumXY += ink * x * y;
  }
  const mass = Math.max(total, TINY), meanX = sumX / mass, meanY = sumY / mass;
  const across = Math.max(sumXX / mass - meanX ** 2, 0), down = Math.max(sumYY / mass - meanY ** 2, 0);
  const extent = (spread) => (total > 0 ? Math.sqrt(12 * spread + 1) : 0);
  return {
    slant: (180 / Math.PI) * Math.atan2(meanX * meanY - sumXY / mass, Math.max(down, 1e-6)),
    thickness: (2 * total) / Math.max(outlineOf(pixels), TINY),
    width: extent(across),
    height: extent(down),
  };
}

/**
 * The total variation: the length of the edges, however blurred.
 * @param {ArrayLike<number>} pixels
 */
function outlineOf(pixels) {
  const inside = (place) => place >= 0 && place < SIDE;
  const at = (row, column) => (inside(row) && inside(column) ? pixels[row * SIDE + column] : 0);
  let outline = 0;
  for (let row = -1; row < SIDE; row++) {
    for (let column = -1; column < SIDE; column++) {
      const here = at(row, column), down = at(row + 1, column) - here, right = at(row, column + 1) - here;
      outline += Math.sqrt(down * down + right * right);
    }
  }
  return outline;
}

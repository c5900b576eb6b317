// Which points lie inside what was drawn, and which one the pointer is at.

/**
 * The points inside an outline.
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {Uint8Array} shown 0 for points that cannot be chosen
 * @param {{ x: number, y: number }[]} outline its corners, in the units of x and y
 * @returns {Uint8Array} 0 or 1 for each point
 */
export function inside(x, y, shown, outline) {
  const chosen = new Uint8Array(x.length);
  const [left, right] = extent(outline.map((corner) => corner.x));
  const [bottom, top] = extent(outline.map((corner) => corner.y));
  for (let row = 0; row < x.length; row++) {
    if (!shown[row] || !(x[row] >= left && x[row] <= right && y[row] >= bottom && y[row] <= top)) continue;
    chosen[row] = isEnclosed(x[row], y[row], outline) ? 1 : 0;
  }
  return chosen;
}

/** @param {number[]} values */
function extent(values) {
  return [Math.min(...values), Math.max(...values)];
}

/**
 * A ray from the point crosses the outline an odd number of times.
 * @param {number} x
 * @param {number} y
 * @param {{ x: number, y: number }[]} outline
 */
function isEnclosed(x, y, outline) {
  let enclosed = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const a = outline[i], b = outline[j];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) enclosed = !enclosed;
  }
  return enclosed;
}

/**
 * The shown point nearest to a place, of those nearer than so many pixels; -1 if there is none.
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {Uint8Array} shown
 * @param {{ x: number, y: number }} at in the units of x and y
 * @param {{ scaleX: number, scaleY: number }} view pixels a unit
 * @param {number} pixels
 */
export function nearestPoint(x, y, shown, at, { scaleX, scaleY }, pixels) {
  let nearest = -1, least = pixels * pixels;
  for (let row = 0; row < x.length; row++) {
    const right = (x[row] - at.x) * scaleX, up = (y[row] - at.y) * scaleY;
    const distance = right * right + up * up;
    if (distance < least && shown[row]) [nearest, least] = [row, distance];
  }
  return nearest;
}

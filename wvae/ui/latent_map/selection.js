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

/**
 * The shown point in view that comes next, or with -1 before, as one goes from the middle outwards and, after the last
 * point, on from the first; which one it is of how many. Rows at one distance go in their order.
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {Uint8Array} shown
 * @param {{ x: number, y: number, scaleX: number, scaleY: number }} view
 * @param {{ width: number, height: number }} area in pixels
 * @param {number} from the row to go on from; one that is not in view, such as -1, for none
 * @param {number} direction 1 or -1
 * @returns {{ row: number, place: number, count: number }} row -1 where no point is in view
 */
export function nextFromMiddle(x, y, shown, view, area, from, direction) {
  const distances = new Float64Array(x.length).fill(NaN); // NaN for points that are not in view
  for (let row = 0; row < x.length; row++) {
    const right = Math.abs(x[row] - view.x) * view.scaleX, up = Math.abs(y[row] - view.y) * view.scaleY;
    if (shown[row] && right <= area.width / 2 && up <= area.height / 2) distances[row] = Math.hypot(right, up);
  }
  const isBefore = (a, b) => distances[a] < distances[b] || (distances[a] === distances[b] && a < b);
  const isCloser = (a, b) => b < 0 || (direction > 0 ? isBefore(a, b) : isBefore(b, a));
  const start = distances[from] >= 0 ? from : -1;
  let first = -1, next = -1;
  for (let row = 0; row < x.length; row++) {
    if (Number.isNaN(distances[row])) continue;
    if (isCloser(row, first)) first = row;
    if (start >= 0 && row !== start && isCloser(start, row) && isCloser(row, next)) next = row;
  }
  const row = next < 0 ? first : next;
  const count = distances.reduce((sum, distance) => sum + Number(distance >= 0), 0);
  const place = distances.reduce((sum, distance, other) => sum + Number(distance >= 0 && !isBefore(row, other)), 0);
  return { row, place, count };
}

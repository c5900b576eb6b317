// The mark of a group of points: one of the theme's colours, and beyond as many groups as colours another shape, so
// that the first 60 groups differ. The number at a group's median tells any further ones apart.
//
// A shape lies in a square from -1 to 1, y down.

/**
 * @typedef {{ background: string, digits: string[], grey: string }} Palette colours of a theme
 */

const THIRD = 1 / 3;
const PLUS = [
  [-THIRD, -1], [THIRD, -1], [THIRD, -THIRD], [1, -THIRD], [1, THIRD], [THIRD, THIRD],
  [THIRD, 1], [-THIRD, 1], [-THIRD, THIRD], [-1, THIRD], [-1, -THIRD], [-THIRD, -THIRD],
]; // prettier-ignore

/** Corners of each shape; the first is a disc, which has none. */
export const OUTLINES = [
  null,
  [[0, -1], [1, 1], [-1, 1]],
  [[-0.4, -1], [0.4, -1], [0.4, 1], [-0.4, 1]],
  PLUS,
  [[-1, -0.4], [1, -0.4], [1, 0.4], [-1, 0.4]],
  PLUS.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]),
];

/** How far (x, y) is from the middle of a shape: 1 at its edge. Here in JavaScript, below the same for WebGL. */
const EDGE_RATIOS = [
  (x, y) => Math.hypot(x, y),
  (x, y) => Math.max(y, 2 * Math.abs(x) - y),
  (x, y) => Math.max(2.5 * Math.abs(x), Math.abs(y)),
  plus,
  (x, y) => Math.max(Math.abs(x), 2.5 * Math.abs(y)),
  (x, y) => plus((x + y) * Math.SQRT1_2, (y - x) * Math.SQRT1_2),
];

function plus(x, y) {
  const across = Math.abs(x), down = Math.abs(y);
  return Math.min(Math.max(across, 3 * down), Math.max(3 * across, down));
}

/**
 * @param {number} shape
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
export function edgeRatio(shape, x, y) {
  return EDGE_RATIOS[shape](x, y);
}

export const EDGE_RATIO_GLSL = `
float plus(vec2 p) { return min(max(p.x, 3.0 * p.y), max(3.0 * p.x, p.y)); }
float edgeRatio(int shape, vec2 p) {
  vec2 q = abs(p);
  switch (shape) {
    case 1: return max(p.y, 2.0 * q.x - p.y);
    case 2: return max(2.5 * q.x, q.y);
    case 3: return plus(q);
    case 4: return max(q.x, 2.5 * q.y);
    case 5: return plus(abs(vec2(p.x + p.y, p.y - p.x)) * 0.70710678);
    default: return length(p);
  }
}`;

/**
 * @param {number} mark
 * @param {Palette} palette
 */
export function markOf(mark, { digits }) {
  return { colour: digits[mark % digits.length], shape: Math.floor(mark / digits.length) % OUTLINES.length };
}

/**
 * A path of a shape with its middle at (x, y).
 * @param {CanvasRenderingContext2D} context
 * @param {number} shape
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
export function pathOf(context, shape, x, y, radius) {
  context.beginPath();
  if (!OUTLINES[shape]) context.arc(x, y, radius, 0, 2 * Math.PI);
  else for (const [right, down] of OUTLINES[shape]) context.lineTo(x + radius * right, y + radius * down);
  context.closePath();
}

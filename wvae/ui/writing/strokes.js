// The strokes of a drawing, and how they look: white ink on black, with nothing at the border.

/** @typedef {{ width: number, points: [number, number][] }} Stroke in pixels of the paper */

export const PAPER = 448;
const MARGIN = 24;

/**
 * A place on the paper that leaves the ink of a pen inside the margin.
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @returns {[number, number]}
 */
export function inside(x, y, width) {
  const low = MARGIN + width / 2, within = (value) => Math.min(PAPER - low, Math.max(low, value));
  return [within(x), within(y)];
}

/**
 * @param {CanvasRenderingContext2D} context of a canvas of PAPER by PAPER
 * @param {Stroke[]} strokes
 */
export function drawStrokes(context, strokes) {
  context.fillStyle = "black";
  context.fillRect(0, 0, PAPER, PAPER);
  context.strokeStyle = "white";
  context.lineCap = context.lineJoin = "round";
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[0]);
    for (let i = 1; i < points.length - 1; i++) context.quadraticCurveTo(...points[i], ...middle(points[i], points[i + 1]));
    context.lineTo(...points[points.length - 1]); // of a single point, a dot
    context.stroke();
  }
}

/**
 * @param {[number, number]} one
 * @param {[number, number]} other
 * @returns {[number, number]}
 */
function middle([x, y], [otherX, otherY]) {
  return [(x + otherX) / 2, (y + otherY) / 2];
}

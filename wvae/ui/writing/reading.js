// What is said of a drawing: which digit is read, and how sure that is.

import { PIXELS } from "../javascript/pictures.js";

const SURE = 0.9;
const DOT = 0.06; // of the paper's side: what is smaller in both directions is a dot

/**
 * @param {object} drawing
 * @param {number} drawing.extent larger side of the strokes' box, in 0..1 of the paper
 * @param {ArrayLike<number> | null} drawing.probabilities
 * @param {number} drawing.score as an outlier
 * @param {number} drawing.usual score that nearly all real digits stay below
 */
export function sentenceOf({ extent, probabilities, score, usual }) {
  if (extent < DOT) return "This is only a dot: write a digit.";
  if (score > usual) {
    return `This looks like none of the digits that the model knows: it is ${Math.round(score)} nats away from them, and real digits stay below ${Math.round(usual)}.`;
  }
  if (!probabilities) return "This model reads no digits.";
  const order = Array.from(probabilities, (_, digit) => digit).sort((one, other) => probabilities[other] - probabilities[one]);
  const [first, second] = order, percent = (digit) => `${Math.round(100 * probabilities[digit])} %`;
  if (probabilities[first] >= SURE) return `Read as a ${first}.`;
  return `Read as a ${first} (${percent(first)}), but it could be a ${second} (${percent(second)}).`;
}

/**
 * How far a picture is from all digits that the model knows, in nats, as outlier_scores() in outliers.py says.
 * @param {ArrayLike<number>} pixels in 0..1
 * @param {ArrayLike<number>} decoded in 0..1
 * @param {number[]} b
 */
export function outlierScore(pixels, decoded, b) {
  const divergence = (x, p) => (x ? x * Math.log(x / p) : 0);
  let score = 0;
  for (let i = 0; i < PIXELS; i++) {
    const p = Math.min(1 - 1e-7, Math.max(1e-7, decoded[i]));
    score += divergence(pixels[i], p) + divergence(1 - pixels[i], 1 - p);
  }
  for (const value of b) score += value * value;
  return score;
}

/**
 * The rows whose style is nearest, of those that show a digit; the nearest first.
 * @param {number[]} b
 * @param {number} digit
 * @param {{ styles: Float32Array, digits: number[] }} digits styles (n, latentB)
 * @param {number} count
 */
export function nearest(b, digit, { styles, digits }, count) {
  const found = [];
  for (let row = 0; row < digits.length; row++) {
    if (digits[row] !== digit) continue;
    let distance = 0;
    for (let axis = 0; axis < b.length; axis++) distance += (styles[row * b.length + axis] - b[axis]) ** 2;
    found.push({ row, distance });
  }
  return found.sort((one, other) => one.distance - other.distance).slice(0, count).map(({ row }) => row);
}

// Where the sliders are: the codes of a digit, and the sums that move them.

/**
 * Latents A and B, which digit button gave A, and whose style B is (null: none, nobody's). Codes are never changed in
 * place, so what is new is seen by identity.
 * @typedef {{ a: number[], b: number[], digit: number | null, writer: number | null }} Codes
 * Mean and standard deviation of each dimension.
 * @typedef {{ mean: number[], deviation: number[] }} Spread
 * @typedef {{ a: Spread, b: Spread }} Spreads
 * A unit vector in one of the latents, measured in its standard deviations.
 * @typedef {{ latent: "a" | "b", direction: number[] }} Slider
 */

/**
 * The value of a slider: how far codes are along its direction, in standard deviations.
 * @param {Codes} codes
 * @param {Slider} slider
 * @param {Spreads} spread
 */
export function valueOf(codes, { latent, direction }, spread) {
  const { mean, deviation } = spread[latent];
  return codes[latent].reduce((sum, x, i) => sum + (direction[i] * (x - mean[i])) / deviation[i], 0);
}

/**
 * The codes with a slider at another value.
 * @param {Codes} codes
 * @param {Slider} slider
 * @param {Spreads} spread
 * @param {number} value
 * @returns {Codes}
 */
export function movedTo(codes, slider, spread, value) {
  const { latent, direction } = slider, step = value - valueOf(codes, slider, spread);
  const moved = codes[latent].map((x, i) => x + step * spread[latent].deviation[i] * direction[i]);
  const { digit, writer } = codes;
  return { ...codes, [latent]: moved, ...(latent === "a" ? { digit: null, writer } : { digit, writer: null }) };
}

/**
 * A fraction of the way from one latent to another.
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} fraction
 */
export function interpolate(from, to, fraction) {
  return from.map((x, i) => x + fraction * (to[i] - x));
}

/**
 * The same, or the other latent itself when there is nothing left to see.
 * @param {number[]} from
 * @param {number[]} to
 * @param {number} fraction
 */
export function glide(from, to, fraction) {
  return from.every((x, i) => Math.abs(to[i] - x) < 0.003) ? to : interpolate(from, to, fraction);
}

/**
 * The codes of every model with a slider at another value; those of a model that lacks it stay as they are.
 * @param {Codes[]} codes
 * @param {(Slider | null)[]} sliders of each model
 * @param {Spreads[]} spreads
 * @param {number} value
 */
export function allMovedTo(codes, sliders, spreads, value) {
  return codes.map((each, i) => (sliders[i] ? movedTo(each, sliders[i], spreads[i], value) : each));
}

/**
 * The value of a slider in a cell of its strip: these divide its range evenly, from end to end.
 * @param {number} cell from 0
 * @param {number} cells
 * @param {number} reach the end of the range
 */
export function valueOfCell(cell, cells, reach) {
  return reach * ((2 * cell) / (cells - 1) - 1);
}

/**
 * The nearest value in the range of a slider; one that lies outside may come back, but not go farther.
 * @param {number} value
 * @param {number} before
 * @param {number} reach
 */
export function within(value, before, reach) {
  const limit = Math.max(reach, Math.abs(before));
  return Math.min(limit, Math.max(-limit, value));
}

/**
 * One of so many at random, but not the present one, if there is another.
 * @param {number} count
 * @param {number} present its place, -1 if it is none of them
 */
export function another(count, present) {
  if (present < 0 || count === 1) return Math.floor(Math.random() * count);
  const drawn = Math.floor(Math.random() * (count - 1));
  return drawn < present ? drawn : drawn + 1;
}

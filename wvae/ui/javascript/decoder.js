// The decoder of a model, in the browser: less than a millisecond a picture, so it follows the pointer.
//
// The logits are joint(fromA(a) + fromB(style)), three lists of layers; the style is B carried back through the style
// flow, given the digit that is read from A. decoder_packet() in live_model.py describes all of it. For many pictures
// that share a latent, its part is computed once.

import { largest, makeLayers } from "./layers.js";
import { PIXELS } from "./pictures.js";
import { makeInverseFlow } from "./style_flow.js";

/**
 * @import { Layer } from "./layers.js"
 * @import { FlowStep } from "./style_flow.js"
 * @typedef {object} Program
 * @property {number} latentA
 * @property {number} latentB
 * @property {Layer[]} digit its logits from A
 * @property {FlowStep[]} style from B; without steps B is the style, whatever the digit
 * @property {Layer[]} fromA
 * @property {Layer[]} fromB
 * @property {Layer[]} joint
 * @typedef {ArrayLike<number>} Numbers
 */

/**
 * @param {Program} program
 * @param {ArrayBuffer} weights float32
 */
export function makeDecoder({ latentA, latentB, digit, style, fromA, fromB, joint }, weights) {
  const numbers = new Float32Array(weights);
  const digitLogits = makeLayers(digit, latentA, numbers);
  const styleOf = makeInverseFlow(style, latentB, numbers);
  const runA = makeLayers(fromA, latentA, numbers), runB = makeLayers(fromB, latentB, numbers);
  const width = joint.find(({ kind }) => kind === "linear")?.shape[1] ?? PIXELS;
  const runJoint = makeLayers(joint, width, numbers);
  const met = new Float64Array(width), ownA = new Float32Array(width), ownB = new Float32Array(width);

  const decoder = {
    latentA,
    latentB,

    /** @returns {Float32Array} room for what A or B gives */
    newPart: () => new Float32Array(width),

    /**
     * The digit that what B gives depends on: 0 for every A where it depends on none.
     * @param {Numbers} a
     */
    digitOf(a) {
      if (!style.length) return 0;
      return largest(digitLogits(a));
    },

    /** @type {(a: Numbers, out: Float32Array) => Float32Array} what A gives, written to a part */
    partOfA(a, out) {
      out.set(runA(a));
      return out;
    },

    /** @type {(b: Numbers, digit: number, out: Float32Array) => Float32Array} what B gives, written to a part */
    partOfB(b, digit, out) {
      out.set(runB(styleOf(b, digit)));
      return out;
    },

    /** @type {(partA: Float32Array, partB: Float32Array, out: Float32Array) => Float32Array} 784 pixels in 0..1 */
    join(partA, partB, out) {
      for (let unit = 0; unit < width; unit++) met[unit] = partA[unit] + partB[unit];
      const logits = runJoint(met);
      for (let pixel = 0; pixel < PIXELS; pixel++) out[pixel] = 1 / (1 + Math.exp(-logits[pixel]));
      return out;
    },

    /** @type {(a: Numbers, b: Numbers, out: Float32Array) => Float32Array} the same from A and B themselves */
    decode(a, b, out) {
      return decoder.join(decoder.partOfA(a, ownA), decoder.partOfB(b, decoder.digitOf(a), ownB), out);
    },
  };
  return decoder;
}

/** @typedef {ReturnType<typeof makeDecoder>} Decoder */

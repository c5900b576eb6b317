// The decoder of a model, in the browser: less than a millisecond a picture, so it follows the pointer.
//
// The logits are joint(fromA(a) + fromB(b)), three lists of layers that Python describes: decoder_packet() in
// live_decoder.py. For many pictures that share a latent, its part is computed once.

import { PIXELS } from "./pictures.js";

/**
 * @typedef {{ kind: string, outputs?: number, inputs?: number, weight?: number, bias?: number | null }} Layer
 * A linear layer says where its weight (outputs, inputs) and its bias start, counted in numbers.
 * @typedef {{ latentA: number, latentB: number, fromA: Layer[], fromB: Layer[], joint: Layer[] }} Program
 * @typedef {ArrayLike<number>} Numbers
 * @typedef {(input: Numbers, out: Float32Array | Float64Array) => Float32Array | Float64Array} Branch
 */

/** @type {Record<string, (value: number) => number>} */
const ACTIVATIONS = { tanh: Math.tanh, relu: (value) => Math.max(0, value) };

/**
 * @param {Program} program
 * @param {ArrayBuffer} weights float32
 */
export function makeDecoder({ latentA, latentB, fromA, fromB, joint }, weights) {
  const numbers = new Float32Array(weights);
  const partOfA = makeBranch(fromA, latentA, numbers);
  const partOfB = makeBranch(fromB, latentB, numbers);
  const width = joint.find(isLinear)?.inputs ?? PIXELS;
  const runJoint = makeBranch(joint, width, numbers);
  const met = new Float64Array(width), logits = new Float64Array(PIXELS);
  const ownA = new Float32Array(width), ownB = new Float32Array(width);

  /**
   * @param {Float32Array} partA
   * @param {Float32Array} partB
   * @param {Float32Array} out
   */
  const join = (partA, partB, out) => {
    for (let unit = 0; unit < width; unit++) met[unit] = partA[unit] + partB[unit];
    runJoint(met, logits);
    for (let pixel = 0; pixel < PIXELS; pixel++) out[pixel] = 1 / (1 + Math.exp(-logits[pixel]));
    return out;
  };

  return {
    latentA,
    latentB,
    /** @returns {Float32Array} room for what A or B gives */
    newPart: () => new Float32Array(width),
    /** @type {(a: Numbers, out: Float32Array) => Float32Array} what A gives, written to a part */
    partOfA: (a, out) => /** @type {Float32Array} */ (partOfA(a, out)),
    /** @type {(b: Numbers, out: Float32Array) => Float32Array} what B gives, written to a part */
    partOfB: (b, out) => /** @type {Float32Array} */ (partOfB(b, out)),
    /** 784 pixels in 0..1, row by row, from what A and B give. */
    join,
    /** @type {(a: Numbers, b: Numbers, out: Float32Array) => Float32Array} the same from A and B themselves */
    decode(a, b, out) {
      partOfA(a, ownA);
      partOfB(b, ownB);
      return join(ownA, ownB, out);
    },
  };
}

/** @typedef {ReturnType<typeof makeDecoder>} Decoder */

/** @param {Layer} layer */
function isLinear(layer) {
  return layer.kind === "linear";
}

/**
 * All room that the layers need is made here, and every layer reads float64, so that running them is quick.
 * @param {Layer[]} layers
 * @param {number} width of the input
 * @param {Float32Array} numbers all weights
 * @returns {Branch}
 */
function makeBranch(layers, width, numbers) {
  const start = new Float64Array(width);
  let values = start;
  const steps = layers.map((layer) => {
    const input = values, output = new Float64Array(isLinear(layer) ? layer.outputs : input.length);
    values = output;
    return makeStep(layer, input, output, numbers);
  });
  const end = values;
  return (input, out) => {
    start.set(input);
    for (const step of steps) step();
    out.set(end);
    return out;
  };
}

/**
 * @param {Layer} layer
 * @param {Float64Array} input
 * @param {Float64Array} output
 * @param {Float32Array} numbers
 */
function makeStep(layer, input, output, numbers) {
  if (isLinear(layer)) {
    const weight = numbers.subarray(layer.weight, layer.weight + output.length * input.length);
    const bias = layer.bias === null ? new Float32Array(output.length) : numbers.subarray(layer.bias);
    return () => multiply(weight, bias, input, output);
  }
  const activation = ACTIVATIONS[layer.kind];
  if (!activation) throw new Error(`The decoder has a layer of an unknown kind: ${layer.kind}.`);
  return () => {
    for (let unit = 0; unit < input.length; unit++) output[unit] = activation(input[unit]);
  };
}

/**
 * @param {Float32Array} weight
 * @param {Float32Array} bias
 * @param {Float64Array} input
 * @param {Float64Array} output
 */
function multiply(weight, bias, input, output) {
  const inputs = input.length, outputs = output.length;
  for (let unit = 0, row = 0; unit < outputs; unit++, row += inputs) {
    let sum = bias[unit];
    for (let i = 0; i < inputs; i++) sum += weight[row + i] * input[i];
    output[unit] = sum;
  }
}

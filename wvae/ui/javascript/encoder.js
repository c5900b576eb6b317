// The encoder of a model, in the browser: from a picture to the posterior means of A and B, in a few milliseconds.
//
// A is a(image); the encoded style is measured(image) beside learned(image, digit), three lists of layers; B is that
// style carried through the style flow, given the digit that is read from A. encoder_packet() in live_model.py
// describes all of it.

import { KINDS, largest, makeLayers, softmax } from "./layers.js";
import { PIXELS } from "./pictures.js";
import { makeFlow } from "./style_flow.js";
import { styleMeasures } from "./style_measures.js";

/**
 * @import { Layer, MakeStep } from "./layers.js"
 * @import { FlowStep } from "./style_flow.js"
 * @typedef {object} EncoderProgram
 * @property {number} latentA
 * @property {number} latentB
 * @property {Layer[]} digit its logits from A; without layers the model reads no digit
 * @property {Layer[]} a
 * @property {Layer[]} measured
 * @property {Layer[]} learned
 * @property {FlowStep[]} flow
 * @typedef {object} Encoded
 * @property {number[]} a
 * @property {number[]} b
 * @property {number} digit the likeliest, 0 where the model reads none
 * @property {Float64Array | null} probabilities of the ten digits, read from A
 */

/** @type {Record<string, MakeStep>} */
const ENCODER_KINDS = { ...KINDS, measures: makeMeasures, placing: makePlacing };

/**
 * @param {EncoderProgram} program
 * @param {ArrayBuffer} weights float32
 * @returns {(pixels: ArrayLike<number>) => Encoded} of 784 pixels in 0..1, row by row
 */
export function makeEncoder({ latentA, latentB, digit, a, measured, learned, flow }, weights) {
  const numbers = new Float32Array(weights);
  const layers = (list, width = PIXELS) => makeLayers(list, width, numbers, ENCODER_KINDS);
  const runA = layers(a), digitLogits = layers(digit, latentA);
  const runMeasured = measured.length ? layers(measured) : () => [], runLearned = learned.length ? layers(learned) : () => [];
  const carry = makeFlow(flow, latentB, numbers);
  return (pixels) => {
    const codeA = [...runA(pixels)], logits = digitLogits(codeA);
    const read = digit.length ? largest(logits) : 0;
    const style = [...runMeasured(pixels), ...runLearned(pixels, read)];
    const probabilities = digit.length ? new Float64Array(10) : null;
    if (probabilities) softmax(logits, probabilities);
    return { a: codeA, b: [...carry(style, read)], digit: read, probabilities };
  };
}

/** @type {MakeStep} the measured axes, as ConditionalEncoder.layers() in conditional_encoder.py says */
function makeMeasures({ shape: [axes], weight, bias, farthest }, input, numbers) {
  const output = new Float64Array(axes);
  const run = () => {
    const measures = Object.values(styleMeasures(input));
    for (let axis = 0; axis < axes; axis++) {
      const value = (measures[axis] - numbers[bias + axis]) * numbers[weight + axis];
      output[axis] = Math.max(-farthest, Math.min(farthest, value));
    }
  };
  return { output, run };
}

/** @type {MakeStep} latent A of digit logits, as ConditionalEncoder._placed() in conditional_encoder.py says */
function makePlacing({ shape: [digits, size], weight, softness, near }, input, numbers) {
  const output = new Float64Array(size), weights = new Float64Array(digits), step = new Float64Array(size);
  const centre = (digit, axis) => numbers[weight + digit * size + axis];
  const run = () => {
    for (let digit = 0; digit < digits; digit++) weights[digit] = input[digit] / softness;
    softmax(weights, weights);
    const nearest = largest(input);
    for (let axis = 0; axis < size; axis++) {
      step[axis] = -centre(nearest, axis);
      for (let digit = 0; digit < digits; digit++) step[axis] += weights[digit] * centre(digit, axis);
    }
    let tooFar = 0; // 1 at the limit towards another digit
    for (let digit = 0; digit < digits; digit++) {
      let towards = 0, apart = 0;
      for (let axis = 0; axis < size; axis++) {
        const way = centre(digit, axis) - centre(nearest, axis);
        towards += way * step[axis];
        apart += way * way;
      }
      tooFar = Math.max(tooFar, Math.max(0, towards) / Math.max(near * 0.5 * apart, 1e-12));
    }
    for (let axis = 0; axis < size; axis++) output[axis] = centre(nearest, axis) + step[axis] / (1 + tooFar);
  };
  return { output, run };
}

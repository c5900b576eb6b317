// The inverse of a style flow: from latent B to the style that the decoder takes, given the digit.
//
// It is a list of steps that Python describes: InverseStep in style_flows.py says what each does.

import { silu, softmax } from "./layers.js";

/**
 * @typedef {{ start: number, shape: number[] }} Tensor where it starts, counted in numbers
 * @typedef {{ kind: string, tensors: Record<string, Tensor>, order: number[] }} InverseStep
 * @typedef {(digit: number) => void} Step carries the style, in place
 */

/** @type {Record<string, (step: InverseStep, style: Float64Array, numbers: Float32Array) => Step>} */
const STEPS = { affine: makeAffine, spline: makeSplines };

const BOUND = 5; // beyond it a spline is the identity; these two are what zuko's MonotonicRQSTransform uses
const LOG_SLOPE = Math.log(1e-3); // of the least slope

/**
 * A function of B and the digit, whose result is overwritten by the next call.
 * @param {InverseStep[]} steps
 * @param {number} latentB
 * @param {Float32Array} numbers all weights
 * @returns {(b: ArrayLike<number>, digit: number) => Float64Array}
 */
export function makeInverseFlow(steps, latentB, numbers) {
  const style = new Float64Array(latentB);
  const runs = steps.map((step) => {
    const make = STEPS[step.kind];
    if (!make) throw new Error(`The style flow has a step of an unknown kind: ${step.kind}.`);
    return make(step, style, numbers);
  });
  return (b, digit) => {
    style.set(b);
    for (const run of runs) run(digit);
    return style;
  };
}

/**
 * @param {InverseStep} step
 * @param {Float64Array} style
 * @param {Float32Array} numbers
 * @returns {Step}
 */
function makeAffine({ tensors: { weight, bias } }, style, numbers) {
  const size = style.length, before = new Float64Array(size);
  return (digit) => {
    before.set(style);
    for (let axis = 0; axis < size; axis++) {
      const row = weight.start + (digit * size + axis) * size;
      let sum = numbers[bias.start + digit * size + axis];
      for (let i = 0; i < size; i++) sum += numbers[row + i] * before[i];
      style[axis] = sum;
    }
  };
}

/**
 * @param {InverseStep} step
 * @param {Float64Array} style
 * @param {Float32Array} numbers
 * @returns {Step}
 */
function makeSplines({ tensors, order }, style, numbers) {
  const axes = order.length;
  const before = new Float64Array(axes); // the axes that have been carried already, 0 for the others
  const first = makeAxisLayers(tensors.first, tensors.first_bias, before, numbers);
  const second = makeAxisLayers(tensors.second, tensors.second_bias, first.output, numbers);
  const knots = makeAxisLayers(tensors.knots, tensors.knots_bias, second.output, numbers);
  const carryBack = makeSplineInverse(knots.output);
  return (digit) => {
    before.fill(0);
    for (const axis of order) {
      const network = digit * axes + axis;
      first.run(network);
      activate(first.output);
      second.run(network);
      activate(second.output);
      knots.run(network);
      before[axis] = style[axis] = carryBack(style[axis]);
    }
  };
}

/**
 * The same layer of every axis' network.
 * @param {Tensor} weight (10, axes, inputs, outputs)
 * @param {Tensor} bias (10, axes, 1, outputs)
 * @param {Float64Array} input
 * @param {Float32Array} numbers
 */
function makeAxisLayers(weight, bias, input, numbers) {
  const inputs = input.length, outputs = weight.shape[3], output = new Float64Array(outputs);
  return {
    output,
    /** @param {number} network */
    run(network) {
      const start = bias.start + network * outputs;
      for (let unit = 0; unit < outputs; unit++) output[unit] = numbers[start + unit];
      for (let i = 0; i < inputs; i++) {
        const value = input[i], row = weight.start + (network * inputs + i) * outputs;
        if (value === 0) continue; // an axis that this one does not depend on
        for (let unit = 0; unit < outputs; unit++) output[unit] += value * numbers[row + unit];
      }
    },
  };
}

/** @param {Float64Array} values */
function activate(values) {
  for (let unit = 0; unit < values.length; unit++) values[unit] = silu(values[unit]);
}

/**
 * The inverse of a monotone rational-quadratic spline, https://arxiv.org/abs/1906.04032
 * @param {Float64Array} knots widths and heights of its bins and slopes between them, unconstrained
 * @returns {(y: number) => number}
 */
function makeSplineInverse(knots) {
  const bins = (knots.length + 1) / 3;
  const widths = new Float64Array(bins), heights = new Float64Array(bins);

  const sizes = (start, out) => {
    for (let bin = 0; bin < bins; bin++) {
      const value = knots[start + bin];
      out[bin] = value / (1 + Math.abs((2 * value) / LOG_SLOPE));
    }
    softmax(out, out);
    for (let bin = 0; bin < bins; bin++) out[bin] *= 2 * BOUND;
  };

  const slopeAt = (knot) => {
    if (knot === 0 || knot === bins) return 1;
    const value = knots[2 * bins + knot - 1];
    return Math.exp(value / (1 + Math.abs(value / LOG_SLOPE)));
  };

  return (y) => {
    if (Math.abs(y) >= BOUND) return y;
    sizes(0, widths);
    sizes(bins, heights);
    let bin = 0, left = -BOUND, bottom = -BOUND;
    for (; bin < bins - 1 && bottom + heights[bin] < y; bin++) {
      left += widths[bin];
      bottom += heights[bin];
    }
    const width = widths[bin], height = heights[bin], up = y - bottom;
    const mean = height / width, slope = slopeAt(bin), bend = slope + slopeAt(bin + 1) - 2 * mean;
    const a = height * (mean - slope) + up * bend, b = height * slope - up * bend, c = -mean * up;
    return left + (width * 2 * c) / (-b - Math.sqrt(b * b - 4 * a * c));
  };
}

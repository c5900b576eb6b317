// A style flow, given the digit: from the style that is encoded to latent B, and back to the style that the decoder takes.
//
// Either is a list of steps that Python describes: FlowStep in style_flows.py says what each does.

import { silu, softmax } from "./layers.js";

/**
 * @typedef {{ start: number, shape: number[] }} Tensor where it starts, counted in numbers
 * @typedef {{ kind: string, tensors: Record<string, Tensor>, order: number[] }} FlowStep
 * @typedef {(digit: number) => void} Step carries the style, in place
 */

const BOUND = 5; // beyond it a spline is the identity; these two are what zuko's MonotonicRQSTransform uses
const LOG_SLOPE = Math.log(1e-3); // of the least slope

/**
 * From the encoded style and the digit to B: a function whose result is overwritten by the next call.
 * @param {FlowStep[]} steps
 * @param {number} latentB
 * @param {Float32Array} numbers all weights
 */
export function makeFlow(steps, latentB, numbers) {
  return makeSteps(steps, latentB, numbers, { affine: makeAffine, spline: makeSplines });
}

/**
 * From B and the digit to the style, likewise.
 * @param {FlowStep[]} steps
 * @param {number} latentB
 * @param {Float32Array} numbers
 */
export function makeInverseFlow(steps, latentB, numbers) {
  return makeSteps(steps, latentB, numbers, { affine: makeAffine, spline: makeInverseSplines });
}

/**
 * @param {FlowStep[]} steps
 * @param {number} latentB
 * @param {Float32Array} numbers
 * @param {Record<string, (step: FlowStep, style: Float64Array, numbers: Float32Array) => Step>} kinds
 * @returns {(values: ArrayLike<number>, digit: number) => Float64Array}
 */
function makeSteps(steps, latentB, numbers, kinds) {
  const style = new Float64Array(latentB);
  const runs = steps.map((step) => {
    const make = kinds[step.kind];
    if (!make) throw new Error(`The style flow has a step of an unknown kind: ${step.kind}.`);
    return make(step, style, numbers);
  });
  return (values, digit) => {
    style.set(values);
    for (const run of runs) run(digit);
    return style;
  };
}

/**
 * @param {FlowStep} step
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
 * @param {FlowStep} step
 * @param {Float64Array} style
 * @param {Float32Array} numbers
 * @returns {Step}
 */
function makeSplines(step, style, numbers) {
  const { before, knots, knotsOf } = makeAxisNetworks(step, numbers), carry = makeSpline(knots);
  return (digit) => {
    before.fill(0);
    for (const axis of step.order) {
      knotsOf(digit, axis);
      before[axis] = style[axis];
      style[axis] = carry(style[axis]);
    }
  };
}

/**
 * @param {FlowStep} step
 * @param {Float64Array} style
 * @param {Float32Array} numbers
 * @returns {Step}
 */
function makeInverseSplines(step, style, numbers) {
  const { before, knots, knotsOf } = makeAxisNetworks(step, numbers), carryBack = makeSplineInverse(knots);
  return (digit) => {
    before.fill(0);
    for (const axis of step.order) {
      knotsOf(digit, axis);
      before[axis] = style[axis] = carryBack(style[axis]);
    }
  };
}

/**
 * The networks of all axes, which write an axis' knots from the axes before it, 0 for the others.
 * @param {FlowStep} step
 * @param {Float32Array} numbers
 */
function makeAxisNetworks({ tensors, order }, numbers) {
  const axes = order.length, before = new Float64Array(axes);
  const first = makeAxisLayers(tensors.first, tensors.first_bias, before, numbers);
  const second = makeAxisLayers(tensors.second, tensors.second_bias, first.output, numbers);
  const knots = makeAxisLayers(tensors.knots, tensors.knots_bias, second.output, numbers);
  /** @type {(digit: number, axis: number) => void} */
  const knotsOf = (digit, axis) => {
    const network = digit * axes + axis;
    first.run(network);
    activate(first.output);
    second.run(network);
    activate(second.output);
    knots.run(network);
  };
  return { before, knots: knots.output, knotsOf };
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
 * A monotone rational-quadratic spline, https://arxiv.org/abs/1906.04032
 * @param {Float64Array} knots widths and heights of its bins and slopes between them, unconstrained
 * @returns {(x: number) => number}
 */
function makeSpline(knots) {
  const bins = makeBins(knots);
  return (x) => {
    if (Math.abs(x) >= BOUND) return x;
    const { start, width, other, height, slope, nextSlope } = bins.at(x, bins.widths, bins.heights);
    const mean = height / width, along = (x - start) / width, back = along * (1 - along);
    const bend = slope + nextSlope - 2 * mean;
    return other + (height * (mean * along * along + slope * back)) / (mean + bend * back);
  };
}

/**
 * Its inverse.
 * @param {Float64Array} knots
 * @returns {(y: number) => number}
 */
function makeSplineInverse(knots) {
  const bins = makeBins(knots);
  return (y) => {
    if (Math.abs(y) >= BOUND) return y;
    const { start, width: height, other, height: width, slope, nextSlope } = bins.at(y, bins.heights, bins.widths);
    const up = y - start, mean = height / width, bend = slope + nextSlope - 2 * mean;
    const a = height * (mean - slope) + up * bend, b = height * slope - up * bend, c = -mean * up;
    return other + (width * 2 * c) / (-b - Math.sqrt(b * b - 4 * a * c));
  };
}

/**
 * The bins of a spline, read from its knots.
 * @param {Float64Array} knots
 */
function makeBins(knots) {
  const count = (knots.length + 1) / 3, widths = new Float64Array(count), heights = new Float64Array(count);

  const sizes = (start, out) => {
    for (let bin = 0; bin < count; bin++) {
      const value = knots[start + bin];
      out[bin] = value / (1 + Math.abs((2 * value) / LOG_SLOPE));
    }
    softmax(out, out);
    for (let bin = 0; bin < count; bin++) out[bin] *= 2 * BOUND;
  };

  const slopeAt = (knot) => {
    if (knot === 0 || knot === count) return 1;
    const value = knots[2 * count + knot - 1];
    return Math.exp(value / (1 + Math.abs(value / LOG_SLOPE)));
  };

  return {
    widths,
    heights,

    /**
     * The bin that a value falls into, where it starts along the value's axis, "along", and along the other.
     * @param {number} value
     * @param {Float64Array} along the widths or the heights
     * @param {Float64Array} across the others
     */
    at(value, along, across) {
      sizes(0, widths);
      sizes(count, heights);
      let bin = 0, start = -BOUND, other = -BOUND;
      for (; bin < count - 1 && start + along[bin] < value; bin++) {
        start += along[bin];
        other += across[bin];
      }
      const slope = slopeAt(bin), nextSlope = slopeAt(bin + 1);
      return { start, width: along[bin], other, height: across[bin], slope, nextSlope };
    },
  };
}

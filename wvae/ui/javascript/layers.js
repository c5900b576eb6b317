// A network as a list of layers, as layers.py describes it.

/**
 * @typedef {object} Layer
 * @property {string} kind
 * @property {number[]} [shape] of the weight
 * @property {number} [weight] where it starts, counted in numbers
 * @property {number | null} [bias] likewise
 * @property {boolean} [byDigit] whether there is a bias for each digit
 * @property {number} [stride]
 * @property {number} [padding]
 * @property {number} [softness]
 * @property {number} [near]
 * @property {number} [farthest]
 * @typedef {{ output: Float64Array, run: (digit: number) => void }} Step
 * @typedef {(layer: Layer, input: Float64Array, numbers: Float32Array) => Step} MakeStep
 */

/** @type {Record<string, MakeStep>} what a layer of each kind does; Layer in layers.py says it in words */
export const KINDS = {
  linear: makeLinear,
  convolution: makeConvolution,
  tanh: forEachUnit(Math.tanh),
  relu: forEachUnit((value) => Math.max(0, value)),
  silu: forEachUnit(silu),
  softmax(layer, input) {
    const output = new Float64Array(input.length);
    return { output, run: () => softmax(input, output) };
  },
};

/**
 * A function of the input and, where a layer depends on it, the digit. Its result is overwritten by the next call: all
 * room that the layers need is made here. Every layer reads float64, so that running them is quick.
 * @param {Layer[]} layers
 * @param {number} width of the input
 * @param {Float32Array} numbers all weights
 * @param {Record<string, MakeStep>} [kinds]
 * @returns {(input: ArrayLike<number>, digit?: number) => Float64Array}
 */
export function makeLayers(layers, width, numbers, kinds = KINDS) {
  const start = new Float64Array(width);
  /** @type {Float64Array} */
  let end = start;
  const steps = layers.map((layer) => {
    const make = kinds[layer.kind];
    if (!make) throw new Error(`The model has a layer of an unknown kind: ${layer.kind}.`);
    const step = make(layer, end, numbers);
    end = step.output;
    return step;
  });
  return (input, digit = 0) => {
    start.set(input);
    for (const { run } of steps) run(digit);
    return end;
  };
}

/** @param {number} value */
export function silu(value) {
  return value / (1 + Math.exp(-value));
}

/**
 * @param {Float64Array} input
 * @param {Float64Array} output
 */
export function softmax(input, output) {
  let top = -Infinity, sum = 0;
  for (let unit = 0; unit < input.length; unit++) top = Math.max(top, input[unit]);
  for (let unit = 0; unit < input.length; unit++) sum += output[unit] = Math.exp(input[unit] - top);
  for (let unit = 0; unit < input.length; unit++) output[unit] /= sum;
}

/**
 * Where the largest number is: the digit of logits.
 * @param {ArrayLike<number>} values
 */
export function largest(values) {
  let best = 0;
  for (let other = 1; other < values.length; other++) if (values[other] > values[best]) best = other;
  return best;
}

/**
 * @param {(value: number) => number} activation
 * @returns {MakeStep}
 */
function forEachUnit(activation) {
  return (layer, input) => {
    const output = new Float64Array(input.length);
    const run = () => {
      for (let unit = 0; unit < input.length; unit++) output[unit] = activation(input[unit]);
    };
    return { output, run };
  };
}

/** @type {MakeStep} */
function makeLinear({ shape: [outputs, inputs], weight, bias, byDigit }, input, numbers) {
  const weights = numbers.subarray(weight, weight + outputs * inputs), output = new Float64Array(outputs);
  const biases = bias === null ? output.slice() : numbers.subarray(bias, bias + outputs * (byDigit ? 10 : 1));
  return { output, run: (digit) => multiply(weights, biases, byDigit ? digit * outputs : 0, input, output) };
}

/** @type {MakeStep} */
function makeConvolution({ shape: [channels, inChannels, size], weight, bias, stride, padding }, input, numbers) {
  const side = Math.sqrt(input.length / inChannels), wide = side + 2 * padding, out = Math.floor((wide - size) / stride) + 1;
  const padded = new Float64Array(inChannels * wide * wide), output = new Float64Array(channels * out * out);
  const run = () => {
    for (let row = 0; row < inChannels * side; row++) {
      const place = (Math.floor(row / side) * wide + (row % side) + padding) * wide + padding;
      padded.set(input.subarray(row * side, (row + 1) * side), place);
    }
    for (let channel = 0, w = weight; channel < channels; channel++) {
      const start = channel * out * out;
      output.fill(numbers[bias + channel], start, start + out * out);
      for (let corner = 0; corner < inChannels * wide * wide; corner += wide * wide) {
        for (let down = 0; down < size; down++) {
          for (let right = 0; right < size; right++) {
            const factor = numbers[w++], shift = corner + down * wide + right;
            for (let y = 0; y < out; y++) {
              const from = shift + y * stride * wide, to = start + y * out;
              for (let x = 0; x < out; x++) output[to + x] += factor * padded[from + x * stride];
            }
          }
        }
      }
    }
  };
  return { output, run };
}

/**
 * Four rows at a time, so that four sums grow at once and an input is read once for all: twice as quick.
 * @param {Float32Array} weight
 * @param {Float32Array | Float64Array} biases
 * @param {number} first of the biases
 * @param {Float64Array} input
 * @param {Float64Array} output
 */
function multiply(weight, biases, first, input, output) {
  const inputs = input.length, outputs = output.length;
  let unit = 0;
  for (; unit + 3 < outputs; unit += 4) {
    const row0 = unit * inputs, row1 = row0 + inputs, row2 = row1 + inputs, row3 = row2 + inputs;
    let sum0 = biases[first + unit], sum1 = biases[first + unit + 1], sum2 = biases[first + unit + 2], sum3 = biases[first + unit + 3];
    for (let i = 0; i < inputs; i++) {
      const value = input[i];
      sum0 += weight[row0 + i] * value;
      sum1 += weight[row1 + i] * value;
      sum2 += weight[row2 + i] * value;
      sum3 += weight[row3 + i] * value;
    }
    output[unit] = sum0;
    output[unit + 1] = sum1;
    output[unit + 2] = sum2;
    output[unit + 3] = sum3;
  }
  for (; unit < outputs; unit++) {
    let sum = biases[first + unit];
    for (let i = 0; i < inputs; i++) sum += weight[unit * inputs + i] * input[i];
    output[unit] = sum;
  }
}

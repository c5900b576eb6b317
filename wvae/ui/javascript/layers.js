// A network as a list of layers, as layers.py describes it.

/**
 * @typedef {{ kind: string, outputs?: number, inputs?: number, weight?: number, bias?: number | null }} Layer
 * A linear layer says where its weight (outputs, inputs) and its bias start, counted in numbers.
 * @typedef {(input: Float64Array, output: Float64Array) => void} Activation
 */

/** @type {Record<string, Activation>} */
const ACTIVATIONS = {
  tanh: forEachUnit(Math.tanh),
  relu: forEachUnit((value) => Math.max(0, value)),
  silu: forEachUnit(silu),
  softmax,
};

/**
 * A function of the input, whose result is overwritten by the next call: all room that the layers need is made here.
 * Every layer reads float64, so that running them is quick.
 * @param {Layer[]} layers
 * @param {number} width of the input
 * @param {Float32Array} numbers all weights
 * @returns {(input: ArrayLike<number>) => Float64Array}
 */
export function makeLayers(layers, width, numbers) {
  const start = new Float64Array(width);
  let values = start;
  const steps = layers.map((layer) => {
    const input = values, output = new Float64Array(isLinear(layer) ? layer.outputs : input.length);
    values = output;
    return makeLayer(layer, input, output, numbers);
  });
  const end = values;
  return (input) => {
    start.set(input);
    for (const step of steps) step();
    return end;
  };
}

/** @param {Layer} layer */
export function isLinear(layer) {
  return layer.kind === "linear";
}

/** @param {number} value */
export function silu(value) {
  return value / (1 + Math.exp(-value));
}

/** @type {Activation} */
export function softmax(input, output) {
  let largest = -Infinity, sum = 0;
  for (let unit = 0; unit < input.length; unit++) largest = Math.max(largest, input[unit]);
  for (let unit = 0; unit < input.length; unit++) sum += output[unit] = Math.exp(input[unit] - largest);
  for (let unit = 0; unit < input.length; unit++) output[unit] /= sum;
}

/**
 * @param {(value: number) => number} activation
 * @returns {Activation}
 */
function forEachUnit(activation) {
  return (input, output) => {
    for (let unit = 0; unit < input.length; unit++) output[unit] = activation(input[unit]);
  };
}

/**
 * @param {Layer} layer
 * @param {Float64Array} input
 * @param {Float64Array} output
 * @param {Float32Array} numbers
 */
function makeLayer(layer, input, output, numbers) {
  if (isLinear(layer)) {
    const weight = numbers.subarray(layer.weight, layer.weight + output.length * input.length);
    const bias = layer.bias === null ? new Float32Array(output.length) : numbers.subarray(layer.bias);
    return () => multiply(weight, bias, input, output);
  }
  const activation = ACTIVATIONS[layer.kind];
  if (!activation) throw new Error(`The decoder has a layer of an unknown kind: ${layer.kind}.`);
  return () => activation(input, output);
}

/**
 * Four rows at a time, so that four sums grow at once and an input is read once for all: twice as quick.
 * @param {Float32Array} weight
 * @param {Float32Array} bias
 * @param {Float64Array} input
 * @param {Float64Array} output
 */
function multiply(weight, bias, input, output) {
  const inputs = input.length, outputs = output.length;
  let unit = 0;
  for (; unit + 3 < outputs; unit += 4) {
    const row0 = unit * inputs, row1 = row0 + inputs, row2 = row1 + inputs, row3 = row2 + inputs;
    let sum0 = bias[unit], sum1 = bias[unit + 1], sum2 = bias[unit + 2], sum3 = bias[unit + 3];
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
    let sum = bias[unit];
    for (let i = 0; i < inputs; i++) sum += weight[unit * inputs + i] * input[i];
    output[unit] = sum;
  }
}

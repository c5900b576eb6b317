import assert from "node:assert/strict";
import test from "node:test";

import { makeDecoder } from "../../wvae/ui/javascript/decoder.js";

const linear = (outputs, inputs, weight, bias = null) => ({ kind: "linear", shape: [outputs, inputs], weight, bias });
const noFlow = { digit: [], style: [] };
const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));
const random = (length) => Float32Array.from({ length }, () => 2 * Math.random() - 1);
const pixels = () => new Float32Array(784);
const near = (one, other) => one.forEach((value, i) => assert.ok(Math.abs(value - other[i]) < 1e-6, `at ${i}`));

test("a decoder whose logits are a sum of what A and B give", () => {
  const numbers = random(784 * 2 + 784);
  const program = {
    latentA: 2, latentB: 1, ...noFlow,
    fromA: [linear(784, 2, 0)],
    fromB: [linear(784, 1, 784, 1568)], // its weight overlaps the other's: a shared tensor is there once
    joint: [],
  };
  const decoder = makeDecoder(program, numbers.buffer);
  const expected = Array.from({ length: 784 }, (_, i) =>
    sigmoid(3 * numbers[2 * i] - numbers[2 * i + 1] + 2 * numbers[784 + i] + numbers[1568 + i]),
  );
  near(decoder.decode([3, -1], [2], pixels()), expected);
  near(decoder.decode([3, -1], [2], pixels()), expected); // nothing is left over from the first time
});

test("a decoder in which A and B meet before a nonlinearity", () => {
  const numbers = random(3 + 3 + 784 * 3 + 784);
  const program = {
    latentA: 1, latentB: 1, ...noFlow,
    fromA: [linear(3, 1, 0)],
    fromB: [linear(3, 1, 3), { kind: "relu" }],
    joint: [{ kind: "tanh" }, linear(784, 3, 6, 6 + 784 * 3)],
  };
  const decoder = makeDecoder(program, numbers.buffer);
  const hidden = [0, 1, 2].map((unit) => Math.tanh(0.5 * numbers[unit] + Math.max(0, -2 * numbers[3 + unit])));
  const expected = Array.from({ length: 784 }, (_, i) =>
    sigmoid(hidden.reduce((sum, unit, j) => sum + unit * numbers[6 + 3 * i + j], numbers[6 + 784 * 3 + i])),
  );
  const partA = decoder.partOfA([0.5], decoder.newPart()), partB = decoder.partOfB([-2], 0, decoder.newPart());
  assert.equal(partA.length, 3);
  near(decoder.join(partA, partB, pixels()), expected);
  near(decoder.decode([0.5], [-2], pixels()), expected);
});

test("softmax and SiLU, in layers of three units and of none", () => {
  const numbers = random(3 * 784 + 784);
  const program = {
    latentA: 3, latentB: 784, ...noFlow,
    fromA: [{ kind: "softmax" }, linear(784, 3, 0)],
    fromB: [],
    joint: [{ kind: "silu" }],
  };
  const b = random(784), a = [1, -2, 1000];
  const decoded = makeDecoder(program, numbers.buffer).decode(a, b, pixels());
  const met = Array.from({ length: 784 }, (_, i) => numbers[3 * i + 2] + b[i]); // the third is far the largest
  near(decoded, met.map((value) => sigmoid(value * sigmoid(value))));
});

test("what B gives depends on the digit that is read from A", () => {
  const tens = Array.from({ length: 10 }, (_, digit) => digit);
  const numbers = Float32Array.from([
    ...tens, ...tens.map((digit) => -digit * digit / 2), // the digit is the whole number that A is nearest to
    ...tens.map((digit) => digit + 1), ...tens.map((digit) => -digit), // its style is (digit + 1) b - digit
    ...random(784), ...random(784),
  ]);
  const tensors = { weight: { start: 20, shape: [10, 1, 1] }, bias: { start: 30, shape: [10, 1] } };
  const program = {
    latentA: 1, latentB: 1,
    digit: [linear(10, 1, 0, 10)], style: [{ kind: "affine", order: [], tensors }],
    fromA: [linear(784, 1, 40)], fromB: [linear(784, 1, 824)], joint: [],
  };
  const decoder = makeDecoder(program, numbers.buffer);
  for (const [a, digit] of [[-3, 0], [2.6, 3], [0.9, 1], [40, 9]]) {
    assert.equal(decoder.digitOf([a]), digit);
    const expected = Array.from({ length: 784 }, (_, i) =>
      sigmoid(a * numbers[40 + i] + ((digit + 1) * 0.3 - digit) * numbers[824 + i]),
    );
    near(decoder.decode([a], [0.3], pixels()), expected);
  }
});

test("a branch without layers gives its latent as it is", () => {
  const numbers = random(784 * 2);
  const program = { latentA: 2, latentB: 2, ...noFlow, fromA: [], fromB: [], joint: [linear(784, 2, 0)] };
  const decoded = makeDecoder(program, numbers.buffer).decode([1, 2], [3, 4], pixels());
  near(decoded, Array.from({ length: 784 }, (_, i) => sigmoid(4 * numbers[2 * i] + 6 * numbers[2 * i + 1])));
});

test("an unknown kind of layer or step is named", () => {
  const program = { latentA: 1, latentB: 1, ...noFlow, fromA: [{ kind: "attention" }], fromB: [], joint: [] };
  assert.throws(() => makeDecoder(program, new ArrayBuffer(0)), /layer of an unknown kind: attention/);
  const flow = { ...program, fromA: [], style: [{ kind: "coupling", order: [], tensors: {} }] };
  assert.throws(() => makeDecoder(flow, new ArrayBuffer(0)), /step of an unknown kind: coupling/);
});

test("ten digits in one style cost little more than one", () => {
  const numbers = random(500 * 20 + 784 * 500);
  const program = {
    latentA: 10, latentB: 10, ...noFlow,
    fromA: [linear(500, 10, 0), { kind: "tanh" }, linear(784, 500, 10_000)],
    fromB: [linear(500, 10, 5_000), { kind: "tanh" }, linear(784, 500, 10_000)],
    joint: [],
  };
  const decoder = makeDecoder(program, numbers.buffer), out = pixels(), a = random(10), b = random(10);
  const parts = Array.from({ length: 10 }, () => decoder.partOfA(random(10), decoder.newPart()));
  const partB = decoder.newPart();
  const seconds = (work) => {
    const times = Array.from({ length: 30 }, () => {
      const began = performance.now();
      work();
      return performance.now() - began;
    });
    return Math.min(...times);
  };
  const one = seconds(() => decoder.decode(a, b, out));
  const ten = seconds(() => {
    decoder.partOfB(b, 0, partB);
    for (const part of parts) decoder.join(part, partB, out);
  });
  assert.ok(ten < 2 * one, `${ten} ms for ten, ${one} ms for one`);
});

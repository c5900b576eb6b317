import assert from "node:assert/strict";
import test from "node:test";

import { makeDecoder } from "../../wvae/ui/javascript/decoder.js";

const linear = (outputs, inputs, weight, bias = null) => ({ kind: "linear", outputs, inputs, weight, bias });
const sigmoid = (logit) => 1 / (1 + Math.exp(-logit));
const random = (length) => Float32Array.from({ length }, () => 2 * Math.random() - 1);
const pixels = () => new Float32Array(784);
const near = (one, other) => one.forEach((value, i) => assert.ok(Math.abs(value - other[i]) < 1e-6, `at ${i}`));

test("a decoder whose logits are a sum of what A and B give", () => {
  const numbers = random(784 * 2 + 784);
  const program = {
    latentA: 2, latentB: 1,
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
    latentA: 1, latentB: 1,
    fromA: [linear(3, 1, 0)],
    fromB: [linear(3, 1, 3), { kind: "relu" }],
    joint: [{ kind: "tanh" }, linear(784, 3, 6, 6 + 784 * 3)],
  };
  const decoder = makeDecoder(program, numbers.buffer);
  const hidden = [0, 1, 2].map((unit) => Math.tanh(0.5 * numbers[unit] + Math.max(0, -2 * numbers[3 + unit])));
  const expected = Array.from({ length: 784 }, (_, i) =>
    sigmoid(hidden.reduce((sum, unit, j) => sum + unit * numbers[6 + 3 * i + j], numbers[6 + 784 * 3 + i])),
  );
  const partA = decoder.partOfA([0.5], decoder.newPart()), partB = decoder.partOfB([-2], decoder.newPart());
  assert.equal(partA.length, 3);
  near(decoder.join(partA, partB, pixels()), expected);
  near(decoder.decode([0.5], [-2], pixels()), expected);
});

test("a branch without layers gives its latent as it is", () => {
  const numbers = random(784 * 2);
  const program = { latentA: 2, latentB: 2, fromA: [], fromB: [], joint: [linear(784, 2, 0)] };
  const decoded = makeDecoder(program, numbers.buffer).decode([1, 2], [3, 4], pixels());
  near(decoded, Array.from({ length: 784 }, (_, i) => sigmoid(4 * numbers[2 * i] + 6 * numbers[2 * i + 1])));
});

test("an unknown kind of layer is named", () => {
  const program = { latentA: 1, latentB: 1, fromA: [{ kind: "attention" }], fromB: [], joint: [] };
  assert.throws(() => makeDecoder(program, new ArrayBuffer(0)), /unknown kind: attention/);
});

test("ten digits in one style cost little more than one", () => {
  const numbers = random(500 * 20 + 784 * 500);
  const program = {
    latentA: 10, latentB: 10,
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
    decoder.partOfB(b, partB);
    for (const part of parts) decoder.join(part, partB, out);
  });
  assert.ok(ten < 2 * one, `${ten} ms for ten, ${one} ms for one`);
});

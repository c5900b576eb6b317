import assert from "node:assert/strict";
import test from "node:test";

import { makeDecoder } from "../../wvae/ui/javascript/decoder.js";
import { makePlaneDecoder } from "../../wvae/ui/latent_map/plane_decoder.js";
import { remember } from "../../wvae/ui/latent_map/remember.js";

test("a place of a plane is decoded with the other dimensions at their means", () => {
  const numbers = Float32Array.from({ length: 784 * 4 }, () => Math.random() - 0.5);
  const layer = (weight) => [{ kind: "linear", shape: [784, 2], weight, bias: null }];
  const program = { latentA: 2, latentB: 2, digit: [], style: [], fromA: layer(0), fromB: layer(1568), joint: [] };
  const decoder = makeDecoder(program, numbers.buffer), mean = [0.1, 0.2, 0.3, 0.4], pixels = new Float32Array(784);
  for (const [columnX, columnY] of [[0, 2], [2, 0], [0, 1], [3, 2]]) {
    const decodeAt = makePlaneDecoder(decoder, mean, columnX, columnY);
    for (const [x, y] of [[5, -3], [5, 4], [-2, 4], [5, -3]]) {
      const latents = [...mean];
      latents[columnX] = x;
      latents[columnY] = y;
      assert.deepEqual(decodeAt(x, y), decoder.decode(latents.slice(0, 2), latents.slice(2), pixels));
    }
  }
});

test("the style of a place is that of the digit that is read there", () => {
  const numbers = Float32Array.from({ length: 784 * 2 + 20 + 20 }, () => Math.random() - 0.5);
  const tensors = { weight: { start: 0, shape: [10, 1, 1] }, bias: { start: 10, shape: [10, 1] } };
  const program = {
    latentA: 1, latentB: 1,
    digit: [{ kind: "linear", shape: [10, 1], weight: 20, bias: 30 }],
    style: [{ kind: "affine", order: [], tensors }],
    fromA: [{ kind: "linear", shape: [784, 1], weight: 40, bias: null }],
    fromB: [{ kind: "linear", shape: [784, 1], weight: 824, bias: null }],
    joint: [],
  };
  const decoder = makeDecoder(program, numbers.buffer), decodeAt = makePlaneDecoder(decoder, [0, 0], 0, 1);
  const digits = new Set(), pixels = new Float32Array(784);
  for (let x = -40; x <= 40; x += 8) {
    for (const y of [-1, 2]) assert.deepEqual(decodeAt(x, y), decoder.decode([x], [y], pixels));
    digits.add(decoder.digitOf([x]));
  }
  assert.ok(digits.size > 1);
});

test("what was made is remembered until there is too much of it", () => {
  const made = [];
  const squares = remember((key) => made.push(key) && key * key, 2);
  assert.deepEqual([3, 3, 4, 3].map((key) => squares.get(key)), [9, 9, 16, 9]);
  assert.deepEqual(made, [3, 4]);
  squares.get(5);
  assert.deepEqual([3, 5].map(squares.has), [false, true]);
});

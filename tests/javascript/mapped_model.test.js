import assert from "node:assert/strict";
import test from "node:test";

import { makeMappedModel } from "../../wvae/ui/latent_map/mapped_model.js";

const latents = {
  header: { key: "mine", count: 4, latentA: 1, latentB: 2 },
  body: new Uint8Array([
    ...new Uint8Array(Float32Array.of(1, 2, 3, 6, 10, 20, 30, 40, -1, -2, -3, -4).buffer),
    ...new Uint8Array(Int32Array.of(7, 7, 8, 500).buffer),
    ...[0, 9, 5, 5],
  ]).buffer,
};
const branch = (inputs, weight) => [{ kind: "linear", shape: [784, inputs], weight, bias: null }];
const decoder = {
  header: { latentA: 1, latentB: 2, digit: [], style: [], fromA: branch(1, 0), fromB: branch(2, 784), joint: [] },
  body: new Float32Array(3 * 784).fill(0.1).buffer,
};
const near = (pixel, logit) => assert.ok(Math.abs(pixel - 1 / (1 + Math.exp(-logit))) < 1e-6, `${pixel} ${logit}`);

test("the packets of a model are taken apart, and its decoder draws any digit and any place", () => {
  const model = makeMappedModel(latents, decoder);
  assert.deepEqual([model.key, model.count], ["mine", 4]);
  assert.deepEqual(model.columns.map((column) => [...column]), [[1, 2, 3, 6], [10, 20, 30, 40], [-1, -2, -3, -4]]);
  assert.deepEqual([...model.writers], [7, 7, 8, 500]);
  assert.deepEqual([...model.digits], [0, 9, 5, 5]);
  near(model.reconstruct(1)[783], 0.1 * (2 + 20 - 2));
  near(model.planeDecoder(0, 2)(5, 1)[0], 0.1 * (5 + 25 + 1)); // B 1 stays at its mean
});

import assert from "node:assert/strict";
import test from "node:test";

import { glide, interpolate, movedTo, randomLatent, valueOf } from "../../wvae/ui/style_sliders/codes.js";
import { History } from "../../wvae/ui/style_sliders/history.js";

const spread = { a: { mean: [1], deviation: [2] }, b: { mean: [1, -1], deviation: [2, 0.5] } };
const start = { a: [3], b: [1, -1], digit: 7 };

test("a slider moves along its direction in standard deviations", () => {
  const turned = { latent: "b", direction: [0.6, 0.8] }, other = { latent: "b", direction: [-0.8, 0.6] };
  const moved = movedTo(start, turned, spread, 2);
  assert.deepEqual(moved, { a: [3], b: [1 + 2 * 2 * 0.6, -1 + 2 * 0.5 * 0.8], digit: 7 });
  assert.ok(Math.abs(valueOf(moved, turned, spread) - 2) < 1e-12);
  assert.ok(Math.abs(valueOf(moved, other, spread)) < 1e-12);
  assert.deepEqual(start.b, [1, -1]);
  assert.deepEqual(movedTo(start, { latent: "a", direction: [1] }, spread, 0), { a: [1], b: [1, -1], digit: null });
});

test("a picture glides until there is nothing left to see", () => {
  assert.deepEqual(interpolate([0, 10], [1, 20], 0.25), [0.25, 12.5]);
  const to = [1, 1];
  assert.deepEqual(glide([0, 1], to, 0.5), [0.5, 1]);
  assert.equal(glide([0.999, 1], to, 0.5), to);
});

test("random latents are spread as they should be", () => {
  const drawn = Array.from({ length: 4000 }, () => randomLatent(spread.b)[0]);
  const mean = drawn.reduce((sum, x) => sum + x, 0) / 4000;
  const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4000;
  assert.ok(Math.abs(mean - 1) < 0.2 && Math.abs(variance - 4) < 0.6, `${mean} ${variance}`);
});

test("a drag is undone as one change", () => {
  const history = new History(start), dragged = { ...start, b: [3, 3] };
  history.settle();
  assert.equal(history.past.length, 0);
  history.codes = { ...start, b: [2, 2] };
  history.codes = dragged;
  history.settle();
  history.codes = { ...start, digit: 1 };
  history.undo(); // before it was settled
  assert.equal(history.codes, dragged);
  history.undo();
  assert.equal(history.codes, start);
  history.undo();
  assert.equal(history.codes, start);
});

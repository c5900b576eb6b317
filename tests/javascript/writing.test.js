import assert from "node:assert/strict";
import test from "node:test";

import { nearest, outlierScore, sentenceOf } from "../../wvae/ui/writing/reading.js";
import { inside, PAPER } from "../../wvae/ui/writing/strokes.js";
import { placeAmong } from "../../wvae/ui/writing/writing.js";

const probabilities = (likeliest, second = []) => {
  const all = new Float64Array(10).fill(0.001);
  [likeliest, second].forEach(([digit, probability]) => digit !== undefined && (all[digit] = probability));
  return all;
};
const drawn = { extent: 0.5, probabilities: probabilities([4, 0.99]), score: 80, usual: 200 };

test("what is said of a drawing", () => {
  assert.equal(sentenceOf(drawn), "Read as a 4.");
  assert.match(sentenceOf({ ...drawn, extent: 0.03 }), /only a dot/);
  assert.match(sentenceOf({ ...drawn, score: 240 }), /none of the digits .* 240 nats away from them, and real digits stay below 200/);
  assert.match(sentenceOf({ ...drawn, probabilities: null }), /reads no digits/);
  const unsure = probabilities([4, 0.62], [9, 0.35]);
  assert.equal(sentenceOf({ ...drawn, probabilities: unsure }), "Read as a 4 (62 %), but it could be a 9 (35 %).");
});

test("of a reconstruction that is the picture itself the style is left", () => {
  const pixels = Float32Array.from({ length: 784 }, (_, i) => [0.5, 1, 0][i % 3]);
  assert.ok(Math.abs(outlierScore(pixels, pixels, [0, 0])) < 1e-3);
  assert.ok(Math.abs(outlierScore(pixels, pixels, [3, -4]) - 25) < 1e-3);
  assert.ok(outlierScore(pixels, new Float32Array(784), [0, 0]) > 50);
});

test("the nearest styles are those of the same digit", () => {
  const known = { styles: Float32Array.from([0, 0, 5, 5, 1, 1, 3, 3]), digits: [7, 7, 2, 7] };
  assert.deepEqual(nearest([0.9, 0.9], 7, known, 2), [0, 3]);
  assert.deepEqual(nearest([0.9, 0.9], 2, known, 2), [2]);
  assert.deepEqual(nearest([0.9, 0.9], 3, known, 2), []);
});

test("a place among columns and rows, ascending or descending", () => {
  for (const [value, place] of [[-9, 0], [0, 0], [1, 0.5], [2, 1], [5, 1.75], [9, 2]]) {
    assert.equal(placeAmong(value, [0, 2, 6]), place);
    assert.equal(placeAmong(-value, [0, -2, -6]), place);
  }
});

test("ink stays off the border, however broad the pen", () => {
  for (const width of [12, 64]) {
    const [x, y] = inside(-50, 1000, width);
    assert.ok(x - width / 2 >= 24 && y + width / 2 <= PAPER - 24);
  }
  assert.deepEqual(inside(200, 210, 30), [200, 210]);
});

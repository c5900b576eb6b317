import assert from "node:assert/strict";
import test from "node:test";

import { packBits, toBase64, unpackBits } from "../../wvae/ui/latent_map/bits.js";
import { inside, nearestPoint, nextFromMiddle } from "../../wvae/ui/latent_map/selection.js";

const floats = (...values) => Float32Array.from(values);

test("points inside an outline that is not convex", () => {
  const u = [[0, 0], [3, 0], [3, 3], [2, 3], [2, 1], [1, 1], [1, 3], [0, 3]].map(([x, y]) => ({ x, y }));
  const x = floats(0.5, 1.5, 1.5, 2.5, 4, NaN, 2.5), y = floats(2, 2, 0.5, 2, 2, 2, 2);
  const shown = Uint8Array.of(1, 1, 1, 1, 1, 1, 0);
  assert.deepEqual([...inside(x, y, shown, u)], [1, 0, 1, 1, 0, 0, 0]);
});

test("the nearest point is measured in pixels and must be shown", () => {
  const x = floats(0, 1, 0, NaN), y = floats(0, 0, 0.1, 0), all = Uint8Array.of(1, 1, 1, 1);
  const wide = { scaleX: 1, scaleY: 100 }, at = { x: 0.6, y: 0 };
  assert.equal(nearestPoint(x, y, all, at, wide, 12), 1);
  assert.equal(nearestPoint(x, y, all, { x: 0, y: 0.09 }, wide, 12), 2);
  assert.equal(nearestPoint(x, y, all, { x: 0, y: 0.04 }, wide, 12), 0);
  assert.equal(nearestPoint(x, y, Uint8Array.of(1, 0, 1, 1), at, wide, 12), 0);
  assert.equal(nearestPoint(x, y, all, { x: 14, y: 0 }, wide, 12), -1);
});

test("points are visited from the middle outwards, round and round", () => {
  const x = floats(3, 1, -1, 0, 9, NaN, 0), y = floats(0, 0, 0, 2, 0, 0, 0), shown = Uint8Array.of(1, 1, 1, 1, 1, 1, 0);
  const view = { x: 0, y: 0, scaleX: 10, scaleY: 1 }, area = { width: 100, height: 4 };
  const order = [3, 1, 2, 0]; // 2, 10, 10 and 30 pixels away; the others are not in view or not shown
  order.forEach((row, i) => {
    const next = order[(i + 1) % 4], before = order[(i + 3) % 4];
    const step = (from, direction) => nextFromMiddle(x, y, shown, view, area, from, direction);
    assert.deepEqual(step(row, 1), { row: next, place: ((i + 1) % 4) + 1, count: 4 });
    assert.deepEqual(step(row, -1), { row: before, place: ((i + 3) % 4) + 1, count: 4 });
  });
  for (const from of [-1, undefined, 4, 6]) {
    assert.equal(nextFromMiddle(x, y, shown, view, area, from, 1).row, 3);
    assert.equal(nextFromMiddle(x, y, shown, view, area, from, -1).row, 0);
  }
  assert.deepEqual(nextFromMiddle(x, y, new Uint8Array(7), view, area, -1, 1), { row: -1, place: 0, count: 0 });
  const alone = Uint8Array.of(0, 1, 0, 0, 0, 0, 0);
  assert.deepEqual(nextFromMiddle(x, y, alone, view, area, 1, 1), { row: 1, place: 1, count: 1 });
});

test("bits are packed and unpacked", () => {
  const chosen = Uint8Array.of(1, 0, 1, 0, 0, 0, 0, 0, 0, 1);
  assert.deepEqual([...packBits(chosen)], [0b10100000, 0b01000000]); // as numpy.packbits
  for (const count of [1, 7, 8, 9, 20_001]) {
    const random = Uint8Array.from({ length: count }, () => Math.round(Math.random()));
    assert.deepEqual(unpackBits(packBits(random), count), random);
    assert.deepEqual(Uint8Array.from(Buffer.from(toBase64(random), "base64")), random);
  }
});

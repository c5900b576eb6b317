import assert from "node:assert/strict";
import test from "node:test";

import { mediansOf, placeLabels } from "../../wvae/ui/latent_map/labels.js";

test("medians of the points that are there", () => {
  const x = Float32Array.of(5, 1, 9, NaN, 7), y = Float32Array.of(0, 3, 1, NaN, 8);
  const index = Uint16Array.of(0, 0, 0, 1, 300);
  const medians = mediansOf(x, y, index, 301);
  assert.deepEqual([medians[0], medians[1], medians[300]], [{ x: 5, y: 1 }, null, { x: 7, y: 8 }]);
});

test("labels lie at their medians, or beside them, and never on each other", () => {
  const apart = [{ x: 0, y: 0 }, null, { x: 1, y: 1 }, { x: 9, y: 9 }], view = { scaleX: 100, scaleY: 50 };
  const halves = [10, 10, 15, null];
  assert.deepEqual(placeLabels(apart, halves, view), [
    { x: 0, y: 0, half: 10, entry: 0, median: { x: 0, y: -0 } },
    { x: 100, y: -50, half: 15, entry: 2, median: { x: 100, y: -50 } },
  ]);
  const crowd = Array.from({ length: 40 }, (_, i) => ({ x: i / 100, y: 0 })), tens = crowd.map(() => 10);
  const placed = placeLabels(crowd, tens, view);
  assert.ok(placed.length >= 9 && placed.length < 40);
  placed.forEach((one, i) => {
    for (const other of placed.slice(0, i)) {
      assert.ok(Math.abs(one.x - other.x) >= 20 || Math.abs(one.y - other.y) >= 18);
    }
    assert.deepEqual([one.median.x, one.median.y], [crowd[one.entry].x * 100, -0]);
    assert.ok(Math.abs(one.x - one.median.x) <= 20 && Math.abs(one.y - one.median.y) <= 18);
  });
  assert.equal(placeLabels(crowd, tens, { scaleX: 10000, scaleY: 5000 }).length, 40);
});

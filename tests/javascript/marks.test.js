import assert from "node:assert/strict";
import test from "node:test";

import { edgeRatio, markOf, OUTLINES } from "../../wvae/ui/latent_map/marks.js";

const palette = { background: "#ffffff", grey: "#999999", digits: Array.from("0123456789", (digit) => `#00000${digit}`) };

test("sixty groups have marks of their own, the first ten round and of their own colours", () => {
  const marks = Array.from({ length: 61 }, (_, mark) => markOf(mark, palette));
  assert.equal(new Set(marks.slice(0, 60).map(({ colour, shape }) => `${colour} ${shape}`)).size, 60);
  assert.deepEqual(marks[60], marks[0]);
  assert.ok(marks.slice(0, 10).every(({ shape }) => shape === 0));
});

test("a shape in the map is the one in the legend", () => {
  const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9);
  OUTLINES.forEach((outline, shape) => {
    const corners = outline ?? [[1, 0], [0, -1], [Math.SQRT1_2, Math.SQRT1_2]];
    assert.ok(edgeRatio(shape, 0.1, 0.1) < 1);
    assert.ok(edgeRatio(shape, 1, -1) >= 1);
    for (const [x, y] of corners) near(edgeRatio(shape, x, y), 1);
    assert.ok(corners.every(([x, y]) => Math.hypot(x, y) < 1.5));
  });
});

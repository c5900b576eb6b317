import assert from "node:assert/strict";
import test from "node:test";

import {
  allMovedTo, another, glide, interpolate, movedTo, valueOf, valueOfCell, within,
} from "../../wvae/ui/style_sliders/codes.js";
import { signed, withUnit } from "../../wvae/ui/javascript/formats.js";
import { History } from "../../wvae/ui/style_sliders/history.js";
import { makeContent, makeStyle } from "../../wvae/ui/style_sliders/parts.js";

const spread = { a: { mean: [1], deviation: [2] }, b: { mean: [1, -1], deviation: [2, 0.5] } };
const start = { a: [3], b: [1, -1], digit: 7, writer: 12 };

test("a slider moves along its direction in standard deviations", () => {
  const turned = { latent: "b", direction: [0.6, 0.8] }, other = { latent: "b", direction: [-0.8, 0.6] };
  const moved = movedTo(start, turned, spread, 2);
  assert.deepEqual(moved, { a: [3], b: [1 + 2 * 2 * 0.6, -1 + 2 * 0.5 * 0.8], digit: 7, writer: null });
  assert.ok(Math.abs(valueOf(moved, turned, spread) - 2) < 1e-12);
  assert.ok(Math.abs(valueOf(moved, other, spread)) < 1e-12);
  assert.deepEqual(start.b, [1, -1]);
  const otherContent = movedTo(start, { latent: "a", direction: [1] }, spread, 0);
  assert.deepEqual(otherContent, { a: [1], b: [1, -1], digit: null, writer: 12 });
});

test("a picture glides until there is nothing left to see", () => {
  assert.deepEqual(interpolate([0, 10], [1, 20], 0.25), [0.25, 12.5]);
  const to = [1, 1];
  assert.deepEqual(glide([0, 1], to, 0.5), [0.5, 1]);
  assert.equal(glide([0.999, 1], to, 0.5), to);
});

test("a slider comes to the same position in two models, and leaves a model that lacks it as it is", () => {
  const other = { a: { mean: [0], deviation: [1] }, b: { mean: [5], deviation: [0.1] } };
  const codes = [start, { a: [2], b: [4], digit: 7, writer: 12 }];
  const both = [{ latent: "b", direction: [0, 1] }, { latent: "b", direction: [1] }];
  const moved = allMovedTo(codes, both, [spread, other], 1.5);
  assert.deepEqual(moved.map(({ b }) => b), [[1, -1 + 1.5 * 0.5], [5 + 1.5 * 0.1]]);
  const one = allMovedTo(codes, [both[0], null], [spread, other], 1.5);
  assert.deepEqual(one[0], moved[0]);
  assert.equal(one[1], codes[1]);
});

test("the cells of a strip go from end to end", () => {
  assert.deepEqual([0, 3, 6].map((cell) => valueOfCell(cell, 7, 2)), [-2, 0, 2]);
  assert.equal(valueOfCell(5, 7, 3), 2);
});

test("a slider stays within its range, but from outside it comes back step by step", () => {
  assert.deepEqual([1.9, 2.1, -2.1].map((value) => within(value, 2, 2)), [1.9, 2, -2]);
  assert.deepEqual([2.6, 2.8].map((value) => within(value, 2.7, 2)), [2.6, 2.7]);
});

test("another writer is drawn among all others, each as often", () => {
  const drawn = Array.from({ length: 3000 }, () => another(4, 2));
  for (const [place, expected] of [1000, 1000, 0, 1000].entries()) {
    const count = drawn.filter((one) => one === place).length;
    assert.ok(Math.abs(count - expected) <= (expected ? 150 : 0), `${place}: ${count}`);
  }
  assert.deepEqual(new Set(Array.from({ length: 500 }, () => another(3, -1))), new Set([0, 1, 2]));
  assert.equal(another(1, 0), 0);
});

test("a drag is undone as one change", () => {
  const history = new History([start]), dragged = [{ ...start, b: [3, 3] }], begun = history.codes;
  history.settle();
  assert.equal(history.past.length, 0);
  history.codes = [{ ...start, b: [2, 2] }];
  history.codes = dragged;
  history.settle();
  history.codes = [{ ...start, digit: 1 }];
  history.undo(); // before it was settled
  assert.equal(history.codes, dragged);
  history.undo();
  assert.equal(history.codes, begun);
  history.undo();
  assert.equal(history.codes, begun);
});

test("what B gives is computed once for each digit that asks", () => {
  const asked = [];
  const decoder = {
    newPart: () => new Float32Array(1),
    digitOf: ([a]) => Math.round(a),
    partOfA: ([a], out) => out.fill(a),
    partOfB: ([b], digit, out) => asked.push([b, digit]) && out.fill(b + digit),
  };
  const style = makeStyle(decoder).take([10]), content = makeContent(decoder).take([3.2]);
  assert.equal(content.digit, 3);
  assert.deepEqual([...content.part], [Math.fround(3.2)]);
  assert.deepEqual([3, 7, 3].map((digit) => style.partFor(digit)[0]), [13, 17, 13]);
  style.take([20]);
  assert.equal(style.partFor(3)[0], 23);
  assert.deepEqual(asked, [[10, 3], [10, 7], [20, 3]]);
});

test("numbers are said with their signs and units", () => {
  assert.deepEqual([1.26, -0.04, -2].map(signed), ["+1.3", "0.0", "−2.0"]);
  assert.deepEqual([12.4, -0.3, -7.6].map((value) => withUnit(value, "degrees")), ["12°", "0°", "−8°"]);
  assert.equal(withUnit(3.14, "pixels"), "3.1 px");
});

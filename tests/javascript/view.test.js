import assert from "node:assert/strict";
import test from "node:test";

import { areaOf, fitted, rangeOf, resized, ticksOf, toData, toPixels, zoomed } from "../../wvae/ui/latent_map/view.js";

const area = areaOf(460, 348); // 400 * 300 inside of the margins
const view = fitted(area, { low: -2, high: 2 }, { low: 0, high: 30 });
const near = (one, other) => Object.keys(other).forEach((key) => assert.ok(Math.abs(one[key] - other[key]) < 1e-9));

test("what fits lies from edge to edge, up is up", () => {
  near(toPixels(area, view, -2, 30), { x: area.left, y: area.top });
  near(toPixels(area, view, 2, 0), { x: area.left + 400, y: area.top + 300 });
  near(toData(area, view, area.left + 200, area.top + 150), { x: 0, y: 15 });
});

test("zooming keeps what is below the pointer, and has its limits", () => {
  const pointer = { x: 100, y: 60 }, before = toData(area, view, pointer.x, pointer.y);
  const nearer = zoomed(view, area, pointer, 4);
  assert.equal(nearer.zoom, 4);
  near(toData(area, nearer, pointer.x, pointer.y), before);
  assert.equal(zoomed(view, area, pointer, 1e9).zoom, 2000);
  assert.equal(zoomed(view, area, pointer, 1e-9).zoom, 0.25);
});

test("another size keeps centre and zoom", () => {
  const nearer = zoomed(view, area, { x: 100, y: 60 }, 3);
  const other = resized(nearer, areaOf(860, 348), { low: -2, high: 2 }, { low: 0, high: 30 });
  near(other, { x: nearer.x, y: nearer.y, zoom: 3, scaleX: 600, scaleY: 30 });
});

test("the range leaves out what is far off, and knows no numbers as well", () => {
  const values = Float32Array.from({ length: 10_000 }, (_, i) => (i === 5 ? 1e6 : i % 3 === 0 ? NaN : (i % 101) / 100));
  const { low, high } = rangeOf(values);
  assert.ok(low < 0 && low > -0.2 && high > 1 && high < 1.2, `${low} ${high}`);
  const { low: least, high: most } = rangeOf(Float32Array.of(NaN, NaN));
  assert.ok(least < most);
});

test("ticks are round", () => {
  const texts = (...ends) => ticksOf(...ends).map((tick) => tick.text);
  assert.deepEqual(texts(-1.1, 1.1, 5), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
  assert.deepEqual(texts(3, 47, 4), ["20", "40"]);
  assert.deepEqual(texts(-0.012, 0.011, 3), ["−0.01", "0.00", "0.01"]);
});

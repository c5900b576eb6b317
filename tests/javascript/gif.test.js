import assert from "node:assert/strict";
import test from "node:test";

import { encodeGif } from "../../wvae/ui/style_sliders/gif.js";

const START = 13 + 3 * 256 + 19; // header, greys, and that it is shown for ever

// The frames of such a file, read by the rules of GIF's LZW.
function framesOf(bytes) {
  const frames = [];
  let at = START;
  while (bytes[at] === 0x21) {
    at += 8 + 11; // how long it is shown, and where
    const data = [];
    for (let length; (length = bytes[at++]); at += length) data.push(...bytes.subarray(at, at + length));
    frames.push(inflate(data));
  }
  assert.equal(bytes[at], 0x3b);
  return frames;
}

function inflate(data) {
  const out = [];
  let table, size, before = null;
  for (let bit = 0; ; ) {
    if (!table) [table, size] = [Array.from({ length: 258 }, (_, code) => [code]), 9];
    let code = 0;
    for (let i = 0; i < size; i++, bit++) code |= ((data[bit >> 3] >> (bit & 7)) & 1) << i;
    if (code === 257) return Uint8Array.from(out);
    if (code === 256) {
      table = before = null;
      continue;
    }
    const run = table[code] ?? [...before, before[0]];
    out.push(...run);
    if (before && table.length < 4096) table.push([...before, run[0]]);
    if (table.length === 1 << size && size < 12) size++;
    before = run;
  }
}

for (const [name, greyOf] of [
  ["noise, which fills the table", () => Math.floor(256 * Math.random())],
  ["a ramp", (i) => (i >> 4) & 255],
  ["one grey", () => 200],
]) {
  test(`a GIF of ${name} reads as it was written`, async () => {
    const frames = [120 * 80, 120 * 80].map((length) => Uint8Array.from({ length }, (_, i) => greyOf(i)));
    const bytes = new Uint8Array(await encodeGif(frames, 120, 80, 8).arrayBuffer());
    assert.equal(new TextDecoder().decode(bytes.subarray(0, 6)), "GIF89a");
    assert.deepEqual(framesOf(bytes), frames);
  });
}

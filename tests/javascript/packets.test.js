import assert from "node:assert/strict";
import test from "node:test";

import { unpack } from "../../wvae/ui/javascript/framing.js";
import { keepPacket, onPacket, packetOf } from "../../wvae/ui/javascript/packets.js";

const framed = (header, body = []) => {
  const text = new TextEncoder().encode(JSON.stringify(header));
  return Uint8Array.of(text.length, 0, 0, 0, ...text, ...body);
};

test("a frame is taken apart wherever it lies in its buffer", () => {
  const bytes = framed({ name: "é" }, [1, 2, 3, 4]);
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  for (const frame of [bytes, shifted.subarray(3)]) {
    const { header, body } = unpack(frame);
    assert.deepEqual(header, { name: "é" });
    assert.deepEqual([...new Uint8Array(body)], [1, 2, 3, 4]);
  }
});

test("a packet is kept by name and found by key, until its element has gone", () => {
  let heard = 0;
  const stop = onPacket(() => heard++);
  const forgetFirst = keepPacket(framed({ name: "latents", key: "one" }));
  assert.equal(packetOf("latents", "two"), undefined);
  assert.equal(packetOf("latents", "one"), packetOf("latents"));
  keepPacket(framed({ name: "latents", key: "one" }));
  assert.equal(heard, 1); // it was there
  const forget = keepPacket(framed({ name: "latents", key: "two" }));
  assert.equal(heard, 2);
  forgetFirst();
  assert.equal(packetOf("latents").header.key, "two");
  forget();
  assert.equal(packetOf("latents"), undefined);
  stop();
  keepPacket(framed({ name: "latents", key: "three" }));
  assert.equal(heard, 2);
});

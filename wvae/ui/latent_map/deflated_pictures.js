// The pictures of all digits, which come deflated, two pixels of 16 greys a byte.

import { PIXELS } from "../javascript/pictures.js";

/**
 * @param {ArrayBuffer} body
 * @returns {Promise<(row: number, out: Float32Array) => Float32Array>} writes 784 numbers in 0..1
 */
export async function inflatePictures(body) {
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return (row, out) => {
    for (let pixel = 0, at = (row * PIXELS) / 2; pixel < PIXELS; at++) {
      out[pixel++] = (bytes[at] >> 4) / 15;
      out[pixel++] = (bytes[at] & 15) / 15;
    }
    return out;
  };
}

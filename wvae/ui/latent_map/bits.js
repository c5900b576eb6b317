// A selection as it travels to Python and back: a bit a point.

/**
 * As numpy.packbits: the first point is the highest bit of the first byte.
 * @param {Uint8Array} chosen 0 or 1 for each point
 */
export function packBits(chosen) {
  const bytes = new Uint8Array(Math.ceil(chosen.length / 8));
  chosen.forEach((one, row) => (bytes[row >> 3] |= one << (7 - (row & 7))));
  return bytes;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} count of the points
 */
export function unpackBits(bytes, count) {
  return Uint8Array.from({ length: count }, (_, row) => (bytes[row >> 3] >> (7 - (row & 7))) & 1);
}

/**
 * Bytes as text: what a component sends to Python is JSON.
 * @param {Uint8Array} bytes
 */
export function toBase64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}

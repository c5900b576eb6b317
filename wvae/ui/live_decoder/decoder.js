// The decoder of a model, in the browser: about a millisecond a picture, so it follows the hand.

// bytes: what decoder_weights() in Python packs, as a Uint8Array; sizes: {latentA, latentB, hidden}.
// Returns decode(a, b, out): 784 pixels in 0..1, row by row, written to the Float32Array out.
function makeDecoder(bytes, { latentA, latentB, hidden }) {
  const pixels = 784;
  const floats = new Float32Array(bytes.slice().buffer); // a copy starts at a multiple of four bytes
  let start = 0;
  const take = (length) => floats.subarray(start, (start += length));
  const weightA = take(hidden * latentA), biasA = take(hidden);
  const weightB = take(hidden * latentB), biasB = take(hidden);
  const weightPixels = take(pixels * hidden), biasPixels = take(pixels);
  const units = new Float32Array(hidden);

  return (a, b, out) => {
    for (let unit = 0; unit < hidden; unit++) {
      let sumA = biasA[unit], sumB = biasB[unit];
      for (let i = 0; i < latentA; i++) sumA += weightA[unit * latentA + i] * a[i];
      for (let i = 0; i < latentB; i++) sumB += weightB[unit * latentB + i] * b[i];
      units[unit] = Math.tanh(sumA) + Math.tanh(sumB);
    }
    for (let pixel = 0, row = 0; pixel < pixels; pixel++, row += hidden) {
      let sum = biasPixels[pixel];
      for (let unit = 0; unit < hidden; unit++) sum += weightPixels[row + unit] * units[unit];
      out[pixel] = 1 / (1 + Math.exp(-sum));
    }
    return out;
  };
}

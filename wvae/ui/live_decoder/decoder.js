// The decoder of a model, in the browser: less than a millisecond a picture, so it follows the hand.

// bytes: what decoder_weights() in Python packs, as a Uint8Array; sizes: {latentA, latentB, hidden}.
// Returns decode(a, b, out): 784 pixels in 0..1, row by row, written to the Float32Array out.
//
// The logits are a sum of what A gives and what B gives. Whoever decodes many pictures that share a latent
// takes the parts alone, decode.partOfA(a, out) and decode.partOfB(b, out), and joins them with
// decode.join(partA, partB, out), at a tenth of the cost of decode.
function makeDecoder(bytes, { latentA, latentB, hidden }) {
  const pixels = 784;
  const floats = new Float32Array(bytes.slice().buffer); // a copy starts at a multiple of four bytes
  let start = 0;
  const take = (length) => floats.subarray(start, (start += length));
  const weightA = take(hidden * latentA), biasA = take(hidden);
  const weightB = take(hidden * latentB), biasB = take(hidden);
  const weightPixels = take(pixels * hidden), biasPixels = take(pixels);
  const noBias = new Float32Array(pixels);
  const units = new Float64Array(hidden);

  const addUnits = (latent, weight, bias) => {
    for (let unit = 0, row = 0; unit < hidden; unit++, row += latent.length) {
      let sum = bias[unit];
      for (let i = 0; i < latent.length; i++) sum += weight[row + i] * latent[i];
      units[unit] += Math.tanh(sum);
    }
  };

  const takeLogits = (bias, out) => {
    for (let pixel = 0, row = 0; pixel < pixels; pixel++, row += hidden) {
      let sum = bias[pixel];
      for (let unit = 0; unit < hidden; unit++) sum += weightPixels[row + unit] * units[unit];
      out[pixel] = sum;
    }
    units.fill(0);
    return out;
  };

  const join = (partA, partB, out) => {
    for (let pixel = 0; pixel < pixels; pixel++) out[pixel] = 1 / (1 + Math.exp(-partA[pixel] - partB[pixel]));
    return out;
  };

  const decode = (a, b, out) => {
    addUnits(a, weightA, biasA);
    addUnits(b, weightB, biasB);
    return join(takeLogits(biasPixels, out), noBias, out);
  };
  const partOfA = (a, out) => (addUnits(a, weightA, biasA), takeLogits(noBias, out));
  const partOfB = (b, out) => (addUnits(b, weightB, biasB), takeLogits(biasPixels, out));
  return Object.assign(decode, { partOfA, partOfB, join });
}

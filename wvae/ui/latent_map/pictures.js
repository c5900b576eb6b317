// Small pictures: ink of a colour on nothing, so that they suit any background.

const SIDE = 28;
const PIXELS = SIDE * SIDE;

// values: 784 numbers in 0..1; ink: [r, g, b].
function makePicture(values, ink, canvas = document.createElement("canvas")) {
  canvas.width = canvas.height = SIDE;
  const context = canvas.getContext("2d");
  const image = context.createImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    image.data.set(ink, 4 * pixel);
    image.data[4 * pixel + 3] = 255 * values[pixel];
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// The pictures of all digits, which come deflated, two pixels of 16 greys a byte.
// Returns picture(row, out), which writes 784 numbers in 0..1.
async function inflatePictures(body) {
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

// Remembers what make(key) made, and forgets everything when it has grown large.
function remember(make, most = 4000) {
  const made = new Map();
  return {
    has: (key) => made.has(key),
    get(key) {
      if (!made.has(key)) {
        if (made.size >= most) made.clear();
        made.set(key, make(key));
      }
      return made.get(key);
    },
  };
}

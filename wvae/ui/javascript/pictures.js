// Small pictures: ink of a colour on nothing, so that they suit any background.

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/**
 * @param {ArrayLike<number>} values 784 numbers in 0..1, row by row
 * @param {number[]} ink [red, green, blue] in 0..255
 * @param {HTMLCanvasElement} [canvas] to draw on, instead of a new one
 */
export function makePicture(values, ink, canvas = document.createElement("canvas")) {
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

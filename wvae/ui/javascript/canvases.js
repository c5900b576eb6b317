// Grey pictures on canvases.

import { newElement } from "./elements.js";
import { PIXELS, SIDE } from "./pictures.js";

/**
 * @param {number} width
 * @param {number} height
 */
export function newCanvas(width, height) {
  return newElement("canvas", { width, height });
}

/**
 * Pixels are written one by one, so they had better stay in the processor's memory.
 * @param {HTMLCanvasElement} canvas
 */
export function contextOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** @returns {(pixels: ArrayLike<number>) => ImageData} of 784 pixels in 0..1, the same one each time */
export function makeTile() {
  const image = new ImageData(SIDE, SIDE), words = new Uint32Array(image.data.buffer);
  return (pixels) => {
    for (let i = 0; i < PIXELS; i++) words[i] = 0xff000000 | (Math.round(255 * pixels[i]) * 0x010101);
    return image;
  };
}

/** @param {HTMLCanvasElement} canvas */
export function greysOf(canvas) {
  const { data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}

/**
 * Canvases of one size, side by side.
 * @param {HTMLCanvasElement[]} canvases
 */
export function sideBySide(canvases) {
  const [{ width, height }] = canvases, whole = newCanvas(width * canvases.length, height);
  canvases.forEach((canvas, i) => contextOf(whole).drawImage(canvas, i * width, 0));
  return whole;
}

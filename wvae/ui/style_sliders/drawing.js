// Draws the digits of a model once a frame at most, and the strips above the sliders when these rest, a few cells at a time.

import { PIXELS, SIDE } from "../javascript/pictures.js";
import { contextOf, makeTile, newCanvas } from "../javascript/canvases.js";
import { glide, valueOfCell } from "./codes.js";
import { makeContent, makeStyle } from "./parts.js";

/**
 * @import { Decoder } from "../javascript/decoder.js"
 * @import { Codes, Slider } from "./codes.js"
 * @import { Content, Style } from "./parts.js"
 * @typedef {object} Strip
 * @property {Slider} slider
 * @property {HTMLCanvasElement} canvas
 * @property {(cell: number, pixels: Float32Array) => void} onDraw
 */

export const CELLS = 7; // pictures in a strip
const GLIDE = 30; // milliseconds in which the picture comes about two thirds of the way to where the codes are
const REST = 100; // milliseconds without a change after which the strips are drawn anew,
const STRIP_BUDGET = 6; // as many milliseconds at a time

/**
 * @param {object} page
 * @param {HTMLCanvasElement} page.big
 * @param {(digit: number) => HTMLCanvasElement} page.digitCanvas
 * @param {(strip: Strip) => boolean} page.isVisible
 * @param {() => Codes} page.codes where the picture is to come
 * @param {(value: number, slider: Slider) => Codes} page.movedTo
 * @param {() => number} page.reach the end of every slider's range
 * @param {(pixels: Float32Array) => void} page.onDraw of the large picture
 */
export function makeDrawing({ big, digitCanvas, isVisible, codes, movedTo, reach, onDraw }) {
  const tile = makeTile(), pixels = new Float32Array(PIXELS), bigPixels = new Float32Array(PIXELS);
  const drawn = { at: 0, a: null, b: null };
  /** @type {Decoder} */
  let decoder;
  /** @type {Content} of what is drawn, and of any other picture */
  let content, otherContent;
  /** @type {Style} likewise */
  let style, otherStyle;
  /** @type {(Content | null)[]} */
  let digitContents = [];
  let strips = [], staleCells = [], frame = 0, rest = 0;

  const paint = (canvas, greys, x = 0) => contextOf(canvas).putImageData(tile(greys), x, 0);

  /** @type {(ofA: Content, ofB: Style, out?: Float32Array) => Float32Array} */
  const decode = (ofA, ofB, out = pixels) => decoder.join(ofA.part, ofB.partFor(ofA.digit), out);

  const wake = () => {
    frame ||= requestAnimationFrame(drawDigits);
  };

  // The picture glides after the codes, so that it moves on every frame, however seldom the mouse reports.
  const drawDigits = (now) => {
    const { a, b } = codes(), pull = 1 - Math.exp(-Math.min(now - drawn.at, 100) / GLIDE);
    frame = 0;
    drawn.at = now;
    takeCodes(glide(drawn.a, a, pull), glide(drawn.b, b, pull));
    if (drawn.a !== a || drawn.b !== b) wake();
    paint(big, decode(content, style, bigPixels));
    digitContents.forEach((ofA, digit) => ofA && paint(digitCanvas(digit), decode(ofA, style)));
    onDraw(bigPixels);
    staleCells = strips.flatMap((strip) => Array.from({ length: CELLS }, (_, cell) => ({ strip, cell })));
    clearTimeout(rest);
    rest = setTimeout(drawStrips, REST);
  };

  const takeCodes = (a, b) => {
    if (a !== drawn.a) content.take((drawn.a = a));
    if (b !== drawn.b) style.take((drawn.b = b));
  };

  const drawStrips = () => {
    const began = performance.now();
    while (staleCells.length && performance.now() - began < STRIP_BUDGET) {
      const cell = staleCells.shift();
      if (isVisible(cell.strip)) paintCell(cell);
    }
    if (staleCells.length) rest = setTimeout(drawStrips);
  };

  const paintCell = ({ strip, cell }) => {
    const { a, b } = movedTo(valueOfCell(cell, CELLS, reach()), strip.slider);
    const picture =
      strip.slider.latent === "a" ? decode(otherContent.take(a), style) : decode(content, otherStyle.take(b));
    paint(strip.canvas, picture, cell * SIDE);
    strip.onDraw(cell, picture);
  };

  return {
    paint,
    wake,

    stop() {
      cancelAnimationFrame(frame);
      clearTimeout(rest);
    },

    /**
     * Takes what is to be drawn, and draws it.
     * @param {Decoder} newDecoder
     * @param {(number[] | null)[]} digits latent A of each digit, null where there is none
     * @param {Strip[]} newStrips
     */
    take(newDecoder, digits, newStrips) {
      decoder = newDecoder;
      strips = newStrips;
      [content, otherContent] = [makeContent(decoder), makeContent(decoder)];
      [style, otherStyle] = [makeStyle(decoder), makeStyle(decoder)];
      digitContents = digits.map((a) => a && makeContent(decoder).take(a));
      takeCodes([...codes().a], [...codes().b]);
      wake();
    },

    /**
     * A large canvas of the digit and all ten.
     * @param {Codes} codes
     * @param {number} small side of each of the ten
     */
    compose({ a, b }, small) {
      const canvas = newCanvas(5 * small, 7 * small), one = newCanvas(SIDE, SIDE);
      const context = contextOf(canvas);
      otherStyle.take(b);
      const place = (ofA, x, y, size) => {
        paint(one, decode(ofA, otherStyle));
        context.drawImage(one, x, y, size, size);
      };
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.imageSmoothingQuality = "high";
      place(otherContent.take(a), 0, 0, 5 * small);
      digitContents.forEach((ofA, digit) => ofA && place(ofA, (digit % 5) * small, (digit < 5 ? 5 : 6) * small, small));
      return canvas;
    },
  };
}

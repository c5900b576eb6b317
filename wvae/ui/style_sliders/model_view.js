// What is shown of a model: the digit, all ten in the same style, and under its name if there are others beside it.

import { newElement } from "../javascript/elements.js";
import { SIDE } from "../javascript/pictures.js";
import { newCanvas } from "../javascript/canvases.js";
import { makeDrawing } from "./drawing.js";

/**
 * @import { Decoder } from "../javascript/decoder.js"
 * @import { Codes, Slider } from "./codes.js"
 * @import { Strip } from "./drawing.js"
 */

/**
 * @param {object} page
 * @param {(digit: number) => void} page.writeDigit
 * @param {(strip: Strip) => boolean} page.isVisible
 * @param {() => Codes} page.codes where the picture is to come
 * @param {(value: number, slider: Slider) => Codes} page.movedTo
 * @param {() => number} page.reach the end of every slider's range
 * @param {(pixels: Float32Array) => void} page.onDraw of the large picture
 */
export function makeModelView({ writeDigit, ...drawn }) {
  const name = newElement("div", { className: "name" });
  const big = Object.assign(newCanvas(SIDE, SIDE), { className: "big", role: "img", ariaLabel: "The digit in this style" });
  const ten = newElement("div", { className: "ten", role: "group" });
  ten.ariaLabel = "All digits in this style; press one to write it";
  const element = newElement("div", { className: "model", role: "group" });
  element.append(name, big, ten);
  const digitCanvas = (digit) => ten.children[digit].querySelector("canvas");
  const drawing = makeDrawing({ big, digitCanvas, ...drawn });

  const newDigitButton = (a, digit) => {
    const title = a ? `Write ${digit} (key ${digit})` : `No ${digit} is in view`;
    const button = newElement("button", { disabled: !a, title });
    button.append(newCanvas(SIDE, SIDE), String(digit));
    button.onclick = () => writeDigit(digit);
    return button;
  };

  return {
    element,
    drawing,

    /**
     * @param {string} itsName
     * @param {(number[] | null)[]} digits latent A of each digit
     */
    layOut(itsName, digits) {
      element.ariaLabel = name.textContent = itsName;
      ten.replaceChildren(...digits.map(newDigitButton));
    },

    /** @param {number | null} chosen */
    press(chosen) {
      ten.querySelectorAll("button").forEach((button, digit) => (button.ariaPressed = String(digit === chosen)));
    },
  };
}

// Pictures with a line below each; where they are clickable one of them can be chosen.

import { makePicture, PIXELS } from "../javascript/pictures.js";

/**
 * @typedef {{ pictures: string, rows: number[], captions: string[], chosen: number | null, clickable: boolean }} Data
 * @param {{ data: Data, parentElement: HTMLElement, setTriggerValue: (name: string, value: number) => void }} component
 */
export default function ({ data, parentElement, setTriggerValue }) {
  const gallery = parentElement.querySelector(".gallery");
  const ink = getComputedStyle(gallery).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  const pixels = Uint8Array.from(atob(data.pictures), (letter) => letter.charCodeAt(0));
  const buttons = data.rows.map((row, i) => {
    const button = document.createElement("button");
    const values = Float32Array.from(pixels.subarray(PIXELS * i, PIXELS * (i + 1)), (grey) => grey / 255);
    button.append(makePicture(values, ink), data.captions[i]);
    button.disabled = !data.clickable;
    button.ariaPressed = String(row === data.chosen);
    button.onclick = () => setTriggerValue("chosen", row); // a state would not change when a row is chosen again
    return button;
  });
  gallery.replaceChildren(...buttons);
}

// What the pointer is at: the digit as written, its reconstruction by each model, and what the decoder makes of the place.

import { makePicture } from "../javascript/pictures.js";
import { toData } from "./view.js";

/**
 * @import { LatentMap } from "./latent_map.js"
 * @import { Pane } from "./pane.js"
 * @import { Place } from "./view.js"
 */

/**
 * @param {LatentMap} map
 * @param {Pane} pane
 * @param {Place | null} pointer in pixels; null where it is nowhere
 * @param {number} row the digit that it is at, or -1
 * @returns {string} what the card says of the digit; nothing without one
 */
export function showCard(map, pane, pointer, row) {
  const card = map.element(".card");
  const here = map.settings.decoded && pointer;
  card.hidden = !pointer || (row < 0 && !here);
  if (card.hidden) return "";
  const put = (what, values, place = 0) => {
    /** @type {NodeListOf<HTMLElement>} */
    const figures = card.querySelectorAll(`[data-what="${what}"]`), figure = figures[place];
    figure.hidden = !values;
    if (values) makePicture(values, map.style.ink, figure.querySelector("canvas"));
    return figure.querySelector("figcaption");
  };
  put("picture", row >= 0 && map.picture?.(row, map.buffer));
  for (const place of [0, 1]) {
    const caption = put("reconstruction", row >= 0 && map.models[place]?.reconstruct(row), place);
    caption.textContent = map.models.length > 1 ? map.settings.models[place].name : "reconstructed";
  }
  const place = here && toData(pane.area, pane.view, pointer.x, pointer.y);
  put("here", here && pane.scatter.decodeAt(place.x, place.y));
  const { digits, writers } = map.models[0];
  const said = row < 0 ? "" : `digit ${digits[row]}, writer ${writers[row]}${measureOf(map, row)}`;
  const where = here ? `${pane.titleX} ${place.x.toFixed(2)}, ${pane.titleY} ${place.y.toFixed(2)}` : "";
  card.querySelector("p").textContent = `${said}\n${where}`.trim();
  moveCard(map, card, pane, pointer);
  return said;
}

function measureOf(map, row) {
  const { ramp, title, from, to, unit } = map.colour;
  if (!ramp) return "";
  return `, ${title} ${(from + ((to - from) * map.index[row]) / (ramp.length - 1)).toFixed(1)} ${unit}`;
}

// Beside the pointer, on the side where there is room.
function moveCard(map, card, pane, pointer) {
  const whole = map.root.getBoundingClientRect(), own = pane.element.getBoundingClientRect();
  const x = own.left - whole.left + pointer.x, y = own.top - whole.top + pointer.y;
  const left = x + 18 + card.offsetWidth < whole.width ? x + 18 : x - 18 - card.offsetWidth;
  card.style.left = `${Math.max(0, left)}px`;
  card.style.top = `${Math.max(0, Math.min(y + 18, whole.height - card.offsetHeight))}px`;
}

// What the decoder draws at each place of a plane of latents.

import { remember } from "./remember.js";
import { toData, toPixels } from "./view.js";

/** @import { Area, View } from "./view.js" */

const TILE = 40; // CSS pixels of a tile, give or take a fifth
const DECODING = 12; // milliseconds of a frame

/**
 * Tiles lie on a lattice fixed in the plane, finer by a factor of sqrt 2 at each level of zoom, so that moving
 * the plane keeps them and zooming decodes finer ones.
 * @param {(x: number, y: number) => HTMLCanvasElement} picture the digit decoded there
 * @returns {(context: CanvasRenderingContext2D, area: Area, view: View) => boolean} draws; whether tiles are still
 * to come
 */
export function makePlane(picture) {
  let level = null, before = null;
  const tiles = remember((/** @type {string} */ key) => {
    const [x, y] = key.split(" ").map(Number);
    return picture(x, y);
  });

  function drawLevel(one, context, area, view, until) {
    const step = TILE * 2 ** (-one / 2);
    const stepX = step / view.fitX, stepY = step / view.fitY;
    const width = stepX * view.scaleX, height = stepY * view.scaleY;
    const first = toData(area, view, area.left, area.top + area.height);
    const last = toData(area, view, area.left + area.width, area.top);
    let missing = false;
    for (let row = Math.round(first.y / stepY); row <= Math.round(last.y / stepY); row++) {
      for (let column = Math.round(first.x / stepX); column <= Math.round(last.x / stepX); column++) {
        const x = column * stepX, y = row * stepY, key = `${x} ${y}`;
        if (!tiles.has(key) && performance.now() > until) {
          missing = true;
          continue;
        }
        const place = toPixels(area, view, x, y);
        /** @type {[number, number, number, number]} */
        const box = [place.x - width / 2, place.y - height / 2, width, height];
        context.clearRect(...box); // a tile of another level may lie there
        context.drawImage(tiles.get(key), ...box);
      }
    }
    return missing;
  }

  return (context, area, view) => {
    const now = Math.round(2 * Math.log2(view.zoom));
    if (now !== level) [before, level] = [level, now];
    context.save();
    context.beginPath();
    context.rect(area.left, area.top, area.width, area.height);
    context.clip();
    if (before !== null) drawLevel(before, context, area, view, 0); // what is there, until the finer ones are
    const missing = drawLevel(level, context, area, view, performance.now() + DECODING);
    if (!missing) before = null;
    context.restore();
    return missing;
  };
}

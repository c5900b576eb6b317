// The figure as a PNG file: panes as they stand, and the legend, at twice the resolution of the screen.

import { download, newElement } from "../javascript/elements.js";
import { pathOf } from "./marks.js";

/** @import { LatentMap } from "./latent_map.js" */

/** @param {LatentMap} map */
export function savePicture(map) {
  const LEGEND = 190, pixel = 2 * devicePixelRatio;
  const whole = map.element(".panes").getBoundingClientRect();
  const canvas = newElement("canvas");
  canvas.width = (whole.width + LEGEND) * pixel;
  canvas.height = whole.height * pixel;
  const context = canvas.getContext("2d");
  context.fillStyle = `rgb(${map.style.background})`;
  context.fillRect(0, 0, canvas.width, canvas.height);
  for (const pane of map.panes) pane.resize(pixel);
  map.draw(); // a WebGL canvas can be copied only in the task that has drawn it
  for (const pane of map.panes) {
    const box = pane.box();
    for (const part of [pane.under, pane.over]) {
      context.drawImage(part, (box.left - whole.left) * pixel, (box.top - whole.top) * pixel);
    }
  }
  for (const pane of map.panes) pane.resize();
  map.draw();
  context.scale(pixel, pixel);
  if (map.groups.length > 1) drawNames(context, map, whole);
  drawLegend(context, map, whole.width + 16);
  canvas.toBlob((blob) => download(blob, "latent_map.png"));
}

function drawNames(context, map, whole) {
  context.font = `13px ${map.style.font}`;
  context.textBaseline = "middle";
  context.fillStyle = map.style.text;
  for (const { caption } of map.groups) {
    const box = caption.getBoundingClientRect();
    context.fillText(caption.textContent, box.left - whole.left, box.top - whole.top + box.height / 2);
  }
}

function drawLegend(context, map, left) {
  const { colour, style } = map;
  const line = (top, text) => context.fillText(text, left + 18, top);
  context.font = `13px ${style.font}`;
  context.textBaseline = "middle";
  context.fillStyle = style.text;
  line(18, colour.title);
  if (colour.ramp) {
    colour.ramp.forEach((step, i) => {
      context.fillStyle = step;
      context.fillRect(left + 18 + (i * 130) / colour.ramp.length, 32, 2, 12);
    });
    context.fillStyle = style.text;
    return line(58, `${colour.low} to ${colour.high}`);
  }
  colour.entries.forEach((entry, i) => {
    context.fillStyle = entry.colour;
    pathOf(context, entry.shape, left + 5, 41 + 20 * i, 5);
    context.fill();
    context.fillStyle = style.text;
    line(41 + 20 * i, entry.name);
  });
}

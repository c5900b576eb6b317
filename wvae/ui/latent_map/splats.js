// The points of points.js without a graphics card: drawn dot by dot into a picture, several times as fast as WebGL
// that the processor computes.

import { edgeRatio } from "./marks.js";

/** @import { Points } from "./points.js" */

const PARTS_OF_A_PIXEL = 4; // a dot's place is rounded to a quarter of a pixel

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Points}
 */
export function makeSplats(canvas) {
  const context = canvas.getContext("2d");
  let x, y, rgbl, image, words;

  // Wider than the area by a border, so that a dot at its edge needs no clipping.
  function takeImage(width, height) {
    if (image?.width === width && image.height === height) return;
    image = new ImageData(width, height);
    words = new Uint32Array(image.data.buffer);
  }

  function drawLayer(view, area, pixel, border, { layer, opacity, radius }) {
    const { data, width, height } = image;
    const dots = [];
    const scaleX = view.scaleX * pixel, scaleY = view.scaleY * pixel;
    const left = width / 2 - view.x * scaleX, top = height / 2 + view.y * scaleY;
    const least = border / 2, right = width - least, bottom = height - least;
    for (let row = 0; row < x.length; row++) {
      const layerAndShape = rgbl[4 * row + 3];
      if ((layerAndShape & 3) !== layer) continue;
      const atX = left + x[row] * scaleX, atY = top - y[row] * scaleY;
      if (!(atX > least && atX < right && atY > least && atY < bottom)) continue; // nor if it is NaN
      const pixelX = Math.floor(atX), pixelY = Math.floor(atY);
      const partX = ((atX - pixelX) * PARTS_OF_A_PIXEL) | 0, partY = ((atY - pixelY) * PARTS_OF_A_PIXEL) | 0;
      const dot = (dots[layerAndShape >> 2] ??= dotsOf(layerAndShape >> 2, radius * pixel, opacity, width));
      const { places, weights } = dot[PARTS_OF_A_PIXEL * partY + partX];
      const red = rgbl[4 * row], green = rgbl[4 * row + 1], blue = rgbl[4 * row + 2];
      const start = 4 * (pixelY * width + pixelX);
      for (let i = 0; i < places.length; i++) {
        const at = start + places[i], weight = weights[i];
        data[at] += ((red - data[at]) * weight) >> 8;
        data[at + 1] += ((green - data[at + 1]) * weight) >> 8;
        data[at + 2] += ((blue - data[at + 2]) * weight) >> 8;
      }
    }
  }

  return {
    positions(valuesX, valuesY) {
      [x, y] = [valuesX, valuesY];
    },
    colours(values) {
      rgbl = values;
    },
    draw(area, view, pixel, layers, background) {
      const width = Math.round(area.width * pixel), height = Math.round(area.height * pixel);
      const border = 2 * Math.ceil(Math.max(...layers.map((layer) => layer.radius)) * pixel + 1);
      takeImage(width + 2 * border, height + 2 * border);
      const [red, green, blue] = background;
      words.fill((255 << 24) | (blue << 16) | (green << 8) | red); // bytes lie from right to left
      for (const layer of layers) drawLayer(view, area, pixel, border, layer);
      const left = area.left * pixel - border, top = area.top * pixel - border;
      context.putImageData(image, left, top, border, border, width, height);
    },
  };
}

// A dot of a shape with a smooth edge for each part of a pixel that its centre can lie in: where its pixels lie in the
// bytes of a picture, from the pixel of its centre, and how much it covers of each, 0 to 256.
function dotsOf(shape, radius, opacity, width) {
  const reach = Math.ceil(radius + 1);
  return Array.from({ length: PARTS_OF_A_PIXEL ** 2 }, (_, part) => {
    const centreX = ((part % PARTS_OF_A_PIXEL) + 0.5) / PARTS_OF_A_PIXEL;
    const centreY = (Math.floor(part / PARTS_OF_A_PIXEL) + 0.5) / PARTS_OF_A_PIXEL;
    const places = [], weights = [];
    for (let down = -reach; down <= reach; down++) {
      for (let right = -reach; right <= reach; right++) {
        const away = edgeRatio(shape, (right + 0.5 - centreX) / radius, (down + 0.5 - centreY) / radius);
        const weight = Math.round(256 * opacity * Math.min(1, Math.max(0, radius * (1 - away) + 0.5)));
        if (weight) {
          places.push(4 * (down * width + right));
          weights.push(weight);
        }
      }
    }
    return { places: Int32Array.from(places), weights: Int32Array.from(weights) };
  });
}

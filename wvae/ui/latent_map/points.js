// Coloured points: 60,000 of them are one call to a graphics card.

import { EDGE_RATIO_GLSL } from "./marks.js";
import { makeSplats } from "./splats.js";

/**
 * @import { Area, View } from "./view.js"
 * @typedef {{ layer: number, opacity: number, radius: number }} Layer a layer of points, radius in CSS pixels
 * @typedef {object} Points
 * @property {(x: Float32Array, y: Float32Array) => void} positions NaN for points that are not there
 * @property {(rgbl: Uint8Array) => void} colours red, green, blue, and see layerAndShape(), of each point
 * @property {(area: Area, view: View, pixel: number, layers: Layer[], background: number[]) => void} draw
 * pixel: device pixels a CSS pixel; layers: from below; background: [red, green, blue]
 */

export const HIDDEN = 0;
export const GREYED = 1;
export const BRIGHT = 2;

/**
 * @param {number} layer
 * @param {number} shape
 */
export const layerAndShape = (layer, shape) => layer | (shape << 2);

const VERTEX = `#version 300 es
in float x, y;
in vec4 colour; // its fourth part is layerAndShape()
uniform vec2 centre, scale;
uniform float size;
uniform int layer;
out vec3 ink;
flat out int shape;
void main() {
  int both = int(colour.a * 255.0 + 0.5);
  bool shown = (both & 3) == layer && !isnan(x);
  shape = both >> 2;
  gl_Position = shown ? vec4((vec2(x, y) - centre) * scale, 0, 1) : vec4(2, 2, 2, 1);
  gl_PointSize = size;
  ink = colour.rgb;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
in vec3 ink;
flat in int shape;
uniform float size, opacity;
out vec4 paint;
${EDGE_RATIO_GLSL}
void main() {
  float inside = clamp(0.5 * size * (1.0 - edgeRatio(shape, 2.0 * gl_PointCoord - 1.0)) + 0.5, 0.0, 1.0);
  paint = vec4(ink, 1) * inside * opacity;
}`;

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Points}
 */
export function makePoints(canvas) {
  graphicsCard ??= hasGraphicsCard();
  return graphicsCard ? makeSprites(canvas) : makeSplats(canvas);
}

let graphicsCard; // asked for once: a browser has few WebGL contexts to give

// Without a card a browser has no WebGL, or one that the processor computes, whose name says so.
function hasGraphicsCard() {
  const gl = document.createElement("canvas").getContext("webgl2");
  const named = gl?.getExtension("WEBGL_debug_renderer_info")?.UNMASKED_RENDERER_WEBGL ?? gl?.RENDERER;
  return gl !== null && !/swiftshader|llvmpipe|softpipe|software|basic render/i.test(gl.getParameter(named));
}

function makeSprites(canvas) {
  const gl = canvas.getContext("webgl2", { premultipliedAlpha: true, antialias: false });
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  gl.useProgram(program);
  gl.enable(gl.BLEND);
  gl.enable(gl.SCISSOR_TEST);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  const uniform = (name) => gl.getUniformLocation(program, name);
  const [centre, scale, size, layer, opacity] = ["centre", "scale", "size", "layer", "opacity"].map(uniform);
  const x = makeAttribute(gl, program, "x", 1, gl.FLOAT);
  const y = makeAttribute(gl, program, "y", 1, gl.FLOAT);
  const colour = makeAttribute(gl, program, "colour", 4, gl.UNSIGNED_BYTE);
  let count = 0;

  return {
    positions(valuesX, valuesY) {
      count = valuesX.length;
      x(valuesX);
      y(valuesY);
    },
    colours: colour,
    draw(area, view, pixel, layers) {
      const bottom = canvas.height - (area.top + area.height) * pixel;
      const box = [area.left * pixel, bottom, area.width * pixel, area.height * pixel];
      gl.viewport(...box);
      gl.scissor(...box);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(centre, view.x, view.y);
      gl.uniform2f(scale, (2 * view.scaleX) / area.width, (2 * view.scaleY) / area.height);
      for (const { layer: one, opacity: itsOpacity, radius } of layers) {
        gl.uniform1i(layer, one);
        gl.uniform1f(opacity, itsOpacity);
        gl.uniform1f(size, 2 * radius * pixel);
        gl.drawArrays(gl.POINTS, 0, count);
      }
    },
  };
}

// Returns a function that fills the attribute.
function makeAttribute(gl, program, name, parts, kind) {
  const buffer = gl.createBuffer();
  const place = gl.getAttribLocation(program, name);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  gl.enableVertexAttribArray(place);
  gl.vertexAttribPointer(place, parts, kind, kind === gl.UNSIGNED_BYTE, 0, 0);
  return (values) => {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
  };
}

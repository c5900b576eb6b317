// The panes of a model under its name: one or two of points, or one with the decoded plane below it.

import { newElement } from "../javascript/elements.js";
import { packetOf } from "../javascript/packets.js";
import { makePicture } from "../javascript/pictures.js";
import { Pane } from "./pane.js";

/**
 * @import { LatentMap } from "./latent_map.js"
 * @import { MappedModel } from "./mapped_model.js"
 * @typedef {{ title: string | null, column?: number, packet?: string }} Axis
 * Values are a column of A and B side by side, or in a packet.
 * @typedef {{ name: string, data: string, panes: { key: string, x: Axis, y: Axis }[] }} ModelSettings
 * data: the key of the model's latents.
 */

export class ModelPanes {
  /**
   * @param {LatentMap} map
   * @param {number} scatters panes of points
   * @param {boolean} decoded whether the decoded plane lies below, of one pane
   */
  constructor(map, scatters, decoded) {
    this.map = map;
    this.panes = Array.from({ length: scatters }, () => new Pane(map));
    if (decoded) this.panes.push(new Pane(map, this.panes[0]));
    this.element = newElement("div", { className: "model", role: "group" });
    this.caption = newElement("div", { className: "caption" });
    this.element.append(this.caption, ...this.panes.map((pane) => pane.element));
  }

  /** Those that are not folded away. */
  get shown() {
    return this.panes.filter((pane) => pane.hasPoints || !this.map.isFolded);
  }

  /**
   * @param {ModelSettings} settings
   * @param {MappedModel} model
   */
  take({ name, panes }, model) {
    this.element.ariaLabel = this.caption.textContent = name;
    panes.forEach(({ key, x, y }, i) => {
      const pane = this.panes[i];
      if (pane.key === key && pane.data === model.key) return;
      Object.assign(pane, { key, data: model.key });
      pane.name(x.title, y.title);
      pane.place(valuesOf(model, x), valuesOf(model, y));
    });
    const [scatter, plane] = this.panes, [{ x, y }] = panes;
    if (!plane || plane.hasPoints) return;
    plane.name(x.title, y.title);
    scatter.decodeAt = model.planeDecoder(x.column, y.column);
    plane.decodePlane((atX, atY) => makePicture(scatter.decodeAt(atX, atY), this.map.style.ink));
  }
}

/**
 * @param {MappedModel} model
 * @param {Axis} axis
 */
function valuesOf(model, axis) {
  return axis.packet ? new Float32Array(packetOf(axis.packet).body) : model.columns[axis.column];
}

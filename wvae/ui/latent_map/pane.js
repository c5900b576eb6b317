// One pair of axes: points, or the decoded plane below points and with their view.

import { listenToKeys } from "./keyboard.js";
import { drawLabels, halvesOf, mediansOf, placeLabels } from "./labels.js";
import { makePlane } from "./plane.js";
import { BRIGHT, GREYED, makePoints } from "./points.js";
import { inside, nearestPoint } from "./selection.js";
import { areaOf, drawAxes, fitted, rangeOf, resized, toData, toPixels, zoomed } from "./view.js";

/**
 * @import { LatentMap } from "./latent_map.js"
 * @import { Place, View } from "./view.js"
 */

const NEAR = 12; // pixels from the pointer to a point that it points at
const THUMB = 32; // pixels of a picture drawn in place of a point

export class Pane {
  /**
   * @param {LatentMap} map
   * @param {Pane} [scatter] the pane of points on whose axes this one, the decoded plane, lies; none for points
   */
  constructor(map, scatter) {
    this.map = map;
    this.scatter = scatter ?? this;
    this.hasPoints = !scatter;
    this.element = document.createElement("div");
    this.element.className = this.hasPoints ? "pane" : "pane decoded";
    this.element.role = this.hasPoints ? "application" : "img"; // whose keys a screen reader leaves to it
    if (this.hasPoints) this.element.setAttribute("aria-describedby", "map-keys");
    this.under = this.element.appendChild(document.createElement("canvas"));
    this.over = this.element.appendChild(document.createElement("canvas"));
    this.points = this.hasPoints ? makePoints(this.under) : null;
    this.area = areaOf(1, 1);
    /** What is shown: see place(). */
    this.key = this.data = "";
    this.x = this.y = new Float32Array();
    this.rangeX = this.rangeY = rangeOf(this.x);
    /** @type {View | null} */
    this.ownView = null;
    /** @type {string | null} */
    this.titleX = null;
    /** @type {string | null} */
    this.titleY = null;
    /** @type {((x: number, y: number) => Float32Array) | null} what the decoder draws at a place of these points */
    this.decodeAt = null;
    /** @type {Place[] | null} what is being drawn around points */
    this.outline = null;
    this.listen();
    if (this.hasPoints) listenToKeys(this);
  }

  close() {
    if (this.points) this.under.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
  }

  get view() {
    return this.scatter.ownView;
  }

  set view(view) {
    this.scatter.ownView = view;
  }

  name(titleX, titleY) {
    [this.titleX, this.titleY] = [titleX, titleY];
    const what = [this.hasPoints ? "Dots" : "Decoded plane", `across: ${titleX}`];
    if (titleY) what.push(`up: ${titleY}`);
    this.element.ariaLabel = what.join("; ");
  }

  place(x, y) {
    [this.x, this.y] = [x, y];
    [this.rangeX, this.rangeY] = [rangeOf(x), rangeOf(y)];
    this.points?.positions(x, y);
    this.fit();
  }

  decodePlane(picture) {
    this.plane = makePlane(picture);
  }

  fit() {
    if (this.hasPoints) this.view = fitted(this.area, this.rangeX, this.rangeY);
  }

  get isFitted() {
    const { x, y, zoom } = fitted(this.area, this.rangeX, this.rangeY);
    return this.view.x === x && this.view.y === y && this.view.zoom === zoom;
  }

  /** @param {{ x: number, y: number, zoom: number }} view what is at the centre, and how far it is magnified */
  look(view) {
    this.view = resized(view, this.area, this.rangeX, this.rangeY);
  }

  /** @param {number} pixel pixels of the canvases in one of the page */
  resize(pixel = devicePixelRatio) {
    const { clientWidth: width, clientHeight: height } = this.element;
    this.pixel = pixel;
    for (const canvas of [this.under, this.over]) {
      [canvas.width, canvas.height] = [Math.round(width * pixel), Math.round(height * pixel)];
    }
    this.area = areaOf(width, height);
    if (this.hasPoints && this.view) this.look(this.view);
  }

  reveal(row) {
    if (this.hasPoints && !Number.isNaN(this.x[row]) && !this.isInView(row)) {
      this.view = { ...this.view, x: this.x[row], y: this.y[row] };
    }
  }

  isInView(row) {
    const { area, view } = this;
    return (
      Math.abs(this.x[row] - view.x) * view.scaleX <= area.width / 2 &&
      Math.abs(this.y[row] - view.y) * view.scaleY <= area.height / 2
    );
  }

  // The row nearest to a place in pixels, -1 if none is near.
  nearest(pointer) {
    const at = toData(this.area, this.view, pointer.x, pointer.y);
    return nearestPoint(this.x, this.y, this.map.shown, at, this.view, NEAR);
  }

  // Returns whether there is more to draw.
  draw() {
    const { map, area, view } = this;
    const context = this.over.getContext("2d");
    context.setTransform(this.pixel, 0, 0, this.pixel, 0, 0);
    context.clearRect(0, 0, this.over.width, this.over.height);
    const missing = this.plane?.(context, area, view) ?? false;
    this.points?.draw(area, view, this.pixel, this.layers(), map.style.background);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top, area.width, area.height);
    context.clip();
    if (this.points && map.thumbs && map.picture) this.drawThumbs(context);
    if (this.points && map.colour.entries) this.drawLabels(context);
    this.drawRing(context, map.pointed, 1.5);
    this.drawRing(context, map.marked, 3);
    if (this.outline) this.drawOutline(context);
    context.restore();
    drawAxes(context, area, view, this.titleX, this.titleY, map.style);
    return missing;
  }

  // Dots grow as one comes nearer and there are fewer of them. Bright ones among grey ones stand out, and a shape takes
  // more pixels than a colour to be seen.
  layers() {
    const { count, hasGrey, hasShapes, settings } = this.map;
    const { alone, amongGrey, grey } = settings.marks.opacity;
    const radius = Math.min(6, (count > 100000 ? 1.2 : count > 20000 ? 1.6 : 2.4) * this.view.zoom ** 0.35);
    const bright = (hasShapes ? 2.2 : hasGrey ? 1.5 : 1) * radius;
    if (!hasGrey) return [{ layer: BRIGHT, opacity: alone, radius: bright }];
    return [{ layer: GREYED, opacity: grey, radius }, { layer: BRIGHT, opacity: amongGrey, radius: bright }];
  }

  // The first shown point of each place of a lattice, which moves with the points so that pictures do not flicker.
  drawThumbs(context) {
    const { map, area, view, x, y } = this;
    const step = THUMB / 2 ** (Math.round(2 * Math.log2(view.zoom)) / 2);
    const stepX = step / view.fitX, stepY = step / view.fitY;
    const taken = new Set();
    for (let row = 0; row < map.count; row++) {
      if (map.shown[row] < BRIGHT || !this.isInView(row)) continue;
      const cell = Math.floor(x[row] / stepX) * 65536 + Math.floor(y[row] / stepY);
      if (taken.has(cell)) continue;
      taken.add(cell);
      const place = toPixels(area, view, x[row], y[row]);
      context.drawImage(map.ink.get(row), place.x - THUMB / 2, place.y - THUMB / 2, THUMB, THUMB);
    }
  }

  // Medians stay while the points and their groups do, and the labels' places while the view is only moved.
  drawLabels(context) {
    const { map, area, view, x, y } = this;
    const { entries } = map.colour;
    const isNew = this.labelled?.x !== x || this.labelled.index !== map.index;
    if (isNew) this.labelled = { x, index: map.index, medians: mediansOf(x, y, map.index, entries.length), scales: "" };
    const scales = `${view.scaleX} ${view.scaleY}`;
    if (this.labelled.scales !== scales) {
      const labels = placeLabels(this.labelled.medians, halvesOf(context, entries, map.style), view);
      Object.assign(this.labelled, { labels, scales });
    }
    const shown = this.labelled.labels.filter(({ entry }) => !map.hidden.has(entry));
    drawLabels(context, area, view, shown, entries, map.style);
  }

  drawRing(context, row, width) {
    const { x, y } = this.scatter;
    if (!(row >= 0) || Number.isNaN(x[row])) return;
    const place = toPixels(this.area, this.view, x[row], y[row]);
    context.beginPath();
    context.arc(place.x, place.y, 7 + width, 0, 2 * Math.PI);
    context.lineWidth = width;
    context.strokeStyle = this.map.style.text;
    context.stroke();
    context.lineWidth = 1;
  }

  drawOutline(context) {
    context.beginPath();
    for (const corner of this.outline) {
      const place = toPixels(this.area, this.view, corner.x, corner.y);
      context.lineTo(place.x, place.y);
    }
    context.closePath();
    context.strokeStyle = this.map.style.primary;
    context.setLineDash([5, 4]);
    context.stroke();
    context.setLineDash([]);
  }

  listen() {
    const { element, map } = this;
    let start = null;
    const at = (event) => ({ x: event.clientX - this.box().left, y: event.clientY - this.box().top });
    element.onpointerdown = (event) => {
      if (event.button) return;
      element.setPointerCapture(event.pointerId);
      const mode = map.mode === "pan" && event.shiftKey ? "box" : map.mode;
      start = { pointer: at(event), view: this.view, moved: false, mode };
    };
    element.onpointermove = (event) => {
      const pointer = at(event);
      if (!start) return map.point(this, pointer, this.hasPoints ? this.nearest(pointer) : -1);
      start.moved ||= Math.hypot(pointer.x - start.pointer.x, pointer.y - start.pointer.y) > 3;
      if (start.moved) this.drag(start, pointer);
    };
    element.onpointerup = (event) => {
      if (!start) return;
      if (!start.moved) this.click(at(event));
      else if (this.outline) map.choose(inside(this.scatter.x, this.scatter.y, map.shown, this.outline));
      this.stopDragging();
      start = null;
    };
    element.onpointercancel = () => {
      this.stopDragging();
      start = null;
    };
    element.onpointerleave = () => map.point(this, null, -1);
    element.ondblclick = () => map.fit();
    element.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey && !map.hasFocus) return; // the page scrolls
        event.preventDefault();
        this.view = zoomed(this.view, this.area, at(event), Math.exp(-0.0015 * event.deltaY));
        map.redraw();
      },
      { passive: false },
    );
  }

  box() {
    return this.element.getBoundingClientRect();
  }

  drag(start, pointer) {
    if (start.mode === "pan") {
      const { view } = start;
      const x = view.x - (pointer.x - start.pointer.x) / view.scaleX;
      const y = view.y + (pointer.y - start.pointer.y) / view.scaleY;
      this.view = { ...view, x, y };
      this.element.parentElement.classList.add("dragged");
    } else {
      const corner = (place) => toData(this.area, this.view, place.x, place.y);
      const from = corner(start.pointer), to = corner(pointer);
      if (start.mode === "box") this.outline = [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }];
      else (this.outline ??= [from]).push(to);
    }
    this.map.point(this, null, -1);
  }

  stopDragging() {
    this.outline = null;
    this.element.parentElement?.classList.remove("dragged");
    this.map.redraw();
  }

  // A click on a point selects it alone.
  click(pointer) {
    if (this.hasPoints) this.chooseAlone(this.nearest(pointer));
  }

  /** @param {number} row -1 for none, which changes nothing */
  chooseAlone(row) {
    if (!(row >= 0)) return;
    const chosen = new Uint8Array(this.map.count);
    chosen[row] = 1;
    this.map.choose(chosen);
  }
}

// The map of one or two models: points in one or two panes of each, their decoded planes, selection, legend, and a
// card under the pointer. Rows are digits, so that what is pointed at or selected in a pane is so in every pane.
//
// All latents are in the browser (80 bytes a digit), so axes, colours, hovering and decoding ask Python nothing.
// Everything, the settings too, comes in packets; the component itself never changes.

import { onPacket, packetOf } from "../javascript/packets.js";
import { makePicture, PIXELS } from "../javascript/pictures.js";
import { packBits, toBase64, unpackBits } from "./bits.js";
import { showCard } from "./card.js";
import { inflatePictures } from "./deflated_pictures.js";
import { keepViews, restoreViews } from "./kept_views.js";
import { makeLegend } from "./legend.js";
import { makeMappedModel } from "./mapped_model.js";
import { markOf } from "./marks.js";
import { ModelPanes } from "./model_panes.js";
import { BRIGHT, GREYED, HIDDEN, layerAndShape } from "./points.js";
import { remember } from "./remember.js";
import { savePicture } from "./save.js";
import { rgbOf, styleOf } from "./theme.js";

/**
 * @import { MappedModel } from "./mapped_model.js"
 * @import { ModelSettings } from "./model_panes.js"
 */

const maps = new WeakMap();
let isPlaneFolded = false; // stays so while a person is on another page

/** @param {{ parentElement: HTMLElement, setTriggerValue: (name: string, value: any) => void }} component */
export default function ({ parentElement, setTriggerValue }) {
  const root = /** @type {HTMLElement} */ (parentElement.querySelector(".map"));
  if (!maps.has(root)) maps.set(root, new LatentMap(root));
  const map = maps.get(root);
  map.send = (chosen) => setTriggerValue("chosen", chosen);
  map.update();
  return () => map.close();
}

export class LatentMap {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {(name: string) => HTMLElement} */
    this.element = (name) => root.querySelector(name);
    /** @type {MappedModel[]} */
    this.models = [];
    /** @type {ModelPanes[]} */
    this.groups = [];
    /** @type {(chosen: { key: string, bits: string }) => void} */
    this.send = () => {};
    /** @type {Uint8Array | null} */
    this.selection = null;
    this.path = location.pathname;
    this.mode = "pan";
    this.hidden = new Set();
    this.showLegend = makeLegend(this.element(".legend"), (entry, alone) => this.toggle(entry, alone));
    this.onKey = (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.isNear(event.composedPath()[0])) this.choose(null);
    };
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(this.element(".panes")); // the legend takes of its width
    this.stopListening = onPacket(() => this.update());
    globalThis.addEventListener("keydown", this.onKey);
    /** @type {NodeListOf<HTMLButtonElement>} */
    this.modes = root.querySelectorAll("button[data-mode]");
    this.modes.forEach((button) => (button.onclick = () => this.setMode(button.dataset.mode)));
    this.action("fit", () => this.fit());
    this.action("clear", () => this.choose(null));
    this.action("save", () => savePicture(this));
    this.action("pictures", (button) => {
      this.thumbs = !this.thumbs;
      button.ariaPressed = String(this.thumbs);
      this.redraw();
    });
    this.action("plane", () => this.fold(!isPlaneFolded));
    this.fold(isPlaneFolded);
    this.setMode("pan");
  }

  close() {
    clearTimeout(this.counting);
    this.resizing.disconnect();
    this.stopListening();
    globalThis.removeEventListener("keydown", this.onKey);
    this.panes.forEach((pane) => pane.close());
    this.groups = [];
    maps.delete(this.root);
  }

  get panes() {
    return this.groups.flatMap((group) => group.shown);
  }

  get isFolded() {
    return isPlaneFolded;
  }

  get scatters() {
    return this.panes.filter((pane) => pane.points);
  }

  // The digits are the same for every model, and so are their writers; the key is that of the first model's data.
  get key() {
    return this.models[0]?.key;
  }

  get count() {
    return this.models[0].count;
  }

  // After a click in it, or when the keyboard has come to one of its buttons.
  get hasFocus() {
    return this.root.matches(":focus-within");
  }

  action(name, act) {
    const button = this.element(`[data-act="${name}"]`);
    button.onclick = () => act(button);
  }

  setMode(mode) {
    this.mode = mode;
    this.element(".panes").dataset.mode = mode;
    this.modes.forEach((button) => (button.ariaPressed = String(button.dataset.mode === mode)));
  }

  // Put the decoded planes away, or show them again.
  fold(isFolded) {
    isPlaneFolded = isFolded;
    this.element(".panes").classList.toggle("folded", isFolded);
    this.element('[data-act="plane"]').ariaPressed = String(!isFolded);
    this.resize();
  }

  // Whether an element is in the map or around it, as the page is, which has the focus after a click on dots.
  // Elsewhere Escape has a meaning of its own: it closes a drop-down.
  isNear(element) {
    const { host } = /** @type {ShadowRoot} */ (this.root.getRootNode());
    return this.root.contains(element) || element.contains(host);
  }

  // A packet has come, or the theme has changed. What did not change is kept.
  update() {
    const settings = packetOf("map")?.header;
    const packets = settings && packetsOf(settings);
    if (!packets) return;
    this.settings = settings;
    const isNew = this.key !== settings.models[0].data;
    this.models = packets.models.map(([latents, decoder], place) => {
      const model = this.models[place];
      return model?.key === latents.header.key ? model : makeMappedModel(latents, decoder);
    });
    if (isNew) this.forgetDigits();
    this.takePictures();
    this.style = styleOf(this.root);
    const isFirst = !this.panes.length;
    this.takePanes(settings.models, settings.decoded);
    if (isFirst) restoreViews(this.scatters);
    this.takeColours(settings, packets.colours);
    this.element(".what").textContent = `${this.count.toLocaleString("en")} digits, coloured by ${this.colour.title}.`;
    if (settings.query !== this.query) {
      this.select(packets.query && unpackBits(new Uint8Array(packets.query.body), this.count));
    }
    this.query = settings.query;
    const marked = this.selection ? settings.marked : -1; // without a selection no pictures are shown to mark one of
    if (marked !== this.marked) this.mark(marked);
    this.paint();
  }

  forgetDigits() {
    this.buffer = new Float32Array(PIXELS);
    this.picture = this.pictures = this.selection = this.query = null;
    this.marked = -1;
    this.rgbl = new Uint8Array(4 * this.count);
    this.shown = new Uint8Array(this.count);
    this.root.dataset.points = String(this.count);
  }

  takePictures() {
    const packet = packetOf("pictures", this.key);
    if (!packet || this.pictures === this.key) return;
    const key = (this.pictures = this.key);
    inflatePictures(packet.body).then((picture) => {
      if (this.pictures !== key) return;
      this.picture = picture;
      this.root.dataset.pictures = "true";
      this.redraw();
    });
  }

  /**
   * @param {ModelSettings[]} settings
   * @param {boolean} decoded
   */
  takePanes(settings, decoded) {
    const layout = `${settings.map((setting) => setting.panes.length)} ${decoded}`;
    if (layout !== this.layout) this.layOut(settings, decoded);
    this.layout = layout;
    settings.forEach((setting, place) => this.groups[place].take(setting, this.models[place]));
  }

  /**
   * @param {ModelSettings[]} settings
   * @param {boolean} decoded
   */
  layOut(settings, decoded) {
    this.panes.forEach((pane) => pane.close());
    this.groups = settings.map(({ panes }) => new ModelPanes(this, panes.length, decoded));
    const element = this.element(".panes");
    element.classList.toggle("compared", settings.length > 1);
    element.classList.toggle("beside", settings[0].panes.length > 1);
    element.classList.toggle("above", decoded);
    this.element('[data-act="plane"]').hidden = !decoded;
    element.replaceChildren(...this.groups.map((group) => group.element));
    this.panes.forEach((pane) => pane.resize());
  }

  takeColours({ colour, marks }, { body }) {
    if (colour.title !== this.colour?.title) this.hidden.clear();
    if (JSON.stringify(colour) !== this.asGiven) this.index = new Uint16Array(body); // panes keep what they know of it
    this.asGiven = JSON.stringify(colour);
    const theme = marks[this.style.scheme], others = { colour: theme.grey, shape: 0 };
    const entries = colour.entries?.map((entry) => ({
      ...entry,
      ...(entry.mark === undefined ? others : markOf(entry.mark, theme)),
    }));
    this.colour = { ...colour, entries };
    this.palette = (colour.ramp ?? entries.map((entry) => entry.colour)).map(rgbOf);
    this.grey = rgbOf(theme.grey);
    this.hasShapes = entries?.some((entry) => entry.shape);
  }

  colourOf(row) {
    return [...this.rgbl.subarray(4 * row, 4 * row + 3)];
  }

  // Give each point its colour and layer.
  paint() {
    const { rgbl, selection } = this;
    this.hasGrey = false;
    for (let row = 0; row < this.count; row++) {
      const entry = this.index[row];
      const group = this.colour.entries?.[entry];
      const grey = selection ? !selection[row] : group !== undefined && group.number === undefined;
      this.hasGrey ||= grey;
      rgbl.set(grey ? this.grey : this.palette[entry], 4 * row);
      this.shown[row] = this.hidden.has(entry) ? HIDDEN : grey ? GREYED : BRIGHT;
      rgbl[4 * row + 3] = layerAndShape(this.shown[row], grey ? 0 : (group?.shape ?? 0));
    }
    this.panes.forEach((pane) => pane.points?.colours(rgbl));
    this.ink = remember((row) => makePicture(this.picture(row, this.buffer), this.colourOf(row)));
    const chosen = selection ? selection.reduce((sum, one) => sum + one, 0) : 0;
    this.root.dataset.selected = String(chosen);
    this.element('[data-act="clear"]').toggleAttribute("disabled", !selection);
    this.redraw();
  }

  // A person chooses: show it at once, and tell Python, which answers with a query for these rows.
  /** @param {Uint8Array | null} chosen 0 or 1 for each row, or null for none */
  choose(chosen) {
    if (!this.key || (!chosen && !this.selection)) return;
    this.select(chosen);
    this.paint();
    this.say(`${Number(this.root.dataset.selected).toLocaleString("en")} selected`);
    this.send({ key: this.key, bits: toBase64(packBits(this.selection ?? new Uint8Array(this.count))) });
  }

  /** @param {Uint8Array | null} chosen 0 or 1 for each row, or null for none */
  select(chosen) {
    this.selection = chosen?.includes(1) ? chosen : null;
  }

  toggle(entry, alone) {
    if (alone) {
      const others = this.colour.entries.map((_, i) => i).filter((i) => i !== entry);
      this.hidden = new Set(others.every((i) => this.hidden.has(i)) ? [] : others);
    } else if (!this.hidden.delete(entry)) this.hidden.add(entry);
    this.paint();
  }

  // Ring a row, and bring it into view.
  mark(row) {
    this.marked = row;
    if (row >= 0) this.panes.forEach((pane) => pane.reveal(row));
  }

  fit() {
    this.panes.forEach((pane) => pane.fit());
    this.redraw();
  }

  resize() {
    this.panes.forEach((pane) => pane.resize());
    this.redraw();
  }

  redraw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    if (!this.key || !this.panes.length) return;
    const missing = this.panes.map((pane) => pane.draw()).some(Boolean);
    this.root.dataset.zoom = this.panes.map((pane) => pane.view.zoom.toFixed(3)).join(" ");
    this.root.dataset.painted = missing ? "points" : "all";
    if (missing) this.redraw();
    clearTimeout(this.counting);
    this.counting = setTimeout(() => this.countUp(), 100); // counting waits until the pointer rests
  }

  countUp() {
    const zeros = () => new Array(this.palette.length).fill(0);
    const counts = { view: zeros(), selection: zeros() };
    const scatters = this.scatters;
    for (let row = 0; row < this.count; row++) {
      if (this.selection?.[row]) counts.selection[this.index[row]]++;
      if (this.shown[row] && scatters.every((pane) => pane.isInView(row))) counts.view[this.index[row]]++;
    }
    this.showLegend(this.colour, counts, this.hidden);
    if (this.saysCount) this.say(`${counts.view.reduce((sum, one) => sum + one, 0).toLocaleString("en")} in view`);
    if (location.pathname === this.path) keepViews(scatters); // and not while the map fades for another page
  }

  // The pointer is at a place of a pane, at a row or -1: ring it in every pane, show what is there and say it.
  point(pane, pointer, row, remark = "") {
    this.pointed = row;
    this.root.dataset.row = String(row);
    const said = showCard(this, pane, pointer, row);
    if (said) this.say(said + remark);
    this.redraw();
  }

  // To who hears the page; a count that was to come is older.
  say(text) {
    this.saysCount = false;
    this.element(".said").textContent = text;
  }
}

// The packets that settings speak of; null until all have come.
function packetsOf({ models, colour, query }) {
  const axes = models.flatMap(({ panes }) => panes.flatMap(({ x, y }) => [x, y])).filter((axis) => axis.packet);
  const found = {
    models: models.map(({ data }, place) => {
      const latents = packetOf(`latents ${place}`, data);
      return [latents, latents && packetOf(`decoder ${place}`, latents.header.decoder)];
    }),
    colours: packetOf("colours", colour.key),
    query: query === null ? null : packetOf("query", query),
  };
  const all = [...found.models.flat(), found.colours, found.query, ...axes.map((axis) => packetOf(axis.packet))];
  return all.includes(undefined) ? null : found;
}

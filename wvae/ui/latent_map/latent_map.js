// The map: points in one or two panes, the decoded plane, selection, legend, and a card under the pointer.
//
// All latents are in the browser (80 bytes a digit), so axes, colours, hovering and decoding ask Python nothing.

const packets = (globalThis.wvaePackets ??= new Map()); // what packet.js has taken in
const NEAR = 12; // pixels from the pointer to a point that it points at
const THUMB = 32; // pixels of a picture drawn in place of a point
const GREY = [154, 160, 166];
const HIDDEN = 0, GREYED = 1, BRIGHT = 2; // the layers of points
const maps = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".map");
  if (!maps.has(root)) maps.set(root, new LatentMap(root));
  const map = maps.get(root);
  map.send = (selection) => setStateValue("selection", selection);
  map.update(data);
  return () => map.close();
}

class LatentMap {
  constructor(root) {
    this.root = root;
    this.element = (name) => root.querySelector(name);
    this.panes = [];
    this.selection = null;
    this.mode = "pan";
    this.hidden = new Set();
    this.showLegend = makeLegend(this.element(".legend"), (entry, alone) => this.toggle(entry, alone));
    this.onPacket = () => this.update(this.data);
    this.onKey = (event) => {
      if (event.key === "Escape" && !event.defaultPrevented && this.isNear(event.composedPath()[0])) this.select(null);
    };
    this.resizing = new ResizeObserver(() => this.resize());
    this.resizing.observe(root);
    globalThis.addEventListener("wvae-packet", this.onPacket);
    globalThis.addEventListener("keydown", this.onKey);
    this.modes = root.querySelectorAll("button[data-mode]");
    this.modes.forEach((button) => (button.onclick = () => this.setMode(button.dataset.mode)));
    this.action("fit", () => this.fit());
    this.action("clear", () => this.select(null));
    this.action("save", () => savePicture(this));
    this.action("pictures", (button) => {
      this.thumbs = !this.thumbs;
      button.setAttribute("aria-pressed", this.thumbs);
      this.redraw();
    });
    this.setMode("pan");
  }

  close() {
    this.resizing.disconnect();
    globalThis.removeEventListener("wvae-packet", this.onPacket);
    globalThis.removeEventListener("keydown", this.onKey);
    this.panes.forEach((pane) => pane.close());
    this.panes = [];
    maps.delete(this.root);
  }

  action(name, act) {
    const button = this.element(`[data-act="${name}"]`);
    button.onclick = () => act(button);
  }

  setMode(mode) {
    this.mode = mode;
    this.element(".panes").dataset.mode = mode;
    this.modes.forEach((button) => button.setAttribute("aria-pressed", button.dataset.mode === mode));
  }

  // Whether an element is in the map or around it, as the page is, which has the focus after a click on dots.
  // Elsewhere Escape has a meaning of its own: it closes a drop-down.
  isNear(element) {
    return this.root.contains(element) || element.contains(this.root.getRootNode().host);
  }

  // Settings or a packet have come, or the theme has changed; what did not change is kept.
  update(data) {
    this.data = data;
    const packet = packets.get("latents");
    if (packet?.key !== data?.key) return;
    if (this.packet !== packet) {
      this.select(null); // and tell Python, which keeps the selection and would show it when these digits come back
      this.takeLatents(packet);
    }
    this.takePictures();
    this.style = styleOf(this.root);
    this.takePanes(data.panes, data.decoded);
    this.takeColours(data.colour);
    if (data.asked && data.asked.id !== this.askedId) this.select(unpackBits(data.asked.bits, this.count));
    this.askedId = data.asked?.id;
    const marked = this.selection ? data.marked : -1; // without a selection no pictures are shown to mark one of
    if (marked !== this.marked) this.mark(marked);
    this.paint();
  }

  takeLatents(packet) {
    const { count, latentA, latentB, hidden } = packet.header;
    let start = 0;
    const take = (Type, length) => new Type(packet.body, start, length, (start += length * Type.BYTES_PER_ELEMENT));
    this.packet = packet;
    this.count = count;
    this.columns = Array.from({ length: latentA + latentB }, () => take(Float32Array, count));
    this.writers = take(Int32Array, count);
    const weights = take(Uint8Array, packet.header.weights);
    this.digits = take(Uint8Array, count);
    this.latentA = latentA;
    this.decoder = makeDecoder(weights, { latentA, latentB, hidden });
    this.mean = this.columns.map((column) => column.reduce((sum, value) => sum + value, 0) / count);
    this.buffer = new Float32Array(PIXELS);
    this.picture = this.pictures = null;
    this.marked = -1;
    this.rgbl = new Uint8Array(4 * count);
    this.shown = new Uint8Array(count);
    this.root.dataset.points = count;
  }

  takePictures() {
    const packet = packets.get("pictures");
    if (packet?.key !== this.packet.key || this.pictures === packet) return;
    this.pictures = packet;
    inflatePictures(packet.body).then((picture) => {
      if (this.pictures !== packet) return;
      this.picture = picture;
      this.root.dataset.pictures = true;
      this.redraw();
    });
  }

  takePanes(settings, decoded) {
    const layout = `${settings.length} ${decoded}`;
    if (layout !== this.layout) this.layOut(layout, settings.length, decoded);
    settings.forEach((setting, i) => {
      const pane = this.panes[i];
      if (pane.key === setting.key && pane.packet === this.packet) return;
      Object.assign(pane, { key: setting.key, packet: this.packet });
      pane.name(setting.x.title, setting.y.title);
      pane.place(this.valuesOf(setting.x), this.valuesOf(setting.y));
    });
    if (decoded) {
      const [x, y] = [settings[0].x.column, settings[0].y.column];
      this.panes[1].name(settings[0].x.title, settings[0].y.title);
      this.decodeAt = (atX, atY) => {
        const latents = [...this.mean];
        latents[x] = atX;
        latents[y] = atY;
        return this.decode(latents);
      };
      this.panes[1].decodePlane((atX, atY) => makePicture(this.decodeAt(atX, atY), this.style.ink));
    }
  }

  valuesOf(axis) {
    return axis.values === undefined ? this.columns[axis.column] : new Float32Array(bytesOf(axis.values).buffer);
  }

  layOut(layout, panes, decoded) {
    this.layout = layout;
    this.panes.forEach((pane) => pane.close());
    this.element(".panes").classList.toggle("beside", panes > 1);
    this.panes = Array.from({ length: panes }, () => new Pane(this, true));
    if (decoded) this.panes.push(new Pane(this, false));
    this.element(".panes").replaceChildren(...this.panes.map((pane) => pane.element));
    this.panes.forEach((pane) => pane.resize());
  }

  takeColours(colour) {
    if (colour.title !== this.colour?.title) this.hidden.clear();
    this.colour = colour;
    this.index = bytesOf(colour.index);
    this.palette = (colour.ramp ?? colour.entries.map((entry) => entry.colour)).map(rgbOf);
  }

  decode(latents) {
    return this.decoder(latents.slice(0, this.latentA), latents.slice(this.latentA), this.buffer);
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
      const grey = Boolean(selection ? !selection[row] : this.colour.entries?.[entry].muted);
      this.hasGrey ||= grey;
      rgbl.set(grey ? GREY : this.palette[entry], 4 * row);
      rgbl[4 * row + 3] = this.shown[row] = this.hidden.has(entry) ? HIDDEN : grey ? GREYED : BRIGHT;
    }
    this.panes.forEach((pane) => pane.points?.colours(rgbl));
    this.ink = remember((row) => makePicture(this.picture(row, this.buffer), this.colourOf(row)));
    const chosen = selection ? selection.reduce((sum, one) => sum + one, 0) : 0;
    this.root.dataset.selected = chosen;
    this.element('[data-act="clear"]').disabled = !selection;
    this.redraw();
    return chosen;
  }

  // chosen: 0 or 1 for each row, or null for none.
  select(chosen) {
    if (!this.packet || (!chosen && !this.selection)) return;
    this.selection = chosen?.includes(1) ? chosen : null;
    const count = this.paint();
    this.send(count ? { key: this.packet.key, bits: packBits(this.selection) } : null);
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
    if (!this.packet || !this.panes.length) return;
    const missing = this.panes.map((pane) => pane.draw()).some(Boolean);
    this.root.dataset.zoom = this.panes.map((pane) => pane.view.zoom.toFixed(3)).join(" ");
    this.root.dataset.painted = missing ? "points" : "all";
    if (missing) this.redraw();
    clearTimeout(this.counting);
    this.counting = setTimeout(() => this.countUp(), 100); // counting waits until the hand rests
  }

  countUp() {
    const zeros = () => new Array(this.palette.length).fill(0);
    const counts = { view: zeros(), selection: zeros() };
    const scatters = this.panes.filter((pane) => pane.points);
    for (let row = 0; row < this.count; row++) {
      if (this.selection?.[row]) counts.selection[this.index[row]]++;
      if (this.shown[row] && scatters.every((pane) => pane.isInView(row))) counts.view[this.index[row]]++;
    }
    this.showLegend(this.colour, counts, this.hidden);
  }

  // The pointer is at a place of a pane, at a row or -1: ring it in every pane, and show what is there.
  point(pane, pointer, row) {
    this.pointed = row;
    this.root.dataset.row = row;
    showCard(this, pane, pointer, row);
    this.redraw();
  }
}

// Custom properties of Streamlit's theme, as a canvas takes them.
function styleOf(element) {
  const style = getComputedStyle(element);
  return {
    text: style.color,
    ink: rgbOf(style.color),
    border: style.getPropertyValue("--st-border-color"),
    background: rgbOf(style.getPropertyValue("--st-background-color")),
    primary: style.getPropertyValue("--st-primary-color"),
    font: style.fontFamily,
  };
}

// [r, g, b] of "#rrggbb" or "rgb(r, g, b)".
function rgbOf(colour) {
  if (colour.startsWith("#")) return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

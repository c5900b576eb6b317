// Style sliders: a digit decoded while it is dragged, and all ten digits in the same style, by each of the models.

import { makeDecoder } from "../javascript/decoder.js";
import { download, newElement } from "../javascript/elements.js";
import { onPacket, packetOf } from "../javascript/packets.js";
import { SIDE } from "../javascript/pictures.js";
import { greysOf, newCanvas, sideBySide } from "../javascript/canvases.js";
import { allMovedTo, gauss, interpolate, movedTo, valueOf } from "./codes.js";
import { CELLS, REACH } from "./drawing.js";
import { signed, withUnit } from "../javascript/formats.js";
import { encodeGif } from "./gif.js";
import { History } from "./history.js";
import { makeModelView } from "./model_view.js";
import { styleMeasures } from "../javascript/style_measures.js";

/**
 * @import { Codes, Slider, Spreads } from "./codes.js"
 * @import { StyleMeasures } from "../javascript/style_measures.js"
 * @typedef {object} Model
 * @property {string} name
 * @property {string} decoder the key of its packet
 * @property {(number[] | null)[]} digits latent A of each digit
 * @property {Spreads} spread
 * @property {(number[] | null)[]} directions of each slider, null for those that it lacks
 * @property {{ a: number[], b: number[] }} start
 * @property {number[][] | null} styles B at both ends of the interpolation
 * @typedef {object} Label what is said of a slider, of whichever model
 * @property {"a" | "b"} latent
 * @property {string} label
 * @property {string} note
 * @property {{ name: keyof StyleMeasures, unit: string } | null} measure of the large picture, said with the label
 * @typedef {object} Data what style_sliders() in Python sends
 * @property {Model[]} models the first has every slider
 * @property {Label[]} sliders
 * @property {{ id: string, caption: string, digit: number | null, picture: number[] | null }} start
 * @property {string[] | null} interpolation the names of its ends
 * @typedef {{ label: string, at: (fraction: number) => Codes[] }} Sweep what a GIF shows, at() from 0 to 1
 */

const STEP = 0.02;
const KEY_STEP = 0.1;
const INTERPOLATION_SECONDS = 6; // there and back
const GIF_STEPS = 20;

const pages = new WeakMap(); // by the element they are drawn in
let kept = { id: null, history: null }; // for this start: outlives a rerun, another theme and another page

/** @param {{ data: Data, parentElement: HTMLElement }} component */
export default function ({ data, parentElement }) {
  if (!pages.has(parentElement)) pages.set(parentElement, makePage(parentElement));
  const page = pages.get(parentElement);
  page.take(data);
  return page.leave;
}

/** @param {HTMLElement} root */
function makePage(root) {
  /** @type {(selector: string) => any} */
  const find = (selector) => root.querySelector(selector);
  const interpolationSlider = find(".interpolation input");
  /** @type {Data} what has come last, and what of it is shown */
  let latest, data;
  /** @type {Sweep} */
  let sweep;
  let decoders = [], views = [], layout, rows = [], playing = 0;

  const newView = (place) =>
    makeModelView({
      writeDigit: (digit) => writeDigit(digit),
      isVisible: ({ canvas }) => canvas.closest("details")?.open ?? true,
      codes: () => kept.history.codes[place],
      movedTo: (value, slider) => movedTo(kept.history.codes[place], slider, data.models[place].spread, value),
      onDraw: (pixels) => place === 0 && showState(kept.history.codes, styleMeasures(pixels)),
    });

  const wake = () => views.forEach((view) => view.drawing.wake());

  // ---- changes ----

  const change = (codes) => {
    kept.history.codes = codes;
    wake();
  };

  const settle = () => {
    kept.history.settle();
    wake();
  };

  const jump = (codes) => {
    stop();
    change(codes);
    settle();
  };

  const actions = {
    undo() {
      stop();
      kept.history.undo();
      wake();
    },
    reset: () => jump(startOf(data)),
    random() {
      const rowsB = rows.filter((row) => row.latent === "b");
      jump(rowsB.reduce((codes, row) => row.moved(codes, gauss()), kept.history.codes));
    },
    play: () => (playing ? stop() : play()),
    png: () => compose(kept.history.codes).toBlob((blob) => download(blob, "wvae-style.png")),
    gif: () => download(gifOf(sweep), "wvae-style.gif"),
  };

  const writeDigit = (digit) => {
    if (!data.models[0].digits[digit]) return;
    jump(kept.history.codes.map((codes, place) => ({ ...codes, a: data.models[place].digits[digit], digit })));
  };

  const sweepOf = ({ label, moved }) => ({
    label,
    at: (fraction) => moved(kept.history.codes, REACH * (2 * fraction - 1)),
  });

  const drag = (value, row) => {
    stop();
    sweep = sweepOf(row);
    change(row.moved(kept.history.codes, value));
  };

  const interpolated = (fraction) =>
    kept.history.codes.map((codes, place) => {
      const [from, to] = data.models[place].styles;
      return { ...codes, b: interpolate(from, to, fraction) };
    });

  const moveBetween = (fraction) => {
    sweep = { label: "the interpolation", at: interpolated };
    interpolationSlider.value = fraction;
    change(interpolated(fraction));
  };

  const play = () => {
    if (!data.interpolation) return;
    const began = performance.now();
    const step = (now) => {
      const turn = Math.min((now - began) / 1000 / INTERPOLATION_SECONDS, 1);
      moveBetween((1 - Math.cos(2 * Math.PI * turn)) / 2);
      if (turn < 1) playing = requestAnimationFrame(step);
      else stop();
    };
    playing = requestAnimationFrame(step);
    wake();
  };

  const stop = () => {
    if (!playing) return;
    cancelAnimationFrame(playing);
    playing = 0;
    settle();
  };

  const compose = (codes) => sideBySide(views.map((view, place) => view.drawing.compose(codes[place])));

  const gifOf = ({ at }) => {
    const there = Array.from({ length: GIF_STEPS + 1 }, (_, step) => greysOf(compose(at(step / GIF_STEPS))));
    const back = there.slice(1, -1).reverse();
    return encodeGif([...there, ...back], 10 * SIDE * views.length, 14 * SIDE, 8);
  };

  // ---- the page ----

  const showState = ([codes], measures) => {
    for (const { label, measure, valueIn, input, name, output } of rows) {
      const value = valueIn(codes), said = signed(value);
      if (Math.abs(input.value - value) > STEP / 2) input.value = value;
      input.ariaValueText = `${said} standard deviations`;
      write(output, said);
      if (measure) write(name, `${label} ${withUnit(measures[measure.name], measure.unit)}`);
    }
    for (const view of views) view.press(codes.digit);
    find("[data-do=undo]").disabled = !kept.history.past.length;
    write(find("[data-do=play]"), playing ? "Stop" : "Interpolate");
    write(find("[data-do=gif]"), `GIF of ${sweep.label}`);
    interpolationSlider.ariaValueText = `${Math.round(100 * interpolationSlider.value)} % of the way`;
  };

  const layOut = () => {
    for (const view of views.slice(data.models.length)) view.drawing.stop();
    views = data.models.map((_, place) => views[place] ?? newView(place));
    views.forEach((view, place) => view.layOut(data.models[place].name, data.models[place].digits));
    find(".models").replaceChildren(...views.map((view) => view.element));
    find(".page").classList.toggle("compared", views.length > 1);
    rows = data.sliders.map(newRow);
    const named = rows.some(({ measure }) => measure); // then these come first, and the others of B are folded away
    const gridOf = ({ latent, measure }) => (latent === "b" && named && !measure ? "other" : latent);
    for (const grid of ["a", "b", "other"]) {
      find(`.grid.${grid}`).replaceChildren(...rows.filter((row) => gridOf(row) === grid).map((row) => row.element));
    }
    find(".others").hidden = !find(".grid.other").children.length;
    sweep = data.interpolation ? { label: "the interpolation", at: interpolated } : sweepOf(rows[0]);
  };

  const newRow = ({ latent, label, note, measure }, index) => {
    const sliders = data.models.map(({ directions }) => directions[index] && { latent, direction: directions[index] });
    const moved = (codes, value) => allMovedTo(codes, sliders, data.models.map((model) => model.spread), value);
    const valueIn = (codes) => valueOf(codes, sliders[0], data.models[0].spread); // in the codes of the first model
    const input = newElement("input", { id: `slider-${index}`, type: "range", min: -REACH, max: REACH, step: STEP });
    const name = newElement("label", { htmlFor: input.id, textContent: label });
    name.append(newElement("small", { textContent: note }));
    const output = newElement("output");
    output.htmlFor.add(input.id);
    const canvases = sliders.map((slider) => slider && newCanvas(CELLS * SIDE, SIDE));
    const element = newElement("div", { className: "slider" });
    element.append(name, output, ...canvases.filter(Boolean), input);
    const row = { latent, label, measure, sliders, valueIn, moved, element, input, name, output, canvases };
    input.oninput = () => drag(input.valueAsNumber, row);
    input.onchange = input.onkeyup = settle;
    input.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      const value = valueIn(kept.history.codes[0]) + way * KEY_STEP;
      drag(Math.min(REACH, Math.max(-REACH, value)), row);
    };
    return row;
  };

  const onKey = (event) => {
    const key = event.key.toLowerCase(), control = event.ctrlKey || event.metaKey;
    if (isTyping(event) || event.altKey || (control && key !== "z")) return;
    const action = control ? "undo" : { u: "undo", b: "reset", h: "random", w: "play" }[key];
    if (action) actions[action]();
    else if (/^\d$/.test(key)) writeDigit(Number(key));
    else return;
    event.preventDefault();
  };
  root.addEventListener("keydown", onKey);

  /** @type {NodeListOf<HTMLElement>} */
  const buttons = root.querySelectorAll("[data-do]");
  for (const button of buttons) button.onclick = actions[button.dataset.do];
  interpolationSlider.oninput = () => {
    stop();
    moveBetween(interpolationSlider.valueAsNumber);
  };
  interpolationSlider.onchange = interpolationSlider.onkeyup = settle;
  for (const fold of root.querySelectorAll("details")) fold.ontoggle = wake;

  // Shows what came last, once its decoders are there.
  const show = () => {
    const packets = latest?.models.map((model, place) => packetOf(`decoder ${place}`, model.decoder));
    if (!packets || packets.includes(undefined)) return;
    data = latest;
    decoders = packets.map(({ header, body }, place) => {
      const before = decoders[place];
      return before?.key === header.key ? before : { key: header.key, decoder: makeDecoder(header, body) };
    });
    if (kept.id !== data.start.id) kept = { id: data.start.id, history: new History(startOf(data)) };
    const shown = data.models.map(({ name, digits, directions }) => [name, digits, directions]);
    const wanted = JSON.stringify([data.sliders, shown]);
    if (layout !== wanted) layOut();
    layout = wanted;
    const [from, to] = data.interpolation ?? ["", ""];
    find(".interpolation").hidden = !data.interpolation;
    find(".interpolation .from").textContent = from;
    find(".interpolation .to").textContent = to;
    interpolationSlider.ariaLabel = `Interpolate from ${from} to ${to}`;
    find(".start").classList.toggle("pictured", data.start.picture !== null);
    if (data.start.picture) views[0].drawing.paint(find(".start canvas"), data.start.picture.map((grey) => grey / 255));
    find(".start figcaption").textContent = data.start.caption;
    views.forEach(({ drawing }, place) => {
      const own = rows.filter((row) => row.sliders[place]);
      const strips = own.map(({ sliders, canvases }) => ({ slider: sliders[place], canvas: canvases[place] }));
      drawing.take(decoders[place].decoder, data.models[place].digits, strips);
    });
  };

  const stopListening = onPacket(show);

  return {
    /** @param {Data} fresh */
    take(fresh) {
      latest = fresh;
      show();
    },
    leave() {
      stop();
      stopListening();
      pages.delete(root);
    },
  };
}

/**
 * @param {Data} data
 * @returns {Codes[]}
 */
function startOf({ models, start: { digit } }) {
  return models.map(({ start: { a, b } }) => ({ a, b, digit }));
}

function isTyping(event) {
  return event.composedPath()[0].matches?.("input:not([type=range]), textarea, select, [contenteditable=true]");
}

// The same text again would be laid out again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Style sliders: a digit decoded while it is dragged, and all ten digits in the same style, by each of the models.

import { makeDecoder } from "../javascript/decoder.js";
import { download, newElement } from "../javascript/elements.js";
import { onPacket, packetOf } from "../javascript/packets.js";
import { SIDE } from "../javascript/pictures.js";
import { greysOf, newCanvas, sideBySide } from "../javascript/canvases.js";
import { allMovedTo, another, interpolate, movedTo, valueOf, valueOfCell, within } from "./codes.js";
import { CELLS } from "./drawing.js";
import { signed, withUnit } from "../javascript/formats.js";
import { encodeGif } from "./gif.js";
import { History } from "./history.js";
import { makeModelView } from "./model_view.js";
import { styleMeasures } from "../javascript/style_measures.js";

/**
 * @import { Codes, Slider, Spreads } from "./codes.js"
 * @import { Packet } from "../javascript/packets.js"
 * @import { StyleMeasures } from "../javascript/style_measures.js"
 * @typedef {object} Model
 * @property {string} name
 * @property {string} decoder the key of its packet
 * @property {string} writers that of the packet of writers' styles
 * @property {(number[] | null)[]} digits latent A of each digit
 * @property {Spreads} spread
 * @property {(number[] | null)[]} directions of each slider, null for those that it lacks
 * @property {{ a: number[], b: number[] }} start
 * @property {number[][] | null} styles B at both ends of the interpolation
 * @typedef {object} Label what is said of a slider, of whichever model
 * @property {"a" | "b"} latent
 * @property {string} label
 * @property {string} note
 * @property {{ name: keyof StyleMeasures, unit: string } | null} measure of a picture, in which values are said
 * @property {boolean} folded whether it is shown when asked
 * @typedef {object} Data what style_sliders() in Python sends
 * @property {Model[]} models the first has every slider
 * @property {Label[]} sliders
 * @property {{ id: string, caption: string, digit: number | null, writer: number | null, picture: number[] | null }} start
 * @property {string[] | null} interpolation the names of its ends
 * @typedef {{ label: string, at: (fraction: number) => Codes[] }} Sweep what a GIF shows, at() from 0 to 1
 */

const REACH = { usual: 2, wide: 4 }; // standard deviations from the mean: where nearly all digits are, and all
const STEP = 0.02;
const KEY_STEP = 0.1;
const TICKS = [0, (CELLS - 1) / 2, CELLS - 1]; // the cells of a strip below which its value is said
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
  /** @type {{ numbers: number[], images: number[], styles: number[][][] }} styles by model and writer */
  let writers;
  const wide = find(".wide input");
  const reach = () => (wide.checked ? REACH.wide : REACH.usual);

  const newView = (place) =>
    makeModelView({
      writeDigit: (digit) => writeDigit(digit),
      isVisible: ({ canvas }) => canvas.closest("details")?.open ?? true,
      codes: () => kept.history.codes[place],
      movedTo: (value, slider) => movedTo(kept.history.codes[place], slider, data.models[place].spread, value),
      reach,
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
      const { codes } = kept.history, { numbers, styles } = writers;
      const drawn = another(numbers.length, numbers.indexOf(codes[0].writer));
      jump(codes.map((its, model) => ({ ...its, b: styles[model][drawn], writer: numbers[drawn] })));
    },
    play: () => (playing ? stop() : play()),
    png: () => compose(kept.history.codes, 4 * SIDE).toBlob((blob) => download(blob, "wvae-style.png")),
    gif: () => download(gifOf(sweep), "wvae-style.gif"),
  };

  const writeDigit = (digit) => {
    if (!data.models[0].digits[digit]) return;
    jump(kept.history.codes.map((codes, place) => ({ ...codes, a: data.models[place].digits[digit], digit })));
  };

  const sweepOf = ({ label, moved }) => ({
    label,
    at: (fraction) => moved(kept.history.codes, reach() * (2 * fraction - 1)),
  });

  const drag = (value, row) => {
    stop();
    sweep = sweepOf(row);
    change(row.moved(kept.history.codes, value));
  };

  const interpolated = (fraction) =>
    kept.history.codes.map((codes, place) => {
      const [from, to] = data.models[place].styles;
      return { ...codes, b: interpolate(from, to, fraction), writer: null };
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

  const compose = (codes, small) => sideBySide(views.map((view, place) => view.drawing.compose(codes[place], small)));

  const gifOf = ({ at }) => {
    const there = Array.from({ length: GIF_STEPS + 1 }, (_, step) => greysOf(compose(at(step / GIF_STEPS), 2 * SIDE)));
    const back = there.slice(1, -1).reverse();
    return encodeGif([...there, ...back], 10 * SIDE * views.length, 14 * SIDE, 8);
  };

  // ---- the page ----

  const showState = ([codes], measures) => {
    for (const { measure, valueIn, input, output } of rows) {
      const value = valueIn(codes), deviations = signed(value);
      const said = measure ? withUnit(measures[measure.name], measure.unit) : deviations;
      if (Math.abs(input.value - value) > STEP / 2) input.value = value;
      input.ariaValueText = `${measure ? `${said}, ` : ""}${deviations} standard deviations`;
      write(output, said);
    }
    const writer = writers.numbers.indexOf(codes.writer), images = writers.images[writer];
    const ofHow = images === 1 ? "1 digit" : `${images} digits`;
    write(find(".whose"), writer < 0 ? "" : `Style of writer ${codes.writer}, the mean of ${ofHow}`);
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
    const gridOf = ({ latent, folded }) => (folded ? "other" : latent);
    for (const grid of ["a", "b", "other"]) {
      find(`.grid.${grid}`).replaceChildren(...rows.filter((row) => gridOf(row) === grid).map((row) => row.element));
    }
    find(".others").hidden = !find(".grid.other").children.length;
    sweep = data.interpolation ? { label: "the interpolation", at: interpolated } : sweepOf(rows[0]);
  };

  const newRow = ({ latent, label, note, measure, folded }, index) => {
    const sliders = data.models.map(({ directions }) => directions[index] && { latent, direction: directions[index] });
    const moved = (codes, value) => allMovedTo(codes, sliders, data.models.map((model) => model.spread), value);
    const valueIn = (codes) => valueOf(codes, sliders[0], data.models[0].spread); // in the codes of the first model
    const input = newElement("input", { id: `slider-${index}`, type: "range", min: -reach(), max: reach(), step: STEP });
    const name = newElement("label", { htmlFor: input.id, textContent: label });
    name.append(newElement("small", { textContent: note }));
    const output = newElement("output");
    output.htmlFor.add(input.id);
    const canvases = sliders.map((slider) => slider && newCanvas(CELLS * SIDE, SIDE));
    const ticks = newElement("div", { className: "ticks", ariaHidden: "true" }); // the slider says its value
    ticks.append(...TICKS.map(() => newElement("span")));
    const element = newElement("div", { className: "slider" });
    element.append(name, output, ...canvases.filter(Boolean), input, ticks);
    const sayTick = (cell, pixels) => {
      const tick = ticks.children[TICKS.indexOf(cell)];
      if (!tick) return;
      const value = signed(valueOfCell(cell, CELLS, reach()));
      write(tick, measure ? withUnit(styleMeasures(pixels)[measure.name], measure.unit) : value);
    };
    const row = { latent, label, folded, measure, sliders, valueIn, moved, element, input, output, canvases, sayTick };
    canvases.forEach((canvas) => {
      if (!canvas) return;
      canvas.onclick = (event) => {
        const cell = Math.min(CELLS - 1, Math.floor((event.offsetX / canvas.clientWidth) * CELLS));
        drag(valueOfCell(cell, CELLS, reach()), row);
        settle();
      };
    });
    input.oninput = () => drag(input.valueAsNumber, row);
    input.onchange = input.onkeyup = settle;
    input.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      const value = valueIn(kept.history.codes[0]);
      drag(within(value + way * KEY_STEP, value, reach()), row);
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
  wide.onchange = () => {
    for (const { input } of rows) [input.min, input.max] = [String(-reach()), String(reach())];
    wake();
  };

  // Shows what came last, once its decoders are there.
  const show = () => {
    const packets = latest?.models.map((model, place) => packetOf(`decoder ${place}`, model.decoder));
    const styles = latest?.models.map((model, place) => packetOf(`writers ${place}`, model.writers));
    if (!packets || packets.includes(undefined) || styles.includes(undefined)) return;
    data = latest;
    writers = { numbers: styles[0].header.writers, images: styles[0].header.images, styles: styles.map(stylesOf) };
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
      const strips = own.map(({ sliders, canvases, sayTick }) => ({
        slider: sliders[place],
        canvas: canvases[place],
        onDraw: place === 0 ? sayTick : () => {},
      }));
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
function startOf({ models, start: { digit, writer } }) {
  return models.map(({ start: { a, b } }) => ({ a, b, digit, writer }));
}

/**
 * B of each writer, from a packet.
 * @param {Packet} packet
 */
function stylesOf({ header, body }) {
  const numbers = new Float32Array(body), size = numbers.length / header.writers.length;
  return header.writers.map((_, writer) => [...numbers.subarray(writer * size, (writer + 1) * size)]);
}

function isTyping(event) {
  return event.composedPath()[0].matches?.("input:not([type=range]), textarea, select, [contenteditable=true]");
}

// The same text again would be laid out again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

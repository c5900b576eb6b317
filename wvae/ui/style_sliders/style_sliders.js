// Style sliders: a digit decoded while it is dragged, and all ten digits in the same style.

import { makeDecoder } from "../javascript/decoder.js";
import { download, newElement } from "../javascript/elements.js";
import { onPacket, packetOf } from "../javascript/packets.js";
import { SIDE } from "../javascript/pictures.js";
import { greysOf, newCanvas } from "./canvases.js";
import { interpolate, movedTo, randomLatent, valueOf } from "./codes.js";
import { CELLS, makeDrawing, REACH } from "./drawing.js";
import { encodeGif } from "./gif.js";
import { History } from "./history.js";

/**
 * @import { Codes, Slider, Spreads } from "./codes.js"
 * @typedef {object} Data what style_sliders() in Python sends
 * @property {string} decoder the key of its packet
 * @property {(number[] | null)[]} digits latent A of each digit
 * @property {Spreads} spread
 * @property {(Slider & { label: string, note: string })[]} sliders
 * @property {Codes & { id: string, caption: string, picture: number[] | null }} start
 * @property {{ names: string[], styles: number[][] } | null} interpolation
 * @typedef {{ label: string, at: (fraction: number) => Codes }} Sweep what a GIF shows, at() from 0 to 1
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
  let decoderKey, decoder, layout, rows = [], playing = 0;

  const drawing = makeDrawing({
    big: find(".big"),
    digitCanvas: (digit) => find(`.ten button:nth-child(${digit + 1}) canvas`),
    isVisible: ({ slider }) => slider.latent === "b" || find("details").open,
    codes: () => kept.history.codes,
    movedTo: (value, slider) => movedTo(kept.history.codes, slider, data.spread, value),
    onDraw: () => showState(kept.history.codes),
  });

  // ---- changes ----

  const change = (codes) => {
    kept.history.codes = codes;
    drawing.wake();
  };

  const settle = () => {
    kept.history.settle();
    drawing.wake();
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
      drawing.wake();
    },
    reset: () => jump(startOf(data)),
    random: () => jump({ ...kept.history.codes, b: randomLatent(data.spread.b) }),
    play: () => (playing ? stop() : play()),
    png: () => drawing.compose(kept.history.codes).toBlob((blob) => download(blob, "wvae-style.png")),
    gif: () => download(gifOf(sweep), "wvae-style.gif"),
  };

  const writeDigit = (digit) => data.digits[digit] && jump({ ...kept.history.codes, a: data.digits[digit], digit });

  const sweepOf = (slider) => ({
    label: slider.label,
    at: (fraction) => movedTo(kept.history.codes, slider, data.spread, REACH * (2 * fraction - 1)),
  });

  const drag = (value, slider) => {
    stop();
    sweep = sweepOf(slider);
    change(movedTo(kept.history.codes, slider, data.spread, value));
  };

  const interpolated = (fraction) => {
    const [from, to] = data.interpolation.styles;
    return { ...kept.history.codes, b: interpolate(from, to, fraction) };
  };

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
    drawing.wake();
  };

  const stop = () => {
    if (!playing) return;
    cancelAnimationFrame(playing);
    playing = 0;
    settle();
  };

  const gifOf = ({ at }) => {
    const there = Array.from({ length: GIF_STEPS + 1 }, (_, step) => greysOf(drawing.compose(at(step / GIF_STEPS))));
    const back = there.slice(1, -1).reverse();
    return encodeGif([...there, ...back], 10 * SIDE, 14 * SIDE, 8);
  };

  // ---- the page ----

  const showState = (codes) => {
    for (const { slider, input, output } of rows) {
      const value = valueOf(codes, slider, data.spread), said = signed(value);
      if (Math.abs(input.value - value) > STEP / 2) input.value = value;
      input.ariaValueText = `${said} standard deviations`;
      write(output, said);
    }
    find(".ten").childNodes.forEach((button, digit) => (button.ariaPressed = String(digit === codes.digit)));
    find("[data-do=undo]").disabled = !kept.history.past.length;
    write(find("[data-do=play]"), playing ? "Stop" : "Interpolate");
    write(find("[data-do=gif]"), `GIF of ${sweep.label}`);
    interpolationSlider.ariaValueText = `${Math.round(100 * interpolationSlider.value)} % of the way`;
  };

  const layOut = () => {
    find(".ten").replaceChildren(...data.digits.map(newDigitButton));
    rows = data.sliders.map(newRow);
    for (const latent of ["a", "b"]) {
      const own = rows.filter((row) => row.slider.latent === latent);
      find(`.grid.${latent}`).replaceChildren(...own.map((row) => row.element));
    }
  };

  const newDigitButton = (a, digit) => {
    const title = a ? `Write ${digit} (key ${digit})` : `No ${digit} is in view`;
    const button = newElement("button", { disabled: !a, title });
    button.append(newCanvas(SIDE, SIDE), String(digit));
    button.onclick = () => writeDigit(digit);
    return button;
  };

  const newRow = (slider, index) => {
    const input = newElement("input", { id: `slider-${index}`, type: "range", min: -REACH, max: REACH, step: STEP });
    const label = newElement("label", { htmlFor: input.id, textContent: slider.label });
    label.append(newElement("small", { textContent: slider.note }));
    const output = newElement("output");
    output.htmlFor.add(input.id);
    const canvas = newCanvas(CELLS * SIDE, SIDE);
    const element = newElement("div", { className: "slider" });
    element.append(label, output, canvas, input);
    input.oninput = () => drag(input.valueAsNumber, slider);
    input.onchange = input.onkeyup = settle;
    input.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      const value = valueOf(kept.history.codes, slider, data.spread) + way * KEY_STEP;
      drag(Math.min(REACH, Math.max(-REACH, value)), slider);
    };
    return { slider, element, input, output, canvas };
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

  /** @type {NodeListOf<HTMLElement>} */
  const buttons = root.querySelectorAll("[data-do]");
  for (const button of buttons) button.onclick = actions[button.dataset.do];
  interpolationSlider.oninput = () => {
    stop();
    moveBetween(interpolationSlider.valueAsNumber);
  };
  interpolationSlider.onchange = interpolationSlider.onkeyup = settle;
  find("details").ontoggle = drawing.wake;

  // Shows what came last, once its decoder is there.
  const show = () => {
    const packet = latest && packetOf("decoder", latest.decoder);
    if (!packet) return;
    data = latest;
    if (decoderKey !== data.decoder) decoder = makeDecoder(packet.header, packet.body);
    decoderKey = data.decoder;
    if (kept.id !== data.start.id) kept = { id: data.start.id, history: new History(startOf(data)) };
    const wanted = JSON.stringify([data.sliders, data.digits]);
    if (layout !== wanted) {
      layout = wanted;
      sweep = data.interpolation ? { label: "the interpolation", at: interpolated } : sweepOf(data.sliders[0]);
      layOut();
    }
    const [from, to] = data.interpolation?.names ?? ["", ""];
    find(".interpolation").hidden = !data.interpolation;
    find(".interpolation .from").textContent = from;
    find(".interpolation .to").textContent = to;
    interpolationSlider.ariaLabel = `Interpolate from ${from} to ${to}`;
    find(".start").classList.toggle("pictured", data.start.picture !== null);
    if (data.start.picture) drawing.paint(find(".start canvas"), data.start.picture.map((grey) => grey / 255));
    find(".start figcaption").textContent = data.start.caption;
    document.addEventListener("keydown", onKey); // added once, however often the page is shown
    drawing.take(decoder, data.digits, rows);
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
      document.removeEventListener("keydown", onKey);
      pages.delete(root);
    },
  };
}

/**
 * @param {Data} data
 * @returns {Codes}
 */
function startOf({ start: { a, b, digit } }) {
  return { a, b, digit };
}

function isTyping(event) {
  return event.composedPath()[0].matches?.("input:not([type=range]), textarea, select, [contenteditable=true]");
}

// The same text again would be laid out again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @param {number} value */
function signed(value) {
  const rounded = value.toFixed(1);
  return Number(rounded) === 0 ? "0.0" : value > 0 ? `+${rounded}` : rounded.replace("-", "−");
}

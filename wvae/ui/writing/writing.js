// A digit is written, and with every stroke the model says what it makes of it: all in the browser, without the server.

import { makeDecoder } from "../javascript/decoder.js";
import { newElement } from "../javascript/elements.js";
import { makeEncoder } from "../javascript/encoder.js";
import { onPacket, packetOf } from "../javascript/packets.js";
import { PIXELS, SIDE } from "../javascript/pictures.js";
import { styleMeasures } from "../javascript/style_measures.js";
import { contextOf, greysOf, makeTile, newCanvas } from "../javascript/canvases.js";
import { withUnit } from "../javascript/formats.js";
import { toMnistForm } from "./mnist_form.js";
import { nearest, outlierScore, sentenceOf } from "./reading.js";
import { drawStrokes, inside, PAPER } from "./strokes.js";

/**
 * @import { Stroke } from "./strokes.js"
 * @typedef {object} Data what writing() in Python sends
 * @property {string} encoder the key of its packet
 * @property {string} decoder
 * @property {string} known the key of the packet of real digits
 * @property {(number[] | null)[]} digits latent A of each digit
 * @property {number} usual score as an outlier that nearly all real digits stay below
 * @property {boolean} keeps whether drawings can be kept
 * @property {{ name: string, unit: string }[]} measures
 * @property {{ name: string, encoder: string, picture: string, columns: number[], rows: number[] } | null} plane latent A of
 *   the columns of a decoded plane of one dimension each, and latent B of its rows, from the left and the top
 */

const NEIGHBOURS = 8;
const NOTHING_WRITTEN = "Write a digit, as large as you like.";

const pages = new WeakMap(); // by the element they are drawn in
/** @type {Stroke[]} */
const strokes = []; // what is on the paper: outlives a rerun and another page
/** @type {Stroke[][]} */
const cleared = []; // what was on it before, which Undo brings back

/** @param {{ data: Data, parentElement: HTMLElement, setTriggerValue: (name: string, value: any) => void }} component */
export default function ({ data, parentElement, setTriggerValue }) {
  if (!pages.has(parentElement)) pages.set(parentElement, makePage(parentElement));
  const page = pages.get(parentElement);
  page.take(data, setTriggerValue);
  return page.leave;
}

/** @param {HTMLElement} root */
function makePage(root) {
  /** @type {(selector: string) => any} */
  const find = (selector) => root.querySelector(selector);
  const paper = find(".paper"), pen = find(".pen input"), label = find(".label");
  const tile = makeTile(), decoded = new Float32Array(PIXELS), pixels = new Float32Array(PIXELS);
  /** @type {Data} what has come last, and what of it is shown */
  let latest, data, send;
  let keys = "", encode, decoder, encodeOnPlane, known, parts = [], partB, labelled = false, frame = 0;
  /** @type {Uint8Array | null} the drawing as the model sees it */
  let written = null;

  const paint = (canvas, values) => contextOf(canvas).putImageData(tile(values), 0, 0);
  const wake = () => {
    frame ||= requestAnimationFrame(draw);
  };

  // ---- the paper ----

  const placeOf = (event, width) => {
    const box = paper.getBoundingClientRect(), scale = PAPER / box.width;
    return inside((event.clientX - box.left) * scale, (event.clientY - box.top) * scale, width);
  };
  paper.onpointerdown = (event) => {
    if (event.button) return;
    paper.setPointerCapture(event.pointerId);
    const width = pen.valueAsNumber;
    strokes.push({ width, points: [placeOf(event, width)] });
    wake();
  };
  paper.onpointermove = (event) => {
    if (!paper.hasPointerCapture(event.pointerId)) return;
    const { width, points } = strokes[strokes.length - 1], passed = event.getCoalescedEvents?.() ?? [];
    for (const each of passed.length ? passed : [event]) points.push(placeOf(each, width));
    wake();
  };

  const actions = {
    undo() {
      if (strokes.length) strokes.pop();
      else strokes.push(...(cleared.pop() ?? []));
      wake();
    },
    clear() {
      cleared.push(strokes.splice(0));
      labelled = false;
      wake();
    },
    keep() {
      paper.toBlob(async (blob) => {
        send("kept", { picture: await base64(blob), digit: Number(label.value) });
        actions.clear();
      });
    },
    sliders: () => send("sliders", { picture: [...written], digit: Number(label.value) }),
  };
  /** @type {NodeListOf<HTMLElement>} */
  const buttons = root.querySelectorAll("[data-do]");
  for (const button of buttons) button.onclick = actions[button.dataset.do];
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
    event.preventDefault();
    actions.undo();
  });
  label.replaceChildren(...Array.from({ length: 10 }, (_, digit) => newElement("option", { textContent: String(digit) })));
  label.onchange = () => (labelled = true); // a person knows better than the model, until the paper is cleared

  // ---- what the model makes of it ----

  const draw = () => {
    frame = 0;
    drawStrokes(contextOf(paper), strokes);
    written = strokes.length ? toMnistForm({ width: PAPER, height: PAPER, greys: greysOf(paper) }) : null;
    find("[data-do=undo]").disabled = !strokes.length && !cleared.length;
    find("[data-do=clear]").disabled = !strokes.length;
    find("[data-do=keep]").disabled = find("[data-do=sliders]").disabled = !written;
    const panels = find(".panels");
    panels.classList.toggle("example", !written);
    panels.hidden = !written && !known.digits.length;
    find(".form + figcaption").textContent = written ? "What the model sees" : "For example, a digit in view";
    if (!written) say(NOTHING_WRITTEN);
    if (panels.hidden) return;
    const form = written ?? known.pictures.subarray(0, PIXELS);
    form.forEach((grey, i) => (pixels[i] = grey / 255));
    const { a, b, digit, probabilities } = encode(pixels);
    decoder.partOfB(b, digit, partB);
    decoder.join(decoder.partOfA(a, decoder.newPart()), partB, decoded);
    if (written) {
      if (!labelled) label.value = String(digit);
      say(sentenceOf({ extent: extentOf(strokes), probabilities, score: outlierScore(pixels, decoded, b), usual: data.usual }));
    }
    paint(find(".form"), pixels);
    paint(find(".again"), decoded);
    showProbabilities(probabilities);
    showMeasures();
    showTen(b);
    showNeighbours(b, digit);
    showPlace();
  };

  const say = (sentence) => {
    if (find(".said").textContent !== sentence) find(".said").textContent = sentence;
  };

  const showProbabilities = (probabilities) => {
    find(".read").hidden = !probabilities;
    probabilities?.forEach((probability, digit) => {
      const row = find(".bars").children[digit];
      row.querySelector("i").style.width = `${100 * probability}%`;
      row.lastChild.textContent = `${Math.round(100 * probability)} %`;
    });
  };

  const showMeasures = () => {
    const measures = styleMeasures(pixels), said = find("dl").querySelectorAll("dd");
    data.measures.forEach(({ name, unit }, i) => (said[i].textContent = withUnit(measures[name], unit)));
  };

  const showTen = (b) => {
    parts.forEach((part, digit) => {
      if (part) paint(find(".ten").children[digit].firstChild, decoder.join(part, decoder.partOfB(b, digit, partB), decoded));
    });
  };

  const showNeighbours = (b, digit) => {
    const rows = known.digits.length ? nearest(b, digit, known, NEIGHBOURS) : [];
    [...find(".neighbours").children].forEach((figure, i) => {
      figure.hidden = i >= rows.length;
      if (figure.hidden) return;
      const greys = known.pictures.subarray(rows[i] * PIXELS, (rows[i] + 1) * PIXELS);
      paint(figure.firstChild, Float32Array.from(greys, (grey) => grey / 255));
      figure.lastChild.textContent = `writer ${known.writers[rows[i]]}`;
    });
    find(".near").hidden = !rows.length;
  };

  const showPlace = () => {
    find(".plane").hidden = !data.plane;
    if (!data.plane) return;
    const { columns, rows } = data.plane, { a, b } = encodeOnPlane(pixels), dot = find(".plane i");
    dot.style.left = `${(100 * (placeAmong(a[0], columns) + 0.5)) / columns.length}%`;
    dot.style.top = `${(100 * (placeAmong(b[0], rows) + 0.5)) / rows.length}%`;
  };

  // ---- what Python sends ----

  const layOut = () => {
    find("[data-do=keep]").hidden = !data.keeps;
    const bar = (digit) => {
      const row = newElement("div");
      row.append(newElement("b", { textContent: String(digit) }), newElement("span"), newElement("small"));
      row.children[1].append(newElement("i"));
      return row;
    };
    find(".bars").replaceChildren(...Array.from({ length: 10 }, (_, digit) => bar(digit)));
    const terms = data.measures.flatMap(({ name }) => [newElement("dt", { textContent: name }), newElement("dd")]);
    find("dl").replaceChildren(...terms);
    const pictureOf = (words) => {
      const figure = newElement("figure");
      figure.append(newCanvas(SIDE, SIDE), newElement("figcaption", { textContent: words }));
      return figure;
    };
    find(".ten").replaceChildren(...data.digits.map((_, digit) => pictureOf(String(digit))));
    find(".neighbours").replaceChildren(...Array.from({ length: NEIGHBOURS }, () => pictureOf("")));
    if (!data.plane) return;
    Object.assign(find(".plane img"), { src: data.plane.picture, alt: `The decoded plane of ${data.plane.name}` });
    find(".plane figcaption").textContent = `Its place on the plane of ${data.plane.name}`;
  };

  // Shows what came last, once its packets are there.
  const show = () => {
    if (!latest) return;
    const { plane } = latest;
    const packets = [
      packetOf("encoder 0", latest.encoder),
      packetOf("decoder 0", latest.decoder),
      packetOf("known digits", latest.known),
      ...(plane ? [packetOf("encoder 1", plane.encoder)] : []),
    ];
    if (packets.includes(undefined)) return;
    data = latest;
    const wanted = JSON.stringify([data.encoder, data.decoder, data.known, plane?.encoder]);
    if (wanted !== keys) {
      const [encoderPacket, decoderPacket, digits, planePacket] = packets;
      encode = makeEncoder(encoderPacket.header, encoderPacket.body);
      decoder = makeDecoder(decoderPacket.header, decoderPacket.body);
      encodeOnPlane = planePacket && makeEncoder(planePacket.header, planePacket.body);
      partB = decoder.newPart();
      known = knownDigits(digits, decoder.latentB);
    }
    keys = wanted;
    parts = data.digits.map((a) => a && decoder.partOfA(a, decoder.newPart()));
    layOut();
    wake();
  };
  const stopListening = onPacket(show);

  return {
    /**
     * @param {Data} fresh
     * @param {(name: string, value: any) => void} trigger
     */
    take(fresh, trigger) {
      latest = fresh;
      send = trigger;
      show();
    },
    leave() {
      cancelAnimationFrame(frame);
      stopListening();
      pages.delete(root);
    },
  };
}

/**
 * Real digits: their styles, labels and pictures.
 * @param {{ header: any, body: ArrayBuffer }} packet
 * @param {number} latentB
 */
function knownDigits({ header: { digits, writers }, body }, latentB) {
  const styles = new Float32Array(body, 0, digits.length * latentB);
  return { styles, digits, writers, pictures: new Uint8Array(body, styles.byteLength) };
}

/**
 * Where a value is among others, which ascend or descend: 0 at the first, 1 at the second, and so on.
 * @param {number} value
 * @param {number[]} others
 */
export function placeAmong(value, others) {
  const last = others.length - 1, way = Math.sign(others[last] - others[0]);
  if (way * (value - others[0]) <= 0) return 0;
  for (let i = 0; i < last; i++) {
    if (way * (others[i + 1] - value) >= 0) return i + (value - others[i]) / (others[i + 1] - others[i]);
  }
  return last;
}

/**
 * The larger side of the strokes' box, in 0..1 of the paper.
 * @param {Stroke[]} drawn
 */
function extentOf(drawn) {
  const points = drawn.flatMap((stroke) => stroke.points);
  const spread = (values) => values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
  return Math.max(spread(points.map(([x]) => x)), spread(points.map(([, y]) => y))) / PAPER;
}

/** @param {Blob} blob */
async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

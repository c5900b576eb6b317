// Style sliders: a digit decoded while it is dragged, and all ten digits in the same hand.
//
// A hand is {a, b, digit}: latents A and B as plain numbers, and which digit button gave A (null: none).
// It is never changed in place, so the history is a list of hands, and what is new is seen by identity.

const SIZE = 28, PIXELS = SIZE * SIZE;
const CELLS = 7, REACH = 3; // a strip shows -3, -2, ... 3 standard deviations
const GLIDE = 30; // milliseconds in which the picture comes about two thirds of the way to where the hand is
const REST = 100; // milliseconds without a change after which the strips are drawn anew,
const STRIP_BUDGET = 6; // as many milliseconds at a time
const STEP = 0.02, KEY_STEP = 0.1;
const WALK_SECONDS = 6; // there and back
const GIF_STEPS = 20;

const pages = new WeakMap(); // by the element they are drawn in
let kept = { id: null }; // where the hand is, for this start: outlives a rerun, another theme and another page

export default function ({ data, parentElement }) {
  if (!pages.has(parentElement)) pages.set(parentElement, makePage(parentElement));
  const page = pages.get(parentElement);
  page.show(unpack(data));
  return page.leave;
}

// What comes from Python is bytes: the length of a JSON header as uint32, the header, the decoder's weights.
function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { ...header, weights: bytes.subarray(4 + length) };
}

function makePage(root) {
  const find = (selector) => root.querySelector(selector);
  const tile = makeTile();
  const drawn = { at: 0, a: null, b: null, partA: new Float32Array(PIXELS), partB: new Float32Array(PIXELS) };
  const part = new Float32Array(PIXELS);
  let data, decode, digitParts, layout, sweep;
  let rows = [], staleCells = [], frameWanted = false, rest = 0, playing = 0;

  // ---- where the hand is ----

  const change = (hand) => {
    kept.hand = hand;
    wake();
  };

  const settle = () => {
    if (kept.hand === kept.settled) return;
    kept.history.push(kept.settled);
    kept.settled = kept.hand;
    wake();
  };

  const jump = (hand) => {
    stop();
    change(hand);
    settle();
  };

  const actions = {
    undo() {
      stop();
      settle();
      if (kept.history.length) change((kept.settled = kept.history.pop()));
    },
    reset: () => jump(firstHand(data.start)),
    random: () => jump({ ...kept.hand, b: randomLatent(data.spread.b) }),
    play: () => (playing ? stop() : play()),
    png: () => compose(kept.hand).toBlob((blob) => download(blob, "wvae-hand.png")),
    gif: () => download(gifOf(sweep), "wvae-hand.gif"),
  };

  const writeDigit = (digit) => data.digits[digit] && jump({ ...kept.hand, a: data.digits[digit], digit });

  // The value of a slider: how far the hand is along its direction, in standard deviations.
  const valueOf = ({ latent, direction }) => {
    const { mean, deviation } = data.spread[latent];
    return kept.hand[latent].reduce((sum, x, i) => sum + (direction[i] * (x - mean[i])) / deviation[i], 0);
  };

  const movedTo = (value, slider) => {
    const { hand } = kept, { latent, direction } = slider, step = value - valueOf(slider);
    const moved = hand[latent].map((x, i) => x + step * data.spread[latent].deviation[i] * direction[i]);
    return { ...hand, [latent]: moved, digit: latent === "a" ? null : hand.digit };
  };

  // What a GIF shows: the hands from one end of a slider to the other, at() from 0 to 1.
  const sweepOf = (slider) => ({ label: slider.label, at: (part) => movedTo(REACH * (2 * part - 1), slider) });

  const drag = (value, slider) => {
    stop();
    sweep = sweepOf(slider);
    change(movedTo(value, slider));
  };

  const walkedTo = (part) => {
    const [from, to] = data.walk.hands;
    return { ...kept.hand, b: from.map((x, i) => x + part * (to[i] - x)) };
  };

  const walk = (part) => {
    sweep = { label: "the walk", at: walkedTo };
    find(".walk input").value = part;
    change(walkedTo(part));
  };

  const play = () => {
    if (!data.walk) return;
    const began = performance.now();
    const step = (now) => {
      const turn = Math.min((now - began) / 1000 / WALK_SECONDS, 1);
      walk((1 - Math.cos(2 * Math.PI * turn)) / 2);
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
    wake();
  };

  // ---- drawing: the digits once a frame at most; the strips when the hand rests, a few cells at a time ----

  const wake = () => {
    if (!frameWanted) requestAnimationFrame(drawDigits);
    frameWanted = true;
  };

  // The picture glides after the hand, so that it moves on every frame, however seldom the mouse reports.
  const drawDigits = (now) => {
    const { hand } = kept, pull = 1 - Math.exp(-Math.min(now - drawn.at, 100) / GLIDE);
    frameWanted = false;
    drawn.at = now;
    takeParts(glide(drawn.a, hand.a, pull), glide(drawn.b, hand.b, pull));
    if (drawn.a !== hand.a || drawn.b !== hand.b) wake();
    paint(find(".big"), decode.join(drawn.partA, drawn.partB, part));
    digitParts.forEach((ofA, digit) => ofA && paint(digitCanvas(digit), decode.join(ofA, drawn.partB, part)));
    showState(hand);
    staleCells = rows.flatMap((row) => Array.from({ length: CELLS }, (_, cell) => ({ row, cell })));
    clearTimeout(rest);
    rest = setTimeout(drawStrips, REST);
  };

  const drawStrips = () => {
    const began = performance.now();
    while (staleCells.length && performance.now() - began < STRIP_BUDGET) {
      const cell = staleCells.shift();
      if (cell.row.latent === "b" || find("details").open) paintCell(cell);
    }
    if (staleCells.length) rest = setTimeout(drawStrips);
  };

  const takeParts = (a, b) => {
    if (a !== drawn.a) decode.partOfA((drawn.a = a), drawn.partA);
    if (b !== drawn.b) decode.partOfB((drawn.b = b), drawn.partB);
  };

  const paintCell = ({ row, cell }) => {
    const hand = movedTo(REACH * ((2 * cell) / (CELLS - 1) - 1), row);
    if (row.latent === "a") decode.join(decode.partOfA(hand.a, part), drawn.partB, part);
    else decode.join(drawn.partA, decode.partOfB(hand.b, part), part);
    paint(row.canvas, part, cell * SIZE);
  };

  const paint = (canvas, pixels, x = 0) => contextOf(canvas).putImageData(tile(pixels), x, 0);

  const digitCanvas = (digit) => find(`.ten button:nth-child(${digit + 1}) canvas`);

  const showState = (hand) => {
    for (const row of rows) {
      const value = valueOf(row), said = signed(value);
      if (Math.abs(row.input.value - value) > STEP / 2) row.input.value = value;
      row.input.ariaValueText = `${said} standard deviations`;
      write(row.output, said);
    }
    find(".ten").childNodes.forEach((button, digit) => (button.ariaPressed = String(digit === hand.digit)));
    find("[data-do=undo]").disabled = !kept.history.length;
    write(find("[data-do=play]"), playing ? "Stop" : "Walk");
    write(find("[data-do=gif]"), `GIF of ${sweep.label}`);
    if (data.walk) find(".walk input").ariaValueText = `${Math.round(100 * find(".walk input").value)} % of the way`;
  };

  // ---- pictures to keep ----

  const compose = (hand) => {
    const small = 2 * SIZE, canvas = newCanvas(5 * small, 7 * small), one = newCanvas(SIZE, SIZE);
    const context = contextOf(canvas);
    const place = (partA, x, y, size) => {
      paint(one, decode.join(partA, partB, part));
      context.drawImage(one, x, y, size, size);
    };
    const partB = decode.partOfB(hand.b, new Float32Array(PIXELS));
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    place(decode.partOfA(hand.a, new Float32Array(PIXELS)), 0, 0, 5 * small);
    digitParts.forEach((ofA, digit) => ofA && place(ofA, (digit % 5) * small, (digit < 5 ? 5 : 6) * small, small));
    return canvas;
  };

  const gifOf = ({ at }) => {
    const there = Array.from({ length: GIF_STEPS + 1 }, (_, step) => greysOf(compose(at(step / GIF_STEPS))));
    const back = there.slice(1, -1).reverse();
    return encodeGif([...there, ...back], 10 * SIZE, 14 * SIZE, 8);
  };

  // ---- the page ----

  const layOut = () => {
    find(".ten").replaceChildren(...data.digits.map(newDigitButton));
    rows = data.sliders.map(newRow);
    for (const latent of ["a", "b"]) {
      find(`.grid.${latent}`).replaceChildren(...rows.filter((row) => row.latent === latent).map((row) => row.element));
    }
  };

  const newDigitButton = (a, digit) => {
    const title = a ? `Write ${digit} (key ${digit})` : `No ${digit} is in view`;
    const button = newElement("button", { disabled: !a, title });
    button.append(newCanvas(SIZE, SIZE), String(digit));
    button.onclick = () => writeDigit(digit);
    return button;
  };

  const newRow = (slider, index) => {
    const input = newElement("input", { id: `slider-${index}`, type: "range", min: -REACH, max: REACH, step: STEP });
    const label = newElement("label", { htmlFor: input.id, textContent: slider.label });
    label.append(newElement("small", { textContent: slider.note }));
    const output = newElement("output", { htmlFor: input.id });
    const canvas = newCanvas(CELLS * SIZE, SIZE);
    const element = newElement("div", { className: "slider" });
    element.append(label, output, canvas, input);
    input.oninput = () => drag(input.valueAsNumber, slider);
    input.onchange = input.onkeyup = settle;
    input.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      drag(Math.min(REACH, Math.max(-REACH, valueOf(slider) + way * KEY_STEP)), slider);
    };
    return { ...slider, element, input, output, canvas };
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

  for (const button of root.querySelectorAll("[data-do]")) button.onclick = actions[button.dataset.do];
  find(".walk input").oninput = (event) => {
    stop();
    walk(event.target.valueAsNumber);
  };
  find(".walk input").onchange = find(".walk input").onkeyup = settle;
  find("details").ontoggle = wake;

  const show = (fresh) => {
    data = fresh;
    decode = makeDecoder(data.weights, data.sizes);
    digitParts = data.digits.map((a) => a && decode.partOfA(a, new Float32Array(PIXELS)));
    if (kept.id !== data.start.id) {
      const hand = firstHand(data.start);
      kept = { id: data.start.id, hand, settled: hand, history: [] };
    }
    const wanted = JSON.stringify([data.sliders, data.digits]);
    if (layout !== wanted) {
      layout = wanted;
      sweep = data.walk ? { label: "the walk", at: walkedTo } : sweepOf(data.sliders[0]);
      layOut();
    }
    find(".walk").hidden = !data.walk;
    find(".walk .from").textContent = data.walk?.names[0] ?? "";
    find(".walk .to").textContent = data.walk?.names[1] ?? "";
    find(".walk input").ariaLabel = `Walk from ${data.walk?.names.join(" to ")}`;
    find(".start").classList.toggle("pictured", data.start.picture !== null);
    if (data.start.picture) paint(find(".start canvas"), data.start.picture.map((grey) => grey / 255));
    find(".start figcaption").textContent = data.start.caption;
    document.addEventListener("keydown", onKey); // added once, however often the page is shown
    takeParts([...kept.hand.a], [...kept.hand.b]);
    wake();
  };

  const leave = () => {
    stop();
    document.removeEventListener("keydown", onKey);
  };

  return { show, leave };
}

// Part of the way from one latent to another; the other itself when there is nothing left to see.
function glide(from, to, pull) {
  return from.every((x, i) => Math.abs(to[i] - x) < 0.003) ? to : from.map((x, i) => x + pull * (to[i] - x));
}

function isTyping(event) {
  return event.composedPath()[0].matches?.("input:not([type=range]), textarea, select, [contenteditable=true]");
}

const firstHand = ({ a, b, digit }) => ({ a, b, digit });

// A function that turns 784 pixels in 0..1 into an ImageData, the same one each time.
function makeTile() {
  const image = new ImageData(SIZE, SIZE), words = new Uint32Array(image.data.buffer);
  return (pixels) => {
    for (let i = 0; i < PIXELS; i++) words[i] = 0xff000000 | (Math.round(255 * pixels[i]) * 0x010101);
    return image;
  };
}

function greysOf(canvas) {
  const { data } = contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height);
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}

function newElement(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

// The same text again would be laid out again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function newCanvas(width, height) {
  return newElement("canvas", { width, height });
}

// Pixels are written by hand, so they had better stay where the hand is: in the processor's memory.
function contextOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true });
}

function signed(value) {
  const rounded = value.toFixed(1);
  return Number(rounded) === 0 ? "0.0" : value > 0 ? `+${rounded}` : rounded.replace("-", "−");
}

function randomLatent({ mean, deviation }) {
  return mean.map((middle, i) => middle + deviation[i] * gauss());
}

// A draw from the standard normal distribution: Box and Muller, https://doi.org/10.1214/aoms/1177706645
function gauss() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

function download(blob, name) {
  const link = newElement("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

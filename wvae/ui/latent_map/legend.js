// What the colours mean, and how many points of each there are in view and in the selection.

import { OUTLINES } from "./marks.js";

/**
 * @typedef {{ name: string, colour: string, shape: number, number?: number }} Entry number: of a digit, writer or
 * cluster; none for all others, which are grey
 * @typedef {{ title: string, entries?: Entry[], ramp?: string[], unit?: string, from?: number, to?: number,
 *   low?: string, high?: string }} Colour
 * Either entries, or a ramp of colours from one value to another.
 * @typedef {{ view: number[], selection: number[] }} Counts by entry
 */

/**
 * @param {HTMLElement} element
 * @param {(entry: number, alone: boolean) => void} toggle called when a line is clicked (hide or show it), or double
 * clicked or clicked with Shift (show it alone)
 * @returns {(colour: Colour, counts: Counts, hidden: Set<number>) => void}
 */
export function makeLegend(element, toggle) {
  let drawn = "";
  element.addEventListener("click", (event) => {
    /** @type {HTMLElement | null} */
    const line = /** @type {Element} */ (event.target).closest("tr[data-entry]");
    const entry = line?.dataset.entry;
    // A double click comes as a first and a second click: what the first did, the second undoes.
    if (entry !== undefined) toggle(Number(entry), event.detail === 2 || event.shiftKey);
  });

  return (colour, counts, hidden) => {
    const html = linesOf(colour);
    if (html !== drawn) element.innerHTML = drawn = html; // otherwise its buttons stay, and one of them the focus
    const show = (line, view, selection) => {
      line.cells[1].textContent = view.toLocaleString("en");
      line.cells[2].textContent = selection.toLocaleString("en");
    };
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    show(element.querySelector(".total"), sum(counts.view), sum(counts.selection));
    element.querySelectorAll("tr[data-entry]").forEach((line, i) => {
      show(line, counts.view[i], counts.selection[i]);
      line.classList.toggle("off", hidden.has(i));
      line.querySelector("button").ariaPressed = String(!hidden.has(i));
    });
  };
}

function linesOf(colour) {
  const head = (first) => `<tr>${first}<th>in view</th><th>selected</th></tr>`;
  const total = `<tr class="total"><td>all</td><td></td><td></td></tr>`;
  if (colour.ramp) {
    return (
      `<div>${colour.title}</div><div class="ramp" style="background: linear-gradient(90deg, ${colour.ramp})"></div>` +
      `<div class="ends"><span>${colour.low}</span><span>${colour.high}</span></div>` +
      `<table>${head("<td></td>")}${total}</table>`
    );
  }
  const lines = colour.entries.map(
    (entry, i) =>
      `<tr data-entry="${i}"><td><button><i style="background: ${entry.colour}; clip-path: ${clipOf(entry.shape)}"></i>` +
      `${entry.name}</button></td>` +
      `<td></td><td></td></tr>`,
  );
  return (
    `<table aria-label="${colour.title}">${head(`<th>${colour.title}</th>`)}${lines.join("")}${total}</table>` +
    `<p>Click a line to hide it, twice or with Shift to see it alone.</p>`
  );
}

function clipOf(shape) {
  if (!OUTLINES[shape]) return "circle()";
  return `polygon(${OUTLINES[shape].map(([x, y]) => `${50 + 50 * x}% ${50 + 50 * y}%`)})`;
}

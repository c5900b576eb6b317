// Where the panes of points look, while a person is on another page, and in the address, for a link.

/** @import { Pane } from "./pane.js" */

const NAME = "view";

/** @type {Map<string, string>} by what a pane shows; empty where all of it is in view */
const kept = new Map();

/** @param {Pane} pane */
const nameOf = (pane) => `${pane.data} ${pane.key}`;

/** @param {Pane} pane */
function textOf({ isFitted, view }) {
  return isFitted ? "" : [view.x, view.y, view.zoom].map((value) => Number(value.toPrecision(4))).join(" ");
}

/** @param {Pane[]} panes */
export function keepViews(panes) {
  for (const pane of panes) kept.set(nameOf(pane), textOf(pane));
  const text = panes.map(textOf).join(",").replace(/^,*$/, "");
  const address = new URL(location.href);
  if (text === (address.searchParams.get(NAME) ?? "")) return;
  if (text) address.searchParams.set(NAME, text);
  else address.searchParams.delete(NAME);
  history.replaceState(history.state, "", address);
}

/**
 * Have panes look where the address says, or else where they did when they last showed the same.
 * @param {Pane[]} panes
 */
export function restoreViews(panes) {
  const text = new URLSearchParams(location.search).get(NAME);
  const views = text?.split(",") ?? panes.map((pane) => kept.get(nameOf(pane)));
  panes.forEach((pane, i) => {
    const [x, y, zoom] = (views[i] || "").split(" ").map(Number);
    if (Number.isFinite(x + y) && zoom > 0) pane.look({ x, y, zoom });
  });
}

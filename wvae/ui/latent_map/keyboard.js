// The dots by keyboard: their pane, when it has the focus, is moved and magnified, and its dots are visited one by one.

import { inside, nextFromMiddle } from "./selection.js";
import { toData, toPixels, zoomed } from "./view.js";

/** @import { Pane } from "./pane.js" */

const STEP = 1 / 8; // of the pane
const FACTOR = 1.4;

/** @type {Record<string, (pane: Pane) => void>} */
const ACTIONS = {
  ArrowLeft: (pane) => move(pane, -STEP, 0),
  ArrowRight: (pane) => move(pane, STEP, 0),
  ArrowUp: (pane) => move(pane, 0, STEP),
  ArrowDown: (pane) => move(pane, 0, -STEP),
  "+": (pane) => zoom(pane, FACTOR),
  "=": (pane) => zoom(pane, FACTOR), // the same key without Shift
  "-": (pane) => zoom(pane, 1 / FACTOR),
  0: (pane) => pane.map.fit(),
  n: (pane) => visit(pane, 1),
  p: (pane) => visit(pane, -1),
  Enter: (pane) => pane.chooseAlone(pane.map.pointed),
  a: (pane) => chooseAllInView(pane),
};

/** @param {Pane} pane of points */
export function listenToKeys(pane) {
  const { element, map } = pane;
  element.tabIndex = 0;
  element.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act || !map.key) return;
    event.preventDefault();
    act(pane);
  };
  element.onblur = () => map.point(pane, null, -1);
}

function move(pane, right, up) {
  const { area, view, map } = pane;
  const x = view.x + (right * area.width) / view.scaleX, y = view.y + (up * area.height) / view.scaleY;
  look(pane, { ...view, x, y });
  map.point(pane, null, -1); // the next dot is again the one in the middle
}

// About the dot that is visited, which stays where it is.
function zoom(pane, factor) {
  const { area, view, map, x, y } = pane;
  const row = pane.isInView(map.pointed) ? map.pointed : -1;
  const place = row < 0 ? { x: view.x, y: view.y } : { x: x[row], y: y[row] };
  look(pane, zoomed(view, area, toPixels(area, view, place.x, place.y), factor));
}

function look(pane, view) {
  pane.view = view;
  pane.map.saysCount = true;
  pane.map.redraw();
}

function visit(pane, direction) {
  const { area, view, map, x, y } = pane;
  const { row, place, count } = nextFromMiddle(x, y, map.shown, view, area, map.pointed, direction);
  if (row < 0) return map.say("0 in view");
  map.point(pane, toPixels(area, view, x[row], y[row]), row, `; dot ${place} of ${count} in view`);
}

function chooseAllInView({ area, view, map, x, y }) {
  const corners = [[0, 0], [1, 0], [1, 1], [0, 1]];
  const outline = corners.map(([right, down]) =>
    toData(area, view, area.left + right * area.width, area.top + down * area.height),
  );
  map.choose(inside(x, y, map.shown, outline));
}

// Which points lie inside what was drawn, and how they travel to Python and back: a bit a point.

// x, y: coordinates of the points; shown: 0 for those that cannot be chosen; outline: [{x, y}, ...] in data.
function inside(x, y, shown, outline) {
  const chosen = new Uint8Array(x.length);
  const [left, right] = extent(outline.map((corner) => corner.x));
  const [bottom, top] = extent(outline.map((corner) => corner.y));
  for (let row = 0; row < x.length; row++) {
    if (!shown[row] || !(x[row] >= left && x[row] <= right && y[row] >= bottom && y[row] <= top)) continue;
    chosen[row] = isEnclosed(x[row], y[row], outline) ? 1 : 0;
  }
  return chosen;
}

function extent(values) {
  return [Math.min(...values), Math.max(...values)];
}

// A ray from the point crosses the outline an odd number of times.
function isEnclosed(x, y, outline) {
  let enclosed = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const a = outline[i], b = outline[j];
    if (a.y > y !== b.y > y && x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) enclosed = !enclosed;
  }
  return enclosed;
}

// As numpy.packbits: the first point is the highest bit of the first byte.
function packBits(chosen) {
  const bytes = new Uint8Array(Math.ceil(chosen.length / 8));
  chosen.forEach((one, row) => (bytes[row >> 3] |= one << (7 - (row & 7))));
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}

function unpackBits(text, count) {
  const bytes = bytesOf(text);
  return Uint8Array.from({ length: count }, (_, row) => (bytes[row >> 3] >> (7 - (row & 7))) & 1);
}

function bytesOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

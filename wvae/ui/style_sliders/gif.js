// A writer of moving grey pictures: GIF89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt

/**
 * @param {Uint8Array[]} frames width * height greys each, shown again and again
 * @param {number} width
 * @param {number} height
 * @param {number} centiseconds for which each frame is shown
 */
export function encodeGif(frames, width, height, centiseconds) {
  const word = (value) => [value & 255, value >> 8];
  const greys = Array.from({ length: 256 }, (_, grey) => [grey, grey, grey]).flat();
  /** @type {ArrayLike<number>[]} */
  const parts = [
    lettersOf("GIF89a"), word(width), word(height), [0xf7, 0, 0], greys,
    [0x21, 0xff, 11], lettersOf("NETSCAPE2.0"), [3, 1, 0, 0, 0], // show for ever
  ];
  for (const frame of frames) {
    parts.push([0x21, 0xf9, 4, 0], word(centiseconds), [0, 0]);
    parts.push([0x2c, 0, 0, 0, 0], word(width), word(height), [0, 8]);
    const packed = compress(frame);
    for (let start = 0; start < packed.length; start += 255) {
      const block = packed.subarray(start, start + 255);
      parts.push([block.length], block);
    }
    parts.push([0]);
  }
  parts.push([0x3b]);
  return new Blob(parts.map((part) => Uint8Array.from(part)), { type: "image/gif" });
}

/** @param {string} letters */
function lettersOf(letters) {
  return [...letters].map((letter) => letter.charCodeAt(0));
}

/**
 * GIF's LZW: codes 0 to 255 stand for a grey, 256 clears the table, 257 ends, the others for a run seen before.
 * @param {Uint8Array} greys
 */
function compress(greys) {
  const clear = 256, end = 257, full = 4096;
  const packed = new Uint8Array(greys.length * 2 + 16);
  const longer = new Int16Array(full * 256); // longer[run * 256 + grey]: the code of that run and one grey more
  let length = 0, bits = 0, held = 0, size = 9, next = end + 1;

  const put = (code) => {
    held |= code << bits;
    for (bits += size; bits >= 8; bits -= 8, held >>>= 8) packed[length++] = held & 255;
  };

  put(clear);
  let run = greys[0];
  for (let i = 1; i < greys.length; i++) {
    const known = longer[run * 256 + greys[i]];
    if (known) {
      run = known;
      continue;
    }
    put(run);
    if (next < full) {
      longer[run * 256 + greys[i]] = next;
      if (next++ === 1 << size) size++;
    } else {
      put(clear);
      longer.fill(0);
      size = 9;
      next = end + 1;
    }
    run = greys[i];
  }
  put(run);
  if (next === 1 << size && size < 12) size++; // as whoever reads it will by now
  put(end);
  if (bits) packed[length++] = held & 255;
  return packed.subarray(0, length);
}

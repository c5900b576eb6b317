// What the codes give the decoder, kept for all pictures that share them, with no new room on any frame.

/** @import { Decoder, Numbers } from "../javascript/decoder.js" */

const DIGITS = 10;

/**
 * Room for what an A gives.
 * @param {Decoder} decoder
 */
export function makeContent(decoder) {
  const content = {
    part: decoder.newPart(),
    digit: 0,
    /** @param {Numbers} a */
    take(a) {
      decoder.partOfA(a, content.part);
      content.digit = decoder.digitOf(a);
      return content;
    },
  };
  return content;
}

/**
 * Room for what a B gives: for each digit, once it is asked for.
 * @param {Decoder} decoder
 */
export function makeStyle(decoder) {
  const parts = Array.from({ length: DIGITS }, () => decoder.newPart()), known = new Uint8Array(DIGITS);
  /** @type {Numbers} */
  let b;
  const style = {
    /** @param {Numbers} newB */
    take(newB) {
      b = newB;
      known.fill(0);
      return style;
    },
    /** @param {number} digit */
    partFor(digit) {
      if (!known[digit]) decoder.partOfB(b, digit, parts[digit]);
      known[digit] = 1;
      return parts[digit];
    },
  };
  return style;
}

/** @typedef {ReturnType<typeof makeContent>} Content */
/** @typedef {ReturnType<typeof makeStyle>} Style */

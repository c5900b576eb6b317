// Decodes places of a plane in the space of the latents.

import { PIXELS } from "../javascript/pictures.js";
import { remember } from "./remember.js";

/** @import { Decoder } from "../javascript/decoder.js" */

/**
 * A lattice in a plane of a dimension of A and one of B has far fewer different A and B than places, so what each
 * of them gives is remembered: what B gives, for each digit that is read from A.
 * @param {Decoder} decoder
 * @param {number[]} mean of A and B, one after the other, in which the other dimensions stay
 * @param {number} columnX the dimension across, counted through A and B
 * @param {number} columnY the dimension up
 * @returns {(x: number, y: number) => Float32Array} 784 pixels in 0..1, the same array each time
 */
export function makePlaneDecoder(decoder, mean, columnX, columnY) {
  const latents = [...mean], pixels = new Float32Array(PIXELS);
  const a = () => latents.slice(0, decoder.latentA), b = () => latents.slice(decoder.latentA);
  const digit = () => decoder.digitOf(a());
  const partsA = remember(() => decoder.partOfA(a(), decoder.newPart()), 300);
  const partsB = remember(() => decoder.partOfB(b(), digit(), decoder.newPart()), 300);
  return (x, y) => {
    latents[columnX] = x;
    latents[columnY] = y;
    return decoder.join(partsA.get(a().join()), partsB.get(`${digit()} ${b().join()}`), pixels);
  };
}

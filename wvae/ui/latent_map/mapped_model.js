// A model of the map: what it makes of every digit, and its decoder.

import { makeDecoder } from "../javascript/decoder.js";
import { PIXELS } from "../javascript/pictures.js";
import { makePlaneDecoder } from "./plane_decoder.js";

/** @import { Packet } from "../javascript/packets.js" */

/**
 * Takes its packets apart: the columns of A and B side by side, writers and digits, and the decoder's weights.
 * @param {Packet} latents
 * @param {Packet} decoderPacket
 */
export function makeMappedModel({ header, body }, decoderPacket) {
  const { key, count, latentA, latentB } = header;
  let start = 0;
  const take = (Type) => new Type(body, start, count, (start += count * Type.BYTES_PER_ELEMENT));
  /** @type {Float32Array[]} */
  const columns = Array.from({ length: latentA + latentB }, () => take(Float32Array));
  const mean = columns.map((column) => column.reduce((sum, value) => sum + value, 0) / count);
  const decoder = makeDecoder(decoderPacket.header, decoderPacket.body), buffer = new Float32Array(PIXELS);
  return {
    /** @type {string} */
    key,
    /** @type {number} */
    count,
    columns,
    /** @type {Int32Array} */
    writers: take(Int32Array),
    /** @type {Uint8Array} */
    digits: take(Uint8Array),
    /**
     * @param {number} row
     * @returns {Float32Array} 784 pixels in 0..1, the same array each time
     */
    reconstruct(row) {
      const latents = columns.map((column) => column[row]);
      return decoder.decode(latents.slice(0, latentA), latents.slice(latentA), buffer);
    },
    /**
     * What the decoder draws at a place of two dimensions, the others at their means.
     * @param {number} columnX counted through A and B
     * @param {number} columnY
     */
    planeDecoder: (columnX, columnY) => makePlaneDecoder(decoder, mean, columnX, columnY),
  };
}

/** @typedef {ReturnType<typeof makeMappedModel>} MappedModel */

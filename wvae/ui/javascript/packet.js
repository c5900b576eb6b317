// The component of a packet: it draws nothing, and its packet lives as long as it does.

import { keepPacket } from "./packets.js";

/** @param {{ data: Uint8Array }} component */
export default function ({ data }) {
  return keepPacket(data);
}

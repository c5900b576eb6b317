// The packets that have come from Python: one of each name.
//
// They are shared by all components, each of which is a script of its own; hence the one global name.

import { unpack } from "./framing.js";

/** @typedef {{ header: any, body: ArrayBuffer }} Packet */

/** @returns {{ kept: Map<string, Packet>, arrivals: EventTarget }} */
function store() {
  const shared = /** @type {any} */ (globalThis);
  return (shared.wvaePackets ??= { kept: new Map(), arrivals: new EventTarget() });
}

/**
 * Keeps what has come, and tells all who listen if it is new.
 * @param {Uint8Array} bytes
 * @returns {() => void} forgets it, unless another of the same name has come since
 */
export function keepPacket(bytes) {
  const { kept, arrivals } = store(), packet = unpack(bytes), { name, key } = packet.header;
  const isNew = kept.get(name)?.header.key !== key;
  kept.set(name, packet);
  if (isNew) arrivals.dispatchEvent(new Event("packet"));
  return () => {
    if (kept.get(name) === packet) kept.delete(name);
  };
}

/**
 * The packet of a name; with a key only if it is the one of that key.
 * @param {string} name
 * @param {string} [key]
 * @returns {Packet | undefined}
 */
export function packetOf(name, key) {
  const packet = store().kept.get(name);
  return key === undefined || packet?.header.key === key ? packet : undefined;
}

/**
 * Calls a function whenever a new packet has come.
 * @param {() => void} listener
 * @returns {() => void} stops it
 */
export function onPacket(listener) {
  const { arrivals } = store();
  arrivals.addEventListener("packet", listener);
  return () => arrivals.removeEventListener("packet", listener);
}

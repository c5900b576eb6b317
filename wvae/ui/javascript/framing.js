// The one binary form in which Python sends data: frame() in packets.py.

/**
 * Takes apart the length of a JSON header as uint32, the header, and the body.
 * @param {Uint8Array} bytes
 * @returns {{ header: any, body: ArrayBuffer }}
 */
export function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, body: bytes.slice(4 + length).buffer };
}

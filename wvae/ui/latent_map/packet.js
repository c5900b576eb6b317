// Takes bytes in from Python and keeps them for the map.
//
// They are components of their own because Streamlit sends a component's data whole whenever any of it
// changes: apart from the map's settings, latents and pictures travel once.

const packets = (globalThis.wvaePackets ??= new Map()); // by kind: {key, header, body}

export default function ({ data }) {
  const { header, body } = unpack(data);
  if (packets.get(header.kind)?.key === header.key) return;
  packets.set(header.kind, { key: header.key, header, body });
  globalThis.dispatchEvent(new Event("wvae-packet"));
}

// The length of a JSON header as uint32, the header, then the body, which starts at a multiple of four bytes.
function unpack(bytes) {
  const buffer = bytes.slice().buffer; // a copy starts at a multiple of four bytes
  const length = new Uint32Array(buffer, 0, 1)[0];
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { header, body: buffer.slice(4 + length) };
}

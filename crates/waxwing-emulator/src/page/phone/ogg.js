// Voice notes in the form that WhatsApp sends: Opus in Ogg.
//
// Chromium records Opus in WebM. The packets stay as they are; only the container changes.
// https://www.rfc-editor.org/rfc/rfc7845 (Ogg Opus), https://www.rfc-editor.org/rfc/rfc3533 (Ogg), https://www.matroska.org (WebM)

const MASTERS = new Set([0x18538067, 0x1f43b675, 0x1654ae6b, 0xae, 0xa0]); // segment, cluster, tracks, track, block group
const BLOCKS = new Set([0xa3, 0xa1]);
const CODEC_PRIVATE = 0x63a2;
const RATE = 48; // samples per millisecond
const MAX_SEGMENTS = 200; // of a page; Ogg allows 255

/** Returns an Ogg file with the Opus packets of a WebM file. */
export async function toOgg(blob) {
  const { head, packets } = readWebm(new Uint8Array(await blob.arrayBuffer()));
  if (!head || packets.length === 0) throw new Error("The recording is empty.");
  return new File([writeOgg(head, packets)], "voice.ogg", { type: "audio/ogg; codecs=opus" });
}

function readWebm(bytes) {
  const found = { head: null, packets: [] };
  let at = 0;
  /** Reads a number of variable length. An id keeps its length marker, a size does not. */
  const vint = (keepMarker) => {
    const first = bytes[at];
    const length = Math.clz32(first) - 23;
    let value = keepMarker ? first : first & ((1 << (8 - length)) - 1);
    let isUnknown = !keepMarker && value === (1 << (8 - length)) - 1;
    for (let index = 1; index < length; index += 1) {
      value = value * 256 + bytes[at + index];
      isUnknown &&= bytes[at + index] === 0xff;
    }
    at += length;
    return isUnknown ? Infinity : value;
  };
  while (at < bytes.length) {
    const id = vint(true);
    const size = vint(false);
    if (MASTERS.has(id)) continue; // its children follow
    const end = Math.min(at + size, bytes.length);
    if (id === CODEC_PRIVATE) found.head = bytes.slice(at, end);
    if (BLOCKS.has(id)) {
      vint(false); // track
      found.packets.push(bytes.slice(at + 3, end)); // after the time and the flags
    }
    at = end;
  }
  return found;
}

function writeOgg(head, packets) {
  const pages = [page([head], 0, 0, 2), page([tags()], 0, 1, 0)];
  let samples = 0;
  let group = [];
  let segments = 0;
  packets.forEach((packet, index) => {
    group.push(packet);
    segments += Math.floor(packet.length / 255) + 1;
    samples += packetDuration(packet) * RATE;
    const isLast = index === packets.length - 1;
    if (segments < MAX_SEGMENTS && !isLast) return;
    pages.push(page(group, samples, pages.length, isLast ? 4 : 0));
    [group, segments] = [[], 0];
  });
  return new Blob(pages);
}

function tags() {
  const vendor = new TextEncoder().encode("waxwing");
  const bytes = new Uint8Array(8 + 4 + vendor.length + 4);
  bytes.set(new TextEncoder().encode("OpusTags"));
  new DataView(bytes.buffer).setUint32(8, vendor.length, true);
  bytes.set(vendor, 12);
  return bytes;
}

/** Returns a page. `flags` is 2 for the first page and 4 for the last one. */
function page(packets, position, sequence, flags) {
  const lacing = packets.flatMap((packet) => [...Array(Math.floor(packet.length / 255)).fill(255), packet.length % 255]);
  const size = packets.reduce((sum, packet) => sum + packet.length, 0);
  const bytes = new Uint8Array(27 + lacing.length + size);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("OggS"));
  view.setUint8(5, flags);
  view.setBigUint64(6, BigInt(Math.round(position)), true);
  view.setUint32(14, 1, true); // stream
  view.setUint32(18, sequence, true);
  view.setUint8(26, lacing.length);
  bytes.set(lacing, 27);
  let at = 27 + lacing.length;
  for (const packet of packets) {
    bytes.set(packet, at);
    at += packet.length;
  }
  view.setUint32(22, crc(bytes), true);
  return bytes;
}

/** Returns the duration of an Opus packet in milliseconds. https://www.rfc-editor.org/rfc/rfc6716#section-3.1 */
function packetDuration(packet) {
  const [config, code] = [packet[0] >> 3, packet[0] & 3];
  const frame = config < 12 ? [10, 20, 40, 60][config % 4] : config < 16 ? [10, 20][config % 2] : [2.5, 5, 10, 20][config % 4];
  return frame * (code === 0 ? 1 : code === 3 ? packet[1] & 63 : 2);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

function crc(bytes) {
  let value = 0;
  for (const byte of bytes) value = ((value << 8) ^ TABLE[((value >>> 24) ^ byte) & 255]) >>> 0;
  return value;
}

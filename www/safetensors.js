/** Weights in several safetensors files, as one: the page's program takes a model's weights in one piece. */

import { OmniError } from "./errors.js";

/** Such as model-00001-of-00003.safetensors. */
const PIECE = /^model-(\d+)-of-(\d+)\.safetensors$/;

/** The names of the pieces among these, in order; a missing one is an error that names it. @param {string[]} names */
export function piecesOf(names) {
  const found = names.filter((name) => PIECE.test(name)).sort();
  const [, , of] = PIECE.exec(found[0] ?? "") ?? [];
  if (!of) return [];
  const wanted = Array.from({ length: Number(of) }, (_, i) => `model-${String(i + 1).padStart(of.length, "0")}-of-${of}.safetensors`);
  const missing = wanted.find((name) => !found.includes(name));
  if (missing) throw new OmniError("checkpoint", `There is no ${missing} among the files.`, `Choose all ${Number(of)} pieces of the weights together.`);
  return wanted;
}

/** @param {Uint8Array[]} pieces @returns {Uint8Array} */
export function join(pieces) {
  /** @type {Record<string, {data_offsets: [number, number]}>} */
  const header = {};
  /** @type {Uint8Array[]} */
  const bodies = [];
  let offset = 0;
  for (const piece of pieces) {
    const { tensors, body } = parse(piece);
    for (const [name, { data_offsets: [begin, end], ...rest }] of Object.entries(tensors)) {
      header[name] = { ...rest, data_offsets: [begin + offset, end + offset] };
    }
    bodies.push(body);
    offset += body.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const whole = new Uint8Array(8 + text.length + offset);
  new DataView(whole.buffer).setBigUint64(0, BigInt(text.length), true);
  let at = 8;
  for (const part of [text, ...bodies]) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes @returns {{tensors: Record<string, any>, body: Uint8Array}} */
function parse(bytes) {
  try {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true));
    const { __metadata__, ...tensors } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    const body = bytes.subarray(8 + length);
    const lies = (/** @type {any} */ { data_offsets: [begin, end] }) => Number.isInteger(begin) && begin >= 0 && begin <= end && end <= body.length;
    if (!Object.values(tensors).every(lies)) throw new RangeError("a tensor outside of the file");
    return { tensors, body };
  } catch {
    throw new OmniError("checkpoint", "A piece of the weights is damaged.", "Download it again.");
  }
}

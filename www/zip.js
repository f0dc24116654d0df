/** Files in one file: a ZIP without compression (weights don't shrink). */

import { OmniError } from "./errors.js";

/** @param {Record<string, Uint8Array>} files @returns {Blob} */
export function zip(files) {
  /** @type {Uint8Array[]} */
  const parts = [];
  /** @type {Uint8Array[]} */
  const directory = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const letters = new TextEncoder().encode(name);
    // Version 2.0, no flags, stored, 1 January 1980: what both headers say of a file.
    const facts = [[20, 2], [0, 2], [0, 2], [0, 2], [33, 2], [crc32(bytes), 4], [bytes.length, 4], [bytes.length, 4], [letters.length, 2], [0, 2]];
    const head = numbers([[0x04034b50, 4], ...facts]);
    parts.push(head, letters, bytes);
    directory.push(numbers([[0x02014b50, 4], [20, 2], ...facts, [0, 2], [0, 2], [0, 2], [0, 4], [offset, 4]]), letters);
    offset += head.length + letters.length + bytes.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const count = Object.keys(files).length;
  const end = numbers([[0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [offset, 4], [0, 2]]);
  return new Blob(/** @type {any} */ ([...parts, ...directory, end]), { type: "application/zip" });
}

/** Little-endian numbers of given widths. @param {number[][]} values @returns {Uint8Array} */
function numbers(values) {
  return Uint8Array.from(values.flatMap(([value, width]) => Array.from({ length: width }, (_, i) => (value >>> (8 * i)) & 255)));
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = (value >>> 8) ^ TABLE[(value ^ byte) & 255];
  return (value ^ 0xffffffff) >>> 0;
}

/** The files of such a ZIP. @param {Uint8Array} bytes @returns {Record<string, Uint8Array>} */
export function unzip(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  try {
    for (let at = 0; view.getUint32(at, true) === 0x04034b50; ) {
      const [method, size] = [view.getUint16(at + 8, true), view.getUint32(at + 18, true)];
      const begin = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
      const name = new TextDecoder().decode(bytes.subarray(at + 30, at + 30 + view.getUint16(at + 26, true)));
      if (method !== 0 || begin + size > bytes.length) throw new RangeError(name);
      files[name.split("/").at(-1) ?? name] = bytes.slice(begin, begin + size);
      at = begin + size;
    }
  } catch {
    throw new OmniError("checkpoint", "This ZIP is damaged, or compressed.", "Unpack it and choose config.json, tokenizer.json and model.safetensors together.");
  }
  return files;
}

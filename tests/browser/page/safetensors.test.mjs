/** Models in pieces, as people download them, become what the program takes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { filesOf } from "../../../www/import.js";
import { join } from "../../../www/safetensors.js";

/** @param {Record<string, number[]>} tensors */
function safetensors(tensors) {
  let end = 0;
  const header = Object.fromEntries(Object.entries(tensors).map(([name, values]) => [name, { dtype: "U8", shape: [values.length], data_offsets: [end, (end += values.length)] }]));
  const text = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, ...header }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, Buffer.from(Object.values(tensors).flat())]));
}

/** @param {Uint8Array} bytes */
function read(bytes) {
  const start = 8 + Number(Buffer.from(bytes).readBigUInt64LE());
  const header = JSON.parse(Buffer.from(bytes.subarray(8, start)).toString());
  return Object.fromEntries(Object.entries(header).map(([name, { data_offsets: [from, to] }]) => [name, [...bytes.subarray(start + from, start + to)]]));
}

const PIECES = [safetensors({ a: [1, 2], b: [3] }), safetensors({ c: [4, 5, 6] }), safetensors({ d: [7] })];
const file = (/** @type {string} */ name, /** @type {Uint8Array} */ bytes) => new File([/** @type {any} */ (bytes)], name);
const config = [file("config.json", new Uint8Array([1])), file("tokenizer.json", new Uint8Array([2]))];
const pieces = PIECES.map((bytes, i) => file(`model-0000${i + 1}-of-00003.safetensors`, bytes));

test("pieces in any order become one file with the same tensors", async () => {
  assert.deepEqual(read(join(PIECES)), { a: [1, 2], b: [3], c: [4, 5, 6], d: [7] });
  const files = await filesOf([pieces[2], ...config, pieces[0], file("model.safetensors.index.json", new Uint8Array()), pieces[1]]);
  assert.deepEqual(read(files["model.safetensors"]), { a: [1, 2], b: [3], c: [4, 5, 6], d: [7] });
});

test("a piece that is missing or damaged is named", async () => {
  await assert.rejects(filesOf([...config, pieces[0], pieces[2]]), /no model-00002-of-00003.safetensors/);
  await assert.rejects(filesOf([...config, pieces[0], pieces[1], file("model-00003-of-00003.safetensors", new Uint8Array(4))]), /damaged/);
  await assert.rejects(filesOf(config), /no model.safetensors/);
});

test("weights in one file stay as they are", async () => {
  const files = await filesOf([...config, file("model.safetensors", PIECES[0])]);
  assert.deepEqual(files["model.safetensors"], PIECES[0]);
});

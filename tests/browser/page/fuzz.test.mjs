/** Damaged and hostile files for what the page reads by itself: each is taken, or refused in a sentence. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { OmniError } from "../../../www/errors.js";
import { fileOf, read as readWork } from "../../../www/lessons/class.js";
import { LESSONS } from "../../../www/lessons/index.js";
import { join } from "../../../www/safetensors.js";
import { unpacked } from "../../../www/saved-answer.js";
import { imported, withPictures } from "../../../www/views/lines.js";
import { readDrawn } from "../../../www/views/share.js";
import { unzip, zip } from "../../../www/zip.js";

const CASES = 2000;

/** Whole numbers below a bound, the same for the same seed. @param {number} seed */
function chance(seed) {
  let state = seed >>> 0;
  return (/** @type {number} */ bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Bytes with some of them changed, cut off, doubled or taken out. @param {Uint8Array} bytes @param {(bound: number) => number} random */
function damaged(bytes, random) {
  let now = [...bytes];
  for (let i = 1 + random(4); i > 0; i--) {
    const at = random(now.length + 1);
    const ways = [
      () => (now[at] = random(256)),
      () => now.splice(at, random(16)),
      () => now.splice(at, 0, ...now.slice(at, at + random(16))),
      () => (now = now.slice(0, at)),
      () => now.splice(at, 1, ...new TextEncoder().encode(["0", "-1", "null", "[]", "{}", "9007199254740993", "\"", "\u0000", "1e999"][random(9)])),
    ];
    ways[random(ways.length)]();
  }
  return Uint8Array.from(now, (byte) => byte ?? 0);
}

const text = (/** @type {string} */ words) => new TextEncoder().encode(words);
const header = text('{"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}');
const weights = Uint8Array.from([header.length, 0, 0, 0, 0, 0, 0, 0, ...header, 1, 2, 3]);
const packed = new Uint8Array(await zip({ "a.json": text("{}"), "b.bin": Uint8Array.from([1, 2, 3]) }).arrayBuffer());
const transcript = '{"model":"m","device":"CPU","time":1,"seed":7,"settings":{"pictures":"zoomed"},"question":"q","picture":"q.png","steps":[{"text":"t","picture":"s.png"}],"answer":"a"}';
const saved = new Uint8Array(await zip({ "q.png": text("p"), "s.png": text("d"), "transcript.json": text(transcript) }).arrayBuffer());
const line = text('{"image": "a.png", "question": "where?", "steps": ["it is here", {"text": "closer", "image": "b.png"}], "answer": "left", "truth": {}}\n');
const shown = [{ png: "data:,", question: "q", steps: [{ text: "t", png: "data:," }], answer: "a" }];
const [lesson] = LESSONS;
const guess = { ask: "?", options: ["a", "b"], right: 1, chosen: [0, 1] };
const settings = Object.fromEntries(Object.entries(lesson.settings).map(([name, { value }]) => [name, value]));
const work = text(fileOf({ lesson: lesson.id, settings, name: "Ada", guess, check: guess, counts: [], seconds: 9, at: "2026-01-01T00:00:00Z" }));
const words = (/** @type {Uint8Array} */ bytes) => new TextDecoder().decode(bytes);

/** @type {[string, Uint8Array, (bytes: Uint8Array) => unknown][]} */
const LOADERS = [
  ["weights in pieces", weights, (bytes) => join([bytes, weights])],
  ["a ZIP", packed, (bytes) => unzip(bytes)],
  ["a saved answer", saved, (bytes) => unpacked(bytes)],
  ["examples with pictures", line, (bytes) => withPictures(words(bytes), new Map([["a.png", "data:,"]]))],
  ["examples that were read", line, (bytes) => imported(words(bytes), shown)],
  ["a pupil's work", work, (bytes) => readWork(words(bytes), lesson)],
  ["a task of a link", text("V2:123"), (bytes) => readDrawn(words(bytes))],
];

for (const [name, whole, read] of LOADERS) {
  test(`${name}: ${CASES} damaged ones`, async () => {
    await read(whole);
    for (let seed = 0; seed < CASES; seed++) {
      const bytes = damaged(whole, chance(seed * 7919 + 1));
      try {
        await read(bytes);
      } catch (thrown) {
        assert.ok(thrown instanceof OmniError, `case ${seed}: ${/** @type {any} */ (thrown)?.stack}`);
      }
    }
  });
}

/** Examples as JSON lines: what is in them survives being opened, kept, and kept by two tabs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { imported, merged, parse, withPictures, written } from "../../../www/views/lines.js";

const CAT = "data:image/png;base64,Y2F0";
const BOX = "data:image/png;base64,Ym94";
const LINE = { image: "cat.png", question: "cat.png", steps: ["cat.png", { text: "a box", image: "pictures/box.png" }], answer: "cat.png", truth: { number: 3 } };

test("only pictures are replaced by the files that they name", () => {
  const lines = withPictures(`\uFEFF${JSON.stringify(LINE)}\nnot json "cat.png"\n\n`, new Map([["cat.png", CAT], ["box.png", BOX]]));
  const [first, second] = lines.split("\n");
  assert.deepEqual(JSON.parse(first), { ...LINE, image: CAT, steps: ["cat.png", { text: "a box", image: BOX }] });
  assert.equal(second, 'not json "cat.png"', "the program tells of it, by its line");
});

test("pictures of steps that came with an example stay with it; what actions draw is drawn again", () => {
  const line = { ...LINE, image: CAT, steps: ["cat MARK(0.10,0.10,1)", { text: "a box", image: BOX }, { text: "words" }] };
  const shown = { png: CAT, question: "cat.png", steps: [{ text: "cat MARK(0.10,0.10,1)", png: "drawn" }, { text: "a box", png: "small box" }, { text: "words", png: null }], answer: "cat.png" };
  assert.deepEqual(imported(`\n${JSON.stringify(line)}\n`, [shown]), [
    { image: CAT, question: "cat.png", steps: ["cat MARK(0.10,0.10,1)", { text: "a box", image: "small box" }, "words"], answer: "cat.png", truth: { number: 3 } },
  ]);
});

test("what another tab has kept stays, and what this one has made", () => {
  const example = (/** @type {string} */ answer) => ({ image: CAT, question: "?", steps: [], answer });
  const [a, b, c] = ["a", "b", "c"].map(example);
  const known = written([a]);
  assert.deepEqual(merged([a, b], known, known), [a, b]);
  assert.deepEqual(merged([a, b], known, written([a, c])), [a, c, b]);
  assert.deepEqual(merged([a, b], known, written([c])), [c, b], "the other tab has deleted one");
  assert.deepEqual(parse(written([a, b])), [a, b]);
});

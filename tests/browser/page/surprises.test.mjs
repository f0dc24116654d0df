/** Surprises of several elements of one page, which share one program. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Surprises } from "../../../www/surprises.js";

/** A program that knows its last surprise alone. */
function session() {
  let style = 0;
  let last = 0;
  return {
    surprise: (/** @type {string[]} */ kinds, /** @type {number} */ seed) => ((last = seed), { png: new Uint8Array([kinds.length, seed, style]), question: `${seed}?` }),
    judge: (/** @type {string} */ answer) => answer === `${last}`,
    /** Another model, which draws in another style. */
    restyle: () => void (style += 1),
  };
}

test("each answer is judged by the surprise that was asked about", () => {
  const [program, surprises] = [session(), new Surprises()];
  const [first, second] = [surprises.draw(program, ["V2"], 11), surprises.draw(program, ["N1", "N2"], 22)];
  assert.notEqual(first.id, second.id);
  for (const [surprise, answer] of /** @type {[any, string][]} */ ([[first, "11"], [second, "22"], [first, "11"], [first, "11"]])) {
    assert.ok(surprises.recall(program, surprise.id));
    assert.ok(program.judge(answer));
  }
});

test("one that can't be drawn again as it was gets no verdict", () => {
  const [program, surprises] = [session(), new Surprises()];
  const first = surprises.draw(program, ["V2"], 11);
  const second = surprises.draw(program, ["V2"], 22);
  program.restyle();
  assert.equal(surprises.recall(program, first.id), false);
  assert.equal(surprises.recall(program, second.id), false, "the program has the other one now");
  assert.equal(surprises.recall(program, 99), false);
});

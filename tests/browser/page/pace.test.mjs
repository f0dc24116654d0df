/** How long a run still takes, and how that is said. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { spoken, timeLeft } from "../../../www/pace.js";
import { askedOf, progressOf } from "../../../www/views/progress.js";

test("what is left follows what was measured: steps in the middle, and checks once there was one", () => {
  const none = { taken: [], left: 6 };
  assert.equal(timeLeft({ taken: [2, 2], left: 100 }, none), null, "two steps say too little");
  assert.equal(timeLeft({ taken: [2, 2, 50], left: 100 }, none), 200, "one slow step moves nothing");
  assert.equal(timeLeft({ taken: [2, 2, 2], left: 100 }, { taken: [30], left: 6 }), 380);
  const slower = [...Array(20).fill(1), ...Array(20).fill(3)];
  assert.equal(timeLeft({ taken: slower, left: 10 }, none), 30, "the last steps count");
});

test("times are told in units that seldom jump", () => {
  const told = { 0.52: "0.5 seconds", 1: "1 second", 7.4: "7 seconds", 38: "40 seconds", 58: "1 minute", 250: "4 minutes", 5500: "2 hours" };
  for (const [seconds, words] of Object.entries(told)) assert.equal(spoken(Number(seconds)), words);
});

/** @param {number} step @param {number[]} checks the steps of checks, of 30 seconds each */
function run(step, checks) {
  const rows = Array.from({ length: step }, (_, i) => ({ step: i + 1, seen: (i + 1) * 1024, seconds: 2 }));
  const probes = checks.map((step) => ({ step, right: 1, items: 20, seconds: 30 }));
  return /** @type {any} */ ({ plan: { recipe: { schedule: { steps: 300 }, language: {} } }, rows, probes });
}

test("every run says where it is, and how long it still takes", () => {
  assert.equal(progressOf(run(0, []), true), "");
  assert.equal(progressOf(run(1, []), true), "Step 1 of 300. 1,024 tokens seen.");
  assert.equal(progressOf(run(30, []), true), "Step 30 of 300, about 9 minutes left besides the checks. 30,720 tokens seen.");
  assert.equal(progressOf(run(51, [50]), true), "Step 51 of 300, about 11 minutes left. 52,224 tokens seen.");
  assert.equal(progressOf(run(51, [50]), false), "Step 51 of 300. 52,224 tokens seen.");
  assert.match(progressOf(run(300, [50, 100, 150, 200, 250]), true), /about 30 seconds left\./, "the last check is still to come");
});

test("where the reader's own examples are practised, the page says which of them checks ask", () => {
  const own = (/** @type {number} */ practised, /** @type {number} */ heldOut) => askedOf(/** @type {any} */ ({ own: { practised, heldOut } }));
  assert.match(own(18, 2), /2 of your 20 examples: those are never practised/);
  assert.match(own(9, 0), /seen in training/);
  assert.equal(askedOf(/** @type {any} */ ({})), "");
});

/** Past answers as data: their steps, the events that show them again, the actions in their words, and their file. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { actionIn } from "../../../www/actions.js";
import { PastAnswers, eventsOf, forgetAll, size, stepsOf } from "../../../www/past.js";
import { isZip, open, pack, unpacked } from "../../../www/saved-answer.js";
import { zip } from "../../../www/zip.js";

const png = Uint8Array.from([1, 2, 3]);
/** @type {any} */
const PAST = {
  time: 5,
  request: { picture: new Blob(["picture"], { type: "image/jpeg" }), question: "where?", seed: 7, pictures: "zoomed", temperature: 0, pictureTemperature: undefined, topP: undefined },
  model: "mini",
  device: "processor (CPU)",
  steps: [{ text: "look ZOOM(0.10,0.10,0.50,0.50)", png, imagined: false }, { text: "so it is left" }],
  answer: "left",
  end: { type: "end", tokens: 9, ms: 50, device: "processor (CPU)", sure: 0.5, strange: false },
  shared: {},
};

test("steps are words with the drawing after them; what shows an answer again has the same steps", () => {
  const text = (/** @type {string} */ words) => /** @type {any} */ ({ type: "text", text: words });
  const drawing = /** @type {any} */ ({ type: "picture", index: 0, imagined: true, png });
  assert.deepEqual(stepsOf([text(" "), text("go"), text(" up"), drawing, drawing, text(" "), text("done"), text("")]), [
    { text: "go up", png, imagined: true },
    { text: "", png, imagined: true },
    { text: "done" },
  ]);
  assert.deepEqual(stepsOf([text(" "), { type: "answer", text: "a" }]), []);
  const events = eventsOf(PAST);
  assert.deepEqual(events.map(({ type }) => type), ["text", "picture", "text", "answer", "end"]);
  assert.deepEqual(stepsOf(events), PAST.steps);
});

test("an action within words is read as the program reads it", () => {
  assert.deepEqual(actionIn("it is BBOX(0.10, 0.20,0.30,0.40)"), { name: "BBOX", numbers: [0.1, 0.2, 0.3, 0.4] });
  assert.deepEqual(actionIn("MARK(0.5,1,12)"), { name: "MARK", numbers: [0.5, 1] });
  assert.deepEqual(actionIn("PRED(up)"), { name: "PRED", numbers: [] });
  for (const words of ["left", "BOX(0,0,1,1)", "BBOX(0.1,0.2,0.3)", "BBOX(0.1,,0.3,0.4)", "ZOOM(0,0,2,1)", "LINE(a,b,c,d)"]) assert.equal(actionIn(words), null, words);
});

test("a saved answer is the same again; its picture's bytes are those that were given", async () => {
  const file = await pack(PAST);
  const again = await open(file);
  assert.deepEqual({ ...again, request: { ...again.request, picture: null } }, { ...PAST, request: { ...PAST.request, picture: null } });
  assert.deepEqual([await again.request.picture.text(), again.request.picture.type], ["picture", "image/jpeg"]);
  assert.ok(isZip(file) && isZip(new File(["p"], "a.ZIP")) && !isZip(new File(["p"], "a.png", { type: "image/png" })));
});

test("the program's own folder, in a ZIP, is a saved answer too; what isn't one is told in a sentence", async () => {
  const bytes = (/** @type {string} */ words) => new TextEncoder().encode(words);
  const transcript = { model: "m", device: "CPU", seed: 3, settings: { seed: 3, text: { temperature: 0, top_p: 1 }, pictures: "executed" }, question: "q", picture: "question.png", steps: [{ text: "t", picture: "step-1.png" }, { text: "u", picture: null }], answer: "a", valid: true, problems: [], tokens: 4, ms: 2 };
  const files = { "transcript.json": bytes(JSON.stringify(transcript)), "question.png": png, "step-1.png": png };
  const past = await open(zip(files));
  assert.deepEqual([past.request.pictures, past.request.seed, past.steps.length, past.answer], ["executed", 3, 2, "a"]);
  for (const wrong of [{ ...transcript, picture: "__proto__" }, { ...transcript, steps: "no" }, { ...transcript, question: 3 }, []]) {
    assert.equal(unpacked(new Uint8Array(await zip({ ...files, "transcript.json": bytes(JSON.stringify(wrong)) }).arrayBuffer())), null, JSON.stringify(wrong).slice(0, 60));
  }
  await assert.rejects(open(new Blob(["nothing"])), { message: "There is no saved answer in this ZIP." });
});

test("where there is no database, answers are kept for the visit: the last ones, the latest first", async () => {
  /** @type {number[]} */
  let times = [];
  const past = new PastAnswers((answers) => (times = answers.map(({ time }) => time)));
  for (let time = 1; time <= 30; time++) await past.keep({ ...PAST, time });
  assert.deepEqual([times.length, times[0], times.at(-1)], [24, 30, 7]);
  await past.forget({ ...PAST, time: 30 });
  assert.equal(times[0], 29);
  await forgetAll();
  assert.deepEqual(times, []);
  assert.equal(await size(), 0);
});

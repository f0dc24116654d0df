/** What pupils hand in, as data; and texts of lessons that tell the sizes of the model that is loaded. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { countSums, csv, fileNameOf, fileOf, questionSums, read, together } from "../../../www/lessons/class.js";
import { words } from "../../../www/lessons/en.js";
import { LESSONS, placeOf, readPlace } from "../../../www/lessons/index.js";

/** @typedef {import("../../../www/lessons/class.js").Work} Work */

const drawing = /** @type {import("../../../www/lessons/index.js").Lesson} */ (LESSONS.find(({ id }) => id === "drawing"));
const asked = { ask: "Which way gets the fewest right?", options: ["Its own drawings.", "Words only.", "Blank sheets."], right: 2 };

/** @param {Partial<Work>} [more] @returns {Work} */
const work = (more) => ({
  lesson: "drawing",
  settings: { seed: 1, items: 6 },
  name: "Ada",
  guess: { ...asked, chosen: [2] },
  check: { ...asked, chosen: [0, 2] },
  counts: [{ name: "Its own drawings", right: 4, of: 6 }],
  seconds: 250,
  at: "2026-01-05T10:00:00.000Z",
  ...more,
});

test("what is handed in is read as it was", () => {
  assert.deepEqual(read(fileOf(work()), drawing), { work: work() });
  const bare = work({ guess: null, check: null, counts: [] });
  assert.deepEqual(read(fileOf(bare), drawing), { work: bare }, "a pupil who came no further");
  assert.equal(fileNameOf(work({ name: " Zoë / 8b " })), "drawing-zoë-8b.json");
});

test("a wrong file is none", () => {
  const texts = [
    "", "null", "[]", "{}", "no JSON", JSON.stringify(work()),
    ...[{ lesson: "nothing" }, { name: " " }, { name: "x".repeat(61) }, { settings: { seed: 1 } }, { settings: { seed: -1, items: 6 } }, { seconds: "250" }, { at: "today" }].map((more) => fileOf(work(/** @type {any} */ (more)))),
    ...[[], [3], ["2"]].map((chosen) => fileOf(work({ guess: { ...asked, chosen: /** @type {any} */ (chosen) } }))),
    fileOf(work({ check: /** @type {any} */ ({ chosen: [0] }) })),
    fileOf(work({ counts: [{ name: "Its own drawings", right: 7, of: 6 }] })),
    fileOf(work({ counts: [{ name: "Its own drawings", right: 0, of: 0 }] })),
  ];
  for (const text of texts) assert.deepEqual(read(text, drawing), { odd: "form" }, text);
  assert.deepEqual(read(fileOf(work()), LESSONS[2]), { odd: "lesson", lesson: drawing });
});

test("of one pupil the latest counts", () => {
  const later = work({ name: "ada", seconds: 300, at: "2026-01-05T11:00:00.000Z" });
  const bob = work({ name: "Bob" });
  assert.deepEqual(together([later, bob, work()]), [later, bob]);
  assert.deepEqual(together(["10", "9"].map((name) => work({ name }))).map(({ name }) => name), ["9", "10"]);
});

test("a class is summed up by what was chosen first, question by question", () => {
  const other = { ...asked, ask: "Another seed asks something else." };
  const sums = questionSums([work(), work({ guess: { ...asked, chosen: [1] }, check: null }), work({ guess: { ...other, chosen: [0] } })]);
  assert.deepEqual(sums.map(({ part, ask, options, right, of }) => [part, ask, options.map(({ chosen }) => chosen), right, of]), [
    ["guess", asked.ask, [0, 1, 1], 1, 2],
    ["guess", other.ask, [1, 0, 0], 0, 1],
    ["check", asked.ask, [2, 0, 0], 0, 2],
  ]);
  const more = work({ counts: [{ name: "Its own drawings", right: 5, of: 10 }, { name: "Words only", right: 1, of: 10 }] });
  assert.deepEqual(countSums([work(), more]), [{ name: "Its own drawings", right: 9, of: 16 }, { name: "Words only", right: 1, of: 10 }]);
});

test("a table for spreadsheets runs no formula and keeps its cells apart", () => {
  assert.equal(csv([["Name", "Guess"], ["=HYPERLINK(1)", 'he said "no", twice']]), '\ufeff"Name","Guess"\r\n"\'=HYPERLINK(1)","he said ""no"", twice"\r\n');
});

test("a class's link is told from others", () => {
  const place = placeOf(drawing, { seed: 12, items: 20 }, true);
  assert.equal(place, "#learn/drawing?seed=12&class=1");
  assert.deepEqual(readPlace(place.slice("#learn/".length)), { lesson: drawing, settings: { seed: 12, items: 20 }, odd: [], inClass: true });
  assert.equal(readPlace("drawing?seed=12")?.inClass, false);
});

test("lessons tell the sizes of the model that is loaded", () => {
  const { codes, row, next } = words.lessons;
  const sizes = { side: 96, grid: 12, codes: 144, known: 512 };
  const told = JSON.stringify([codes.intro, codes.sizes(sizes), codes.predict(sizes), codes.check(sizes), codes.numbers(144), codes.changed(3, 144), row.intro, row.predict(144), row.check(144), next.intro, next.check(144)]);
  for (const right of ["96 by 96 pixels", "27,648 numbers", "12 by 12 squares", "512 patterns", "9 bits", "144 codes need 1296 bits, which are 162 bytes", "About 170 times", "About 155:", "picture's 144 squares"]) assert.ok(told.includes(right), right);
  assert.doesNotMatch(told, /\b(64|8 by 8|12,288|1,024)\b/);
});
